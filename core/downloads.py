"""Files as answers: given a piece at a time, or written out of memory first where the format asks for it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import BinaryIO

from flask import Response, send_file, stream_with_context


def give_pieces(pieces: Iterator[bytes], filename: str, media_type: str) -> Response:
    """Answer with a file that begins at once, however long it is."""
    response = Response(stream_with_context(pieces), content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def give_file(write: Callable[[BinaryIO], object], filename: str, media_type: str) -> Response:
    """Answer with a file that `write` makes; no cache keeps it."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        write(file)
        file.seek(0)
        stack.pop_all()  # closed by the response when it has been sent
    response = send_file(file, mimetype=media_type, as_attachment=True, download_name=filename)
    response.headers["Cache-Control"] = "no-store"  # instead of Flask's own for files
    return response
