"""When people came to a session and left: said in the workspace, where exits are recorded."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from registrations import stays
from registrations.models import Attendance
from tests import factories
from tests.registrations.views.pages import LIST, flashed

NINE = factories.EVENT_START.replace(year=2025, hour=8, minute=0)
"""9 h in Barcelona, on a day that is over."""


@pytest.fixture
def session(app):
    event = factories.make_event(starts_at=NINE, records_exits=True)
    return factories.make_session(event, "T1", starts_at=NINE, ends_at=NINE + timedelta(hours=4))


@pytest.fixture
def bob(session):
    bob = factories.make_registration(session.event, session)
    factories.make_attendance(bob, session, stays=stays.write(((NINE + timedelta(minutes=4), None),)))
    return bob


@pytest.fixture
def page(bob, session):
    return f"{LIST}/{bob.id}/assistencia/{session.id}/hores"


def known():
    row = db.session.scalars(select(Attendance).execution_options(populate_existing=True)).one()
    return [tuple(at and at[11:16] for at in stay) for stay in row.stays]


def test_hours_are_shown_with_the_person_and_corrected(desk, bob, session, page):
    person = desk.get(f"{LIST}/{bob.id}").text
    assert ('<span class="came-hours">entrada: 9.04 h · <a' in person, page in person) == (True, True)
    form = desk.get(page)
    assert (form.status_code, 'value="09:04"' in form.text, "Ara compten: 4 h" in form.text) == (200, True, True)

    hours = {"came-0": "09:00", "left-0": "10:00", "came-1": "11:00", "left-1": "12.30"}
    response = desk.post(page, data=hours)

    assert (response.status_code, response.location) == (303, f"{LIST}/{bob.id}")
    assert known() == [("08:00", "09:00"), ("10:00", "11:30")]
    after = desk.get(response.location)
    assert flashed(after) == ["Desat."]
    assert "9–10 h, 11–12.30 h" in after.text
    assert "Hora d’entrada i de sortida, corregida: T1" in after.text
    line = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "attendance.stays")).one()
    assert [len(line.details[name]) for name in ("before", "after")] == [1, 2]
    assert 'name="came-2"' in desk.get(page).text


def test_what_is_the_same_is_said_to_be_so(desk, bob, page):
    desk.post(page, data={"came-0": "09:00"})

    assert flashed(desk.get(desk.post(page, data={"came-0": "09:00"}).location))[-1] == "No hi havia res de diferent."


def test_hours_left_as_they_are_shown_stay_as_they_are_to_the_second(desk, bob, session, page):
    row = db.session.scalars(select(Attendance)).one()
    row.stays = stays.write(((NINE + timedelta(minutes=4, seconds=31), None),))

    desk.post(page, data={"came-0": "09:04", "left-0": "12:00"})

    found = stays.read(db.session.scalars(select(Attendance).execution_options(populate_existing=True)).one().stays)
    assert found == ((NINE + timedelta(minutes=4, seconds=31), NINE + timedelta(hours=3)),)


def test_hours_of_a_session_of_several_days_are_told_with_their_day(desk, bob, session, page):
    session.ends_at = NINE + timedelta(days=2)

    assert 'value="2025-12-03T09:04"' in desk.get(page).text
    desk.post(page, data={"came-0": "2025-12-03T09:04", "left-0": "2025-12-04T14:00"})

    assert known() == [("08:04", "13:00")]


def test_hours_of_a_session_that_ends_after_midnight_are_of_the_next_day(desk, bob, session, page):
    session.starts_at, session.ends_at = NINE + timedelta(hours=13), NINE + timedelta(hours=17)

    desk.post(page, data={"came-0": "22:30", "left-0": "01:30"})

    row = db.session.scalars(select(Attendance).execution_options(populate_existing=True)).one()
    assert row.stays == [["2025-12-03T21:30:00+00:00", "2025-12-04T00:30:00+00:00"]]


def test_an_hour_after_midnight_is_of_the_next_day_also_when_the_session_is_over_by_then(desk, bob, session, page):
    session.starts_at, session.ends_at = NINE + timedelta(hours=13), NINE + timedelta(hours=15, minutes=50)

    desk.post(page, data={"came-0": "21:55", "left-0": "00:10"})

    row = db.session.scalars(select(Attendance).execution_options(populate_existing=True)).one()
    assert row.stays == [["2025-12-03T20:55:00+00:00", "2025-12-03T23:10:00+00:00"]]


@pytest.mark.parametrize("times", [20, 110])
def test_of_who_went_out_often_no_hour_is_lost(desk, bob, page, times):
    row = db.session.scalars(select(Attendance)).one()
    often = [NINE + timedelta(minutes=each) for each in range(2 * times)]
    row.stays = stays.write(zip(often[::2], often[1::2], strict=True))
    fields = re.findall(r'name="((?:came|left)-\d+)"[^>]*value="([^"]*)"', desk.get(page).text)

    desk.post(page, data=dict(fields) | {"left-0": ""} | {"came-1": ""})

    assert known()[0] == ("08:00", "08:03")
    assert len(known()) == times - 1


def test_what_was_recorded_while_somebody_wrote_is_not_lost(desk, bob, page):
    shown = re.search(r'name="shown"[^>]*value="([^"]+)"', desk.get(page).text)[1]
    row = db.session.scalars(select(Attendance)).one()
    row.stays = stays.write(((NINE + timedelta(minutes=4), NINE + timedelta(hours=2)),))

    response = desk.post(page, data={"came-0": "09:00", "left-0": "", "shown": shown})

    assert (response.status_code, response.location) == (303, page)
    assert "S’ha registrat una altra cosa mentre escrivíeu" in flashed(desk.get(page))[-1]
    assert known() == [("08:04", "10:00")]


def test_hours_that_nobody_knows_are_taken_out(desk, bob, page):
    desk.post(page, data={"came-0": "", "left-0": ""})

    assert known() == []


@pytest.mark.parametrize(
    ("hours", "refused"),
    [
        ({"came-0": "11:00", "left-0": "10:00"}, ("left-0", "Aquesta hora no és posterior a l’anterior.")),
        ({"came-0": "11:00", "left-0": "12:00", "came-1": "11:30"}, ("came-1", "Aquesta hora no és posterior")),
        ({"came-0": "09:00", "came-1": "10:00"}, ("came-1", "Escriviu primer quan va sortir abans.")),
        ({"came-0": "", "left-0": "09:00", "left-1": "10:00"}, ("left-1", "Escriviu primer quan va tornar.")),
        ({"came-0": "les nou"}, ("came-0", "Escriviu una hora, com ara 9:30.")),
        ({"came-0": "25:00"}, ("came-0", "Escriviu una hora")),
    ],
)
def test_hours_that_cannot_have_been_are_refused_at_their_field(desk, bob, page, hours, refused):
    field, message = refused

    answer = desk.post(page, data=hours)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert message in answer.text
    assert known() == [("08:04", None)]


def test_hours_still_to_come_are_refused(event, desk):
    event.records_exits = True
    bob = factories.make_registration(event, event.sessions[0])
    factories.make_attendance(bob, event.sessions[0])

    answer = desk.post(f"{LIST}/{bob.id}/assistencia/{event.sessions[0].id}/hores", data={"came-0": "00:30"})

    assert "encara no ha arribat" in answer.text


def test_there_is_nothing_to_correct_where_nothing_is_recorded(desk, session, bob, page):
    cleo = factories.make_registration(session.event, email="cleo@example.org")

    assert desk.get(f"{LIST}/{cleo.id}/assistencia/{session.id}/hores").status_code == 404
    session.event.records_exits = False
    assert desk.get(page).status_code == 404
    assert "/hores" not in desk.get(f"{LIST}/{bob.id}").text


def test_exits_are_recorded_by_a_setting_with_the_minutes_that_are_not_looked_at(desk, session):
    session.event.records_exits = False
    settings = "/gestio/jornades/jornada/inscripcio"
    assert "tolerance_minutes" not in desk.get(settings).text
    data = {
        "access": "everyone",
        "promotion": "at_once",
        "offer_hours": "24",
        "address_minutes": "60",
        "calendar_shape": "event",
        "records_exits": "y",
    }

    assert desk.post(settings, data=data).status_code == 303
    assert (session.event.records_exits, session.event.tolerance_minutes) == (True, 10)
    assert desk.post(settings, data={**data, "tolerance_minutes": "61"}).status_code == 422
    assert desk.post(settings, data={**data, "tolerance_minutes": "0"}).status_code == 303
    assert session.event.tolerance_minutes == 0
    assert "tolerance_minutes" in desk.get(settings).text
