"""The errors that are answers: a rule said no, and says why in the person's language."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import LazyString


class DomainError(Exception):
    """A rule refused the act. `message` is the sentence the person reads; `field` the form field it belongs to."""

    message: ClassVar[LazyString | str] = ""
    field: str | None = None

    def __init__(self, **values: object) -> None:
        """Keep `values`, which fill the named placeholders of the message."""
        super().__init__()
        self.values = values

    def __str__(self) -> str:
        return str(self.message) % self.values if self.values else str(self.message)


class NotFoundError(Exception):
    """There is no such thing, or not for this person; the edge answers 404 or says so on the command line."""


class InputError(Exception):
    """A file or a command's words are wrong: every problem found, each one line that a person can act on.

    Raised by importers after reading the whole input, so that all bad rows are named at once.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
