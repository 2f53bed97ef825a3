"""The command line: what cannot be done is said in one line for each reason, and the program ends with 2."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

import click


class Refused(click.ClickException):
    """What was asked for cannot be done, and nothing has changed; each line of the message is one reason."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the reasons without a word before them."""
        click.echo(self.message, err=True, file=file)


def write_output(output: Path | None, write: Callable[[BinaryIO], object], *, then: Callable[[], object]) -> None:
    """Write a file, or print it where none is named; `then` is done once it is written, or before it is printed.

    A file that was there is replaced by a whole one or stays as it was. Raises `Refused` when it cannot be written.
    """
    if output is None or str(output) == "-":
        then()
        write(sys.stdout.buffer)
        return
    if output.exists() and not output.is_file():
        _write_into(output, write)
        then()
        return
    output = output.resolve()  # what a link leads to is replaced, not the link
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            write(file)
        then()
        unfinished.replace(output)
    except OSError as error:
        raise Refused(f"{output}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _write_into(output: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write to a device or a pipe, which no file may take the place of."""
    try:
        with output.open("wb") as file:
            write(file)
    except OSError as error:
        raise Refused(f"{output}: {error.strerror}") from error
