"""What follows for people from what the organiser does to a programme, in the same transaction.

Each receiver does it, has those whom it concerns told, and says so in sentences with numbers, which are what the
organiser reads before the act is done. The event's row is held already (`events.acts`).
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import ngettext
from sqlalchemy import delete, select

from accounts.models import StaffMember
from core.database import db
from events import signals
from events.acts import EventWas, Moved
from events.declared import Figure
from events.models import Event, EventState, Promotion, Session, SessionKind
from events.signals import Consequence
from registrations import announcements, consequences, expiries, places, promotions, trail, waiting_list
from registrations.models import AnnouncementKind, Attendance, ChosenSession, Registration, WaitingListEntry
from registrations.promotions import Reason


@signals.figures_recorded.connect
def tell_attended(event: Event) -> list[tuple[int, Figure]]:
    """Say which sessions have a list of who was there, whatever headcount was declared."""
    query = select(Attendance.session_id).join(Attendance.session).where(Session.event_id == event.id).distinct()
    return [(session_id, Figure.PARTICIPANTS) for session_id in db.session.scalars(query)]


@signals.places_freed.connect
def give_places(event: Event, *, by: StaffMember | None, now: datetime) -> list[Consequence]:
    """Give the places that were added to the first in line."""
    places.hold(event)
    return _settle(event, by=by, now=now)


@signals.programme_moved.connect
def follow_moves(
    event: Event, *, was: EventWas | None, moved: Sequence[Moved], by: StaffMember | None, now: datetime
) -> list[Consequence]:
    """Have everybody told whose event or session is at another time or place, and say who cannot be at two now."""
    was = was if was and max(was.ends_at, event.ends_at) > now else None
    moved = [each for each in moved if _is_news(each, now)]
    if event.state in {EventState.DRAFT, EventState.CANCELLED} or not (was or moved):
        return []
    concerned = consequences.find_concerned(event, None if was else [each.session for each in moved])
    _announce(event, AnnouncementKind.MOVED, concerned, announcements.describe_moves(was, moved), now=now)
    places.hold(event)
    return [
        *consequences.say_moved(was, moved, concerned),
        *consequences.say_without_address(event, concerned),
        *consequences.say_overlaps(event, moved, now),
        *_settle(event, by=by, now=now),
    ]


@signals.session_cancelled.connect
def take_session(event: Event, *, session: Session, by: StaffMember | None, now: datetime) -> list[Consequence]:
    """Take the session from who chose it or waits for it, and have them told to choose another."""
    concerned = consequences.find_concerned(event, [session])
    places.hold(event)
    _record_loss(event, session, by=by, now=now)
    db.session.execute(delete(ChosenSession).where(ChosenSession.session_id == session.id))
    db.session.execute(delete(WaitingListEntry).where(WaitingListEntry.session_id == session.id))
    places.empty(session)
    waiting_list.count(event, [session])
    if event.state in {EventState.DRAFT, EventState.CANCELLED}:
        return []
    _announce(event, AnnouncementKind.SESSION_CANCELLED, concerned, announcements.describe_sessions(session), now=now)
    return [
        *consequences.say_session_cancelled(session, concerned),
        *consequences.say_without_address(event, concerned),
    ]


@signals.event_cancelled.connect
def tell_cancelled(event: Event, *, by: StaffMember | None, now: datetime) -> list[Consequence]:
    """Have everybody told that the event will not be held, but for those who think so already."""
    del by
    if event.is_over(now):
        return []
    untold = announcements.drop(event, [AnnouncementKind.EVENT_RESTORED], now=now)
    concerned = consequences.find_concerned(event, None).without(untold)
    _announce(event, AnnouncementKind.EVENT_CANCELLED, concerned, {"sessions": {}}, now=now)
    return [
        *consequences.say_event_cancelled(concerned),
        *consequences.say_without_address(event, concerned),
    ]


@signals.event_restored.connect
def tell_restored(event: Event, *, by: StaffMember | None, now: datetime) -> list[Consequence]:
    """Have those who were told of the cancellation told that the event will be held after all."""
    if event.is_over(now):
        return []
    untold = announcements.drop(event, [AnnouncementKind.EVENT_CANCELLED], now=now)
    concerned = consequences.find_concerned(event, None).without(untold)
    _announce(event, AnnouncementKind.EVENT_RESTORED, concerned, {"sessions": {}}, now=now)
    places.hold(event)
    expiries.renew(event, now=now)
    return [
        *consequences.say_event_restored(concerned),
        *consequences.say_without_address(event, concerned),
        *_settle(event, by=by, now=now),
    ]


def _is_news(moved: Moved, now: datetime) -> bool:
    """Whether somebody should know: nobody comes to a break, and what is over or off stays as it was."""
    session = moved.session
    is_over = max(moved.ends_at, session.ends_at) <= now
    return not (is_over or session.is_cancelled or session.kind is SessionKind.BREAK)


def _announce(
    event: Event,
    kind: AnnouncementKind,
    concerned: consequences.Concerned,
    details: announcements.Details,
    *,
    now: datetime,
) -> None:
    ids = [each.id for each in concerned.everybody if each.has_address]
    announcements.announce(event, kind, dict.fromkeys(ids, details), now=now)


def _settle(event: Event, *, by: StaffMember | None, now: datetime) -> list[Consequence]:
    given = promotions.settle(event, reason=Reason.CAPACITY, by=by, now=now)
    if not given:
        return []
    if event.promotion is Promotion.OFFER:
        sentence = ngettext(
            "%(num)d place is offered by mail to the first person in line.",
            "%(num)d places are offered by mail to the first people in line.",
            given,
        )
    else:
        sentence = ngettext(
            "%(num)d place goes to the first person in line, who is told by mail.",
            "%(num)d places go to the first people in line, who are told by mail.",
            given,
        )
    return [Consequence(sentence)]


def _record_loss(event: Event, session: Session, *, by: StaffMember | None, now: datetime) -> None:
    """Leave a line in the trail of everybody who had chosen the session or waited for it."""
    chosen = (
        select(Registration.code)
        .join(ChosenSession, ChosenSession.registration_id == Registration.id)
        .where(ChosenSession.session_id == session.id)
    )
    awaited = (
        select(Registration.code)
        .join(WaitingListEntry, WaitingListEntry.registration_id == Registration.id)
        .where(WaitingListEntry.session_id == session.id)
    )
    lines = [(code, {"session": session.code}) for code in db.session.scalars(chosen.union(awaited))]
    trail.record_all("registration.lose_session", event, lines, by=by, now=now)
