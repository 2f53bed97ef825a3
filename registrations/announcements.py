"""What the organiser did, told to everybody whom it concerns: noted in the act itself, written as mails afterwards.

An act may concern thousands, and mails take longer to write than anybody should wait; nor may people who sign up wait
meanwhile. So the act leaves one row a person and kind, and a sweep makes mails of them a few at a time: a row is
stamped in the transaction that writes its mail, so that killing the worker loses none and doubles none (docs/adr/0014).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload, selectinload

from core import mail
from core.database import db, on_commit, transaction
from core.jobs import jobs, sweep, work_off
from events.acts import EventWas, Moved, hold_programme
from events.models import Event, EventState, Session, SessionKind
from registrations import calendars, notifications, waiting_list
from registrations.models import Announcement, AnnouncementKind, Registration, RegistrationState

BATCH = 10  # people who sign up wait for one batch at most: about 0.1 s
_MANY = 500


def announce(
    event: Event,
    kind: AnnouncementKind,
    registration_ids: Collection[int],
    details: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Have these people told; what they have not been told yet of the same kind is told along with it; under `hold`.

    A mail about it that has not left is taken back for that.
    """
    wanted = set(registration_ids)
    known = [row for row in _list(event, [kind]) if row.registration_id in wanted]
    taken_back = _take_back(known, now=now)
    for row in known:
        is_untold = row.told_at is None or row.mail_id in taken_back
        row.details = _merge(row.details, details) if is_untold else dict(details)
        row.announced_at, row.told_at, row.mail_id = now, None, None
    new = wanted - {row.registration_id for row in known}
    if new:
        values = {"event_id": event.id, "kind": kind, "details": dict(details), "announced_at": now}
        db.session.execute(insert(Announcement), [{**values, "registration_id": each} for each in sorted(new)])
    db.session.flush()
    on_commit(wake)


def drop(event: Event, kinds: Collection[AnnouncementKind], *, now: datetime) -> set[int]:
    """Leave untold what is not true any more, mails that have not left among it; under `hold`. Gives who was untold."""
    known = _list(event, kinds)
    taken_back = _take_back(known, now=now)
    untold = {row.registration_id for row in known if row.told_at is None or row.mail_id in taken_back}
    for row in known:
        db.session.delete(row)
    db.session.flush()
    return untold


def describe_moves(was: EventWas | None, moved: Iterable[Moved]) -> dict[str, Any]:
    """What an announcement of the kind `MOVED` keeps: where the event and its sessions stood before."""
    return {
        "event": was and {**_times(was), "timezone": was.timezone, "place": was.place},
        "sessions": {str(each.session.id): {**_times(each), "room": each.room} for each in moved},
    }


def describe_sessions(*sessions: Session) -> dict[str, Any]:
    """What an announcement about sessions that are gone keeps."""
    return {"sessions": {str(session.id): {} for session in sessions}}


@mail.writes_mail
@sweep
def tell_announcements(now: datetime) -> int:
    """Write the mails of what was announced, those of one event after those of another, for one turn of the worker."""
    return work_off(_list_events(), partial(_tell_batch, now=now), wake_again=wake)


def wake() -> None:
    """Have the worker write the mails, soon."""
    jobs.wake("tell_announcements")


def _list(event: Event, kinds: Collection[AnnouncementKind]) -> Sequence[Announcement]:
    return db.session.scalars(
        select(Announcement).where(Announcement.event_id == event.id, Announcement.kind.in_(kinds))
    ).all()


def _take_back(known: Sequence[Announcement], *, now: datetime) -> set[int]:
    """Withdraw the mails that have not left, and what they would have told calendars."""
    by_mail = {row.mail_id: row.registration_id for row in known if row.mail_id is not None}
    taken_back: dict[int, datetime] = {}
    for some in _batches(list(by_mail)):
        taken_back |= mail.take_back(some, now=now)
    written: defaultdict[datetime, list[int]] = defaultdict(list)
    for mail_id, created_at in taken_back.items():
        written[created_at].append(by_mail[mail_id])
    for created_at, people in written.items():
        for some in _batches(people):
            calendars.take_back(some, created_at)
    return set(taken_back)


