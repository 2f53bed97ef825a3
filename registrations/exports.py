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
from registrations import attendees, lists, questions, supports
from registrations.attendees import Filter, Presence
from registrations.lists import Profile, Record
from registrations.models import Question, Registration, RegistrationState


@dataclass(frozen=True)
class Export:
    """What is asked for: a list for a purpose, of these registrations, as a file of this format.

    Supports may tell of people's health: they come along only where they are asked for, in the full list by person and
    for catering as numbers.
    """

    event: Event
    format: str
    profile: Profile = Profile.FULL
    wanted: Filter = field(default_factory=Filter)
    with_supports: bool = False

    @property
    def shows_supports(self) -> bool:
        return self.with_supports and self.profile in {Profile.FULL, Profile.CATERING}

    @property
    def filename(self) -> str:
        return f"{self.event.slug}-{self.profile.value}.{self.format}"


def record(export: Export, *, by: StaffMember | None, now: datetime) -> None:
    """Leave a line in the trail: who took which list, of how many people, and whether with the supports they need."""
    query = attendees.select_registrations(export.event, _people(export)).order_by(None)
    supports_too: dict[str, object] = {"supports": True} if export.shows_supports else {}
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
        **supports_too,
    )


def list_records(export: Export) -> Iterator[Record]:
    """Give the records of a list, read in batches.

    Those for door and room are of who is expected, those for certificates and justification of who came.
    """
    event, wanted = export.event, _people(export)
    sessions = {session.code: session for session in event.sessions}
    if export.profile is Profile.CATERING:
        needs = supports.count_needs(event) if export.with_supports else ()
        return lists.make_catering_records(attendees.count_sessions(event), needs)
    if export.profile is Profile.ROOM:
        return _list_rooms(event, wanted)
    if export.profile is Profile.FULL:
        asked, with_supports = _list_questions(export), export.with_supports
        every = attendees.read_attendees(event, wanted, with_answers=bool(asked), with_supports=with_supports)
        return lists.make_full_records(every, asked, with_supports=with_supports)
    people = attendees.read_attendees(event, wanted)
    if export.profile is Profile.DOOR:
        return lists.make_door_records(people)
    if export.profile is Profile.CERTIFICATES:
        return lists.make_certificate_records(sessions, people)
    only = wanted.session.code if wanted.session else None
    return lists.make_justification_records(sessions, people, only=only)


def stream_csv(export: Export) -> Iterator[bytes]:
    """Give the list as CSV, a piece at a time."""
    return write_csv(_make_header(export), _list_rows(export))


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
        write_xlsx(_make_header(export), _list_rows(export), file)
    elif export.format == "ods":
        write_ods(_make_header(export), _list_rows(export), file)
    else:
        file.writelines(stream_csv(export) if export.format == "csv" else stream_json(export))


def _make_header(export: Export) -> list[str]:
    return lists.make_header(export.profile, _list_questions(export), with_supports=export.with_supports)


def _list_questions(export: Export) -> list[Question]:
    """The questions whose answers the list shows: all that are asked, and those withdrawn that were answered."""
    if export.profile is not Profile.FULL:
        return []
    answered = questions.count_answers(export.event)
    every = questions.list_questions(export.event, with_withdrawn=True)
    return [question for question in every if not question.is_withdrawn or question.id in answered]


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
