"""Whom a message goes to: those of a filtered list who can be written to, counted before it is sent.

Who has not confirmed their address is never written to, for it may be somebody else's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Exists, Select, and_, case, func, insert, literal, or_, select

from core.database import db
from core.mail import OutgoingMail
from events.models import Event
from messages.models import MessageRecipient
from registrations import attendees, bounces
from registrations.attendees import Filter
from registrations.models import Awaited, Registration, RegistrationMail, RegistrationState

SAMPLE = 3
NAMED = 10


@dataclass(frozen=True)
class Audience:
    """How many a message goes to, and why not to the others of the list.

    `mark` is another as soon as somebody comes to the list or leaves it. `nameless` are the first of those without an
    address; `refusing` are among the people, though their address has refused mail.
    """

    people: int
    mark: str
    by_language: Mapping[str, int]
    without_address: int
    nameless: Sequence[str]
    cancelled: int
    unconfirmed: int
    refusing: int


def count_audience(event: Event, wanted: Filter, *, with_cancelled: bool) -> Audience:
    """Count the people of a list who would be written to, and the others."""
    everybody = attendees.select_ids(event, wanted)
    reached = _reached(everybody, with_cancelled=with_cancelled)
    people, total = db.session.execute(reached.with_only_columns(func.count(), func.sum(Registration.id))).one()
    languages = reached.with_only_columns(Registration.language, func.count()).group_by(Registration.language)
    nameless = everybody.where(*_is_meant(with_cancelled=with_cancelled), Registration.email == "")
    cancelled = everybody.where(Registration.state == RegistrationState.CANCELLED)
    return Audience(
        people=people,
        mark=_mark(people, total),
        by_language=dict(db.session.execute(languages.order_by(func.count().desc())).all()),
        without_address=_count(nameless),
        nameless=[
            f"{first} {last}".strip()
            for first, last in db.session.execute(
                nameless.with_only_columns(Registration.first_name, Registration.last_name)
                .order_by(Registration.sort_key, Registration.id)
                .limit(NAMED)
            )
        ],
        cancelled=0 if with_cancelled else _count(cancelled),
        unconfirmed=_count(everybody.where(_is_unconfirmed(with_cancelled=with_cancelled))),
        refusing=_count(reached.where(bounces.refuses_mail())),
    )


def freeze(message_id: int, event: Event, wanted: Filter, *, with_cancelled: bool) -> tuple[int, str]:
    """Note everybody whom a message goes to, in one statement; how many they are, and the mark of their audience."""
    reached = _reached(attendees.select_ids(event, wanted), with_cancelled=with_cancelled)
    db.session.execute(
        insert(MessageRecipient).from_select(
            ["message_id", "registration_id"], reached.with_only_columns(literal(message_id), Registration.id)
        )
    )
    noted = select(func.count(), func.sum(MessageRecipient.registration_id))
    people, total = db.session.execute(noted.where(MessageRecipient.message_id == message_id)).one()
    return people, _mark(people, total)


def list_sample(event: Event, wanted: Filter, *, with_cancelled: bool, skip: int = 0) -> Sequence[Registration]:
    """Three of the people, one of each language as far as there are: always the same ones, who come first in line."""
    reached = _reached(attendees.select_ids(event, wanted), with_cancelled=with_cancelled)
    number = func.row_number().over(partition_by=Registration.language, order_by=Registration.id)
    ranked = reached.with_only_columns(Registration.id, Registration.language, number.label("number")).subquery()
    ids = (
        select(ranked.c.id)
        .order_by(ranked.c.number, case((ranked.c.language == event.language, 0), else_=1), ranked.c.language)
        .limit(SAMPLE)
        .offset(skip)
    )
    chosen = db.session.scalars(ids).all()
    people = db.session.scalars(select(Registration).where(Registration.id.in_(chosen))).all()
    return sorted(people, key=lambda person: chosen.index(person.id))


def _reached(everybody: Select[int], *, with_cancelled: bool) -> Select[int]:
    """Those of a list who can be written to."""
    return everybody.where(*_is_meant(with_cancelled=with_cancelled), Registration.email != "")


def _is_meant(*, with_cancelled: bool) -> list[ColumnElement[bool]]:
    is_confirmed = ~_is_unconfirmed(with_cancelled=with_cancelled)
    return [is_confirmed] if with_cancelled else [is_confirmed, Registration.state != RegistrationState.CANCELLED]


def _is_unconfirmed(*, with_cancelled: bool) -> ColumnElement[bool]:
    """Whether nobody has shown that the address is theirs, those included whose time for it ran out."""
    is_awaited = Registration.awaits.is_not_distinct_from(Awaited.ADDRESS)
    if not with_cancelled:
        return is_awaited
    # What a registration awaited is forgotten as it is cancelled; the mails that were written to it tell.
    was_left = and_(_has_mail("address_to_confirm"), ~_has_mail("place_confirmed", "waiting"))
    return or_(is_awaited, and_(Registration.state == RegistrationState.CANCELLED, was_left))


def _has_mail(*kinds: str) -> Exists:
    written = select(OutgoingMail.id).join(RegistrationMail, RegistrationMail.mail_id == OutgoingMail.id)
    return written.where(RegistrationMail.registration_id == Registration.id, OutgoingMail.kind.in_(kinds)).exists()


def _count(query: Select[int]) -> int:
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def _mark(people: int, total: int | None) -> str:
    return f"{people}-{total or 0}"
