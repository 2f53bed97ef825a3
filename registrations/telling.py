"""Writing to people what was announced to them (`announcements`), a few at a time, each once.

A row is stamped in the transaction that writes its mail, so that killing the worker loses none and doubles none
(docs/adr/0014). A mail says what is true when it is written.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, select

from core import mail
from core.database import db, transaction
from core.jobs import sweep, work_off
from events.acts import EventWas, Moved
from events.models import Event, EventState, Session, SessionKind
from registrations import announcements, notifications, offers, places, waiting_list
from registrations.models import Announcement, AnnouncementKind, Registration, RegistrationState
from registrations.recipients import read_people

BATCH = 10  # people who sign up wait for one batch at most: about 0.1 s
URGENT = (AnnouncementKind.OFFERED, AnnouncementKind.EVENT_RESTORED)
"""What is written before all the rest: the hours that there are to answer run."""
WHILE_CANCELLED = (AnnouncementKind.EVENT_CANCELLED, AnnouncementKind.CANCELLED)
"""All that is told of an event that is off; what else there is waits until it is taken up again."""

Work = tuple[int, Collection[AnnouncementKind]]
Written = Iterator[tuple[Announcement, mail.OutgoingMail | None]]
"""Mails, each with the announcement it is of."""


@mail.writes_mail
@sweep
def tell_announcements(now: datetime) -> int:
    """Write the mails of what was announced, offers first and event by event, for one turn of the worker."""
    return work_off(_list_work(), partial(_tell_batch, now=now), wake_again=announcements.wake)


def _list_work() -> Iterator[Work]:
    """In which events something of which kinds is to be told, in the order in which it is."""
    for kinds in (URGENT, tuple(AnnouncementKind)):
        with transaction():
            events = db.session.scalars(
                select(Announcement.event_id).where(_is_to_tell(kinds)).distinct().order_by(Announcement.event_id)
            ).all()
        for event_id in events:
            yield event_id, kinds


def _is_to_tell(kinds: Collection[AnnouncementKind]) -> ColumnElement[bool]:
    is_off = Announcement.event_id.in_(select(Event.id).where(Event.state == EventState.CANCELLED))
    is_now = ~is_off | Announcement.kind.in_(WHILE_CANCELLED)
    return Announcement.told_at.is_(None) & Announcement.kind.in_(kinds) & is_now


def _tell_batch(work: Work, now: datetime) -> int:
    """Write to the first few people of an event who have something of these kinds to be told; how many there were.

    They are told all there is for them.
    """
    event_id, kinds = work
    with transaction():
        event = db.session.get(Event, event_id)
        if event is None:
            return 0
        places.hold(event)
        of_event = Announcement.event_id == event_id
        people_first = select(Announcement.registration_id).where(of_event, _is_to_tell(kinds)).distinct()
        ids = db.session.scalars(people_first.order_by(Announcement.registration_id).limit(BATCH)).all()
        rows = db.session.scalars(
            select(Announcement).where(_is_to_tell(tuple(AnnouncementKind)), Announcement.registration_id.in_(ids))
        ).all()
        people = read_people(ids)
        waiting = waiting_list.read_sessions(people)
        by_person: defaultdict[int, dict[AnnouncementKind, Announcement]] = defaultdict(dict)
        for row in rows:
            row.told_at = now
            by_person[row.registration_id][row.kind] = row
        for registration_id, of_person in sorted(by_person.items()):
            _tell(people[registration_id], of_person, waiting.get(registration_id, []), now=now)
        return len(by_person)


def _tell(
    registration: Registration,
    news: Mapping[AnnouncementKind, Announcement],
    waiting: Sequence[Session],
    *,
    now: datetime,
) -> None:
    """Write to one person what is still true of what was announced: of a cancelled event nothing but that.

    What was announced before they cancelled and signed up again is not theirs any more.
    """
    event = registration.event
    if event.state is EventState.DRAFT:
        return
    theirs = {kind: row for kind, row in news.items() if row.announced_at >= registration.created_at}
    for row, written in _pick(registration)(registration, theirs, waiting, now=now):
        if written is not None:
            db.session.flush()
            row.mail_id = written.id


def _pick(registration: Registration) -> Callable[..., Written]:
    """What is written to somebody who has no registration any more, of an event that is off, or else."""
    if registration.state is RegistrationState.CANCELLED:
        return _write_taken_off
    return _write_cancelled if registration.event.state is EventState.CANCELLED else _write


def _write_taken_off(
    registration: Registration,
    news: Mapping[AnnouncementKind, Announcement],
    _waiting: Sequence[Session],
    *,
    now: datetime,
) -> Written:
    """Tell who has no registration any more that the organiser took it, and nothing else."""
    if row := news.get(AnnouncementKind.CANCELLED):
        had = [session for session in registration.event.sessions if str(session.id) in row.details["sessions"]]
        yield row, notifications.cancelled_by_organiser(registration, had, had_place=row.details["event"], now=now)


def _write_cancelled(
    registration: Registration,
    news: Mapping[AnnouncementKind, Announcement],
    _waiting: Sequence[Session],
    *,
    now: datetime,
) -> Written:
    if row := news.get(AnnouncementKind.EVENT_CANCELLED):
        yield row, notifications.event_cancelled(registration, now=now)


def _write(
    registration: Registration,
    news: Mapping[AnnouncementKind, Announcement],
    waiting: Sequence[Session],
    *,
    now: datetime,
) -> Written:
    event, sessions = registration.event, registration.sessions
    if row := news.get(AnnouncementKind.EVENT_RESTORED):
        yield row, notifications.event_restored(registration, sessions, waiting=waiting, now=now)
        news = {kind: row for kind, row in news.items() if kind is AnnouncementKind.SESSION_CANCELLED}
    if row := news.get(AnnouncementKind.STANDS):
        yield row, _write_stand(registration, waiting, now=now)
    elif (row := news.get(AnnouncementKind.CHANGED)) and registration.is_confirmed:
        yield row, notifications.changed(registration, sessions, waiting=waiting, now=now)
    if row := news.get(AnnouncementKind.PROMOTED):
        yield row, _write_promoted(registration, row.details, waiting, now=now)
    if row := news.get(AnnouncementKind.OFFERED):
        yield row, _write_offered(registration, row.details, now=now)
    if row := news.get(AnnouncementKind.SESSION_CANCELLED):
        gone = [session for session in event.sessions if str(session.id) in row.details["sessions"]]
        yield row, notifications.session_cancelled(registration, sessions, gone=gone, waiting=waiting, now=now)
    if row := news.get(AnnouncementKind.MOVED):
        yield row, _write_moved(registration, row.details, waiting, now=now)


def _write_stand(registration: Registration, waiting: Sequence[Session], *, now: datetime) -> mail.OutgoingMail | None:
    """Tell somebody anew how they stand: an act that they were told of has been taken back."""
    if registration.is_confirmed:
        return notifications.place_confirmed(registration, registration.sessions, waiting=waiting, now=now)
    if registration.state is RegistrationState.WAITING:
        return notifications.waiting(registration, waiting, now=now)
    if registration.state is RegistrationState.OFFERED:
        asked = notifications.list_offers(registration, now)
        return notifications.offered(registration, asked, now=now) if asked else None
    has_place = waiting_list.has_place(registration)
    draft = notifications.signed_up(registration, registration.sessions, waiting, has_place=has_place, now=now)
    return notifications.post(draft)


def _write_promoted(
    registration: Registration, details: announcements.Details, waiting: Sequence[Session], *, now: datetime
) -> mail.OutgoingMail | None:
    """Tell of the places that came to the person and that they still have; of the event's, nothing more is news."""
    if not registration.is_confirmed:
        return None
    sessions = registration.sessions
    if details["event"]:
        return notifications.promoted(registration, sessions, waiting=waiting, now=now)
    gained = [session for session in sessions if str(session.id) in details["sessions"]]
    if not gained:
        return None
    left_ids = {each for session in gained for each in details["sessions"][str(session.id)]["left"]}
    left = [session for session in registration.event.sessions if session.id in left_ids and session not in sessions]
    return notifications.promoted(registration, sessions, gained=gained, left=left, waiting=waiting, now=now)


