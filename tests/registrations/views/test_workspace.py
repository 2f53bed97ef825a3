"""What each role may do with registrations on the desk, and their figures on the event’s own page."""

import re

import pytest

from core.dates import utc_now
from registrations import attendee_files
from registrations.models import (
    Attendance,
)
from tests import factories
from tests.registrations.views.pages import HEADER, LIST, count

ROUTES = [
    ("GET", "", "view_registrations"),
    ("POST", "/{person}/assistencia/{session}", "record_attendance"),
    ("POST", "/{person}/assistencia/{session}/anullacio", "record_attendance"),
    ("POST", "/assistencia/{session}", "record_attendance"),
    ("POST", "/assistencia/{session}/tothom", "record_attendance"),
    ("POST", "/assistencia/{session}/anullacio", "record_attendance"),
    ("GET", "/{person}/cancellacio", "edit_registrations"),
    ("POST", "/{person}/cancellacio", "edit_registrations"),
    ("GET", "/alta", "edit_registrations"),
    ("GET", "/fitxer", "edit_registrations"),
    ("GET", "/fitxer/{file}", "edit_registrations"),
    ("POST", "/fitxer/{file}", "edit_registrations"),
    ("POST", "/fitxer/{file}/descart", "edit_registrations"),
]


MAY = {
    "administrator": {"view_registrations", "export_registrations", "record_attendance", "edit_registrations"},
    "organiser": {"view_registrations", "export_registrations", "record_attendance", "edit_registrations"},
    "door": {"view_registrations", "record_attendance"},
    "facilitator": set(),
    "viewer": set(),
}


def go(client, event, method, path):
    bob = factories.make_registration(event, event.sessions[0])
    file = attendee_files.keep(event, "list.csv", f"{HEADER}\nAnna;;;;;\n".encode(), now=utc_now())
    path = path.format(person=bob.id, session=event.sessions[0].id, file=file.id)
    return client.open(LIST + path, method=method)


@pytest.mark.parametrize("role", list(MAY))
@pytest.mark.parametrize("route", ROUTES)
def test_each_role_may_do_what_it_is_there_for(event, client, role, route):
    method, path, permission = route
    client.log_in(factories.make_staff(role=role))

    response = go(client, event, method, path)

    assert response.status_code == ((303 if method == "POST" else 200) if permission in MAY[role] else 403)


@pytest.mark.parametrize(("method", "path", "_permission"), ROUTES)
def test_nobody_gets_in_without_an_account(event, client, method, path, _permission):
    response = go(client, event, method, path)

    assert response.status_code == 302
    assert response.location.startswith("/entrada")


@pytest.mark.parametrize(
    "path",
    [
        "?session=T9",
        "?state=gone",
        "?presence=maybe",
        "?sort=email",
        "/999999/cancellacio",
        "/fitxer/999999",
    ],
)
def test_what_there_is_not_is_404(event, desk, path):
    assert desk.get(LIST + path).status_code == 404


def test_people_of_another_event_cannot_be_reached(event, desk):
    other = factories.make_registration(factories.make_event("other"))
    session = event.sessions[0]

    statuses = [
        desk.post(f"{LIST}/{other.id}/assistencia/{session.id}").status_code,
        desk.post(f"{LIST}/{other.id}/cancellacio").status_code,
        desk.post(f"{LIST}/assistencia/{session.id}", data={"registration": [other.id]}).status_code,
    ]

    assert statuses == [404, 404, 303]
    assert count(Attendance) == 0


def test_door_staff_see_the_list_without_what_is_not_theirs(event, client):
    factories.make_registration(event, event.sessions[0])
    client.log_in(factories.make_staff(role="door"))

    page = client.get(f"{LIST}?early=1").text

    assert "/assistencia/" in page
    assert "/llistes?" not in page
    assert "cancellacio" not in page
    assert f"{LIST}/fitxer" not in page


def test_the_events_own_page_counts_them(event, client):
    factories.make_registration(event)
    client.log_in(factories.make_staff(role="viewer"))

    page = client.get("/gestio/jornades/jornada").text

    assert "Hi ha 1 persona inscrita." in re.sub(r"\s+", " ", page)
    assert LIST not in page
