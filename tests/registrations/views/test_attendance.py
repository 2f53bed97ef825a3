"""Attendance recorded and taken back on the list."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from registrations.models import (
    Attendance,
    AttendanceSource,
    RegistrationState,
)
from tests import factories
from tests.registrations.views.pages import LIST, count, flashed


@pytest.fixture
def event(event):
    """It is the day of the event, and its first session begins."""
    event.starts_at = event.sessions[0].starts_at = utc_now()
    return event


def test_one_click_records_attendance_and_one_undoes_it(event, desk, ada):
    session = event.sessions[0]
    bob = factories.make_registration(event, session)

    response = desk.post(f"{LIST}/{bob.id}/assistencia/{session.id}?session=T1&q=bob")

    assert (response.status_code, response.location) == (303, f"{LIST}?session=T1&q=bob#r{bob.id}")
    row = db.session.scalars(select(Attendance)).one()
    assert (row.registration_id, row.session_id, row.source, row.recorded_by_id) == (
        bob.id,
        session.id,
        AttendanceSource.LIST,
        ada.id,
    )
    page = desk.get(response.location)
    assert flashed(page)[0] == "Bob Pla: assistència registrada a T1."
    assert "llista, Ada," in page.text

    response = desk.post(f"{LIST}/{bob.id}/assistencia/{session.id}/anullacio")

    assert count(Attendance) == 0
    assert flashed(desk.get(response.location)) == ["Bob Pla: s’ha desfet l’assistència a T1."]


@pytest.mark.parametrize("query", ["endpoint=x", "_external=1&_scheme=javascript", "_anchor=x&_method=GET&slug=x"])
def test_what_stands_in_the_address_changes_no_other_address(event, desk, query):
    session = event.sessions[0]
    bob = factories.make_registration(event, session)
    act = f"{LIST}/{bob.id}/assistencia/{session.id}?{query}"

    page = desk.get(f"{LIST}?{query}")
    response = desk.post(act)

    assert page.status_code == 200
    assert f'formaction="{act.replace("&", "&amp;")}"' in page.text
    assert (response.status_code, response.location) == (303, f"{LIST}?{query}#r{bob.id}")


def test_a_double_click_records_once(event, desk):
    bob = factories.make_registration(event)

    for _click in range(2):
        desk.post(f"{LIST}/{bob.id}/assistencia/{event.sessions[0].id}")

    assert count(Attendance) == 1


def test_who_cancelled_can_be_recorded_and_the_page_says_so(event, desk):
    bob = factories.make_registration(event, state=RegistrationState.CANCELLED)

    page = desk.get(f"{LIST}?session=T1&everybody=1").text
    desk.post(f"{LIST}/{bob.id}/assistencia/{event.sessions[0].id}")

    assert "cancel·lada, però si ha vingut es pot registrar" in page
    assert count(Attendance) == 1


def test_those_ticked_are_recorded_and_undone_together(event, desk):
    session = event.sessions[0]
    people = [factories.make_registration(event, session, email=f"{number}@example.org") for number in range(3)]
    ticked = {"registration": [people[0].id, people[2].id, "x", "", -1, 2**31, 2**70, "9" * 5000]}

    response = desk.post(f"{LIST}/assistencia/{session.id}?session=T1", data=ticked)
    assert flashed(desk.get(response.location))[0] == "2 assistències registrades a T1."
    assert count(Attendance) == 2

    response = desk.post(f"{LIST}/assistencia/{session.id}/anullacio", data=ticked)
    assert flashed(desk.get(response.location)) == ["S’han desfet 2 assistències."]
    assert count(Attendance) == 0
    assert count(AuditEntry) == 2


def test_everybody_of_the_filter_with_a_place_is_recorded(event, desk):
    one, two = event.sessions
    factories.make_registration(event, one, first_name="A", email="a@example.org")
    factories.make_registration(event, one, first_name="B", email="b@example.org")
    factories.make_registration(event, two, first_name="C", email="c@example.org")
    factories.make_registration(event, email="d@example.org", state=RegistrationState.CANCELLED)

    assert "2 persones amb plaça confirmada han vingut a «Taller 1»" in desk.get(f"{LIST}?session=T1").text
    response = desk.post(f"{LIST}/assistencia/{one.id}/tothom?session=T1")

    assert flashed(desk.get(response.location))[0] == "2 assistències registrades a T1."
    assert count(Attendance) == 2


def test_attendance_is_offered_from_the_day_on_and_before_only_on_purpose(event, desk):
    factories.make_registration(event, *event.sessions)
    event.sessions[1].starts_at = utc_now() + timedelta(days=2)

    today, later = desk.get(f"{LIST}?session=T1"), desk.get(f"{LIST}?session=T2")
    everything, on_purpose = desk.get(LIST), desk.get(f"{LIST}?session=T2&early=1")

    assert [_offered(page) for page in (today, later, everything, on_purpose)] == [["1"], [], ["1"], ["2"]]
    assert "Registreu igualment qui ha vingut" in later.text
    assert f'href="{LIST}?session=T2&amp;early=1"' in later.text


def test_attendance_before_the_day_keeps_its_purpose_when_the_list_is_filtered(event, desk):
    factories.make_registration(event, *event.sessions)

    page = desk.get(f"{LIST}?early=1").text

    assert '<input type="hidden" name="early" value="1">' in page


def _offered(page):
    """The sessions, by id, to which somebody can be said to have come."""
    return re.findall(r'formaction="[^"]*/\d+/assistencia/(\d+)[^/"]*"', page.text)
