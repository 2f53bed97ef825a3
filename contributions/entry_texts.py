"""The words of an entry: something said, neither nothing nor a document."""

from flask_babel import lazy_gettext as _l

from core.errors import DomainError
from core.text import clean_text

MAX_LENGTH = 10_000


class EmptyText(DomainError):
    """An entry says something."""

    message = _l("Write what was said.")
    field = "text"


class TextTooLong(DomainError):
    """An entry is something said, not a document."""

    message = _l("An entry may have up to %(length)d characters.")
    field = "text"

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(length=MAX_LENGTH)


def check(text: str) -> str:
    """Give the text as it is kept. Raises `EmptyText`, `TextTooLong`."""
    text = clean_text(text)
    if not text:
        raise EmptyText
    if len(text) > MAX_LENGTH:
        raise TextTooLong
    return text
