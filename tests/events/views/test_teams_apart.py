"""What nobody may see, nobody sees: two teams in one workspace, and what each is shown and can reach."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry, TeamMember
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events import processes, services
from events.models import Dimension, EventMember, EventState
from tests import factories

OTHERS = "SECRET"


@pytest.fixture
def others(app):
    """Another team with an event and a process of its own, and an event in the process of ours."""
    team = factories.make_team("Equip SECRET")
    own = factories.make_process("impulsem")
    process = factories.make_process("ocult", title="Procés SECRET", team=team)
    event = factories.make_event("oculta", title="Jornada SECRET", team=team, process=process)
    shared = factories.make_event(
        "compartida", title="Compartida SECRET", team=team, process=own, state=EventState.DRAFT
    )
    for each in (event, shared):
        session = factories.make_session(each, "X1", title="Sessió SECRET", dimension=Dimension.CITIZENS)
        registration = factories.make_registration(each, session, first_name="SECRET")
        factories.make_attendance(registration, session)
        factories.make_entry(session, text="Aportació SECRET", topic_name="Eix SECRET" if each is event else "Eix comú")
    factories.make_staff("secret@example.org", name="Persona SECRET", team=team)
    return team


@pytest.fixture
def ours(others):
    """Our team's event in our process."""
    event = factories.make_event("nostra", title="La nostra", process=processes.get_process("impulsem"))
    session = factories.make_session(event, "N1", dimension=Dimension.CITIZENS)
    factories.make_attendance(factories.make_registration(event, session), session)
    factories.make_entry(session, text="La nostra aportació")
    return event


@pytest.fixture
def desk(client, ada, ours):
    client.log_in(ada)
    return client


PAGES = (
    "/gestio",
    "/gestio/nova-jornada",
    "/gestio/nou-proces",
    "/gestio/importacio",
    "/gestio/equips",
    "/gestio/compte",
    "/gestio/jornades/nostra",
    "/gestio/jornades/nostra/dades",
    "/gestio/jornades/nostra/equip",
    "/gestio/jornades/nostra/aportacions",
    "/gestio/jornades/nostra/xifres",
    "/gestio/processos/impulsem",
    "/gestio/processos/impulsem/dades",
    "/gestio/processos/impulsem/aportacions",
    "/gestio/processos/impulsem/aportacions?event=compartida",
    "/gestio/processos/impulsem/aportacions?event=oculta&q=aportacio",
)


def test_no_page_of_an_organiser_tells_of_another_team(desk):
    pages = {address: desk.get(address) for address in PAGES}

    told = {address: (page.status_code, OTHERS in page.text) for address, page in pages.items()}
    assert told == dict.fromkeys(PAGES, (200, False))


@pytest.mark.parametrize("role", ["facilitator", "viewer"])
def test_the_process_of_a_team_shows_to_each_what_they_may_read(client, ours, role):
    client.log_in(factories.make_staff("cleo@example.org", role=role))

    pages = [client.get(f"/gestio/processos/impulsem{part}").text for part in ("", "/aportacions")]

    assert [("La nostra" in page, OTHERS in page) for page in pages] == [(True, False)] * 2


def numbers(page):
    return re.findall(r'<td class="number"[^>]*>\s*(?:<a[^>]*>)?\s*([\d.]+)', page.text)


def test_figures_in_the_workspace_are_those_of_the_events_one_may_read(app, client, desk, ours):
    process = "/gestio/processos/impulsem"
    services.get_event("compartida").state = EventState.PUBLISHED
    mine = desk.get(process)
    client.log_in(factories.make_staff("boss@example.org", role="administrator"))
    all_of_them = client.get(process)

    counts = [page.text.count("d’altres equips") for page in (mine, all_of_them)]
    assert counts == [1, 0]
    assert (numbers(mine)[0], numbers(all_of_them)[0]) == ("1", "2")