def _write_offered(
    registration: Registration, details: announcements.Details, *, now: datetime
) -> mail.OutgoingMail | None:
    """Ask about what was offered and can still be answered: the hours that there are begin with the question."""
    if details["event"]:
        offers.renew(registration, now=now)
    for entry in waiting_list.list_entries(registration):
        if str(entry.session_id) in details["sessions"]:
            offers.renew_of_session(entry, now=now)
    db.session.flush()
    asked = [
        offer
        for offer in notifications.list_offers(registration, now)
        if (str(offer.session.id) in details["sessions"] if offer.session else details["event"])
    ]
    return notifications.offered(registration, asked, now=now) if asked else None


def _write_moved(
    registration: Registration, details: announcements.Details, waiting: Sequence[Session], *, now: datetime
) -> mail.OutgoingMail | None:
    """Tell of what is not where it was, as far as the person is concerned."""
    sessions = registration.sessions
    was, moved = _still_moved(registration.event, details)
    theirs = [each for each in moved if _is_at(each.session, {*sessions, *waiting})]
    if was:
        return notifications.event_moved(registration, sessions, was=was, moved=theirs, waiting=waiting, now=now)
    if theirs:
        return notifications.session_moved(registration, sessions, moved=theirs, waiting=waiting, now=now)
    return None


def _still_moved(event: Event, details: announcements.Details) -> tuple[EventWas | None, list[Moved]]:
    """Where the event and its sessions stood, but for what stands there again."""
    was = details["event"] and EventWas(
        **_read_times(details["event"]), timezone=details["event"]["timezone"], place=details["event"]["place"]
    )
    moved = [
        Moved(session, **_read_times(before), room=before["room"])
        for session in event.sessions
        if (before := details["sessions"].get(str(session.id)))
    ]
    return (
        was if was and was != EventWas.of(event) else None,
        [each for each in moved if each != Moved.of(each.session) and not each.session.is_cancelled],
    )


def _is_at(session: Session, theirs: Collection[Session]) -> bool:
    return session in theirs or (session.kind is SessionKind.PLENARY and not session.is_chosen)


def _read_times(details: announcements.Details) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(details[name]) for name in ("starts_at", "ends_at")}
