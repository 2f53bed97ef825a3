"""Many sign up at once through the pages: places, lists, mails and numbers are right, and few statements are sent."""

import re
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event, select

from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events.services import get_published
from registrations.models import Registration, RegistrationState, WaitingListEntry
from tests import factories

pytestmark = pytest.mark.both_databases

ADDRESS = "/jornades/jornada/inscripcio"
PLACES, PEOPLE = 6, 20


def make_event(*, capacity=PLACES, sessions=("T1", "T2", "T3"), at_once=True):
    """A jornada in two weeks with sessions of two places each."""
    start = (utc_now() + timedelta(days=14)).replace(microsecond=0)
    made = factories.make_event(
        starts_at=start, ends_at=start + timedelta(hours=6), created_at=utc_now(), capacity=capacity
    )
    for number, code in enumerate(sessions):
        starts_at = start + timedelta(hours=1 if at_once else number)
        factories.make_session(made, code, starts_at=starts_at, capacity=2)
    db.session.commit()


def sign_up(app, number, *sessions):
    """Go the whole way as one browser; the number that the person's own page says, 0 for a place."""
    client = app.test_client()
    client.get("/jornades/jornada")
    client.get(ADDRESS)
    fields = {"first_name": "Bob", "last_name": "Pla", "email": f"p{number}@example.org", "sessions": list(sessions)}
    answer = client.post(ADDRESS, data=fields)
    assert answer.status_code == 303
    state = re.search(r'class="ticket-state">([^<]*)<', client.get(answer.location).text)[1]
    return int((re.search(r"\d+", state) or ["0"])[0])


@pytest.fixture
def statements():
    """Every statement sent to any database while the test runs."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def test_twenty_people_at_once_for_six_places(own_app, race):
    own_app.test_client_class = None
    make_event()

    told = race([partial(sign_up, own_app, number, f"T{number % 3 + 1}") for number in range(PEOPLE)])

    assert sorted(told) == [0] * PLACES + list(range(1, PEOPLE - PLACES + 1))
    in_line = db.session.scalars(
        select(Registration.email)
        .join(WaitingListEntry, WaitingListEntry.registration_id == Registration.id)
        .where(WaitingListEntry.session_id.is_(None))
        .order_by(WaitingListEntry.id)
    ).all()
    assert [told[int(email[1 : email.index("@")])] for email in in_line] == list(range(1, PEOPLE - PLACES + 1))
    states = Counter(db.session.scalars(select(Registration.state)))
    assert states == {RegistrationState.CONFIRMED: PLACES, RegistrationState.WAITING: PEOPLE - PLACES}
    assert Counter(db.session.scalars(select(OutgoingMail.kind))) == {"place_confirmed": 6, "waiting": 14}
    assert set(Counter(db.session.scalars(select(OutgoingMail.recipient))).values()) == {1}
    jornada = get_published("jornada")
    assert (jornada.places_taken, jornada.people_waiting) == (PLACES, PEOPLE - PLACES)
    assert all(session.places_taken <= 2 for session in jornada.sessions)


def test_sign_up_with_three_sessions_sends_fewer_than_fifteen_statements(own_app, statements):
    own_app.test_client_class = None
    make_event(at_once=False)
    client = own_app.test_client()
    fields = {"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org", "sessions": ["T1", "T2", "T3"]}
    statements.clear()

    answer = client.post(ADDRESS, data=fields)

    assert answer.status_code == 303
    assert len(statements) < 15


def test_joining_the_list_sends_as_many_for_one_in_line_as_for_nine(own_app, statements):
    own_app.test_client_class = None
    make_event(capacity=0)
    counts = []

    for number in range(9):
        client = own_app.test_client()
        fields = {"first_name": "Bob", "last_name": "Pla", "email": f"p{number}@example.org", "sessions": ["T1"]}
        statements.clear()
        assert client.post(ADDRESS, data=fields).status_code == 303
        counts.append(len(statements))

    assert len(set(counts[1:])) == 1
    assert counts[-1] <= 16