def test_who_only_helps_at_an_event_sees_that_event_alone(client, ours):
    other = factories.make_event("altra", title="Una altra", process=ours.process)
    cleo = factories.make_staff("cleo@example.org", role=None)
    factories.join_event(cleo, ours, role="facilitator")
    client.log_in(cleo)

    pages = [client.get(address).text for address in ("/gestio", "/gestio/processos/impulsem")]

    assert [(ours.title in page, other.title in page, OTHERS in page) for page in pages] == [(True, False, False)] * 2
    assert "només aquesta jornada" in client.get("/gestio/compte").text


def test_who_has_no_role_sees_a_home_that_says_so(client, ours):
    client.log_in(factories.make_staff("cleo@example.org", role=None))

    page = client.get("/gestio").text

    assert ("La nostra" in page, "Veieu les jornades dels vostres equips" in page) == (False, True)
    assert "Jornada nova" not in page


def test_the_home_asks_the_database_as_often_for_many_events_as_for_few(desk, ada, count_queries):
    desk.get("/gestio")
    few = count_queries(lambda: desk.get("/gestio"))
    for number in range(4):
        team = factories.make_team(f"Equip {number}")
        factories.join_team(ada, team=team)
        factories.make_event(f"e{number}", team=team, process=factories.make_process(f"p{number}", team=team))
    desk.get("/gestio")  # the factories' rows draw a mark for public pages

    assert count_queries(lambda: desk.get("/gestio")) == few


@pytest.mark.parametrize("slug", ["nostra", "oculta", "no-hi-es"])
def test_every_page_of_an_event_costs_the_same_few_questions_to_permit(client, ours, count_queries, slug):
    client.log_in(factories.make_staff("cleo@example.org", role="door", team=factories.make_team("Altres")))
    address = f"/gestio/jornades/{slug}/dades"
    client.get(address)

    count, status = count_queries(lambda: client.get(address)), client.get(address).status_code
    assert (count <= 3, status) == (True, 404)  # who it is, what it is, and, when there is such an event, their teams


def form_of(event, **values):
    return {
        "title": event.title,
        "starts": "2026-12-03T09:30",
        "ends": "2026-12-03T14:00",
        "timezone": "Europe/Madrid",
        "language": "ca",
        **values,
    }


def test_an_event_is_given_to_another_of_my_teams(desk, ada, ours):
    team = factories.make_team("Segon equip")
    factories.join_team(ada, team=team)

    response = desk.post("/gestio/jornades/nostra/dades", data=form_of(ours, slug="nostra", team=team.id))

    db.session.expire_all()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "event.change_team")).one()
    assert (response.status_code, services.get_event("nostra").team.name) == (303, "Segon equip")
    assert (entry.subject_key, entry.details) == ("nostra", {"before": "Equip d’inclusió", "after": "Segon equip"})


def test_an_event_is_given_to_no_team_of_somebody_else(desk, others, ours):
    """Neither where the form asks for no team nor where it asks for one of several."""
    first = desk.post("/gestio/jornades/nostra/dades", data=form_of(ours, slug="nostra", team=others.id))
    factories.join_team(db.session.scalars(select(TeamMember)).first().staff, team=factories.make_team("Segon equip"))
    second = desk.post("/gestio/jornades/nostra/dades", data=form_of(ours, slug="nostra", team=others.id))

    db.session.expire_all()
    assert (first.status_code, services.get_event("nostra").team.name) == (303, "Equip d’inclusió")
    assert second.status_code in {303, 422}


def test_who_organises_one_event_cannot_take_it_home(client, others):
    """A role at an event alone edits it, and does not decide whose it is."""
    cleo = factories.make_staff("cleo@example.org", role="organiser", team=factories.make_team("Equip de Cleo"))
    event = services.get_event("oculta")
    factories.join_event(cleo, event, role="organiser")
    client.log_in(cleo)
    own = db.session.scalars(select(TeamMember.team_id).where(TeamMember.staff_id == cleo.id)).one()

    response = client.post("/gestio/jornades/oculta/dades", data=form_of(event, slug="oculta", team=own))

    db.session.expire_all()
    assert (response.status_code, services.get_event("oculta").team.name) == (303, "Equip SECRET")


