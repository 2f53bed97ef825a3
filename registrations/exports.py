"""Exports of the attendee list: which people a purpose takes, written as a file, with a line in the trail."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import AuditEntry, StaffMember, StaffRole
from core.database import db
from core.tables import FORMATS, Cell, write_csv, write_table
from events.models import Event
from registrations import attendees, lists, questions, records, supports
from registrations.attendance import Hours
from registrations.attendees import Filter, Presence
from registrations.lists import PROFILES, Profile
from registrations.models import ListProfile, Question, RegistrationState
from registrations.records import Record

ACT = "registration.export"
MEDIA_TYPES = dict(FORMATS)
"""The formats in which a list is given as a file, with their media types; `writes` adds to them."""

Writer: TypeAlias = "Callable[[Export, BinaryIO], None]"
_WRITERS: dict[str, Writer] = {}
_READ_FOR = {
    "sessions": "sessions",
    "waiting": "waiting",
    "position": "position",
    "attended": "marks",
    "supports": "needs",
}
"""What must be read for a column that is not in the registration itself."""


@dataclass(frozen=True)
class Export:
    """What is asked for: a list for a purpose, of these registrations, as a file of this format.

    `own` is one that the organisers made; then `profile` does not count. Supports may tell of people's health: they
    come along only where they are asked for, in the full list by person and for catering as numbers.
    """

    event: Event
    format: str
    profile: Profile = Profile.FULL
    wanted: Filter = field(default_factory=Filter)
    with_supports: bool = False
    own: ListProfile | None = None

    @property
    def key(self) -> str:
        """What the list is called in addresses, files and the trail."""
        return f"own-{self.own.id}" if self.own else self.profile.value

    @property
    def name(self) -> str:
        return self.own.name if self.own else str(PROFILES[self.profile].name)

    @property
    def purpose(self) -> str:
        return self.own.purpose if self.own else str(PROFILES[self.profile].purpose)

    @property
    def roles(self) -> tuple[StaffRole, ...]:
        """Who may take it, besides administrators."""
        if self.own:
            return (StaffRole.ORGANISER, *(StaffRole(role) for role in self.own.roles))
        return PROFILES[self.profile].roles

    @property
    def shows_supports(self) -> bool:
        return self.with_supports and not self.own and self.profile in {Profile.FULL, Profile.CATERING}

    @property
    def filename(self) -> str:
        return f"{self.event.slug}-{self.key}.{self.format}"


def record(export: Export, *, by: StaffMember | None, now: datetime) -> None:
    """Leave a line in the trail: who took which list, of how many people, and whether with the supports they need."""
    more: dict[str, object] = {"supports": True} if export.shows_supports else {}
    if export.own:
        more["name"] = export.own.name
    record_run(
        export.event,
        by=by,
        now=now,
        profile=export.key,
        format=export.format,
        filter=export.wanted.as_details(),
        count=count_people(export),
        **more,
    )


def record_run(event: Event, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Leave the line in the trail of any list of people that was taken, on labels too."""
    audit.record(ACT, subject_kind="event", subject_key=event.slug, by=by, now=now, **details)


def select_runs(event: Event) -> Select[AuditEntry]:
    """Make the query for the runs of an event's lists, the latest first, with who took them."""
    return (
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "event", AuditEntry.subject_key == event.slug, AuditEntry.act == ACT)
        .order_by(AuditEntry.happened_at.desc(), AuditEntry.id.desc())
        .options(joinedload(AuditEntry.staff))
    )


def count_people(export: Export) -> int:
    """Count the people that a list is of."""
    ids = attendees.select_ids(export.event, _people(export)).subquery()
    return db.session.scalar(select(func.count()).select_from(ids)) or 0


