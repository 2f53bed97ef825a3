"""Sessions held before anybody used this: known by their declared figures, imported as one act and undone as one.

They are sessions of an event that is over, so nobody signs up to them, no door opens and nobody is written to.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import StaffMember
from core.database import Model, db, insert_into
from core.dates import format_day, format_period
from core.errors import DomainError, InputError, NotFoundError
from core.jobs import sweep
from core.sheet_lines import Line
from core.tables import at_row
from core.text import clean_line
from events import waiting_files
from events.acts import followed
from events.historic_rows import HistoricRow
from events.models import Event, ImportedSession, Session, SessionBatch, SessionFile
from events.programme import fold_code
from events.revisions import revise_session
from events.values import SessionValues

NAME_LENGTH = 200
_CONTENT = (
    *("title", "description", "kind", "dimension", "starts_at", "ends_at", "facilitators", "address"),
    *("district_code", "neighbourhood_code", "source_url"),
    *("declared_participants", "declared_contributions", "declared_proposals"),
)
"""What a file says of a session."""
_MARKED = (*_CONTENT, "code", "room_id", "capacity", "cancelled_at")


class NotOverYet(DomainError):
    """People could sign up to what has been held long ago."""

    message = _l(
        "Sessions that were held before belong in an event that is over, and this one ends on %(day)s. "
        "Make an event for them: it takes the days of the file."
    )


class PeopleRegistered(DomainError):
    """The people of an event were told when it is."""

    message = _l(
        "These sessions are not within the days of the event, and people are registered for it. "
        "Make another event for them."
    )


class UndoneAlready(DomainError):
    """There is nothing left to undo."""

    message = _l("This import has been undone already.")


class SessionsChanged(DomainError):
    """What has happened to sessions since would be lost."""

    message = _l("Nothing was undone: something else has happened to some of these sessions since.")

    def __init__(self, sessions: Sequence["Changed"]) -> None:
        super().__init__()
        self.sessions = sessions


class Fate(StrEnum):
    """What becomes of a row."""

    REFUSED = "refused"
    NEW = "new"
    UNCHANGED = "unchanged"


FATES = {
    Fate.REFUSED: _l("cannot be taken"),
    Fate.NEW: _l("new"),
    Fate.UNCHANGED: _l("stays as it is"),
}


@dataclass(frozen=True)
class Changed:
    """A session to which something has happened since, and what."""

    session: Session
    reason: str


@dataclass(frozen=True)
class Plan:
    """What importing the rows would do: a line for each, the sessions to write, the new times of the event if any."""

    event: Event
    lines: Sequence[Line[Fate]]
    added: Sequence[SessionValues]
    times: tuple[datetime, datetime] | None
    refusal: DomainError | None

    @property
    def refused(self) -> list[Line[Fate]]:
        """The rows that cannot be taken."""
        return [line for line in self.lines if line.fate is Fate.REFUSED]

    @property
    def is_possible(self) -> bool:
        return bool(self.added) and not self.refused and self.refusal is None

    @property
    def new_period(self) -> str:
        """The days the event would last from now on, or nothing when they stay."""
        return format_period(*self.times, self.event.zone) if self.times else ""

    def summary(self) -> str:
        """All of it in one line."""
        parts = [ngettext("%(num)d session added", "%(num)d sessions added", len(self.added))]
        unchanged = len(self.lines) - len(self.added)
        if unchanged:
            parts.append(_("%(count)d were there already", count=unchanged))
        if self.times:
            parts.append(_("the event is now %(period)s", period=self.new_period))
        return "; ".join(parts)


def judge(event: Event, rows: Sequence[HistoricRow], *, now: datetime) -> Plan:
    """Say what importing these rows into the event would do."""
    judgement = _Judgement(event, rows, now)
    for row in rows:
        judgement.add(row)
    times = _fit(event, judgement.added)
    return Plan(event, judgement.lines, judgement.added, times, _find_refusal(event, times, now=now))


def carry_out(
    event: Event, rows: Sequence[HistoricRow], *, filename: str, by: StaffMember | None, now: datetime
) -> tuple[Plan, SessionBatch | None]:
    """Add the sessions, all or none, and the batch that brought them, which is None when all were there already.

    Raises InputError with every row that cannot be taken, NotOverYet, PeopleRegistered.
    """
    with followed(event, by=by, now=now):
        plan = judge(event, rows, now=now)
        if plan.refused:
            raise InputError([_say_refused(line) for line in plan.refused])
        if plan.refusal is not None:
            raise plan.refusal
        if not plan.added:
            return plan, None
        fitted = _move_event(event, plan.times) if plan.times else None
        sessions = [Session(**values) for values in plan.added]
        event.sessions.extend(sessions)
        db.session.flush()
        revise_session(event, {"starts_at"}, now=now)
        batch = _keep(event, sessions, filename=filename, fitted=fitted, by=by, now=now)
        audit.record(
            "session.import",
            subject_kind="event",
            subject_key=event.slug,
            by=by,
            now=now,
            batch=batch.id,
            added=len(sessions),
        )
    db.session.expire(event, ["sessions"])
    return plan, batch


def become(file: SessionFile, batch: SessionBatch) -> None:
    """Note what the file was imported as, and keep nothing else of it."""
    file.content, file.mapping, file.batch_id = b"", None, batch.id
    db.session.flush()


@sweep
def forget_old_session_files(now: datetime) -> int:
    """Delete the files that nobody confirmed within a day, and count them."""
    return waiting_files.forget_old(SessionFile, now)


def get_batch(event: Event, batch_id: int) -> SessionBatch:
    """The import into this event with this number; raises NotFoundError."""
    batch = db.session.scalar(select_batches(event).where(SessionBatch.id == batch_id))
    if batch is None:
        raise NotFoundError
    return batch


def select_batches(event: Event) -> Select[SessionBatch]:
    """Make the query for the imports of sessions into an event, the latest first."""
    return (
        select(SessionBatch)
        .where(SessionBatch.event_id == event.id)
        .order_by(SessionBatch.done_at.desc(), SessionBatch.id.desc())
        .options(joinedload(SessionBatch.done_by), joinedload(SessionBatch.undone_by))
    )


def undo(batch: SessionBatch, *, by: StaffMember, now: datetime) -> None:
    """Take the sessions of a batch out again, and give the event the days it had.

    Raises UndoneAlready, and SessionsChanged with every session that was changed or in which anything was recorded
    since: then nothing is undone.
    """
    event = batch.event
    with followed(event, by=by, now=now):
        db.session.refresh(batch)
        if batch.undone_at is not None:
            raise UndoneAlready
        rows = db.session.scalars(select(ImportedSession).where(ImportedSession.batch_id == batch.id)).all()
        marks = {row.session_id: row.mark for row in rows}
        brought = [session for session in event.sessions if session.id in marks]
        changed = _find_changed(brought, marks)
        if changed:
            raise SessionsChanged(changed)
        for session in brought:
            event.sessions.remove(session)
        db.session.flush()
        _move_back(event, batch)
        batch.undone_at, batch.undone_by_id = now, by.id
        revise_session(event, {"starts_at"}, now=now)
        audit.record(
            "session.undo_import",
            subject_kind="event",
            subject_key=event.slug,
            by=by,
            now=now,
            batch=batch.id,
            sessions=len(brought),
        )


class _Judgement:
    """The rows looked at so far, beside the sessions that the event has."""

    def __init__(self, event: Event, rows: Sequence[HistoricRow], now: datetime) -> None:
        self.lines: list[Line[Fate]] = []
        self.added: list[SessionValues] = []
        self._now = now
        self._sessions = {fold_code(session.code): session for session in event.sessions}
        self._contents = {_content_of(session) for session in event.sessions}
        self._taken = {*self._sessions, *(fold_code(row.code) for row in rows)}
        self._codes: dict[str, int] = {}
        self._rows: dict[tuple[Any, ...], int] = {}
        self._number = 0

    def add(self, row: HistoricRow) -> None:
        """Look at one more row."""
        content = _content_of(row.values)
        problems = [*row.problems, *self._find_problems(row)]
        known = self._sessions.get(fold_code(row.code)) if row.code else None
        if problems:
            fate, details = Fate.REFUSED, problems
        elif known or (not row.code and content in self._contents):
            fate, details = Fate.UNCHANGED, [_("is in the programme already")]
        else:
            self.added.append({**row.values, "code": row.code or self._make_code()})
            fate, details = Fate.NEW, [*_describe(row.values), *row.notes]
            if content in self._rows:
                details.append(_("the same as row %(number)d", number=self._rows[content]))
        self._rows.setdefault(content, row.number)
        self._codes.setdefault(fold_code(row.code), row.number)
        self.lines.append(Line(row.number, row.title, fate, details))

    def _find_problems(self, row: HistoricRow) -> Iterator[str]:
        if "ends_at" in row.values and row.values["ends_at"] > self._now:
            yield _("it has not been held yet: write it in the programme")
        if not row.code:
            return
        if fold_code(row.code) in self._codes:
            number = self._codes[fold_code(row.code)]
            yield _("code %(code)s is already in row %(number)d", code=row.code, number=number)
        known = self._sessions.get(fold_code(row.code))
        if known and not row.problems and _content_of(known) != _content_of(row.values):
            yield _("session %(code)s is in the programme with something else: change it there", code=row.code)

    def _make_code(self) -> str:
        """Give the next of `S1`, `S2` and so on that neither the event nor the file has."""
        self._number += 1
        while fold_code(f"S{self._number}") in self._taken:
            self._number += 1
        return f"S{self._number}"


def _content_of(of: Session | SessionValues) -> tuple[Any, ...]:
    """What a file says of a session, for two to be compared."""
    if isinstance(of, Session):
        return tuple(getattr(of, name) for name in _CONTENT)
    return tuple(of.get(name) for name in _CONTENT)


def _describe(values: Mapping[str, Any]) -> Iterator[str]:
    """What is declared, and what is not known."""
    named = (
        ("declared_participants", _("participants")),
        ("declared_contributions", _("contributions")),
        ("declared_proposals", _("proposals")),
    )
    unknown = _("not known")
    yield " · ".join(f"{label}: {unknown if values[name] is None else values[name]}" for name, label in named)


def _say_refused(line: Line[Fate]) -> str:
    return at_row(line.number, " · ".join(line.details))


def _fit(event: Event, added: Sequence[SessionValues]) -> tuple[datetime, datetime] | None:
    """The times of the event with these sessions, or None when they stay; one without sessions takes their days."""
    if not added:
        return None
    starts = [values["starts_at"] for values in added]
    ends = [values["ends_at"] for values in added]
    if event.sessions:
        starts, ends = [*starts, event.starts_at], [*ends, event.ends_at]
    times = min(starts), max(ends)
    return None if times == (event.starts_at, event.ends_at) else times


def _find_refusal(event: Event, times: tuple[datetime, datetime] | None, *, now: datetime) -> DomainError | None:
    _starts_at, ends_at = times or (event.starts_at, event.ends_at)
    if ends_at > now:
        return NotOverYet(day=format_day(ends_at.astimezone(event.zone).date()))
    if times and (event.places_taken or event.people_waiting):
        return PeopleRegistered()
    return None


def _move_event(event: Event, times: tuple[datetime, datetime]) -> dict[str, str]:
    """Give the event these times, and note what they were and are."""
    before = event.starts_at, event.ends_at
    event.starts_at, event.ends_at = times
    names = ("starts_before", "ends_before", "starts_after", "ends_after")
    return {name: moment.isoformat() for name, moment in zip(names, (*before, *times), strict=True)}


def _move_back(event: Event, batch: SessionBatch) -> None:
    """Give the event the times it had, unless somebody has moved it since or they would leave a session outside."""
    if batch.fitted is None:
        return
    moments = {name: datetime.fromisoformat(text) for name, text in batch.fitted.items()}
    starts_at, ends_at = moments["starts_before"], moments["ends_before"]
    is_as_left = (event.starts_at, event.ends_at) == (moments["starts_after"], moments["ends_after"])
    if is_as_left and all(starts_at <= each.starts_at and each.ends_at <= ends_at for each in event.sessions):
        event.starts_at, event.ends_at = starts_at, ends_at


def _keep(  # noqa: PLR0913 - what was done, and by whom and when by keyword
    event: Event,
    sessions: Sequence[Session],
    *,
    filename: str,
    fitted: dict[str, str] | None,
    by: StaffMember | None,
    now: datetime,
) -> SessionBatch:
    """Keep what an import wrote, so that it can be undone."""
    batch = SessionBatch(
        event_id=event.id,
        filename=clean_line(filename)[-NAME_LENGTH:],
        added=len(sessions),
        fitted=fitted,
        done_by_id=by.id if by else None,
        done_at=now,
    )
    db.session.add(batch)
    db.session.flush()
    rows = [{"batch_id": batch.id, "session_id": each.id, "mark": _mark_of(each)} for each in sessions]
    db.session.execute(insert_into(ImportedSession), rows)
    return batch


def _mark_of(session: Session) -> str:
    """Stand for all that is written of a session."""
    content = repr([_plain(getattr(session, name)) for name in _MARKED])
    return hashlib.sha256(content.encode(errors="replace")).hexdigest()


def _plain(value: Any) -> Any:
    """A value as it is written the same way by every version of the program."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _find_changed(sessions: Sequence[Session], marks: Mapping[int, str]) -> list[Changed]:
    """Find those that were changed since, or in which anything was recorded, in the order of the programme."""
    tied = _find_tied([session.id for session in sessions])
    reasons = {
        session: _("something was recorded in it since") if session.id in tied else _("changed since")
        for session in sessions
        if session.id in tied or _mark_of(session) != marks[session.id]
    }
    return [Changed(session, reason) for session, reason in reasons.items()]


def _find_tied(ids: Sequence[int]) -> set[int]:
    """Find which of these sessions any other table names, whatever room it belongs to."""
    tied: set[int] = set()
    for table in Model.metadata.sorted_tables:
        if table is ImportedSession.__table__:
            continue
        for key in table.foreign_keys:
            if key.column.table is Session.__table__:
                tied.update(db.session.scalars(select(key.parent).where(key.parent.in_(ids)).distinct()))
    return tied
