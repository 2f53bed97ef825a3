"""Which parts a form or a person's page has beside what all have: mostly none, which one question tells at once."""

from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, select

from core.database import db
from events.models import Event, ReservedPlaces
from registrations.models import Answer, OfferedSupport, Question, Registration, SupportNeed, WaitingListEntry


class FormParts(NamedTuple):
    """What the form of an event may ask beside what every form does."""

    questions: bool
    supports: bool
    origin: bool


class PageParts(NamedTuple):
    """What there may be to show of a registration beside what every one has."""

    entries: bool
    answers: bool
    needs: bool
    questions: bool
    supports: bool


def find_form_parts(event: Event) -> FormParts:
    """The parts that the form of this event has."""
    return FormParts(*db.session.connection().execute(_parts_by_event(), {"event_id": event.id}).one())


def page_columns() -> tuple[ColumnElement[bool], ...]:
    """The values of `PageParts`, to be asked together with a `Registration`."""
    conditions = (
        WaitingListEntry.registration_id == Registration.id,
        Answer.registration_id == Registration.id,
        SupportNeed.registration_id == Registration.id,
        (Question.event_id == Registration.event_id) & Question.withdrawn_at.is_(None),
        OfferedSupport.event_id == Registration.event_id,
    )
    return tuple(exists().where(condition).correlate(Registration) for condition in conditions)


@cache
def _parts_by_event() -> Select[bool, bool, bool]:
    event_id = bindparam("event_id", type_=Integer)
    return select(
        exists().where(Question.event_id == event_id, Question.withdrawn_at.is_(None)),
        exists().where(OfferedSupport.event_id == event_id),
        exists().where(ReservedPlaces.event_id == event_id),
    )
