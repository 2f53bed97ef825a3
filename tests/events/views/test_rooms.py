"""Rooms on the desk."""

from sqlalchemy import select

from core.database import db
from events.models import Room
from tests.events.views.pages import DESK, only, post
from tests.factories import (
    make_event,
)


def test_rooms_are_added_changed_and_deleted(desk):
    make_event()

    post(desk, f"{DESK}/sales", name="Sala 1", capacity="20")
    room = only(Room)
    post(desk, f"{DESK}/sales/{room.id}", name="Sala gran", capacity="")
    room = only(Room)
    assert (room.name, room.capacity) == ("Sala gran", None)

    post(desk, f"{DESK}/sales/{room.id}/supressio")
    assert db.session.scalars(select(Room)).all() == []


def test_a_room_without_name_is_refused(desk):
    make_event()

    assert post(desk, f"{DESK}/sales", name="").status_code == 422
