"""What people who took part write by themselves afterwards: about the sessions they attended, read before it is shown.

It counts from the moment it comes in, like all that was said. Nobody outside the team reads it before they have; until
then whoever wrote it may change or withdraw it. Who that is stands apart from what it says (`EntryAuthor`).
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, literal, select

from accounts import audit
from accounts.models import StaffMember
from contributions import entry_texts, notebooks, revisions, services
from contributions.entry_lists import COUNTED
from contributions.models import Entry, EntryActKind, EntryAuthor, EntryKind, EntrySource, EntryState, Topic
from contributions.notebooks import Notetaker
from contributions.own_entries import Own, Stand
from contributions.reports import Report
from core.database import db
from core.dates import at_local_time
from core.errors import DomainError, NotFoundError
from events.models import Event, EventState, Session, SessionKind
from registrations.models import Attendance, Registration

MOST = 20
MAX_LENGTH = 3_000
NAME_LENGTH = 200
# Written out in the statement: no database looks into an index of written ones for a source it is told apart.
_WRITTEN = literal(EntrySource.WRITTEN, Entry.source.type, literal_execute=True)


class WritingOver(DomainError):
    """The time in which people could write is over, or there never was any."""

    message = _l("The time to write is over. Write to the organisers if something is missing.")


class TooManyWritten(DomainError):
    """One person does not fill a notebook."""

    message = _l("Each person can send up to %(most)d of a session.")

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(most=MOST)


class ReadAlready(DomainError):
    """What the team has read and maybe published is theirs to correct."""

    message = _l("The organisers have read it already: write to them to change it.")


def writable_until(event: Event) -> datetime | None:
    """Until when people may write: the end of the last day; None when they may not."""
    if not event.writing_days or event.state is EventState.CANCELLED:
        return None
    last = event.ends_at.astimezone(event.zone).date() + timedelta(days=event.writing_days + 1)
    return at_local_time(datetime.combine(last, time.min), event.zone)


def is_open(event: Event, now: datetime) -> bool:
    """Whether people may write at `now`."""
    until = writable_until(event)
    return until is not None and now < until


def list_sessions(registration: Registration, now: datetime) -> Sequence[Session]:
    """The sessions a person was at and can write about: from their start on."""
    query = select(Session).join(Attendance, Attendance.session_id == Session.id)
    return db.session.scalars(
        query.where(
            Attendance.registration_id == registration.id, Session.starts_at <= now, Session.kind != SessionKind.BREAK
        ).order_by(Session.starts_at, Session.code)
    ).all()


def write(  # noqa: PLR0913 - who writes what of which kind about what in which session, and whether they are named
    registration: Registration,
    session: Session,
    kind: EntryKind,
    text: str,
    *,
    now: datetime,
    topic: Topic | None = None,
    is_credited: bool = False,
    line_id: str = "",
) -> Entry:
    """Take what a person wrote, whether the notebook is closed or not; sent twice (same `line_id`), it is taken once.

    Raises `WritingOver`, `TooManyWritten`, `NotFoundError` for a session they were not at, and what is wrong with the
    text.
    """
    if not is_open(session.event, now):
        raise WritingOver
    if session not in list_sessions(registration, now):
        raise NotFoundError(session.code)
    text = entry_texts.check(text)
    key = notebooks.derived_key("written", str(registration.id), line_id or str(now), text)
    revisions.take(session.id)  # one after another: whoever counts here counts all there are
    if db.session.scalar(select(Entry.id).where(Entry.session_id == session.id, Entry.key == key)) is None:
        if _count_own(registration, session) >= MOST:
            raise TooManyWritten
        sets = {"text": text, "kind": kind} | ({"topic": topic.name} if topic else {})
        report = Report(key, EntryActKind.WRITE, key, now, sets)
        notebooks.accept(session, [report], by=Notetaker(), now=now, source=EntrySource.WRITTEN)
        author = EntryAuthor(entry_id=services.get_by_key(session, key).id, registration_id=registration.id)
        author.name = _name(registration) if is_credited else None
        db.session.add(author)
        db.session.flush()
    return services.get_by_key(session, key)


def change(  # noqa: PLR0913 - what can be changed of an entry, and what was seen of it
    own: Own,
    *,
    kind: EntryKind,
    text: str,
    topic_name: str,
    is_credited: bool,
    seen: Sequence[str],
    now: datetime,
) -> None:
    """Change what a person wrote and nobody has read yet. Raises `WritingOver`, `ReadAlready`."""
    _hold(own, now)
    services.edit(own.entry, kind=kind, text=text, topic_name=topic_name, seen=seen, by=Notetaker(), now=now)
    author = db.session.get_one(EntryAuthor, own.entry.id)
    author.name = _name(author.registration) if is_credited and author.registration else None
    db.session.flush()


def withdraw(own: Own, *, now: datetime) -> None:
    """Take back what a person wrote and nobody has read yet: it counts no more. Raises `WritingOver`, `ReadAlready`."""
    if own.stand is Stand.WITHDRAWN:
        return
    _hold(own, now)
    services.delete(own.entry, by=Notetaker(), now=now)


def count_waiting(event: Event) -> int:
    """How many things that people wrote nobody of the team has read."""
    query = select(func.count()).select_from(Entry).join(Entry.session)
    waiting = (
        Session.event_id == event.id,
        Entry.source == _WRITTEN,
        Entry.state == EntryState.COLLECTED,
        Entry.withheld_at.is_(None),
    )
    return db.session.scalar(query.where(*waiting, *COUNTED)) or 0


def set_days(event: Event, days: int, *, by: StaffMember, now: datetime) -> None:
    """Say until how many days after the end people may write; 0 is not at all."""
    if event.writing_days == days:
        return
    event.writing_days = days
    audit.record("event.writing_days", subject_kind="event", subject_key=event.slug, by=by, now=now, days=days)
    db.session.flush()


def _hold(own: Own, now: datetime) -> None:
    """Let nobody read it at the same moment, and look at it as it is then."""
    revisions.take(own.entry.session_id)
    db.session.refresh(own.entry)
    if not is_open(own.entry.session.event, now):
        raise WritingOver
    if not own.may_change:
        raise ReadAlready


def _count_own(registration: Registration, session: Session) -> int:
    query = select(func.count()).select_from(EntryAuthor).join(EntryAuthor.entry)
    own = (EntryAuthor.registration_id == registration.id, Entry.session_id == session.id)
    return db.session.scalar(query.where(*own)) or 0


def _name(registration: Registration) -> str:
    return registration.full_name[:NAME_LENGTH].strip()
