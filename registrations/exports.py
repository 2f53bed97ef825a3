"""Exports of the attendee list: which people a purpose takes, written as a file, with a line in the trail."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import func

from accounts import audit
from accounts.models import StaffMember
from core.database import db
from core.tables import Cell, write_csv, write_ods, write_xlsx
from events.models import Event
from registrations import attendees, lists
from registrations.attendees import Filter, Presence
from registrations.lists import Profile, Record
from registrations.models import Registration, RegistrationState


@dataclass(frozen=True)
class Export:
    """What is asked for: a list for a purpose, of these registrations, as a file of this format."""

    event: Event
    format: str
    profile: Profile = Profile.FULL
    wanted: Filter = field(default_factory=Filter)

    @property
    def filename(self) -> str:
        return f"{self.event.slug}-{self.profile.value}.{self.format}"


def record(export: Export, *, by: StaffMember | None, now: datetime) -> None:
    """Leave a line in the trail: who took which list, and of how many people."""
    query = attendees.select_registrations(export.event, _people(export)).order_by(None)
    audit.record(
        "registration.export",
        subject_kind="event",
        subject_key=export.event.slug,
        by=by,
        now=now,
        profile=export.profile.value,
        format=export.format,
        filter=export.wanted.as_details(),
        count=db.session.scalar(query.with_only_columns(func.count(Registration.id))),
    )


def list_records(export: Export) -> Iterator[Record]:
    """Give the records of a list, read in batches.

    Those for door and room are of who is expected, those for certificates and justification of who came.
    """
    event, wanted = export.event, _people(export)
    sessions = {session.code: session for session in event.sessions}
    if export.profile is Profile.CATERING:
        return lists.make_catering_records(attendees.count_sessions(event))
    if export.profile is Profile.ROOM:
        return _list_rooms(event, wanted)
    people = attendees.read_attendees(event, wanted)
    if export.profile is Profile.DOOR:
        return lists.make_door_records(people)
    if export.profile is Profile.CERTIFICATES:
        return lists.make_certificate_records(sessions, people)
    if export.profile is Profile.JUSTIFICATION:
        only = wanted.session.code if wanted.session else None
        return lists.make_justification_records(sessions, people, only=only)
    return lists.make_full_records(people)


def stream_csv(export: Export) -> Iterator[bytes]:
    """Give the list as CSV, a piece at a time."""
    return write_csv(lists.make_header(export.profile), _list_rows(export))


def stream_json(export: Export) -> Iterator[bytes]:
    """Give the list as a JSON array, one object a line."""
    separator = "[\n"
    for each in list_records(export):
        yield f"{separator}{json.dumps(lists.as_json(each), ensure_ascii=False)}".encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def write(export: Export, file: BinaryIO) -> None:
    """Write the list into the file, as one of `core.tables.FORMATS` or as JSON."""
    if export.format == "xlsx":
        write_xlsx(lists.make_header(export.profile), _list_rows(export), file)
    elif export.format == "ods":
        write_ods(lists.make_header(export.profile), _list_rows(export), file)
    else:
        file.writelines(stream_csv(export) if export.format == "csv" else stream_json(export))


def _list_rows(export: Export) -> Iterator[list[Cell]]:
    zone, words = export.event.zone, lists.speak()
    return (lists.as_cells(each, zone, words) for each in list_records(export))


def _list_rooms(event: Event, wanted: Filter) -> Iterator[Record]:
    for session in event.sessions:
        if session.is_chosen and wanted.session in {None, session}:
            yield from lists.make_room_records(session, attendees.read_attendees(event, wanted, chosen=session))


def _people(export: Export) -> Filter:
    """Narrow what was asked for to whom the purpose is about."""
    if export.profile in {Profile.DOOR, Profile.ROOM}:
        return replace(export.wanted, state=RegistrationState.CONFIRMED)
    if export.profile in {Profile.CERTIFICATES, Profile.JUSTIFICATION}:
        return replace(export.wanted, presence=Presence.CAME)
    return export.wanted
