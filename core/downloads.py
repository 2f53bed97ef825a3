"""Files as answers: given a piece at a time, or written out of memory first where the format asks for it."""

import hashlib
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


def give_pdf(document: bytes, filename: str, *, is_shown: bool = False) -> Response:
    """Answer with a PDF, to be kept or (`is_shown`) looked at in the browser."""
    response = Response(document, content_type="application/pdf")
    response.headers.set("Content-Disposition", "inline" if is_shown else "attachment", filename=filename)
    return response


def give_file(
    write: Callable[[BinaryIO], object], filename: str, media_type: str, *, is_public: bool = False
) -> Response:
    """Answer with a file that `write` makes. No cache keeps it; of a public one they ask whether theirs is the last."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        write(file)
        file.seek(0)
        mark = hashlib.file_digest(file, "sha256").hexdigest() if is_public else False
        file.seek(0)
        stack.pop_all()  # closed by the response when it has been sent
    response = send_file(file, mimetype=media_type, as_attachment=True, download_name=filename, etag=mark)
    response.headers["Cache-Control"] = "no-cache" if is_public else "no-store"  # instead of Flask's own for files
    return response
