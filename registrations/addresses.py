"""E-mail addresses: what is one, in the spelling that every mail server carries."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

MAX_LENGTH = 320
_NOT_WHOLE = _l("Write a whole e-mail address, such as nom@example.org.")


def deliverable_address(text: str) -> str:
    """The address in the spelling that every mail server carries; ValueError with a sentence when there is none.

    An international domain becomes its ASCII form. Names reserved for trying out (`.test`) are let through: no person's
    address is mistyped into one. Nothing is asked of the network.
    """
    if len(text) > MAX_LENGTH:  # not even looked at: reading half a megabyte of signs takes seconds
        raise ValueError(str(_NOT_WHOLE))
    try:
        parts = validate_email(text, allow_smtputf8=False, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        if "@" in text and not text.partition("@")[0].isascii():
            raise ValueError(
                str(_l("Mail servers do not carry accents or other special signs before the @. Write another address."))
            ) from error
        raise ValueError(str(_NOT_WHOLE)) from error
    return parts.ascii_email or parts.normalized