@pytest.mark.parametrize("forged", ["team_id", "team-id", "event.team_id"])
def test_a_column_named_in_a_form_is_not_written(desk, others, ours, forged):
    desk.post("/gestio/jornades/nostra/dades", data=form_of(ours, slug="nostra", **{forged: others.id, "id": 1}))

    db.session.expire_all()
    assert services.get_event("nostra").team.name == "Equip d’inclusió"


def test_an_event_enters_no_process_of_another_team(desk, ours):
    response = desk.post("/gestio/jornades/nostra/dades", data=form_of(ours, slug="nostra", process_slug="ocult"))

    db.session.expire_all()
    assert (response.status_code, services.get_event("nostra").process.slug) == (422, "impulsem")


def test_an_event_stays_in_a_process_of_another_team(client, others):
    event = services.get_event("compartida")
    client.log_in(factories.make_staff("cleo@example.org", team=others))

    response = client.post(
        "/gestio/jornades/compartida/dades", data=form_of(event, slug="compartida", process_slug="impulsem")
    )

    db.session.expire_all()
    assert (response.status_code, services.get_event("compartida").process.slug) == (303, "impulsem")


def test_a_new_event_goes_into_the_team_chosen(desk, ada, ours):
    team = factories.make_team("Segon equip")
    factories.join_team(ada, team=team)

    response = desk.post("/gestio/nova-jornada", data=form_of(ours, title="Nova", slug="nova", team=team.id))

    assert (response.status_code, services.get_event("nova").team) == (303, db.session.merge(team))


@pytest.mark.parametrize("role", ["viewer", "door", "facilitator"])
def test_a_new_event_goes_into_no_team_where_i_do_not_organise(desk, ada, others, ours, role):
    factories.join_team(ada, role=role, team=others)

    response = desk.post("/gestio/nova-jornada", data=form_of(ours, title="Nova", slug="nova", team=others.id))

    assert (response.status_code, services.get_event("nova").team.name) == (303, "Equip d’inclusió")


PROGRAMME = """
[event]
slug = "{slug}"
process = "{process}"
title = "Presa"
starts = 2026-12-03T09:00:00
ends = 2026-12-03T14:00:00
"""


@pytest.mark.parametrize(
    ("slug", "process", "says"),
    [
        ("oculta", "impulsem", "Una altra jornada ja té aquesta adreça."),
        ("nova", "ocult", "Aquest procés és d’un altre equip."),
    ],
)
@pytest.mark.parametrize("button", [{}, {"import": "1"}])
def test_a_file_writes_nothing_of_another_team(desk, slug, process, says, button):
    text = PROGRAMME.format(slug=slug, process=process)

    response = desk.post("/gestio/importacio", data={"text": text, **button})

    db.session.expire_all()
    assert (response.status_code, says in response.text, OTHERS in response.text) == (422, True, False)
    assert (services.get_event("oculta").title, services.find_event("nova")) == ("Jornada SECRET", None)


def test_a_file_writes_an_event_of_mine(desk):
    text = PROGRAMME.format(slug="nova", process="impulsem")

    response = desk.post("/gestio/importacio", data={"text": text, "import": "1"})

    assert (response.status_code, services.get_event("nova").team.name) == (303, "Equip d’inclusió")


def test_a_process_is_edited_by_its_team_alone(client, desk, others, ours):
    data = {"title": "Pres", "state": "under_way", "slug": "impulsem"}
    client.log_in(db.session.scalars(select(TeamMember).where(TeamMember.team_id == others.id)).one().staff)

    looking, writing = (
        client.get("/gestio/processos/impulsem"),
        client.post("/gestio/processos/impulsem/dades", data=data),
    )

    assert (looking.status_code, writing.status_code) == (200, 403)
    assert ("Editeu el procés" in looking.text, ours.title in looking.text) == (False, False)


