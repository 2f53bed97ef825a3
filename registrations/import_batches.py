"""Imports as one act: what each wrote of whom, so that it can be undone as a whole (docs/adr/0024)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, Table, delete, select
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import StaffMember
from core.database import Model, batches, db, insert_into
from core.errors import DomainError, NotFoundError
from core.text import clean_line
from events.models import Dimension, Event, Session
from registrations import attendance, places, promotions, signals
from registrations.models import (
    Announcement,
    Answer,
    Attendance,
    AutomaticMail,
    ChosenSession,
    ImportBatch,
    ImportedPerson,
    Registration,
    RegistrationMail,
    RegistrationState,
)
from registrations.names import person_values

NAME_LENGTH = 200
_INSERTED = 1000
_OWN_TABLES = {"chosen_session", "attendance", "answer", "imported_person"}
"""What an import itself writes of a person; anything else that names them has happened since."""


class UndoneAlready(DomainError):
    """There is nothing left to undo."""

    message = _l("This import has been undone already.")


class ChangedSince(DomainError):
    """What has happened to people since would be lost, or would not fit."""

    message = _l("Nothing was undone: something else has happened to some of these people since.")

    def __init__(self, people: Sequence["Changed"]) -> None:
        super().__init__()
        self.people = people


@dataclass(frozen=True)
class Changed:
    """Somebody to whom something has happened since, and what."""

    registration_id: int
    name: str
    reason: str


@dataclass(frozen=True)
class Written:
    """What an import wrote of one person."""

    registration_id: int
    is_new: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]


CHANGED = _l("changed since")
CHANGED_AGAIN = _l("changed by a later import")
WRITTEN_TO = _l("has been written to since")
ATTENDED = _l("was recorded as there since")
HAS_PAPERS = _l("has a certificate or something else of their own since")


def keep(
    event: Event, people: Iterable[Written], *, filename: str, by: StaffMember | None, now: datetime
) -> ImportBatch | None:
    """Keep what an import wrote, so that it can be undone; None when it wrote nothing."""
    written = list(people)
    if not written:
        return None
    added = sum(each.is_new for each in written)
    batch = ImportBatch(
        event_id=event.id,
        filename=clean_line(filename)[-NAME_LENGTH:],
        added=added,
        changed=len(written) - added,
        places=sum(len(each.after["sessions"]) for each in written),
        attendances=sum(len(each.after["attended"]) for each in written),
        done_by_id=by.id if by else None,
        done_at=now,
    )
    db.session.add(batch)
    db.session.flush()
    rows = [
        {
            "batch_id": batch.id,
            "registration_id": each.registration_id,
            "is_new": each.is_new,
            "before": _as_json(each.before),
            "after": _as_json(each.after),
        }
        for each in written
    ]
    for start in range(0, len(rows), _INSERTED):
        db.session.execute(insert_into(ImportedPerson), rows[start : start + _INSERTED])
    return batch


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give question ids the text keys that JSON has."""
    return {**values, "words": {str(question_id): words for question_id, words in values["words"].items()}}


def get(event: Event, batch_id: int) -> ImportBatch:
    """The import into this event with this number; raises NotFoundError."""
    batch = db.session.scalar(select_batches(event).where(ImportBatch.id == batch_id))
    if batch is None:
        raise NotFoundError
    return batch


def select_batches(event: Event) -> Select[ImportBatch]:
    """Make the query for the imports into an event, the latest first."""
    return (
        select(ImportBatch)
        .where(ImportBatch.event_id == event.id)
        .order_by(ImportBatch.done_at.desc(), ImportBatch.id.desc())
        .options(joinedload(ImportBatch.done_by), joinedload(ImportBatch.undone_by))
    )


def undo(batch: ImportBatch, *, by: StaffMember, now: datetime) -> None:
    """Have everybody stand as before the import, and give the places that become free to who waits for them.

    Who was brought is taken away, with all that was written of them. Raises UndoneAlready, and ChangedSince with
    everybody to whom something has happened since: then nothing is undone.
    """
    event = batch.event
    places.hold(event)
    db.session.refresh(batch)
    if batch.undone_at is not None:
        raise UndoneAlready
    undoing = _Undoing(batch)
    changed = list(undoing.find_changed())
    if changed:
        raise ChangedSince(changed)
    undoing.take_attendance_back(by=by, now=now)
    undoing.give_places_back()
    undoing.write_back(now=now)
    undoing.take_new_ones_away()
    batch.undone_at, batch.undone_by_id = now, by.id
    people = {"added": batch.added, "changed": batch.changed}
    audit.record(
        "registration.undo_import",
        subject_kind="event",
        subject_key=event.slug,
        by=by,
        now=now,
        batch=batch.id,
        **people,
    )
    db.session.flush()
    promotions.settle(event, reason=promotions.Reason.CANCELLATION, now=now, by=by)


