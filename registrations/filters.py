"""Which registrations of an event are meant: everything by which the attendee list can be narrowed down."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Text, and_, cast, func, or_, select, union

from core.text import clean_line, fold
from directory import known_names
from directory.models import Network
from events.models import Dimension, Event, Session
from registrations import aliases, bounces, typed_organisations
from registrations.models import (
    Answer,
    Attendance,
    ChosenSession,
    Invitation,
    Question,
    Registration,
    RegistrationSource,
    RegistrationState,
    WaitingListEntry,
)
from registrations.waiting_list import in_line

_MAX_SEARCH_LENGTH = 100


class Presence(StrEnum):
    """Whether people came: to the session in question, or to any."""

    CAME = "came"
    NOT_YET = "not_yet"


class Order(StrEnum):
    """What a list is sorted by."""

    NAME = "name"
    ORGANISATION = "organisation"
    DATE = "date"
    LINE = "line"


class Consent(StrEnum):
    """Whether somebody lets pictures of them be used."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"


@dataclass(frozen=True)
class Answered:
    """Somebody chose this word when they were asked; with the empty word, that they left the question open."""

    question: Question
    word: str


@dataclass(frozen=True)
class Filter:
    """Which of an event's registrations are meant, and in what order.

    With a session those who chose it or were at it, and with `with_everybody` all the others too: people change rooms.
    A session that nobody chooses is everybody's. Who waits, with a session, is whoever stands on its list, a place in
    the event or not. `people` are the ids of some who were picked one by one (None: everybody).
    """

    search: str = ""
    session: Session | None = None
    with_everybody: bool = False
    state: RegistrationState | None = None
    presence: Presence | None = None
    refuses_mail: bool = False
    dimension: Dimension | None = None
    organisation: str = ""
    network: Network | None = None
    language: str = ""
    source: RegistrationSource | None = None
    consent: Consent | None = None
    invitation: Invitation | None = None
    answers: tuple[Answered, ...] = ()
    people: tuple[int, ...] | None = None
    order: Order = Order.NAME

    @property
    def is_empty(self) -> bool:
        return replace(self, order=Order.NAME) == Filter()

    def as_details(self) -> dict[str, Any]:
        """Give what was asked for as the audit trail keeps it: never the words of a search, which name a person."""
        details: dict[str, Any] = {
            "order": self.order.value,
            "search": "yes" if self.search else None,
            "session": self.session and self.session.code,
            "state": self.state and self.state.value,
            "presence": self.presence and self.presence.value,
            "mail": "refused" if self.refuses_mail else None,
            "dimension": self.dimension and self.dimension.value,
            "organisation": self.organisation or None,
            "network": self.network and self.network.name,
            "language": self.language or None,
            "source": self.source and self.source.value,
            "consent": self.consent and self.consent.value,
            "invitation": self.invitation and self.invitation.id,
            "questions": [each.question.id for each in self.answers] or None,
            "people": None if self.people is None else len(self.people),
        }
        return {name: value for name, value in details.items() if value is not None}


