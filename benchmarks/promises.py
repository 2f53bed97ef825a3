"""What must be true after a rush, read from the database: each promise is printed as kept or broken."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.crowd import SESSIONS, SLUG, Crowd, Person
from core.database import alembic, db, transaction
from core.mail import MailState, OutgoingMail
from events.models import Event
from events.services import get_published
from registrations.models import (
    ChosenSession,
    Registration,
    RegistrationMail,
    RegistrationState,
    WaitingListEntry,
)
from tests import factories

_MAIL_OF = {RegistrationState.CONFIRMED: "place_confirmed", RegistrationState.WAITING: "waiting"}

WORDS_OF_MISTAKES = ('"request failed"', "Error handling request", "Exception in worker process")
LINES_OF_MISTAKE = 40


class Report:
    """Promises as they turn out; printed one a line."""

    def __init__(self, title: str) -> None:
        self.broken = 0
        print(f"\n{title}", flush=True)

    def promise(self, words: str, *faults: object) -> None:
        """Print a promise with what speaks against it: a fault that is empty, zero or False is none."""
        found = [fault for fault in faults if fault]
        self.broken += bool(found)
        print(f"  {'BROKEN' if found else 'kept  '}  {words}" + "".join(f"\n          {each}" for each in found))

    def note(self, words: str) -> None:
        """Print what is neither."""
        print(f"          {words}")


def prepare(*, places: int) -> None:
    """An event with three sessions at the same time, each with a third of the places, and waiting lists."""
    alembic.upgrade()
    with transaction():
        event = factories.make_event(SLUG, starts_at=factories.EVENT_START + timedelta(days=365), capacity=places)
        for code in SESSIONS:
            factories.make_session(
                event, code, starts_at=event.starts_at + timedelta(hours=1), capacity=places // len(SESSIONS)
            )


def check_places(report: Report, crowd: Crowd) -> None:
    """Places, lists, their order, and what people were told of them."""
    event = get_published(SLUG)
    rows = list(db.session.scalars(select(Registration).order_by(Registration.id)))
    through = [person for person in crowd.people if person.is_through]
    confirmed = sum(row.state is RegistrationState.CONFIRMED for row in rows)
    waiting = sum(row.state is RegistrationState.WAITING for row in rows)
    places = event.capacity or 0
    report.promise(
        f"{confirmed} people have a place and {waiting} wait",
        confirmed != min(places, len(rows)) and f"there are {places} places and {len(rows)} people",
        confirmed + waiting != len(rows) and "some have neither",
    )
    by_email = {row.email: row for row in rows}
    lost = [p.email for p in through if p.email not in by_email or p.token not in {"", by_email[p.email].token}]
    report.promise(f"all {len(through)} sign-ups that were acknowledged are there", _some(lost))
    report.promise("nobody is there twice", _some([each for each, n in _count(row.email for row in rows) if n > 1]))
    _check_counters(report, event)
    _check_lists(report, event, rows, crowd)
    _check_arrival(report, rows, crowd)


def check_log(report: Report, log: Path) -> None:
    """Whatever went wrong was foreseen: no request failed by a mistake of ours, in the application or around it."""
    lines = log.read_text(errors="replace").splitlines()
    failed = [
        "\n".join(lines[number : number + LINES_OF_MISTAKE])
        for number, line in enumerate(lines)
        if any(words in line for words in WORDS_OF_MISTAKES)
    ]
    report.promise("no request met a mistake of ours", *failed[:2])


def check_mails(report: Report) -> None:
    """One mail of the sign-up for each person, of the right kind and to their address."""
    kinds = defaultdict(list)
    for registration, mail in db.session.execute(
        select(Registration, OutgoingMail)
        .join(RegistrationMail, RegistrationMail.registration_id == Registration.id)
        .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
        .where(OutgoingMail.kind.in_(_MAIL_OF.values()))
    ):
        kinds[registration.id].append((mail.kind, mail.recipient))
    wrong = [
        row.email
        for row in db.session.scalars(select(Registration))
        if kinds[row.id] != [(_MAIL_OF.get(row.state), row.email)]
    ]
    report.promise("each person has exactly one mail that says how they stand", _some(wrong))


def check_delivery(report: Report, arrived: Counter[str], *, crashes: int) -> None:
    """Everything has left, and nothing went twice but what a killed worker had in hand (docs/adr/0004)."""
    mails = dict(db.session.execute(select(OutgoingMail.message_id, OutgoingMail.state)).all())
    unsent = [key for key, state in mails.items() if state is not MailState.SENT]
    report.promise(f"the queue has drained: {len(mails)} mails have left", _some(unsent))
    report.promise("each of them has arrived", _some([key for key in mails if not arrived[key]]))
    twice = sum(count - 1 for count in arrived.values())
    report.promise(
        f"{twice} went twice, where {crashes} times a worker was killed with at most one in hand",
        twice > crashes and "more than that",
    )


def _check_counters(report: Report, event: Event) -> None:
    in_event = _number(select(func.count()).where(Registration.state == RegistrationState.CONFIRMED))
    report.promise(
        f"the event counts {event.places_taken} of {event.capacity} places",
        event.places_taken != in_event and f"{in_event} people have one",
        event.places_taken > (event.capacity or 0) and "more than there are",
    )
    for session in event.sessions:
        held = _number(select(func.count()).where(ChosenSession.session_id == session.id))
        in_line = _number(select(func.count()).where(WaitingListEntry.session_id == session.id))
        of_those_with_place = _number(
            select(func.count())
            .select_from(WaitingListEntry)
            .join(Registration, Registration.id == WaitingListEntry.registration_id)
            .where(WaitingListEntry.session_id == session.id, Registration.state == RegistrationState.CONFIRMED)
        )
        report.promise(
            f"session {session.code} counts {session.places_taken} of {session.capacity} places, {in_line} in line",
            session.places_taken != held and f"{held} people have one",
            session.places_taken > (session.capacity or 0) and "more than there are",
            session.people_waiting != in_line and f"its counter says {session.people_waiting}",
            session.places_left and of_those_with_place and "somebody waits for a free place",
        )


def _check_lists(report: Report, event: Event, rows: Sequence[Registration], crowd: Crowd) -> None:
    """Give the places again on paper, in the order in which people came, and compare."""
    wishes = {person.email: person.session for person in crowd.people}
    code_of = {session.id: session.code for session in event.sessions}
    free = {session.code: session.capacity or 0 for session in event.sessions}
    places = event.capacity or 0
    should: dict[str, tuple[bool, list[str], list[str | None]]] = {}
    lists: dict[str | None, list[str]] = defaultdict(list)
    for row in rows:
        wish = wishes[row.email]
        has_place = places > 0
        has_session = has_place and free[wish] > 0
        places -= has_place
        free[wish] -= has_session
        waits: list[str | None] = [*([] if has_place else [None]), *([] if has_session else [wish])]
        should[row.email] = (has_place, [wish] if has_session else [], waits)
        for each in waits:
            lists[each].append(row.email)
    chosen, entries = defaultdict(list), defaultdict(list)
    stood: dict[str | None, list[str]] = defaultdict(list)
    for email, session_id in db.session.execute(
        select(Registration.email, ChosenSession.session_id).join(ChosenSession.registration)
    ):
        chosen[email].append(code_of[session_id])
    for email, awaited_id in db.session.execute(
        select(Registration.email, WaitingListEntry.session_id)
        .join(WaitingListEntry.registration)
        .order_by(WaitingListEntry.id)
    ):
        code = code_of[awaited_id] if awaited_id else None
        entries[email].append(code)
        stood[code].append(email)
    wrong = [
        row.email
        for row in rows
        if (row.is_confirmed, chosen[row.email], sorted(entries[row.email], key=str))
        != (*should[row.email][:2], sorted(should[row.email][2], key=str))
    ]
    report.promise("each has the place, or stands on the lists, that their turn gives them", _some(wrong))
    report.promise(
        f"the {len(stood)} lists are in order of arrival",
        *(f"the list of {code or 'the event'} is not" for code in stood if stood[code] != lists[code]),
    )
    numbers = {email: number for number, email in enumerate(stood[None], 1)}
    told = [p.email for p in crowd.people if p.position is not None and p.position != numbers.get(p.email, 0)]
    report.promise("their own pages told people that very number", _some(told))


def _check_arrival(report: Report, rows: Sequence[Registration], crowd: Crowd) -> None:
    """Who had the answer before somebody else even sent the form stands before them."""
    people = {person.email: person for person in crowd.people}
    overtaken = []
    latest: Person | None = None
    for row in rows:
        person = people[row.email]
        if not person.is_through:
            continue  # nobody knows when their sign-up came through
        if latest and person.answered_at < latest.sent_at:
            overtaken.append(f"{person.email} was answered before {latest.email} asked")
        if latest is None or person.sent_at > latest.sent_at:
            latest = person
    report.promise("nobody was overtaken by who came after their answer", _some(overtaken))


def _number(query: object) -> int:
    return db.session.scalar(query) or 0  # type: ignore[call-overload] # a query that counts


def _count(things: object) -> list[tuple[str, int]]:
    return list(Counter(things).items())  # type: ignore[call-overload] # strings


def _some(faults: Sequence[str]) -> str:
    """The first few, and how many there are."""
    return f"{len(faults)}, such as {', '.join(faults[:5])}" if faults else ""
