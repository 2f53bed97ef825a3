import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import Team
from contributions import entry_lists, publications, written
from contributions.models import Entry, ProposalOrigin, Topic
from core.config import MailServer
from core.database import Model, db
from core.mail import MailState, OutgoingMail, count_by_state
from demo import loading
from directory.models import Network, Organisation
from events.models import Access, Dimension, Event, EventState, Process, Promotion, RegistrationStatus
from figures import figures
from registrations import invitations, questions, supports, waiting_list
from registrations.models import (
    Attendance,
    Registration,
    RegistrationSource,
    RegistrationState,
    SupportKind,
    WaitingListEntry,
)
from registrations.telling import tell_announcements
from tests import factories

BESOS = "inclusio-a-la-vora-del-besos"
CONSULTATION = "consulta-previa-besos"
REPTES = "forum-reptes-compartits"
XARXES = "jornada-anual-de-les-xarxes"
TALLER = "aprendre-de-l-accio-comunitaria"


def furnish():
    loading.load(now=factories.NOW)


@pytest.fixture
def demo(furnished):
    """The whole demo."""
    return furnished


def get_event(slug):
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def get_person(name):
    return db.session.scalars(select(Registration).where(Registration.email_key == f"{name}@example.org")).one()


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def everything_stored():
    db.session.expire_all()
    return {table.name: list(db.session.execute(select(table))) for table in Model.metadata.sorted_tables}


@pytest.mark.both_databases
def test_load_brings_six_processes(demo):
    processes = db.session.scalars(select(Process).order_by(Process.id))

    assert [process.slug for process in processes] == [
        "impulsem",
        "inclusio-sant-andreu",
        "forum-social-metropolita",
        "xarxes-acord-ciutada",
        "accio-comunitaria",
        "pam-2016-2019",
    ]
    assert (count(Process), count(Event), count(Team)) == (6, 7, 1)
    assert count(Registration) == 845 + 18 + 30 + 185 + 3
    assert (count(Attendance), count(Entry)) == (799 + 17, 1373 + 780 + 25 + 13 + 3)
    assert (count(Organisation), count(Network)) == (28, 9)


def test_mails_to_who_signs_up_wait_for_the_folder(demo):
    tell_announcements(factories.NOW)

    states = count_by_state()
    assert (states[MailState.WAITING], states[MailState.REFUSED], count(OutgoingMail)) == (20, 1, 21)


def test_no_mail_leaves_where_there_is_a_server(app, monkeypatch):
    server = MailServer("mail.example.org", 587)
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], mail_server=server))

    loading.load(now=factories.NOW)
    tell_announcements(factories.NOW)

    states = count_by_state()
    assert (states[MailState.WAITING], states[MailState.WITHDRAWN], states[MailState.REFUSED]) == (0, 17, 1)


@pytest.mark.both_databases
def test_loading_twice_changes_nothing(demo):
    once = everything_stored()

    loaded = loading.load(now=factories.NOW + timedelta(days=3))

    assert loaded == []
    assert everything_stored() == once


def test_impulsem_is_closed_and_tells_the_later_steps(demo):
    event = get_event("impulsem-1")

    assert (event.state, event.process.slug, len(event.sessions)) == (EventState.CLOSED, "impulsem", 34)
    assert {"589", "261"} <= set(re.findall("[0-9]+", event.process.description))


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
    assert (event.places_left, [session.places_left for session in workshops]) == (72, [21, 29, 32])


def test_sant_andreu_consulted_services_and_entities_ten_days_before(demo):
    now = factories.NOW

    event = get_event(CONSULTATION)
    assert (event.process, event.state) == (get_event(BESOS).process, EventState.CLOSED)
    assert event.starts_at == datetime(2026, 11, 12, 8, 30, tzinfo=UTC)
    assert figures.for_event(event).total.participants == 17
    assert written.is_open(event, now)
    assert written.count_waiting(event) == 3


def test_what_was_said_is_sorted_and_some_of_it_published(demo):
    event = get_event(CONSULTATION)
    of_event = entry_lists.select_of_event(event, entry_lists.EntryFilter())
    entries = db.session.scalars(of_event).all()
    public = db.session.scalars(publications.select_public(event, publications.PublicFilter())).all()
    assert Counter(entry.theme.name for entry in entries if entry.theme) == {
        "Explicar-ho un sol cop": 6,
        "Qui viu sol": 5,
        "Pràctiques i primeres feines": 5,
    }
    assert Counter(entry.state.value for entry in entries) == {"collected": 25, "reviewed": 5, "published": 11}
    assert [entry.code for entry in entries if entry.is_withheld] == ["CP-BARO-A-008"]
    assert (len(public), sum(bool(entry.title) for entry in public)) == (11, 8)
    assert event.shows_contributions
    proposals = ProposalOrigin.proposal_id.in_([entry.id for entry in entries])
    assert len(db.session.scalars(select(ProposalOrigin).where(proposals)).all()) == 16


