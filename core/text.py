"""Text that people type: cleaned, ordered as Catalan orders it, found without accents, safe in a spreadsheet."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# C0 and C1 controls, soft hyphen, zero-width and direction marks: invisible, and able to forge what is seen.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u061c\ud800-\udfff]"
)
MAX_MARKS = 30  # in a row: more than any language or keyboard puts on a letter (UAX 15, 13: stream-safe text)
_JOINERS = re.compile(r"[·‧•'’`´\-‐‑‒–—.,;:\s]+")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_GEMINATE = re.compile("l[·‧•∙⋅]l")
# Letters whose mark is part of the letter, so that Unicode does not take it off: Đorđe stands with Dorde.
_LETTERS = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ð": "d", "þ": "th"})
# The first digit parts it in one way only, so that no row of digits, however long, takes more than its length in time.
_HARMLESS_SIGN = re.compile(r"[+-]?[\s().,/-]*\d[\d\s().,/-]*")


def clean_line(text: str | None) -> str:
    """One line without invisible characters, its spaces single: for names, titles, codes."""
    return _SPACES.sub(" ", _drop_invisible(text or "")).strip()


def clean_text(text: str | None) -> str:
    r"""Several lines without invisible characters, line ends as `\n`: for descriptions and what was said."""
    lines = _drop_invisible((text or "").replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def shorten(text: object, longest: int = 60) -> str:
    """What somebody wrote as a message can quote it: one line of so many characters, not the whole megabyte."""
    line = clean_line(str(text)[: 10 * longest])
    return line if len(line) <= longest else f"{line[:longest].rstrip()}…"


def fold(text: str) -> str:
    """Letters and digits only, without accents or case: two spellings of one word fold to the same text.

    `l·l` folds with `ll`, `ç` with `c`, `à` with `a`; what joins words (space, hyphen, apostrophe) becomes one space.
    """
    joined = _GEMINATE.sub("ll", unicodedata.normalize("NFKC", text).casefold()).translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(c)).casefold()
    return _JOINERS.sub(" ", bare).strip()


def sort_key(*parts: str) -> str:
    """The key that puts `parts` (most significant first) in Catalan order under plain code-point comparison.

    Accents, `ç` and `l·l` only decide between words that are equal without them.
    """
    plain = " ! ".join(fold(part) for part in parts)
    return f"{plain} !! {' '.join(part.casefold() for part in parts)}"


def address_key(email: str) -> str:
    """An e-mail address as identity: case and surrounding space do not make another person."""
    return email.strip().casefold()


def safe_cell(text: str) -> str:
    """`text` as a spreadsheet shows it without running it; phone numbers such as `+34 93…` keep their sign.

    OWASP CSV injection: a cell that starts with = + - @ or a control sign gets an apostrophe in front, unless it is
    made of a sign and digits alone, which no spreadsheet runs.
    """
    if text.startswith(_FORMULA_START) and not _HARMLESS_SIGN.fullmatch(text):
        return "'" + text
    return text


def _drop_invisible(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", _drop_marks(text)))


def _drop_marks(text: str) -> str:
    """Drop what is too many marks for one letter: putting them in order takes time that grows with their square."""
    if len(text) < 1000:
        return text
    kept: list[str] = []
    in_a_row = 0
    for sign in text:
        in_a_row = in_a_row + 1 if unicodedata.combining(sign) else 0
        if in_a_row <= MAX_MARKS:
            kept.append(sign)
    return "".join(kept)