def _merge(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """What people know is where things stood first."""
    merged: dict[str, Any] = {"sessions": {**later["sessions"], **earlier["sessions"]}}
    if "event" in later:
        merged["event"] = earlier.get("event") or later["event"]
    return merged


def _list_events() -> Sequence[int]:
    with transaction():
        return db.session.scalars(
            select(Announcement.event_id)
            .where(Announcement.told_at.is_(None))
            .distinct()
            .order_by(Announcement.event_id)
        ).all()


def _tell_batch(event_id: int, now: datetime) -> int:
    """Write the mails of the first few people of an event who have something to be told; how many people there were."""
    with transaction():
        event = db.session.get(Event, event_id)
        if event is None:
            return 0
        hold_programme(event)
        untold = (Announcement.event_id == event_id) & Announcement.told_at.is_(None)
        first = select(Announcement.registration_id).where(untold).distinct().order_by(Announcement.registration_id)
        rows = db.session.scalars(
            select(Announcement).where(untold, Announcement.registration_id.in_(first.limit(BATCH)))
        ).all()
        people = _read_people({row.registration_id for row in rows})
        waiting = waiting_list.read_sessions(people)
        by_person: defaultdict[int, dict[AnnouncementKind, Announcement]] = defaultdict(dict)
        for row in rows:
            row.told_at = now
            by_person[row.registration_id][row.kind] = row
        for registration_id, of_person in sorted(by_person.items()):
            _tell(people[registration_id], of_person, waiting.get(registration_id, []), now=now)
        return len(by_person)


def _read_people(ids: Collection[int]) -> dict[int, Registration]:
    query = (
        select(Registration)
        .where(Registration.id.in_(ids))
        .options(
            joinedload(Registration.event).joinedload(Event.team),
            selectinload(Registration.sessions).joinedload(Session.room),
            selectinload(Registration.calendar_entries),
        )
        .execution_options(populate_existing=True)
    )
    return {each.id: each for each in db.session.scalars(query)}


def _tell(
    registration: Registration,
    news: Mapping[AnnouncementKind, Announcement],
    waiting: Sequence[Session],
    *,
    now: datetime,
) -> None:
    """Write to one person what is still true of what was announced: of a cancelled event nothing but that."""
    event = registration.event
    if registration.state is RegistrationState.CANCELLED or event.state is EventState.DRAFT:
        return
    for row, written in _write(registration, news, waiting, now=now):
        if written is not None:
            db.session.flush()
            row.mail_id = written.id


def _write(
    registration: Registration,
    news: Mapping[AnnouncementKind, Announcement],
    waiting: Sequence[Session],
    *,
    now: datetime,
) -> Iterator[tuple[Announcement, mail.OutgoingMail | None]]:
    """Write the mails, and give each with the announcement it is of."""
    event, sessions = registration.event, registration.sessions
    if event.state is EventState.CANCELLED:
        if row := news.get(AnnouncementKind.EVENT_CANCELLED):
            yield row, notifications.event_cancelled(registration, now=now)
        return
    if row := news.get(AnnouncementKind.SESSION_CANCELLED):
        gone = [session for session in event.sessions if str(session.id) in row.details["sessions"]]
        yield row, notifications.session_cancelled(registration, sessions, gone=gone, waiting=waiting, now=now)
    if row := news.get(AnnouncementKind.EVENT_RESTORED):
        yield row, notifications.event_restored(registration, sessions, waiting=waiting, now=now)
    elif row := news.get(AnnouncementKind.MOVED):
        was, moved = _still_moved(event, row.details)
        theirs = [each for each in moved if _is_at(each.session, {*sessions, *waiting})]
        if was:
            yield (
                row,
                notifications.event_moved(registration, sessions, was=was, moved=theirs, waiting=waiting, now=now),
            )
        elif theirs:
            yield row, notifications.session_moved(registration, sessions, moved=theirs, waiting=waiting, now=now)


def _still_moved(event: Event, details: Mapping[str, Any]) -> tuple[EventWas | None, list[Moved]]:
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


def _times(was: EventWas | Moved) -> dict[str, str]:
    return {"starts_at": was.starts_at.isoformat(), "ends_at": was.ends_at.isoformat()}


def _read_times(details: Mapping[str, str]) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(details[name]) for name in ("starts_at", "ends_at")}


def _batches(items: Sequence[int]) -> Iterator[Sequence[int]]:
    return (items[start : start + _MANY] for start in range(0, len(items), _MANY))
