"""People added by hand, and registrations cancelled by staff."""

import html
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events.models import EventState
from registrations.models import (
    Attendance,
    ChosenSession,
    Registration,
    RegistrationSource,
    RegistrationState,
)
from tests import factories
from tests.registrations.views.pages import LIST, count, flashed, names


def add(desk, **data):
    return desk.post(f"{LIST}/alta", data={"first_name": "Cleo", **data})


def test_a_cancellation_is_asked_once_and_told(event, desk):
    bob = factories.make_registration(event, event.sessions[0])

    assert "Voleu cancel·lar la inscripció de Bob Pla?" in desk.get(f"{LIST}/{bob.id}/cancellacio").text
    response = desk.post(f"{LIST}/{bob.id}/cancellacio")

    assert response.location == f"{LIST}#r{bob.id}"
    assert flashed(desk.get(response.location)) == ["La inscripció de Bob Pla està cancel·lada."]
    assert (event.places_taken, count(ChosenSession), count(OutgoingMail)) == (0, 0, 1)


def test_after_the_event_nothing_is_cancelled(app, desk):
    event = factories.make_event(starts_at=utc_now() - timedelta(days=2), ends_at=utc_now() - timedelta(days=1))
    bob = factories.make_registration(event)

    response = desk.post(f"{LIST}/{bob.id}/cancellacio")

    assert flashed(desk.get(response.location)) == ["Aquesta jornada ja s’ha fet."]
    assert event.places_taken == 1


def test_a_late_person_is_added_and_told(event, desk, ada):
    response = add(desk, last_name="Mas", email="cleo@example.org", sessions=["T1"])

    assert response.status_code == 303
    assert names(desk.get(response.location)) == ["Mas, Cleo"]
    cleo = db.session.scalars(select(Registration)).one()
    assert (cleo.source, cleo.state, cleo.email) == (
        RegistrationSource.STAFF,
        RegistrationState.CONFIRMED,
        "cleo@example.org",
    )
    assert (event.places_taken, event.sessions[0].places_taken) == (1, 1)
    assert (count(Attendance), count(OutgoingMail)) == (0, 1)
    (line,) = db.session.scalars(select(AuditEntry)).all()
    assert (line.act, line.staff_id) == ("registration.create", ada.id)


def test_whoever_has_come_is_added_and_recorded(event, desk):
    event.state = EventState.CLOSED

    response = add(desk, sessions=["T1", "T2"], has_come="y")

    assert response.status_code == 303
    cleo = db.session.scalars(select(Registration)).one()
    assert (cleo.source, cleo.email_key) == (RegistrationSource.DOOR, None)
    assert (count(Attendance), count(OutgoingMail)) == (2, 0)


def test_a_person_over_capacity_only_when_it_is_ticked(event, desk):
    event.sessions[0].capacity = 0

    refused = add(desk, sessions=["T1"])
    assert refused.status_code == 422
    assert "Totes les places de «Taller 1» estan ocupades." in refused.text
    assert count(Registration) == 0

    assert add(desk, sessions=["T1"], over_capacity="y").status_code == 303
    db.session.expire_all()
    assert (event.sessions[0].places_taken, event.sessions[0].extra_places) == (1, 1)


def test_a_cancelled_person_is_taken_up_again(event, desk):
    bob = factories.make_registration(event, state=RegistrationState.CANCELLED)

    add(desk, email="BOB@example.org")

    db.session.expire_all()
    assert (count(Registration), bob.state) == (1, RegistrationState.CONFIRMED)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"first_name": " "}, "Cal omplir aquest camp."),
        ({"email": "nobody"}, "Escriviu una adreça electrònica sencera, com ara nom@example.org."),
        ({"email": "bob@example.org"}, "Ja hi ha una inscripció amb aquesta adreça."),
        ({"sessions": ["T9"]}, "Una de les sessions triades ja no és al programa. Torneu a triar."),
        ({"has_come": "y"}, "Trieu almenys una sessió a la qual hagi vingut la persona."),
        ({"first_name": "x" * 1_000_000}, "És massa llarg: 120 caràcters com a màxim."),
    ],
)
def test_a_person_who_cannot_be_added_is_told_why(event, desk, data, message):
    factories.make_registration(event)

    response = add(desk, **data)

    assert response.status_code == 422
    assert message in html.unescape(response.text)
    assert count(Registration) == 1


def test_nobody_is_added_to_a_cancelled_event(event, desk):
    event.state = EventState.CANCELLED

    assert add(desk).status_code == 422
    assert count(Registration) == 0
