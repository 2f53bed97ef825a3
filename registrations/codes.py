"""The code that a registration is called by at the door, the token of its page, and the code as a picture."""

import re
import secrets

from core.errors import NotFoundError

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0, O, 1 and I, which are read for each other."""
CODE_LENGTH = 8
_TOKEN_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_TOKEN_LENGTHS = range(16, 65)
_QUIET = 4  # modules left white around a QR code, as ISO 18004 wants them
_BAR = re.compile(rb"\x01+")


def make_code() -> str:
    """A code of eight signs; one in 10¹² is the chance of two alike, and the database refuses the second."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def make_token() -> str:
    """A token that nobody guesses: 192 bits."""
    return secrets.token_urlsafe(24)


def check_token(text: str) -> str:
    """Give back what could be a token; `NotFoundError` for the rest, some of which no database can even compare."""
    if len(text) not in _TOKEN_LENGTHS or not _TOKEN_LETTERS.issuperset(text):
        raise NotFoundError
    return text


def draw_code(code: str) -> str:
    """The code as a QR picture: SVG without styles, to stand in a page."""
    import segno  # noqa: PLC0415 - only this page draws

    rows = segno.make(code, error="m", micro=False, mask=3).matrix
    size = len(rows) + 2 * _QUIET
    bars = "".join(
        f"M{bar.start() + _QUIET} {y}.5h{len(bar[0])}"
        for y, row in enumerate(rows, _QUIET)
        for bar in _BAR.finditer(row)
    )
    # Hidden: the code stands beside it as text.
    return (
        f'<svg aria-hidden="true" focusable="false" viewBox="0 0 {size} {size}" class="qr">'
        f'<path stroke="#000" d="{bars}"/></svg>'
    )
