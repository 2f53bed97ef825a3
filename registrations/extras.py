"""What an event may ask for and what may belong to a registration: mostly nothing, which one question tells at once."""

from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, select

from core.database import db
from events.models import Event, ReservedPlaces
from registrations.models import Answer, OfferedSupport, Question, Registration, SupportNeed, WaitingListEntry


class Asked(NamedTuple):
    """Which of these the form of an event has."""

    questions: bool
    supports: bool
    origin: bool


class Extras(NamedTuple):
    """Which of these there are for a registration."""

    entries: bool
    answers: bool
    needs: bool
    questions: bool
    supports: bool


def find_asked(event: Event) -> Asked:
    """What the event asks beside what every event does."""
    return Asked(*db.session.connection().execute(_asked_by_event(), {"event_id": event.id}).one())


def columns() -> tuple[ColumnElement[bool], ...]:
    """The values of `Extras`, to be asked together with a `Registration`."""
    conditions = (
        WaitingListEntry.registration_id == Registration.id,
        Answer.registration_id == Registration.id,
        SupportNeed.registration_id == Registration.id,
        (Question.event_id == Registration.event_id) & Question.withdrawn_at.is_(None),
        OfferedSupport.event_id == Registration.event_id,
    )
    return tuple(exists().where(condition).correlate(Registration) for condition in conditions)


@cache
def _asked_by_event() -> Select[bool, bool, bool]:
    event_id = bindparam("event_id", type_=Integer)
    return select(
        exists().where(Question.event_id == event_id, Question.withdrawn_at.is_(None)),
        exists().where(OfferedSupport.event_id == event_id),
        exists().where(ReservedPlaces.event_id == event_id),
    )
