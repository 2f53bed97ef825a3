"""Tell people from programs that fill in every form they find, without asking people anything.

Two signs, either of which only sends the form back as it was typed: a field that nobody sees was filled in, or the form
came back sooner than anybody types. Whoever leaves the stamp out is let through: the limits on addresses hold for them.
"""

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache

from flask import request
from flask_babel import lazy_gettext as _l

from core import config
from core.dates import utc_now
from core.errors import DomainError

STAMP = "form_stamp"
TRAP = "form_notes_2"
"""A name that no browser fills in by itself, and that a program takes for one more field."""
_SIGNATURE_LENGTH = 32


class SentTooSoon(DomainError):
    """The form came back sooner than anybody types it."""

    message = _l("That was very quick. So that programs do not take places, press the button once more.")


class TrapFilled(DomainError):
    """A field that people do not see was filled in."""

    message = _l(
        "A field that should stay empty was filled in, perhaps by your browser. It is empty again: press the button "
        "once more."
    )


def make_stamp(secret_key: str, now: datetime) -> str:
    """Write down, signed, when a form was loaded."""
    milliseconds = format(int(now.timestamp() * 1000), "x")
    return f"{milliseconds}.{_sign(milliseconds, secret_key)}"


def keep_stamp() -> str:
    """The stamp for a form that is shown again: the one it came with, else one of now."""
    sent = request.form.get(STAMP, "")
    return make_stamp(config.current().secret_key, utc_now()) if _read(sent) is None else sent


def check(now: datetime) -> None:
    """Raise `TrapFilled` or `SentTooSoon` when the form that was sent looks like a program's work."""
    if request.form.get(TRAP):
        raise TrapFilled
    sent = request.form.get(STAMP)
    if sent is None:
        return
    loaded_at = _read(sent)
    if loaded_at is None or now.timestamp() * 1000 - loaded_at < config.current().signup_seconds * 1000:
        raise SentTooSoon


def _read(stamp: str) -> int | None:
    """When the form was loaded, in milliseconds since 1970; None when we did not write this."""
    milliseconds, _, signature = stamp.partition(".")
    if not stamp.isascii() or not hmac.compare_digest(signature, _sign(milliseconds, config.current().secret_key)):
        return None
    return int(milliseconds, 16)


def _sign(text: str, secret_key: str) -> str:
    return hmac.new(_derive(secret_key), text.encode(), hashlib.sha256).hexdigest()[:_SIGNATURE_LENGTH]


@lru_cache(maxsize=4)
def _derive(secret_key: str) -> bytes:
    """A key for stamps alone, so that no signature made for anything else is one of these."""
    return hashlib.sha256(f"form stamp {secret_key}".encode()).digest()