def list_records(export: Export) -> Iterator[Record]:
    """Give the records of a list, read in batches.

    Those for door and room are of who is expected, those for certificates and justification of who came.
    """
    event, wanted = export.event, _people(export)
    sessions = {session.code: session for session in event.sessions}
    if not export.own and export.profile is Profile.CATERING:
        needs = supports.count_needs(event) if export.with_supports else ()
        return records.make_catering_records(attendees.count_sessions(event), needs)
    if not export.own and export.profile is Profile.ROOM:
        return _list_rooms(event, wanted)
    if not export.own and export.profile is Profile.CERTIFICATES:
        people = attendees.read_attendees(event, wanted, needed={"marks"})
        zone = event.zone if event.records_exits else None
        return records.make_certificate_records(sessions, people, Hours(event), zone=zone)
    if not export.own and export.profile is Profile.JUSTIFICATION:
        only = wanted.session.code if wanted.session else None
        people = attendees.read_attendees(event, wanted, needed={"marks"})
        hours = Hours(event) if event.records_exits else None
        return records.make_justification_records(sessions, people, only=only, hours=hours)
    asked = _list_questions(export)
    columns = _list_columns(export, asked)
    needed = {"words" if column.startswith(lists.ASKED) else _READ_FOR.get(column, "") for column in columns}
    return records.make_person_records(attendees.read_attendees(event, wanted, needed=needed), columns, asked)


def list_rows(export: Export) -> Iterator[list[Cell]]:
    """Give the list as rows of cells, in the language in force."""
    zone, words = export.event.zone, records.speak()
    return (records.as_cells(each, zone, words) for each in list_records(export))


def make_header(export: Export, shown: Sequence[Question] | None = None) -> list[str]:
    """Give the headings of the columns, in the language in force; `shown` are the questions when they are known."""
    asked = _list_questions(export) if shown is None else shown
    return lists.make_header(_list_columns(export, asked), asked)


def stream_csv(export: Export) -> Iterator[bytes]:
    """Give the list as CSV, a piece at a time."""
    return write_csv(make_header(export), list_rows(export))


def stream_json(export: Export) -> Iterator[bytes]:
    """Give the list as a JSON array, one object a line."""
    separator = "[\n"
    for each in list_records(export):
        yield f"{separator}{json.dumps(records.as_json(each), ensure_ascii=False)}".encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def writes(format_: str, media_type: str) -> Callable[[Writer], Writer]:
    """Have the decorated function write lists in a format of its own."""

    def register(write_format: Writer) -> Writer:
        MEDIA_TYPES[format_] = media_type
        _WRITERS[format_] = write_format
        return write_format

    return register


def write(export: Export, file: BinaryIO) -> None:
    """Write the list into the file, in one of `MEDIA_TYPES` or as JSON."""
    if export.format in _WRITERS:
        _WRITERS[export.format](export, file)
    elif export.format in FORMATS:
        write_table(export.format, make_header(export), list_rows(export), file)
    else:
        file.writelines(stream_json(export))


def _list_columns(export: Export, asked: Sequence[Question]) -> tuple[str, ...]:
    """The columns of a list; a question that its organisers deleted is no column any more."""
    of_questions = [lists.name_column(question) for question in asked]
    if export.own:
        there = {*lists.PERSON_COLUMNS, *of_questions}
        return tuple(column for column in export.own.columns if column in there)
    if export.profile is not Profile.FULL:
        columns = PROFILES[export.profile].columns
        return lists.WITH_EXITS.get(export.profile, columns) if export.event.records_exits else columns
    return (*lists.PERSON_COLUMNS, *of_questions, *(["supports"] if export.with_supports else []))


def _list_questions(export: Export) -> list[Question]:
    """The questions that the list may show: all that are asked, and those withdrawn that were answered."""
    is_by_person = export.own is not None or export.profile is Profile.FULL
    return questions.list_shown(export.event) if is_by_person else []


def _list_rooms(event: Event, wanted: Filter) -> Iterator[Record]:
    for session in event.sessions:
        if session.is_chosen and wanted.session in {None, session}:
            people = attendees.read_attendees(event, wanted, chosen=session, needed=())
            yield from records.make_room_records(session, people)


def _people(export: Export) -> Filter:
    """Narrow what was asked for to whom the purpose is about."""
    if export.own:
        return export.wanted
    if export.profile in {Profile.DOOR, Profile.ROOM}:
        return replace(export.wanted, state=RegistrationState.CONFIRMED)
    if export.profile in {Profile.CERTIFICATES, Profile.JUSTIFICATION}:
        return replace(export.wanted, presence=Presence.CAME)
    return export.wanted
