"""Numbers of identity documents: masked as soon as they are read, and kept in no other form.

The mask shows four signs of each, those that the additional provision 7 of the LOPDGDD and the guidance of the data
protection authorities leave: which ones hangs on the kind of document.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import Field
from wtforms.validators import ValidationError

from core.database import db
from core.sheets import SAMPLED_ROWS, Sheet
from core.text import fold
from events.models import Event
from registrations.models import Answer, Question, QuestionKind

_DNI = re.compile(r"\d{8}[A-Z]")
_NIE = re.compile(r"[A-Z]\d{7}[A-Z]")
_PASSPORT = re.compile(r"[A-Z]{3}\d{6}")
_OTHER = re.compile(r"[A-Z0-9]{6,24}")  # of a shorter one, four signs would be all or nearly all
_MASKED = re.compile(r"\*+[A-Z0-9]{4}\**")
_WRITTEN_OUT = re.compile(
    r"(?<![a-z\d])(?:\d{8}|\d{2}\.\d{3}\.\d{3}|[xyz][\s.-]?\d{7})[\s.-]?[a-z](?![a-z\d])", re.IGNORECASE
)
"""A DNI or a NIE among other words."""
_HEADINGS = (
    {"dni"},
    {"nif"},
    {"nie"},
    {"passaport"},
    {"pasaporte"},
    {"passport"},
    {"document", "identitat"},
    {"documento", "identidad"},
    {"document", "identity"},
)
"""The words in a heading by which a column of a file is one of numbers of documents."""
_SEPARATORS = re.compile(r"[\s.\-/·]+")
_SHOWN = 4
LONGEST = 40


def mask(typed: str) -> str | None:
    """What is kept of a number: `***4567**` of a DNI; None of what is no number. What is masked already stays.

    Of a number of no known kind the fourth to the seventh digit are shown, or its last four signs if it has fewer.
    """
    number = _SEPARATORS.sub("", typed).upper()
    if _MASKED.fullmatch(number):
        return number
    if not number.isascii() or not _OTHER.fullmatch(number):
        return None
    return _hide(number, _shown_of(number))


def hide(typed: str | None) -> str | None:
    """Mask what was typed as soon as it is read: a page that shows the form again does not say it whole."""
    return typed and (mask(typed) or typed)


def hide_in(sheet: Sheet, columns: Collection[int]) -> Sheet:
    """The sheet as it may be shown: its first rows, without a whole number in these columns, nor in any other.

    A column whose heading says that it holds numbers is one of these, and what has the form of one is one anywhere.
    """
    columns = {*columns, *(place for place, heading in enumerate(sheet.headings) if _is_heading(heading))}
    rows = [(number, _hide_cells(cells, columns)) for number, cells in sheet.rows[:SAMPLED_ROWS]]
    return replace(sheet, headings=[_hide_among(heading) for heading in sheet.headings], rows=rows)


def _hide_cells(cells: Sequence[str], columns: Collection[int]) -> list[str]:
    return [
        (cell and (mask(cell) or "…")) if place in columns else _hide_among(cell) for place, cell in enumerate(cells)
    ]


def _hide_among(text: str) -> str:
    return _WRITTEN_OUT.sub(lambda found: mask(found[0]) or "…", text)


def _is_heading(heading: str) -> bool:
    words = set(fold(heading).split())
    return any(each <= words for each in _HEADINGS)


def is_number(_form: object, field: Field) -> None:
    """Refuse what is no number of a document."""
    if field.data and mask(field.data) is None:
        raise ValidationError(_l("Write the letters and digits of the document’s number."))


def read_identities(event: Event, of: Collection[int] | None = None) -> dict[int, str]:
    """The masked numbers that people of the event gave, by registration; of two questions the later one counts.

    They are masked once more: what was said while the question was being made one of this kind may stand there whole.
    """
    query = (
        select(Answer.registration_id, Answer.words)
        .join(Answer.question)
        .where(Question.event_id == event.id, Question.kind == QuestionKind.IDENTITY)
        .order_by(Question.position, Question.id)
    )
    if of is not None:
        query = query.where(Answer.registration_id.in_(of))
    rows = db.session.execute(query)
    return {registration_id: masked for registration_id, words in rows if words and (masked := mask(words[0]))}


def _shown_of(number: str) -> set[int]:
    """The places of the signs that are shown."""
    if _DNI.fullmatch(number):
        return set(range(3, 7))
    if _NIE.fullmatch(number):
        return set(range(4, 8))
    if _PASSPORT.fullmatch(number):
        return set(range(5, 9))
    digits = [place for place, sign in enumerate(number) if sign.isdigit()]
    if len(digits) >= 7:
        return set(digits[3:7])
    return set(range(len(number) - _SHOWN, len(number)))


def _hide(number: str, shown: set[int]) -> str:
    """The shown signs side by side, a star for every other: which of them stood between is not told."""
    first = min(shown)
    signs = "".join(sign for place, sign in enumerate(number) if place in shown)
    return "*" * first + signs + "*" * (len(number) - first - len(signs))