def conditions(event: Event, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """What is asked of a registration, for a query on registrations."""
    yield Registration.event_id == event.id
    yield from _of_the_person(event, wanted)
    if wanted.session and wanted.state is RegistrationState.WAITING:
        yield entry_id(event, wanted.session).is_not(None)
    elif wanted.state:
        yield Registration.state == wanted.state
    if wanted.session and wanted.state is not RegistrationState.WAITING and not wanted.with_everybody:
        yield from _of_the_session(wanted.session, wanted.presence)
    if wanted.presence is Presence.CAME:
        yield came_to(wanted.session)
    if wanted.presence is Presence.NOT_YET:
        yield ~came_to(wanted.session)
    if wanted.refuses_mail:
        yield bounces.refuses_mail()


def order_by(event: Event, wanted: Filter) -> Sequence[Any]:
    """Those who wait in the order of their line, unless something else is asked for."""
    if wanted.order is Order.LINE or (wanted.state is RegistrationState.WAITING and wanted.order is Order.NAME):
        stand = entry_id(event, wanted.session)
        return (stand.is_(None), stand, *_ORDERS[Order.NAME])
    return _ORDERS[wanted.order]


def entry_id(event: Event, session: Session | None) -> ScalarSelect[Any]:
    """The stand of a registration on the list of the session, or of the event; NULL for who is not in line."""
    return (
        select(WaitingListEntry.id)
        .where(
            WaitingListEntry.registration_id == Registration.id,
            in_line(event.id, session.id if session else None),
        )
        .correlate(Registration)
        .scalar_subquery()
    )


def has_chosen(session: Session) -> ColumnElement[bool]:
    """Whether a registration holds a place of the session."""
    chosen = select(ChosenSession.registration_id).where(ChosenSession.session_id == session.id)
    return Registration.id.in_(chosen)


def came_to(session: Session | None) -> ColumnElement[bool]:
    """Whether somebody was at the session, or at any."""
    if session:
        return Registration.id.in_(select(Attendance.registration_id).where(Attendance.session_id == session.id))
    return select(Attendance.id).where(Attendance.registration_id == Registration.id).exists()


_ORDERS = {
    Order.NAME: (Registration.sort_key, Registration.id),
    Order.ORGANISATION: (Registration.organisation_key, Registration.sort_key, Registration.id),
    Order.DATE: (Registration.created_at.desc(), Registration.id.desc()),
}


def _of_the_session(session: Session, presence: Presence | None) -> Iterator[ColumnElement[bool]]:
    """Those who chose it or were at it; where it is asked whether they came, one of the two is enough to ask."""
    if not (session.is_chosen or session.is_cancelled) or presence is Presence.CAME:
        return
    if presence is Presence.NOT_YET:
        yield has_chosen(session)
    else:
        chosen = select(ChosenSession.registration_id).where(ChosenSession.session_id == session.id)
        came = select(Attendance.registration_id).where(Attendance.session_id == session.id)
        yield Registration.id.in_(union(chosen, came))


def _of_the_person(event: Event, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """What is asked of what people wrote of themselves, and how they came to sign up."""
    search = clean_line(wanted.search)[:_MAX_SEARCH_LENGTH]
    if search:
        words = [Registration.search_key.contains(word, autoescape=True) for word in fold(search).split()]
        codes = (
            Registration.code == search.upper(),
            Registration.id.in_(aliases.select_by_code(event, search.upper())),
        )
        yield or_(and_(*words) if words else Registration.code == "", *codes)
    yield from _of_the_origin(event, wanted)
    if wanted.language:
        yield Registration.language == wanted.language
    if wanted.source:
        yield Registration.source == wanted.source
    if wanted.consent:
        has_given = Registration.image_consent_at.is_not(None)
        yield has_given if wanted.consent is Consent.GIVEN else ~has_given
    if wanted.invitation:
        yield Registration.invitation_id == wanted.invitation.id
    for answered in wanted.answers:
        yield _has_answered(answered)
    if wanted.people is not None:
        yield or_(Registration.id.in_(wanted.people), Registration.id.in_(aliases.select_by_ids(wanted.people)))


def _of_the_origin(event: Event, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """Those who come from there: of an organisation by all the names that the directory knows it by."""
    if wanted.dimension:
        yield Registration.dimension == wanted.dimension
    if wanted.organisation:
        keys = known_names.list_keys_beside(wanted.organisation)
        yield Registration.organisation.in_(typed_organisations.list_spellings(event, keys))
    if wanted.network:
        keys = known_names.list_keys_of(wanted.network)
        yield Registration.organisation.in_(typed_organisations.list_spellings(event, keys))


def _has_answered(answered: Answered) -> ColumnElement[bool]:
    """Whether the word is one of those chosen; asked of the text that the column holds, which both databases can.

    `["word"` and `, "word"` stand in it only where a word begins: a quotation mark within one has a backslash before.
    LIKE would take `Sí` for `sí` on one database and not on the other.
    """
    answer = select(Answer.question_id).where(
        Answer.registration_id == Registration.id, Answer.question_id == answered.question.id
    )
    if not answered.word:
        return ~answer.exists()
    words, chosen = cast(Answer.words, Text), json.dumps(answered.word)
    stands = [func.replace(words, f"{before}{chosen}", "") != words for before in ("[", ", ")]
    return answer.where(or_(*stands)).exists()
