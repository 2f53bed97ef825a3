"""Copying an event on the desk: chosen, foreseen without leaving a trace, and done."""

import pytest
from sqlalchemy import func, select

from core.database import db
from core.dates import utc_now
from events.models import Event, EventState
from tests.events.views.pages import post
from tests.factories import join_event, make_event, make_process, make_session, make_staff, make_team

COPY = "/gestio/copia?de=jornada"
FORM = {"title": "Segona jornada", "starts": "2027-12-02T09:30"}


def count():
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(Event))


def test_which_event_is_chosen_from_those_one_organises(desk):
    make_event(title="Una")
    make_event("altra", title="Aliena", team=make_team("Altres"))

    html = desk.get("/gestio/copia").text

    assert 'href="/gestio/copia?de=jornada">Una</a>' in html
    assert "Aliena" not in html


def test_what_is_taken_along_is_seen_and_nothing_is_left_of_it(desk):
    make_session(make_event())

    html = desk.get(COPY).text

    assert "<li>1 sessió</li>" in html
    assert 'value="Jornada de treball"' in html
    assert count() == 1


def test_a_copy_is_made_and_shown(desk):
    make_session(make_event())

    response = post(desk, COPY, FORM)

    assert (response.status_code, response.location) == (303, "/gestio/jornades/segona-jornada")
    made = db.session.scalars(select(Event).where(Event.slug == "segona-jornada")).one()
    assert (made.state, made.starts_at.hour, len(made.sessions)) == (EventState.DRAFT, 8, 1)
    assert "La còpia s’ha desat com a esborrany" in desk.get(response.location).text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "Cal omplir aquest camp."),
        ({"starts": ""}, "Cal omplir aquest camp."),
        ({"starts": "2027-03-28T02:30"}, "Aquesta hora no existeix: s’avança el rellotge."),
        ({"slug": "Amb Espais"}, "Només lletres minúscules sense accents, xifres i guions."),
        ({"slug": "jornada"}, "Una altra jornada ja té aquesta adreça."),
    ],
)
def test_what_is_wrong_stands_at_its_field(desk, changes, message):
    make_event()

    response = post(desk, COPY, FORM, **changes)

    assert response.status_code == 422
    assert f'">{message}</p>' in response.text
    assert count() == 1


def test_a_copy_twice_has_two_addresses(desk):
    make_event()

    locations = [post(desk, COPY, FORM).location for _ in range(2)]

    assert locations == ["/gestio/jornades/segona-jornada", "/gestio/jornades/segona-jornada-2"]


@pytest.mark.parametrize("slug", ["altra", "res", "%00"])
def test_the_event_of_another_team_is_as_if_it_did_not_exist(desk, slug):
    make_event("altra", team=make_team("Altres"))

    assert desk.get(f"/gestio/copia?de={slug}").status_code in {400, 404}


def test_who_organises_one_event_alone_copies_it_to_a_team_of_their_own(client, app):
    theirs = make_team("Altres")
    event = make_event(team=theirs, process=make_process(team=theirs))
    cleo = make_staff("cleo@example.org")
    join_event(cleo, event, role="organiser")
    client.log_in(cleo)

    post(client, COPY, FORM)

    made = db.session.scalars(select(Event).where(Event.slug == "segona-jornada")).one()
    assert (made.team.name, made.process) == ("Equip d’inclusió", None)


def test_who_may_not_write_copies_nothing(client, app):
    make_event(starts_at=utc_now())
    client.log_in(make_staff("vera@example.org", role="viewer"))

    assert post(client, COPY, FORM).status_code == 403
    assert count() == 1
