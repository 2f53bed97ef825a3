"""What doors tell in the tests of this room, and what is recorded then."""

import uuid
from datetime import timedelta

from sqlalchemy import select

from core.database import db, transaction
from door.models import DoorActKind
from door.reports import Newcomer, Report
from door.services import Doorkeeper, accept
from events.models import Event
from registrations.models import (
    Attendance,
)
from tests.factories import NOW

SOUTH, NORTH = Doorkeeper("Porta sud"), Doorkeeper("Porta nord")


def new_id():
    return str(uuid.uuid4())


def check_in(person, session, *, minutes=0, **values):
    at = NOW + timedelta(minutes=minutes)
    return Report(new_id(), DoorActKind.CHECK_IN, getattr(person, "code", person), session.code, at, **values)


def undo(person, session, *names):
    code = getattr(person, "code", person)
    return Report(new_id(), DoorActKind.UNDO, code, session.code, NOW, takes_back=names)


def leave(person, session, *, minutes):
    at = NOW + timedelta(minutes=minutes)
    return Report(new_id(), DoorActKind.LEAVE, getattr(person, "code", person), session.code, at)


def walk_in(session, name="Cleo Nova", *, minutes=0):
    first, _, last = name.partition(" ")
    newcomer = Newcomer(first, last, "Ateneu")
    return Report(new_id(), DoorActKind.WALK_IN, "", session.code, NOW + timedelta(minutes=minutes), newcomer=newcomer)


def take(session, *reports, by=SOUTH, later=60):
    accepted = accept(session.event, reports, by=by, now=NOW + timedelta(minutes=later))
    return [accepted[report.client_id].outcome.value for report in reports]


def present():
    """Who is recorded where, since when and how, whatever their ids are."""
    db.session.flush()
    rows = db.session.scalars(select(Attendance).order_by(Attendance.registration_id, Attendance.session_id))
    return [
        (
            row.registration.full_name,
            row.session.code,
            row.recorded_at,
            row.source.value,
            row.device or None,
        )
        for row in rows
    ]


def keep_door(slug, reports, device):
    def act():
        event = db.session.scalars(select(Event).where(Event.slug == slug)).one()
        with transaction():
            accepted = accept(event, reports, by=Doorkeeper(device), now=NOW + timedelta(hours=1))
        return [accepted[report.client_id].outcome.value for report in reports]

    return act
