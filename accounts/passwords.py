"""Passwords: made at random, judged, hashed and compared; the links with which a person sets one."""

import secrets
import unicodedata

from flask_babel import lazy_gettext as _l
from flask_security import hash_password, verify_password
from flask_security.recoverable import generate_reset_password_token

from accounts.models import StaffMember
from core.errors import DomainError
from core.text import fold

MIN_LENGTH = 12
MAX_LENGTH = 128
_HASHED_LENGTH = 1024  # in UTF-8 never more than the 4096 bytes that the hash takes
_MIN_DIFFERENT_SIGNS = 5
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without the signs that are taken for others when read aloud or on paper

# What people write when twelve signs are asked for: these words, then digits or signs. Folded; the longest first.
_COMMON_WORDS = (
    "barcelona",
    "catalunya",
    "benvinguda",
    "benvingut",
    "bienvenido",
    "administrador",
    "administrator",
    "contrasenya",
    "contrasena",
    "password",
    "passw0rd",
    "welcome",
    "jornades",
    "jornadas",
    "jornada",
    "visca",
    "hola",
    "admin",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "iloveyou",
    "tequiero",
    "testimo",
    "abcdefgh",
    "abc",
)


class PasswordTooShort(DomainError):
    """Fewer signs than can withstand guessing."""

    field = "password"
    message = _l("A password has at least 12 characters.")


class PasswordTooLong(DomainError):
    """More signs than anyone types; hashing them would only cost time."""

    field = "password"
    message = _l("A password has at most 128 characters.")


class PasswordTooEasy(DomainError):
    """Among the first that somebody who guesses would try."""

    field = "password"
    message = _l("This password is easy to guess. Three or four words that do not belong together do well.")


def make_password() -> str:
    """A random password that can be read aloud: four groups of five, 99 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def check(password: str, *, email: str) -> None:
    """Raise the reason why `password` is not good enough for the account `email`.

    NIST SP 800-63B §3.1.1.2: length and a list of what is common, no rules about kinds of signs.
    """
    if len(password) < MIN_LENGTH:
        raise PasswordTooShort
    if len(password) > MAX_LENGTH:
        raise PasswordTooLong
    if len(set(password.casefold())) < _MIN_DIFFERENT_SIGNS or not _rest(password, email):
        raise PasswordTooEasy


def normalise(password: str) -> str:
    """One form for letters that keyboards compose differently; what is too long to be a password is cut."""
    return unicodedata.normalize("NFKD", password[: MAX_LENGTH + 1])[:_HASHED_LENGTH]


def hashed(password: str) -> str:
    """The argon2 hash to keep."""
    result: str = hash_password(normalise(password))
    return result


def matches(password: str, member: StaffMember) -> bool:
    """Whether this is the member's password; never for who has none yet."""
    return member.password is not None and verify_password(normalise(password), member.password)


def make_link_token(member: StaffMember) -> str:
    """A signed token with which the member can set a password for a day; ending their sessions ends it too."""
    token: str = generate_reset_password_token(member)  # type: ignore[no-untyped-call] # Flask-Security's own gap
    return token


def _rest(password: str, email: str) -> str:
    """The letters left without common words and the parts of the person's own address."""
    rest = fold(password)
    parts = fold(email.replace("@", " ").replace("_", " ")).split()
    for word in (*_COMMON_WORDS, *sorted(parts, key=len, reverse=True)):
        if len(word) > 2:
            rest = rest.replace(word, " ")
    return "".join(sign for sign in rest if sign.isalpha())
