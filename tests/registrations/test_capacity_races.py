"""An organiser who enlarges, moves and calls off while people sign up and cancel: nothing deadlocks or leaks."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from core.database import db, transaction
from core.errors import DomainError
from core.mail import OutgoingMail
from events import services, sessions
from events.models import Event
from registrations import changes, rules
from registrations.changes import Change
from registrations.models import ChosenSession, Registration, RegistrationSource, RegistrationState
from registrations.services import Answers, cancel, register
from tests import factories
from tests.factories import NOW


def test_raising_capacity_while_people_cancel_and_sign_up_fills_every_place(own_app, race):
    with own_app.app_context():
        event_id, held = _make_event(capacity=3, people=6)

    acts = [
        *(partial(_raise, event_id, capacity) for capacity in (4, 5)),
        *(partial(_cancel, registration_id) for registration_id in held[:2]),
        *(partial(_sign_up, event_id, number) for number in range(4)),
    ]
    results = race(acts)

    assert [result for result in results if isinstance(result, Exception)] == []
    with own_app.app_context():
        event = db.session.get(Event, event_id)
        assert (event.places_taken, event.extra_places, event.capacity) in {(4, 0, 4), (5, 0, 5)} | {(5, 1, 4)}
        assert event.places_taken == _count(RegistrationState.CONFIRMED)
        assert event.people_waiting == _count(RegistrationState.WAITING) == 8 - event.places_taken


def test_editing_sessions_while_people_take_and_change_them_never_deadlocks(own_app, race):
    with own_app.app_context():
        event_id, held = _make_event(capacity=None, people=4, session_capacity=2)

    acts = [
        partial(_edit_session, event_id, "T1", capacity=4),
        partial(_edit_session, event_id, "T2", step=timedelta(minutes=5)),
        partial(_edit_event, event_id),
        partial(_cancel_session, event_id, "T1"),
        *(partial(_change, registration_id, code) for registration_id in held for code in ("T1", "T2")),
    ]
    results = race(acts)

    assert [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)] == []
    with own_app.app_context():
        for session in db.session.get(Event, event_id).sessions:
            chosen = select(func.count()).select_from(ChosenSession).where(ChosenSession.session_id == session.id)
            assert session.places_taken == db.session.scalar(chosen)
            assert session.capacity + session.extra_places >= session.places_taken
            if session.code == "T1":
                assert (session.is_cancelled, session.places_taken, session.people_waiting) == (True, 0, 0)


@pytest.mark.parametrize("capacity", [None, 0])
@pytest.mark.parametrize("act", ["_edit_event", "_cancel_session", "_cancel_event"])
def test_who_signs_up_to_what_has_just_changed_looks_at_it_again(own_app, race, act, capacity):
    with own_app.app_context():
        event_id, _held = _make_event(capacity=capacity, people=0)
        event = db.session.get(Event, event_id)
        sessions_seen = [session.code for session in event.sessions]
        race([partial(globals()[act], event_id)])

        with pytest.raises(rules.ProgrammeChanged), transaction():
            answers = Answers("Bob", "", "bob@example.org", session_codes=sessions_seen[:1])
            register(event, answers, source=RegistrationSource.PERSON, language="ca", now=NOW)

        assert db.session.scalar(select(func.count()).select_from(Registration)) == 0


def test_who_changes_what_has_just_moved_is_told_what_is_so(own_app, race):
    with own_app.app_context():
        event_id, held = _make_event(capacity=None, people=1)
        registration = db.session.get(Registration, held[0])
        assert registration.event.venue == "Centre cívic"
        race([partial(_edit_event, event_id)])

        with transaction():
            changes.change(registration, Change("Bob", "", "", "ca", session_codes=("T1",)), now=NOW)

        mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "changed")).one()
        assert "On: Un altre lloc, carrer Gran, 1, Barcelona" in mail.text.splitlines()


def _make_event(*, capacity, people, session_capacity=None):
    with transaction():
        event = factories.make_event(capacity=capacity)
        for code in ("T1", "T2"):
            factories.make_session(event, code, capacity=session_capacity)
        made = [_register(event, f"first{number}") for number in range(people)]
        db.session.flush()
        return event.id, [registration.id for registration in made]


def _register(event, name):
    return register(
        event, Answers(name, "", f"{name}@example.org"), source=RegistrationSource.PERSON, language="ca", now=NOW
    )


def _raise(event_id, capacity):
    with transaction():
        services.update_event(db.session.get(Event, event_id), {"capacity": capacity}, by=None, now=NOW)


def _cancel(registration_id):
    with transaction():
        cancel(db.session.get(Registration, registration_id), now=NOW)


def _sign_up(event_id, number):
    with transaction():
        _register(db.session.get(Event, event_id), f"late{number}")


def _edit_session(event_id, code, *, capacity=None, step=timedelta()):
    with transaction():
        session = sessions.get_session(db.session.get(Event, event_id), code)
        values = {"starts_at": session.starts_at + step, "ends_at": session.ends_at + step}
        sessions.update_session(session, values | ({"capacity": capacity} if capacity else {}), by=None, now=NOW)


def _edit_event(event_id):
    with transaction():
        services.update_event(db.session.get(Event, event_id), {"venue": "Un altre lloc"}, by=None, now=NOW)


def _cancel_event(event_id):
    with transaction():
        services.cancel(db.session.get(Event, event_id), by=None, now=NOW)


def _cancel_session(event_id, code="T1"):
    with transaction():
        sessions.cancel_session(sessions.get_session(db.session.get(Event, event_id), code), by=None, now=NOW)


def _change(registration_id, code):
    with transaction():
        registration = db.session.get(Registration, registration_id)
        wanted = Change(registration.first_name, "", "", "ca", session_codes=(code,))
        changes.change(registration, wanted, now=NOW)


def _count(state):
    return db.session.scalar(select(func.count()).select_from(Registration).where(Registration.state == state))
