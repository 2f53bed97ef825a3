"""Events: find them, write them, and move them from draft to published, cancelled or closed."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import defaultload, joinedload, selectinload

from accounts import audit
from accounts.models import StaffMember, Team
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events import signals
from events.access import is_open_to
from events.acts import followed
from events.capacity import set_capacity
from events.models import Event, EventState, Process, Session
from events.revisions import assign, revise, revise_state
from events.values import SLUG_LENGTH, EventValues, slugify
from events.wall_clock import shift_period, step_between


class SlugTaken(DomainError):
    """Another event has this address."""

    message = _l("Another event already has this address.")
    field = "slug"


class SlugFixed(DomainError):
    """The address of an event that was published stands on posters and in mails."""

    message = _l("The address can only be changed while the event is a draft: it stands in mails and on posters.")
    field = "slug"


class EventEndsBeforeStart(DomainError):
    """The end is not after the start."""

    message = _l("The event must end after it starts.")
    field = "ends"


class RegistrationClosesBeforeOpening(DomainError):
    """Registration would close before it opens."""

    message = _l("Registration must close after it opens.")
    field = "registration_closes"


class SessionsOutsideEvent(DomainError):
    """The new times leave a session outside."""

    message = _l("Session %(code)s would be outside the times of the event.")
    field = "starts"


class EventHasRegistrations(DomainError):
    """People are registered, so the event cannot become a draft again."""

    message = _l("People are registered: an event cannot go back to draft. Cancel it, or close its registration.")


class StateNotReachable(DomainError):
    """The act does not apply to the state the event is in."""

    message = _l(
        "This cannot be done in the present state of the event. Look at it again: somebody may have changed it."
    )


def find_event(slug: str) -> Event | None:
    """The event with this slug, in whatever state."""
    return db.session.scalar(_event_by_slug(), {"slug": slug})


def get_event(slug: str) -> Event:
    """The event with this slug, in whatever state, with its sessions; raises NotFoundError."""
    event = find_event(slug)
    if event is None:
        raise NotFoundError(slug)
    return event


def get_published(slug: str) -> Event:
    """The event with this slug if the public may see it: a draft is NotFoundError, a cancelled one is not."""
    event = get_event(slug)
    if event.state is EventState.DRAFT:
        raise NotFoundError(slug)
    return event


def list_coming(now: datetime) -> Sequence[Event]:
    """The public events that are not over, the next one first; cancelled ones among them, which say so."""
    query = _public_events().where(Event.ends_at > now)
    return db.session.scalars(query.order_by(Event.starts_at, Event.id)).all()


def list_past(now: datetime, *, limit: int | None = None) -> Sequence[Event]:
    """The public events that are over, the latest first."""
    query = _public_events().where(Event.ends_at <= now, Event.state != EventState.CANCELLED)
    return db.session.scalars(query.order_by(Event.starts_at.desc(), Event.id).limit(limit)).all()


def list_in_feed(since: datetime) -> Sequence[Event]:
    """The public events for calendars: all that end after `since`, with their sessions and rooms."""
    query = _whole_events().where(Event.state != EventState.DRAFT, Event.ends_at > since)
    return db.session.scalars(query.order_by(Event.starts_at, Event.id)).all()


def list_of_process(process: Process, *, seen_by: StaffMember | None = None) -> Sequence[Event]:
    """The public events of a process in order of time; with `seen_by` those that this member works at, drafts too."""
    query = _public_events() if seen_by is None else select(Event).where(is_open_to(seen_by))
    return db.session.scalars(query.where(Event.process_id == process.id).order_by(Event.starts_at, Event.id)).all()


def count_others(process: Process, of_events: ColumnElement[bool]) -> int:
    """How many events of a process, drafts apart, are not among those for which `of_events` holds."""
    query = select(func.count()).select_from(Event).where(Event.process_id == process.id, ~of_events)
    return db.session.scalar(query.where(Event.state != EventState.DRAFT)) or 0


def list_open_to(member: StaffMember) -> Sequence[Event]:
    """Every event at which the member has a role, the latest first."""
    query = select(Event).options(joinedload(Event.process), joinedload(Event.team)).where(is_open_to(member))
    return db.session.scalars(query.order_by(Event.starts_at.desc(), Event.id)).all()


def suggest_slug(title: str) -> str:
    """A free address made of the words of a title: `1a-jornada-tecnica`, or with `-2` behind it when that is taken."""
    base = slugify(title) or "jornada"
    taken = set(db.session.scalars(select(Event.slug).where(Event.slug.startswith(base, autoescape=True))))
    number, slug = 2, base
    while slug in taken:
        slug = f"{base[: SLUG_LENGTH - 5]}-{number}"
        number += 1
    return slug


def create_event(values: EventValues, *, team: Team, by: StaffMember | None, now: datetime) -> Event:
    """Write a new event as a draft. Raises SlugTaken, EventEndsBeforeStart, RegistrationClosesBeforeOpening."""
    event = Event(team=team, state=EventState.DRAFT, created_at=now, updated_at=now, **values)
    _check_times(event)
    db.session.add(event)
    flush_or_refuse(SlugTaken)
    audit.record("event.create", subject_kind="event", subject_key=event.slug, by=by, now=now)
    return event


def update_event(  # noqa: PLR0913 - the actor and the time come by keyword
    event: Event,
    values: EventValues,
    *,
    move_sessions: bool = False,
    sessions_follow: bool = False,
    by: StaffMember | None,
    now: datetime,
) -> bool:
    """Write what is new in `values` and say whether anything was; whom it concerns is told (`events.acts`).

    `move_sessions` moves every session by as much as the start moves, on the wall clock. With `sessions_follow` the
    caller writes the sessions next and sees to it that they lie within the new times. Raises what `create_event`
    raises, SlugFixed, and SessionsOutsideEvent.
    """
    with followed(event, by=by, now=now):
        if values.get("slug", event.slug) != event.slug and event.state is not EventState.DRAFT:
            raise SlugFixed
        changed = _write(event, values, move_sessions=move_sessions)
        if not sessions_follow:
            _check_sessions_inside(event)
        flush_or_refuse(SlugTaken)
        revise(event, changed, now=now)
        if changed:
            audit.record(
                "event.update", subject_kind="event", subject_key=event.slug, by=by, now=now, changed=sorted(changed)
            )
    return bool(changed)


def give_to_team(event: Event, team: Team, *, by: StaffMember | None, now: datetime) -> None:
    """Have another team organise the event: its people, texts and sender are that team's from now on.

    Whoever has a role at this event alone keeps it.
    """
    if team.id == event.team_id:
        return
    before = event.team
    event.team, event.updated_at = team, now
    db.session.flush()
    audit.record(
        "event.change_team",
        subject_kind="event",
        subject_key=event.slug,
        by=by,
        now=now,
        before=before.name,
        after=team.name,
    )


def _write(event: Event, values: EventValues, *, move_sessions: bool) -> set[str]:
    before, zone = event.starts_at, event.zone
    changed = {"capacity"} if "capacity" in values and set_capacity(event, values["capacity"]) else set()
    with db.session.no_autoflush:
        changed |= assign(event, {name: value for name, value in values.items() if name != "capacity"})
        if move_sessions and (event.starts_at != before or event.zone != zone):
            _move_sessions(event, before, zone)
        _check_times(event)
    return changed


def publish(event: Event, *, by: StaffMember | None, now: datetime) -> None:
    """Show the event to everybody: from draft, or taken up again after it was closed or cancelled.

    Whoever was told that it was cancelled is told that it is not.
    """
    with followed(event, by=by, now=now) as consequences:
        was = event.state
        _move(event, EventState.PUBLISHED, {EventState.DRAFT, EventState.CLOSED, EventState.CANCELLED}, by=by, now=now)
        if was is EventState.CANCELLED:
            consequences.extend(signals.send(signals.event_restored, event, by=by, now=now))


def withdraw(event: Event, *, by: StaffMember | None, now: datetime) -> None:
    """Make the event a draft again, seen by staff alone. Raises EventHasRegistrations once somebody has a place."""
    with followed(event, by=by, now=now):
        if event.places_taken or event.people_waiting:
            raise EventHasRegistrations
        _move(event, EventState.DRAFT, {EventState.PUBLISHED, EventState.CLOSED, EventState.CANCELLED}, by=by, now=now)


def cancel(event: Event, *, by: StaffMember | None, now: datetime) -> None:
    """Call the event off: its page stays and says so, calendars show it as cancelled, and everybody is told.

    Registrations stay as they are, should it be taken up again.
    """
    with followed(event, by=by, now=now) as consequences:
        _move(event, EventState.CANCELLED, {EventState.PUBLISHED, EventState.CLOSED}, by=by, now=now)
        consequences.extend(signals.send(signals.event_cancelled, event, by=by, now=now))


def close(event: Event, *, by: StaffMember | None, now: datetime) -> None:
    """Take no more registrations; the page stays."""
    with followed(event, by=by, now=now):
        _move(event, EventState.CLOSED, {EventState.PUBLISHED}, by=by, now=now)


def move_to(event: Event, state: EventState, *, by: StaffMember | None, now: datetime) -> bool:
    """Bring the event into `state` by the act that leads there, and say whether it was in another."""
    if event.state is state:
        return False
    if event.state is EventState.DRAFT and state is not EventState.PUBLISHED:
        publish(event, by=by, now=now)
    _ACTS[state](event, by=by, now=now)
    return True


_ACTS = {
    EventState.DRAFT: withdraw,
    EventState.PUBLISHED: publish,
    EventState.CANCELLED: cancel,
    EventState.CLOSED: close,
}


@cache
def _event_by_slug() -> Select[Event]:
    """Made once: every page of an event asks it."""
    sessions = defaultload(Event.sessions).joinedload(Session.room)  # of one event a plain query is the cheapest
    query = select(Event).options(joinedload(Event.process), joinedload(Event.team), sessions)
    return query.where(Event.slug == bindparam("slug"))


def _whole_events() -> Select[Event]:
    """Events with their sessions, in two queries however many there are; what few pages ask for comes when asked."""
    return select(Event).options(
        joinedload(Event.process),
        joinedload(Event.team),
        selectinload(Event.sessions).joinedload(Session.room),
    )


def _public_events() -> Select[Event]:
    return select(Event).options(joinedload(Event.process)).where(Event.state != EventState.DRAFT)


def _check_times(event: Event) -> None:
    if event.ends_at <= event.starts_at:
        raise EventEndsBeforeStart
    opens, closes = event.registration_opens_at, event.registration_closes_at
    if opens and closes and closes <= opens:
        raise RegistrationClosesBeforeOpening


def _check_sessions_inside(event: Event) -> None:
    for session in event.sessions:
        if session.starts_at < event.starts_at or session.ends_at > event.ends_at:
            raise SessionsOutsideEvent(code=session.code)


def _move_sessions(event: Event, before: datetime, zone: ZoneInfo) -> None:
    """Keep each session's wall clock relative to the start, which stood at `before` in `zone`."""
    step = step_between(before, event.starts_at, zone, event.zone)
    for session in event.sessions:
        session.starts_at, session.ends_at = shift_period(session.starts_at, session.ends_at, step, zone, event.zone)


def _move(event: Event, state: EventState, allowed: set[EventState], *, by: StaffMember | None, now: datetime) -> None:
    if event.state not in allowed:
        raise StateNotReachable
    is_about_cancellation = EventState.CANCELLED in {event.state, state}
    event.state = state
    if is_about_cancellation:
        revise_state(event, now=now)
    else:
        event.updated_at = now
    db.session.flush()
    audit.record(f"event.{_ACTS[state].__name__}", subject_kind="event", subject_key=event.slug, by=by, now=now)
