"""What people are told of an act of somebody else: noted in the act itself, written to them afterwards (`telling`).

An act may concern thousands, and mails take longer to write than anybody should wait; nor may people who sign up wait
meanwhile. So the act leaves one row a person and kind, and what an act does in several steps is one mail
(docs/adr/0014).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from core import mail
from core.database import batches, db, on_commit
from core.jobs import jobs
from events.acts import EventWas, Moved
from events.models import Event, Session
from registrations import calendars
from registrations.models import Announcement, AnnouncementKind, Registration

Details = dict[str, Any]


def announce(event: Event, kind: AnnouncementKind, news: Mapping[int, Details], *, now: datetime) -> None:
    """Have people told, by their ids; what they have not been told yet of the same kind is told along; under `hold`.

    A mail about it that has not left is taken back for that. What was announced before they cancelled and signed up
    again is not theirs any more.
    """
    known = {row.registration_id: row for row in _list(event, [kind]) if row.registration_id in news}
    taken_back = _take_back(list(known.values()), now=now)
    signed_up_at = _read_sign_ups(list(known))
    for registration_id, row in known.items():
        details = news[registration_id]
        is_theirs = row.announced_at >= signed_up_at[registration_id]
        is_untold = is_theirs and (row.told_at is None or row.mail_id in taken_back)
        row.details = merge(row.details, details) if is_untold else dict(details)
        row.announced_at, row.told_at, row.mail_id = now, None, None
    new = [
        {"event_id": event.id, "registration_id": each, "kind": kind, "details": dict(news[each]), "announced_at": now}
        for each in sorted(news.keys() - known.keys())
    ]
    if new:
        db.session.execute(insert(Announcement), new)
    db.session.flush()
    on_commit(wake)


def drop(
    event: Event, kinds: Collection[AnnouncementKind], people: Collection[int] | None = None, *, now: datetime
) -> set[int]:
    """Leave untold what is not true any more, mails that have not left among it; under `hold`. Gives who was untold.

    Of these people, by their ids, or (None) of everybody.
    """
    known = [row for row in _list(event, kinds) if people is None or row.registration_id in people]
    taken_back = _take_back(known, now=now)
    untold = {row.registration_id for row in known if row.told_at is None or row.mail_id in taken_back}
    for row in known:
        db.session.delete(row)
    db.session.flush()
    return untold


def merge(earlier: Details, later: Details) -> Details:
    """What people know is where things stood first."""
    merged: dict[str, Any] = {"sessions": {**later["sessions"], **earlier["sessions"]}}
    if "event" in later:
        merged["event"] = earlier.get("event") or later["event"]
    return merged


def describe_moves(was: EventWas | None, moved: Iterable[Moved]) -> Details:
    """What an announcement of the kind `MOVED` keeps: where the event and its sessions stood before."""
    return {
        "event": was and {**_times(was), "timezone": was.timezone, "place": was.place},
        "sessions": {str(each.session.id): {**_times(each), "room": each.room} for each in moved},
    }


def describe_sessions(*sessions: Session) -> Details:
    """What an announcement about sessions that are gone keeps."""
    return {"sessions": {str(session.id): {} for session in sessions}}


def describe_place(session: Session | None, left: Iterable[Session] = ()) -> Details:
    """What `PROMOTED` and `OFFERED` keep: a place of the event, or of a session for which others were left."""
    left_ids = [each.id for each in left]
    return {"event": session is None, "sessions": {} if session is None else {str(session.id): {"left": left_ids}}}


def wake() -> None:
    """Have the worker write the mails, soon."""
    jobs.wake("tell_announcements")


def _list(event: Event, kinds: Collection[AnnouncementKind]) -> Sequence[Announcement]:
    return db.session.scalars(
        select(Announcement).where(Announcement.event_id == event.id, Announcement.kind.in_(kinds))
    ).all()


def _read_sign_ups(registration_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these people signed up, for the last time."""
    signed_up_at: dict[int, datetime] = {}
    for some in batches(registration_ids):
        rows = db.session.execute(select(Registration.id, Registration.created_at).where(Registration.id.in_(some)))
        signed_up_at |= dict(rows.all())
    return signed_up_at


def _take_back(known: Sequence[Announcement], *, now: datetime) -> set[int]:
    """Withdraw the mails that have not left, and what they would have told calendars."""
    by_mail = {row.mail_id: row.registration_id for row in known if row.mail_id is not None}
    taken_back: dict[int, datetime] = {}
    for some in batches(list(by_mail)):
        taken_back |= mail.take_back(some, now=now)
    written: defaultdict[datetime, list[int]] = defaultdict(list)
    for mail_id, created_at in taken_back.items():
        written[created_at].append(by_mail[mail_id])
    for created_at, people in written.items():
        for some in batches(people):
            calendars.take_back(some, created_at)
    return set(taken_back)


def _times(was: EventWas | Moved) -> dict[str, str]:
    return {"starts_at": was.starts_at.isoformat(), "ends_at": was.ends_at.isoformat()}
