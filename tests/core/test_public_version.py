"""The mark: another one after every commit that changes what public pages show, and after no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from accounts.models import StaffMember, Team
from core.database import db, transaction
from core.marks import Mark
from core.public_version import is_shown, present_mark
from events import capacity
from events.models import Event, Process, Room, Session
from registrations import places
from tests import factories
from tests.factories import make_event, make_process, make_room, make_session

pytestmark = pytest.mark.both_databases


def mark():
    return db.session.scalar(select(present_mark()))


@pytest.fixture
def event(own_app):
    with transaction():
        event = make_event(capacity=5, process=make_process())
        make_room(event)
        make_session(event, capacity=3)
    return event


def edit_title(event):
    event.title = "Una altra"


def edit_session(event):
    event.sessions[0].ends_at += timedelta(minutes=5)


def rename_room(event):
    event.rooms[0].name = "Sala gran"


def edit_process(event):
    event.process.title = "Un altre procés"


def edit_team(event):
    event.team.contact_email = "altra@example.org"


def add_session(event):
    make_session(event, "T9")


def delete_session(event):
    event.sessions.clear()


def set_capacity(event):
    capacity.set_capacity(event, 9)


def set_capacity_of_a_session(event):
    capacity.set_capacity(event.sessions[0], None)


@pytest.mark.parametrize(
    "edit",
    [
        edit_title,
        edit_session,
        rename_room,
        edit_process,
        edit_team,
        add_session,
        delete_session,
        set_capacity,
        set_capacity_of_a_session,
    ],
)
def test_every_edit_draws_another_mark(event, edit):
    before = mark()

    with transaction():
        edit(event)

    assert mark() not in {before, None}


def test_counters_and_people_leave_it_as_it_is(event):
    before = mark()

    with transaction():
        places.hold(event)
        places.take(event, event.sessions)
        factories.make_staff()

    assert mark() == before


def test_nothing_written_leaves_it_as_it_is(event):
    before = mark()

    with transaction():
        event.title = str(event.title)

    assert mark() == before


def test_what_is_rolled_back_leaves_it_as_it_is(event):
    before = mark()

    with pytest.raises(ZeroDivisionError), transaction():
        event.title = "Res"
        db.session.flush()
        raise ZeroDivisionError
    with transaction():
        factories.make_staff()

    assert mark() == before


def test_a_savepoint_inside_draws_it_once_at_the_end(event, monkeypatch):
    before = mark()

    with transaction():
        with db.session.begin_nested():
            event.title = "Una altra"
        inside = mark()

    assert inside == before
    assert mark() != before


def test_it_is_written_after_everything_else(event):
    """Whoever holds the mark's row waits for nobody, so that two who edit cannot wait for each other."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement.split(" ")[0:3])

    from sqlalchemy import event as listening  # noqa: PLC0415 - `event` is ours here

    listening.listen(db.engine, "before_cursor_execute", note)
    with transaction():
        event.title = "Una altra"
        db.session.flush()
        db.session.execute(update(Event).values(sequence=3))

    assert statements[-1] == ["INSERT", "INTO", "mark"]
    assert db.session.scalars(select(Mark.name)).all() == ["public"]


def test_models_of_public_pages_are_shown():
    assert [is_shown(model) for model in (Event, Session, Room, Process, Team)] == [True] * 5
    assert not is_shown(StaffMember)
