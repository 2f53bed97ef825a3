"""Labels, badges and table cards: of whom or of which sessions, in their order, and how they are wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from accounts.models import StaffMember
from certificates.label_sheets import LabelSheet
from certificates.paper_content import LabelText
from certificates.printed_lists import MOST_ROWS, TooManyForPaper
from core.errors import DomainError
from core.web import external_url
from events.models import Event, SessionKind
from events.timetable import session_time
from registrations import attendees, exports
from registrations.filters import Filter, Order
from registrations.models import RegistrationState


class NobodyToLabel(DomainError):
    """There is nobody among the people chosen."""

    message = _l("There is nobody to print labels for.")


class NothingToLabel(DomainError):
    """The programme has no session that has a place of its own."""

    message = _l("There is no session to print labels for.")


class Subject(StrEnum):
    """What is labelled."""

    PEOPLE = "people"
    SESSIONS = "sessions"


class Mark(StrEnum):
    """What stands on a label besides names."""

    NONE = "none"
    CODE = "code"
    QR = "qr"


@dataclass(frozen=True)
class LabelOptions:
    """How labels are wanted: on which sheet, from which label on (the first is 1), and what stands on them."""

    sheet: LabelSheet
    start: int = 1
    with_organisation: bool = True
    mark: Mark = Mark.NONE
    with_outlines: bool = False


def whose(wanted: Filter) -> Filter:
    """Of a filter those who have their place, unless it asks for another state; always by name."""
    return replace(wanted, state=wanted.state or RegistrationState.CONFIRMED, order=Order.NAME)


def list_labels(event: Event, wanted: Filter) -> Sequence[LabelText]:
    """What stands on the label of each; raises NobodyToLabel and TooManyForPaper."""
    labels = list(_read(event, wanted))
    if not labels:
        raise NobodyToLabel
    return labels


def list_session_labels(event: Event) -> Sequence[LabelText]:
    """What stands on the label of each session, in the order of the programme; raises NothingToLabel."""
    found = _read_sessions(event)
    if not found:
        raise NothingToLabel
    return found


def list_texts(event: Event, wanted: Filter) -> list[str]:
    """All that labels of these people, if paper takes so many, and of the sessions may have to print."""
    people = _read(event, wanted) if count_people(event, wanted) <= MOST_ROWS else ()
    printed = (*people, *_read_sessions(event))
    return [event.title, *(text for label in printed for text in (label.name, label.organisation))]


def count_people(event: Event, wanted: Filter) -> int:
    """Count whose labels would be printed."""
    return exports.count_people(exports.Export(event, "pdf", wanted=whose(wanted)))


def record(event: Event, wanted: Filter, count: int, *, by: StaffMember, now: datetime) -> None:
    """Leave a line in the trail, as for any list of people."""
    exports.record_run(event, by=by, now=now, profile="labels", format="pdf", filter=wanted.as_details(), count=count)


def _read_sessions(event: Event) -> list[LabelText]:
    """Every session that has a place of its own, in the order of the programme."""
    sessions = [each for each in event.sessions if each.kind is not SessionKind.BREAK and not each.is_cancelled]
    return [
        LabelText(each.title, " · ".join(filter(None, (session_time(event, each), each.own_place))), each.code, "")
        for each in sessions
    ]


def _read(event: Event, wanted: Filter) -> Iterator[LabelText]:
    for number, person in enumerate(attendees.read_attendees(event, whose(wanted), needed=()), start=1):
        if number > MOST_ROWS:
            raise TooManyForPaper(most=MOST_ROWS)
        address = external_url("door.code", slug=event.slug, code=person.code)
        yield LabelText(f"{person.first_name} {person.last_name}".strip(), person.organisation, person.code, address)
