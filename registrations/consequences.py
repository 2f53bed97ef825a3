"""What an act of the organiser means for people: whom it concerns, in sentences with numbers, and some by name."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from flask_babel import ngettext
from sqlalchemy import select

from core.database import db
from core.web import external_url
from events.acts import EventWas, Moved
from events.models import Event, Session, SessionKind
from events.signals import Consequence, Named
from registrations.models import ChosenSession, Registration, RegistrationState, WaitingListEntry

LONGEST_LIST = 20


@dataclass(frozen=True)
class Person:
    """What has to be known of somebody whom an act concerns."""

    id: int
    name: str
    has_place: bool
    has_address: bool


@dataclass(frozen=True)
class Concerned:
    """Whom an act concerns: those who hold what it is about, and those who wait for it."""

    holders: Sequence[Person]
    others: Sequence[Person]

    @property
    def everybody(self) -> Sequence[Person]:
        return [*self.holders, *self.others]

    def without(self, ids: Collection[int]) -> "Concerned":
        """Leave some people out."""
        return Concerned(*([each for each in some if each.id not in ids] for some in (self.holders, self.others)))


def find_concerned(event: Event, sessions: Sequence[Session] | None) -> Concerned:
    """Whom these sessions concern, or (None) the event as a whole; all are at a plenary, without choosing it."""
    people = _list_people(event)
    if sessions is None or any(each.kind is SessionKind.PLENARY and each.capacity is None for each in sessions):
        return Concerned([each for each in people if each.has_place], [each for each in people if not each.has_place])
    ids = [session.id for session in sessions]
    holders = set(db.session.scalars(select(ChosenSession.registration_id).where(ChosenSession.session_id.in_(ids))))
    waiting = set(
        db.session.scalars(select(WaitingListEntry.registration_id).where(WaitingListEntry.session_id.in_(ids)))
    )
    return Concerned(
        [each for each in people if each.id in holders], [each for each in people if each.id in waiting - holders]
    )


def _list_people(event: Event) -> list[Person]:
    """Everybody whose registration stands, in the order of the list."""
    rows = db.session.execute(
        select(Registration.id, Registration.first_name, Registration.last_name, Registration.state, Registration.email)
        .where(Registration.event_id == event.id, Registration.state != RegistrationState.CANCELLED)
        .order_by(Registration.sort_key, Registration.id)
    )
    return [
        Person(
            row.id,
            f"{row.first_name} {row.last_name}".strip(),
            has_place=row.state is RegistrationState.CONFIRMED,
            has_address=bool(row.email),
        )
        for row in rows
    ]


def _say(people: Sequence[Person], sentence: Callable[[int], str]) -> Iterator[Consequence]:
    """One sentence about those of these people who can be told, if there are any."""
    told = frozenset(each.id for each in people if each.has_address)
    if told:
        yield Consequence(sentence(len(told)), told=told)


def _say_others(concerned: Concerned) -> Iterator[Consequence]:
    return _say(
        concerned.others,
        lambda count: ngettext(
            "%(num)d person who waits for a place or an answer is told too.",
            "%(num)d people who wait for a place or an answer are told too.",
            count,
        ),
    )


def say_moved(was: EventWas | None, moved: Sequence[Moved], concerned: Concerned) -> Iterator[Consequence]:
    """Who is told that the event, or some sessions of it, are at another time or place."""
    if was:
        yield from _say(
            concerned.holders,
            lambda count: ngettext(
                "%(num)d person with a place is told the new time and place by mail, and their calendar is updated.",
                "%(num)d people with a place are told the new time and place by mail, and their calendars are updated.",
                count,
            ),
        )
        yield from _say_others(concerned)
    elif len(moved) == 1:
        session = moved[0].session.title
        yield from _say(
            concerned.holders,
            lambda count: ngettext(
                "%(num)d person who comes to “%(session)s” is told its new time and place by mail, and their calendar "
                "is updated.",
                "%(num)d people who come to “%(session)s” are told its new time and place by mail, and their calendars "
                "are updated.",
                count,
                session=session,
            ),
        )
        yield from _say_in_line(concerned)
    else:
        yield from _say(
            concerned.holders,
            lambda count: ngettext(
                "%(num)d person is told by mail which of their sessions are at another time or place, and their "
                "calendar is updated.",
                "%(num)d people are told by mail which of their sessions are at another time or place, and their "
                "calendars are updated.",
                count,
            ),
        )
        yield from _say_in_line(concerned)


def _say_in_line(concerned: Concerned) -> Iterator[Consequence]:
    return _say(
        concerned.others,
        lambda count: ngettext(
            "%(num)d person on the waiting list is told too.",
            "%(num)d people on the waiting list are told too.",
            count,
        ),
    )


def say_event_cancelled(concerned: Concerned) -> Iterator[Consequence]:
    """Who is told that the event will not be held."""
    yield from _say(
        concerned.holders,
        lambda count: ngettext(
            "%(num)d person with a place is told by mail that it is cancelled, and it leaves their calendar.",
            "%(num)d people with a place are told by mail that it is cancelled, and it leaves their calendars.",
            count,
        ),
    )
    yield from _say_others(concerned)


def say_event_restored(concerned: Concerned) -> Iterator[Consequence]:
    """Who is told that the event will be held after all."""
    yield from _say(
        concerned.holders,
        lambda count: ngettext(
            "%(num)d person with a place is told by mail that the event is held after all, and it is in their "
            "calendar again.",
            "%(num)d people with a place are told by mail that the event is held after all, and it is in their "
            "calendars again.",
            count,
        ),
    )
    yield from _say_others(concerned)


def say_session_cancelled(session: Session, concerned: Concerned) -> Iterator[Consequence]:
    """Who is told that a session will not be held."""
    yield from _say(
        concerned.holders,
        lambda count: ngettext(
            "%(num)d person who comes to “%(session)s” is told by mail that it is cancelled and how to choose another, "
            "and their calendar is updated.",
            "%(num)d people who come to “%(session)s” are told by mail that it is cancelled and how to choose another, "
            "and their calendars are updated.",
            count,
            session=session.title,
        ),
    )
    yield from _say_in_line(concerned)


def say_without_address(event: Event, concerned: Concerned) -> Iterator[Consequence]:
    """Who cannot be told, by name."""
    people = [each for each in concerned.everybody if not each.has_address]
    if people:
        sentence = ngettext(
            "%(num)d person gave no address and gets no mail. Tell them yourself:",
            "%(num)d people gave no address and get no mail. Tell them yourself:",
            len(people),
        )
        yield Consequence(sentence, is_bad=True, people=_name(event, people))


def say_overlaps(event: Event, moved: Sequence[Moved], now: datetime) -> Iterator[Consequence]:
    """Who holds two sessions that are at the same time only since they moved."""
    pairs = _find_new_overlaps(event, moved, now)
    ids = {session.id for pair in pairs for session in pair}
    if not ids:
        return
    held: defaultdict[int, set[int]] = defaultdict(set)
    for registration_id, session_id in db.session.execute(
        select(ChosenSession.registration_id, ChosenSession.session_id).where(ChosenSession.session_id.in_(ids))
    ):
        held[registration_id].add(session_id)
    people = [each for each in _list_people(event) if any({a.id, b.id} <= held.get(each.id, set()) for a, b in pairs)]
    if people:
        sentence = ngettext(
            "%(num)d person will have two sessions at the same time:",
            "%(num)d people will have two sessions at the same time:",
            len(people),
        )
        yield Consequence(sentence, is_bad=True, people=_name(event, people))


def _find_new_overlaps(event: Event, moved: Sequence[Moved], now: datetime) -> list[tuple[Session, Session]]:
    before = {each.session: (each.starts_at, each.ends_at) for each in moved}

    def did_overlap(one: Session, other: Session) -> bool:
        (start, end), (other_start, other_end) = (
            before.get(each, (each.starts_at, each.ends_at)) for each in (one, other)
        )
        return start < other_end and other_start < end

    coming = [each for each in event.sessions if each.ends_at > now and not each.is_cancelled]
    return [
        (one, other)
        for one, other in combinations(coming, 2)
        if one.overlaps(other) and (one in before or other in before) and not did_overlap(one, other)
    ]


def _name(event: Event, people: Sequence[Person]) -> list[Named]:
    """The first of them, with the way to each."""
    named = [
        Named(each.name, external_url("registrations_person.show", slug=event.slug, registration_id=each.id))
        for each in people[:LONGEST_LIST]
    ]
    if len(people) > LONGEST_LIST:
        more = ngettext("and %(num)d more", "and %(num)d more", len(people) - LONGEST_LIST)
        named.append(Named(more, external_url("registrations_workspace.attendees", slug=event.slug)))
    return named