def test_topics_of_the_demo_have_names_in_three_languages(demo):
    topics = db.session.scalars(select(Topic)).all()
    names = {topic.name: topic.names for topic in topics}
    assert all(set(each) == {"ca", "es", "en"} for each in names.values())
    assert {topic.name for topic in topics if topic.process.slug == "pam-2016-2019"} == {
        "Bon viure",
        "Economia plural",
        "Bon govern",
        "Transició ecològica",
    }
    assert names["Transició ecològica"]["en"] == "Ecological transition"


def test_sorting_leaves_the_figures_of_impulsem_as_they_were_published(demo):
    process = get_event("impulsem-1").process

    total = figures.for_process(process).total
    assert (total.participants, total.contributions, total.proposals) == (799, 1373, 780)
    assert publications.has_any(process)


def test_sant_andreu_asks_and_keeps_places_for_citizens(demo):
    event = get_event(BESOS)
    reserved = [(each.dimension, each.places, each.places_taken) for each in event.reserved_places]
    needs = [(need.kind, need.people) for need in supports.count_needs(event)]
    invited = [(each.label, each.dimension, uses) for each, uses in invitations.list_invitations(event)]
    assert reserved == [(Dimension.CITIZENS, 20, 2)]
    assert list(questions.count_answers(event).values()) == [3, 1, 1]
    assert needs == [(SupportKind.HEARING_LOOP, 1), (SupportKind.WHEELCHAIR_SPACE, 1)]
    assert invited == [("Associacions de veïns dels tres barris", Dimension.CITIZENS, 2)]


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


@pytest.mark.both_databases
def test_forum_is_full_and_offers_what_becomes_free(demo):
    event = get_event(REPTES)

    left = {session.code: session.places_left for session in event.sessions if session.is_chosen}
    offered = db.session.scalars(select(WaitingListEntry).where(WaitingListEntry.offered_until.is_not(None)))
    assert (event.capacity, event.places_taken, event.people_waiting, event.extra_places) == (180, 180, 4, 0)
    assert event.promotion is Promotion.OFFER
    assert left == {"A1": 0, "A2": 0, "A3": 4, "A4": 1, "B1": 6, "B2": 0, "B3": 13, "B4": 0}
    assert get_person("merce.oriach").state is RegistrationState.OFFERED
    assert {(entry.registration.first_name, entry.session.code) for entry in offered} == {
        ("Remei", "A1"),
        ("Neus", "B2"),
    }
    assert event.registration_status(factories.NOW) is RegistrationStatus.WAITING_LIST


def test_people_signed_up_to_the_forum_over_the_weeks_since_it_opened(demo):
    event = get_event(REPTES)
    of_forum = select(Registration.created_at).where(Registration.event_id == event.id).order_by(Registration.id)
    moments = db.session.scalars(of_forum).all()
    assert moments == sorted(moments)
    assert event.registration_opens_at < moments[0] < moments[len(moments) // 2] < moments[-1] < factories.NOW
    assert len({moment.date() for moment in moments}) > 14


def test_somebody_at_the_forum_has_one_session_and_waits_for_others(demo):
    blanca = get_person("blanca.ferrandiz")
    places = [waiting_list.find_position(entry) for entry in waiting_list.list_entries(blanca)]
    assert (blanca.state, [session.code for session in blanca.sessions]) == (RegistrationState.CONFIRMED, ["B3"])
    assert [(place.session.code, place.number) for place in places] == [("A1", 1), ("B4", 1)]


def test_networks_open_in_two_days(demo):
    event = get_event(XARXES)

    assert event.registration_opens_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert event.registration_status(factories.NOW) is RegistrationStatus.NOT_YET_OPEN


def test_community_action_waits_for_the_organiser(demo):
    event = get_event(TALLER)

    states = db.session.scalars(select(Registration.state).where(Registration.event_id == event.id)).all()
    assert (event.access, event.places_taken, states) == (Access.APPROVAL, 0, [RegistrationState.PENDING] * 3)


def test_people_who_signed_up_can_be_reached_by_no_mail(demo):
    of_impulsem = Registration.event_id == get_event("impulsem-1").id

    registrations = db.session.scalars(select(Registration).where(~of_impulsem)).all()
    imported = {each.state for each in registrations if each.source is RegistrationSource.FILE}
    assert {registration.email.partition("@")[2] for registration in registrations} <= {"example.org"}
    assert imported <= {RegistrationState.CONFIRMED, RegistrationState.CANCELLED}


def test_a_directory_that_is_there_already_is_not_mixed_with_the_demo(app):
    factories.make_organisation("La nostra")

    loading.load_directory(now=factories.NOW)

    assert (count(Organisation), count(Network)) == (1, 0)


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
    addresses += [f"/jornades/{slug}/inscripcio" for slug in (BESOS, REPTES, XARXES, TALLER)]
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
