"""What an import would do, a line for each row of the file, to be looked through before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.languages import NAMES
from core.sheet_lines import Line
from events.labels import DIMENSIONS
from events.models import Dimension
from registrations.imports import Plan, Step
from registrations.mapped_rows import LeftOut
from registrations.models import Question, RegistrationState
from registrations.questions import list_questions, say
from registrations.readers import AttendeeRow


class Fate(StrEnum):
    """What becomes of a row."""

    REFUSED = "refused"
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SAME_PERSON = "same_person"
    LEFT_OUT = "left_out"


FATES = {
    Fate.REFUSED: _l("cannot be taken"),
    Fate.NEW: _l("new"),
    Fate.CHANGED: _l("changes"),
    Fate.UNCHANGED: _l("stays as it is"),
    Fate.SAME_PERSON: _l("same person as another row"),
    Fate.LEFT_OUT: _l("left out"),
}
_PARTS = {
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "organisation": _l("Organisation"),
    "dimension": _l("Dimension"),
    "language": _l("Language"),
}


def list_lines(plan: Plan, left_out: Sequence[LeftOut]) -> list[Line[Fate]]:
    """Say of every row what becomes of it, in the order of the file."""
    asked = {question.id: question for question in list_questions(plan.event)}
    lines = [Line(each.row.number, _name(each.row), Fate.REFUSED, tuple(each.problems)) for each in plan.refused]
    lines += [Line(step.row.number, _name(step.row), _tell(step), tuple(_describe(step, asked))) for step in plan.steps]
    lines += [Line(each.number, each.name, Fate.LEFT_OUT, (each.reason,)) for each in left_out]
    rows = [*(each.row for each in plan.refused), *(step.row for step in plan.steps)]
    lines += [
        Line(other, _name(row), Fate.SAME_PERSON, (_("the same person as row %(number)d", number=row.number),))
        for row in rows
        for other in row.others
    ]
    return sorted(lines, key=attrgetter("number"))


def _name(row: AttendeeRow) -> str:
    return f"{row.first_name} {row.last_name}".strip()[:200]


def _tell(step: Step) -> Fate:
    if step.known is None:
        return Fate.NEW
    return Fate.UNCHANGED if step.changes_nothing else Fate.CHANGED


def _describe(step: Step, asked: Mapping[int, Question]) -> Iterator[str]:
    """Say what a row brings or changes, with what stands there now."""
    if step.known is not None:
        for name, value in step.changes.items():
            yield f"{_PARTS[name]}: {_say_part(name, getattr(step.known, name))} → {_say_part(name, value)}"
    if step.sessions:
        yield _("place in %(sessions)s", sessions=", ".join(session.code for session in step.sessions))
    if step.attended:
        yield _("was at %(sessions)s", sessions=", ".join(session.code for session in step.attended))
    for question_id, words in step.words.items():
        question = asked[question_id]
        had = step.known.words.get(question_id) if step.known else None
        yield f"{question.text}: {f'{say(question, had)} → ' if had else ''}{say(question, words)}"
    if step.known is not None and step.known.state is not RegistrationState.CONFIRMED:
        is_gone = step.known.state is RegistrationState.CANCELLED
        yield _("cancelled before, and stays so") if is_gone else _("has no place yet, and is given none by a file")


def _say_part(name: str, value: str) -> str:
    if not value:
        return "—"
    if name == "dimension":
        return str(DIMENSIONS[Dimension(value)])
    return NAMES.get(value, value) if name == "language" else value
