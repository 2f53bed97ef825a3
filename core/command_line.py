"""The command line: what cannot be done is said in one line for each reason, and the program ends with 2."""

from typing import IO, Any

import click


class Refused(click.ClickException):
    """What was asked for cannot be done, and nothing has changed; each line of the message is one reason."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the reasons without a word before them."""
        click.echo(self.message, err=True, file=file)
