import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import Team
from contributions.models import Entry
from core.database import Model, db
from core.mail import OutgoingMail
from demo import loading
from events.models import Event, EventState, Process, RegistrationStatus
from registrations.models import Attendance, Registration, RegistrationState
from tests import factories

BESOS = "inclusio-a-la-vora-del-besos"
REPTES = "forum-reptes-compartits"


def get_event(slug):
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def everything_stored():
    db.session.expire_all()
    return {table.name: list(db.session.execute(select(table))) for table in Model.metadata.sorted_tables}


@pytest.mark.both_databases
def test_load_brings_three_processes_and_writes_to_nobody(app):
    loaded = loading.load(now=factories.NOW)

    assert [process.slug for process in loaded] == ["impulsem", "inclusio-sant-andreu", "forum-social-metropolita"]
    assert (count(Process), count(Event), count(Team)) == (3, 3, 1)
    assert count(Registration) == 845 + 27 + 174
    assert (count(Attendance), count(Entry)) == (799, 1373 + 780)
    assert count(OutgoingMail) == 0


@pytest.mark.both_databases
def test_loading_twice_changes_nothing(app):
    loading.load(now=factories.NOW)
    once = everything_stored()

    loaded = loading.load(now=factories.NOW + timedelta(days=3))

    assert loaded == []
    assert everything_stored() == once


def test_impulsem_is_closed_and_tells_the_later_steps(app):
    process = loading.load_process(loading.IMPULSEM, now=factories.NOW)

    event = get_event("impulsem-1")
    assert (event.state, event.process, len(event.sessions)) == (EventState.CLOSED, process, 34)
    assert {"589", "261"} <= set(re.findall("[0-9]+", process.description))


def test_sant_andreu_is_open_and_two_weeks_ahead(app):
    now = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # half past midnight of the 2nd in Barcelona

    loading.load_process(loading.SANT_ANDREU, now=now)

    event = get_event(BESOS)
    workshops = [session for session in event.sessions if session.is_chosen]
    assert event.starts_at == datetime(2026, 7, 16, 7, 30, tzinfo=UTC)
    assert event.ends_at == datetime(2026, 7, 16, 12, 0, tzinfo=UTC)
    assert event.registration_closes_at == datetime(2026, 7, 15, 18, 0, tzinfo=UTC)
    assert event.registration_status(now) is RegistrationStatus.OPEN
    assert sorted(each.code for each in event.neighbourhoods) == ["57", "58", "59"]
    assert [session.code for session in workshops] == ["BARO", "BONPASTOR", "TRINITAT"]
    assert len({(session.starts_at, session.ends_at) for session in workshops}) == 1
    assert (event.places_left, [session.places_left for session in workshops]) == (93, [22, 30, 33])


@pytest.mark.parametrize(("today", "day"), [(20, 4), (21, 4), (22, 7), (23, 7)])
def test_sant_andreu_is_on_a_working_day(today, day):
    dates = loading.SANT_ANDREU.dates(date(2026, 11, today))

    assert (dates["day"], dates["closing_day"]) == (date(2026, 12, day), date(2026, 12, day - 1))


@pytest.mark.parametrize("days", range(7))
def test_forum_is_on_a_tuesday_about_five_weeks_ahead(days):
    today = factories.NOW.date() + timedelta(days=days)

    day = loading._forum_dates(today)["day"]

    assert day.weekday() == 1
    assert 29 <= (day - today).days <= 35


def test_forum_is_nearly_full(app):
    loading.load_process(loading.FORUM, now=factories.NOW)

    event = get_event(REPTES)
    left = {session.code: session.places_left for session in event.sessions if session.is_chosen}
    assert (event.capacity, event.places_left, event.extra_places) == (180, 6, 0)
    assert left == {"A1": 0, "A2": 0, "A3": 7, "A4": 2, "B1": 9, "B2": 0, "B3": 16, "B4": 0}
    assert event.registration_status(factories.NOW) is RegistrationStatus.OPEN


@pytest.mark.parametrize("demo", [loading.SANT_ANDREU, loading.FORUM], ids=["sant-andreu", "forum"])
def test_people_who_signed_up_can_be_reached_by_no_mail(app, demo):
    loading.load_process(demo, now=factories.NOW)

    registrations = db.session.scalars(select(Registration)).all()
    assert {registration.email.partition("@")[2] for registration in registrations} == {"example.org"}
    assert {registration.state for registration in registrations} == {RegistrationState.CONFIRMED}


def test_process_that_is_there_already_is_left_as_it_is(app):
    process = factories.make_process("inclusio-sant-andreu", title="La nostra")

    loaded = loading.load_process(loading.SANT_ANDREU, now=factories.NOW)

    assert (loaded, process.title, count(Event)) == (None, "La nostra", 0)


def test_event_that_is_there_already_is_left_as_it_is(app):
    event = factories.make_event(BESOS, title="La nostra")

    loaded = loading.load_process(loading.SANT_ANDREU, now=factories.NOW)

    assert (loaded, event.title, count(Process)) == (None, "La nostra", 0)


def test_team_of_the_start_is_set_up_for_the_demo(app):
    team = factories.make_team("Equip organitzador", responsible_body="", signatory_name="")

    loading.load_process(loading.SANT_ANDREU, now=factories.NOW)

    assert get_event(BESOS).team is team
    assert (team.name, team.signatory_name) == ("Equip de jornades (demostració)", "Nom i cognoms de mostra")


def test_team_that_somebody_set_up_keeps_its_texts(app):
    team = factories.make_team("Equip d’inclusió", signatory_name="Ada Puig")

    loading.load_process(loading.SANT_ANDREU, now=factories.NOW)
    loading.load_process(loading.FORUM, now=factories.NOW)

    of_the_demo = {event.team for event in db.session.scalars(select(Event))}
    assert [each.name for each in of_the_demo] == ["Equip de jornades (demostració)"]
    assert all((each.privacy_purpose, each.privacy_legal_basis, each.privacy_rights) for each in of_the_demo)
    assert (team.name, team.signatory_name) == ("Equip d’inclusió", "Ada Puig")


def test_pages_of_the_demo_are_there(client):
    loading.load(now=datetime.now(UTC))

    addresses = [f"/processos/{slug}" for slug in db.session.scalars(select(Process.slug))]
    addresses += [f"/jornades/{slug}" for slug in db.session.scalars(select(Event.slug))]
    addresses += [f"/jornades/{slug}/inscripcio" for slug in (BESOS, REPTES)]
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