class _Undoing:
    """What an import wrote, beside what stands now."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch, self.event = batch, batch.event
        rows = db.session.scalars(select(ImportedPerson).where(ImportedPerson.batch_id == batch.id)).all()
        self.rows = {row.registration_id: row for row in rows}
        self.ids = sorted(self.rows)
        self.new = [each for each in self.ids if self.rows[each].is_new]
        self.sessions = {session.id: session for session in self.event.sessions}
        self.people: dict[int, Registration] = {}
        self.held: defaultdict[int, set[int]] = defaultdict(set)
        self.records: dict[tuple[int, int], datetime | None] = {}
        self.words: dict[tuple[int, int], Sequence[str]] = {}
        self._read()

    def _ids(self, *, new: bool = False) -> Select[int]:
        """Make the query for whom the import wrote of, or only for those it brought."""
        query = select(ImportedPerson.registration_id).where(ImportedPerson.batch_id == self.batch.id)
        return query.where(ImportedPerson.is_new) if new else query

    def _read(self) -> None:
        ids = self._ids()
        fresh = select(Registration).where(Registration.id.in_(ids)).execution_options(populate_existing=True)
        self.people |= {each.id: each for each in db.session.scalars(fresh)}
        chosen = select(ChosenSession.registration_id, ChosenSession.session_id)
        for registration_id, session_id in db.session.execute(chosen.where(ChosenSession.registration_id.in_(ids))):
            self.held[registration_id].add(session_id)
        records = select(
            Attendance.registration_id, Attendance.session_id, Attendance.recorded_at, Attendance.stays
        ).where(Attendance.registration_id.in_(ids))
        for registration_id, session_id, at, stays in db.session.execute(records):
            self.records[registration_id, session_id] = None if stays else at
        answers = select(Answer.registration_id, Answer.question_id, Answer.words)
        for registration_id, question_id, words in db.session.execute(answers.where(Answer.registration_id.in_(ids))):
            self.words[registration_id, question_id] = words

    def find_changed(self) -> Iterator[Changed]:
        """Find those to whom something has happened since, by name."""
        reasons: dict[int, Any] = dict.fromkeys(self._find_tied(), HAS_PAPERS)
        reasons |= dict.fromkeys(self._find_written_to(), WRITTEN_TO)
        reasons |= dict.fromkeys(self._find_attended(), ATTENDED)
        reasons |= self._ask_above()
        reasons |= {each: CHANGED for each in self.ids if self._has_changed(each)}
        reasons |= dict.fromkeys(self._find_imported_again(), CHANGED_AGAIN)
        for person in sorted((self.people[each] for each in reasons), key=lambda each: (each.sort_key, each.id)):
            yield Changed(person.id, person.full_name, str(reasons[person.id]))

    def _has_changed(self, registration_id: int) -> bool:
        person, row = self.people[registration_id], self.rows[registration_id]
        held, wanted = self.held[registration_id], set(row.after["sessions"])
        if person.state is not RegistrationState.CONFIRMED and (row.is_new or wanted):
            return True
        if row.is_new and (person.updated_at != self.batch.done_at or held - wanted):
            return True
        has_left = any(each in self.sessions and not self.sessions[each].is_cancelled for each in wanted - held)
        parts = any(getattr(person, name) != value for name, value in row.after["parts"].items())
        words = any(
            list(self.words.get((registration_id, int(each)), ())) != said for each, said in row.after["words"].items()
        )
        return has_left or parts or words

    def _find_attended(self) -> Iterator[int]:
        """Find whose attendance is another than the import recorded, with hours since, or again at the door."""
        for registration_id in self.ids:
            row = self.rows[registration_id]
            recorded = {each for each in row.after["attended"] if each in self.sessions}
            if any(self.records.get((registration_id, each)) != self.batch.done_at for each in recorded):
                yield registration_id
        for registration_id, session_id in self.records:
            row = self.rows[registration_id]
            if row.is_new and session_id not in row.after["attended"]:
                yield registration_id

    def _ask_above(self) -> dict[int, Any]:
        """Ask the rooms above to whom something has happened there."""
        asked = signals.import_to_be_undone.send(
            self.event, registration_ids=self._ids(), new_ids=self._ids(new=True), done_at=self.batch.done_at
        )
        return {key: reason for _receiver, reasons in asked for key, reason in reasons.items()}

    def _find_written_to(self) -> Iterator[int]:
        for row in (RegistrationMail, Announcement, AutomaticMail):
            yield from self._find_in(Model.metadata.tables[row.__tablename__])

    def _find_tied(self) -> Iterator[int]:
        """Find the new ones whom anything else in the database names, whatever room it belongs to."""
        for table in Model.metadata.sorted_tables:
            if table.name not in _OWN_TABLES:
                yield from self._find_in(table)

    def _find_imported_again(self) -> Iterator[int]:
        later = select(ImportedPerson.registration_id).where(ImportedPerson.batch_id > self.batch.id)
        yield from db.session.scalars(later.where(ImportedPerson.registration_id.in_(self._ids())))

    def _find_in(self, table: Table) -> Iterator[int]:
        """Find which of the new people a table names."""
        for key in table.foreign_keys:
            if key.column.table is Registration.__table__:
                yield from db.session.scalars(select(key.parent).where(key.parent.in_(self._ids(new=True))))

    def take_attendance_back(self, *, by: StaffMember, now: datetime) -> None:
        """Take back that they were there, as anybody would: the trail says so, and the door knows."""
        recorded: defaultdict[int, list[int]] = defaultdict(list)
        for registration_id in self.ids:
            for session_id in self.rows[registration_id].after["attended"]:
                recorded[session_id].append(registration_id)
        for session_id, ids in recorded.items():
            if session_id in self.sessions:
                attendance.undo(ids, self.sessions[session_id], by=by, now=now)

    def give_places_back(self) -> None:
        """Free the places that the import took and that are still held."""
        freed: Counter[Event | Session] = Counter()
        for registration_id in self.ids:
            gone = self.held[registration_id].intersection(self.rows[registration_id].after["sessions"])
            freed.update(self.sessions[each] for each in gone)
        for session_id in {each for row in self.rows.values() for each in row.after["sessions"]}:
            self._forget_choices(session_id)
        kept = [self.people[each] for each in self.new if self.people[each].has_reserved_place]
        for person in kept:
            places.give_back(self.event, [], reserved_for=person.dimension)
        freed[self.event] = len(self.new) - len(kept)
        places.give_back_many(freed)

    def _forget_choices(self, session_id: int) -> None:
        ids = [each for each in self.ids if session_id in self.rows[each].after["sessions"]]
        for some in batches(ids):
            db.session.execute(
                delete(ChosenSession)
                .where(ChosenSession.session_id == session_id, ChosenSession.registration_id.in_(some))
                .execution_options(synchronize_session=False)
            )

    def write_back(self, *, now: datetime) -> None:
        """Call the others what they were called, and have them answer what they had answered."""
        for registration_id in self.ids:
            row, person = self.rows[registration_id], self.people[registration_id]
            if row.is_new:
                continue
            parts = dict(row.before["parts"])
            if "dimension" in parts:
                parts["dimension"] = parts["dimension"] and Dimension(parts["dimension"])
            for name, value in parts.items():
                setattr(person, name, value)
            names = person_values(person.first_name, person.last_name, person.email, person.organisation)
            for name, value in names.items():
                setattr(person, name, value)
            person.updated_at = now
            self._answer_as_before(registration_id, row.before["words"])
        db.session.flush()

    def _answer_as_before(self, registration_id: int, words: Mapping[str, Sequence[str] | None]) -> None:
        for question_id, said in words.items():
            mine = (Answer.registration_id == registration_id, Answer.question_id == int(question_id))
            db.session.execute(delete(Answer).where(*mine).execution_options(synchronize_session=False))
            if said is not None:
                values = {"registration_id": registration_id, "question_id": int(question_id), "words": list(said)}
                db.session.execute(insert_into(Answer), [values])

    def take_new_ones_away(self) -> None:
        """Delete those the import brought; what it wrote of the others is not kept either."""
        for query in (
            delete(Answer).where(Answer.registration_id.in_(self._ids(new=True))),
            delete(Registration).where(Registration.id.in_(self._ids(new=True))),
            delete(ImportedPerson).where(ImportedPerson.batch_id == self.batch.id),
        ):
            db.session.execute(query.execution_options(synchronize_session=False))