def test_the_public_page_of_a_process_stays_as_it_is_for_everybody(app, desk):
    pages = [each.get("/processos/ocult").text for each in (app.test_client(), desk)]

    assert ["Jornada SECRET" in page for page in pages] == [True, True]


def test_rows_of_another_event_are_not_reached_through_ones_own(desk, ours):
    """Numbers and codes of theirs under an address of ours."""
    theirs = services.get_event("oculta")
    registration = factories.make_registration(theirs, email="x@example.org")
    room = factories.make_room(theirs)
    question = factories.make_question(theirs)
    beginning = "/gestio/jornades/nostra"

    statuses = {
        address: desk.open(beginning + address, method=method).status_code
        for method, address in (
            ("GET", f"/inscripcions/{registration.id}"),
            ("GET", f"/sales/{room.id}"),
            ("POST", f"/sales/{room.id}/supressio"),
            ("GET", "/programa/X1"),
            ("GET", "/aportacions/X1"),
            ("GET", f"/preguntes/{question.id}"),
        )
    }

    assert set(statuses.values()) == {404}


PERSON = {"name": "Dora", "email": "dora@example.org", "role": "door"}


def test_somebody_is_taken_in_for_one_event(desk, ours):
    response = desk.post("/gestio/jornades/nostra/equip", data=PERSON)
    member = db.session.scalars(select(EventMember)).one()
    desk.post(f"/gestio/jornades/nostra/equip/{member.staff_id}", data={"role": "facilitator"})
    page = desk.get("/gestio/jornades/nostra/equip")
    dora = member.staff
    desk.post(f"/gestio/jornades/nostra/equip/{dora.id}/baixa")

    of_event = select(AuditEntry).where(AuditEntry.subject_key == "nostra").order_by(AuditEntry.id)
    entries = db.session.scalars(of_event).all()
    assert (response.status_code, dora.email) == (303, "dora@example.org")
    assert ("Dora" in page.text, db.session.scalars(select(EventMember)).all()) == (True, [])
    assert [(entry.act, entry.details) for entry in entries] == [
        ("event.add_member", {"staff_id": dora.id, "role": "door"}),
        ("event.change_role", {"staff_id": dora.id, "before": "door", "after": "facilitator"}),
        ("event.take_out_member", {"staff_id": dora.id, "role": "facilitator"}),
    ]
    assert [mail.kind for mail in db.session.scalars(select(OutgoingMail))] == ["invitation"]


def test_who_has_an_account_is_told_of_the_event(desk):
    cleo = factories.make_staff("cleo@example.org", role=None, password="x")

    desk.post("/gestio/jornades/nostra/equip", data={**PERSON, "email": "Cleo@example.org"})

    mail = db.session.scalars(select(OutgoingMail)).one()
    assert (mail.kind, mail.recipient, mail.subject) == ("new_role", cleo.email, "Teniu una funció: La nostra")
    assert "«acreditació» a «La nostra»" in mail.text


@pytest.mark.parametrize("role", ["administrator", "king", ""])
def test_nobody_is_given_a_role_above_organiser(desk, role):
    response = desk.post("/gestio/jornades/nostra/equip", data={**PERSON, "role": role})

    assert (response.status_code, db.session.scalars(select(EventMember)).all()) == (422, [])


def test_past_events_stay_with_who_worked_at_them(client, ours):
    ours.starts_at, ours.ends_at = utc_now() - timedelta(days=9), utc_now() - timedelta(days=8)
    cleo = factories.make_staff("cleo@example.org", role=None)
    factories.join_event(cleo, ours)
    client.log_in(cleo)

    assert client.get("/gestio/jornades/nostra").status_code == 200
