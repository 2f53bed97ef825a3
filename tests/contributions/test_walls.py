"""Walls: who stands on them, and what never does."""

from datetime import timedelta

import pytest

from contributions import capture_links, publications, services, walls
from contributions.models import EntryKind, EntrySource, EntryState
from contributions.notebooks import Notetaker
from core.database import transaction
from core.dates import utc_now
from events.models import SessionKind
from tests import factories

WALL = "/gestio/jornades/jornada/aportacions/INT-07/mur"
EVENT_WALL = "/gestio/jornades/jornada/mur"


@pytest.fixture
def session(app):
    return factories.make_session(code="INT-07")


def texts(session):
    wall = walls.read_wall(session.event, [session])
    return [entry.text for group in wall.groups for entry in group.entries]


@pytest.mark.both_databases
def test_what_was_said_stands_under_its_topic_the_last_first(session):
    first = factories.make_entry(session, text="u", topic_name="Temps")
    factories.make_entry(session, text="dos")
    last = factories.make_entry(session, "proposal", "tres", topic_name="Temps")

    wall = walls.read_wall(session.event, [session])

    assert [(group.topic and group.topic.name, [each.text for each in group.entries]) for group in wall.groups] == [
        ("Temps", ["tres", "u"]),
        (None, ["dos"]),
    ]
    assert wall.counts == {EntryKind.CONTRIBUTION: 2, EntryKind.PROPOSAL: 1}
    assert (first.topic, wall.left_out) == (last.topic, 0)


def test_deleted_merged_and_withheld_ones_do_not_stand_there(session):
    ada = factories.make_staff()
    factories.make_entry(session, text="hi és")
    services.delete(factories.make_entry(session, text="suprimida"), by=Notetaker(), now=factories.NOW)
    publications.withhold(factories.make_entry(session, text="apartada"), "x", by=ada, now=factories.NOW)
    factories.make_entry(session, text="unida", merged_into_id=factories.make_entry(session, text="arrel").id)

    assert texts(session) == ["arrel", "hi és"]


def test_what_a_person_sent_by_themselves_waits_for_the_team(session):
    written = factories.make_entry(session, text="escrita", source=EntrySource.WRITTEN)

    waiting = texts(session)
    written.state = EntryState.REVIEWED

    assert (waiting, texts(session)) == ([], ["escrita"])


def test_the_last_ones_stand_there_when_there_is_no_room_for_all(session, monkeypatch):
    monkeypatch.setattr(walls, "MOST", 2)
    for text in ("u", "dos", "tres"):
        factories.make_entry(session, text=text)

    wall = walls.read_wall(session.event, [session])

    assert (texts(session), wall.left_out) == (["tres", "dos"], 1)


def test_sessions_that_are_on_are_shown_unless_others_are_chosen(app):
    event = factories.make_event()
    now = event.starts_at
    first = factories.make_session(event, code="S1", starts_at=now, ends_at=now + timedelta(hours=1))
    later = factories.make_session(
        event, code="S2", starts_at=now + timedelta(hours=2), ends_at=now + timedelta(hours=3)
    )
    factories.make_session(event, code="S3", starts_at=now, ends_at=now + timedelta(hours=1), kind=SessionKind.BREAK)

    assert walls.choose_sessions(event, (), now=now - timedelta(minutes=10)) == [first]
    assert walls.choose_sessions(event, ("S2", "S3"), now=now) == [later]
    assert walls.choose_sessions(event, ("no",), now=now + timedelta(hours=12)) == [first, later]


def test_the_wall_is_told_again_only_when_it_has_changed(client, session):
    client.log_in(factories.make_staff(role="facilitator"))
    entry = factories.make_entry(session, text="<b>&\"'=1+1")

    page = client.get(WALL)
    version = f"{walls.find_version([session])}.ca"
    same = client.get(f"{WALL}/canvis?version={version}")
    services.delete(entry, by=Notetaker(), now=utc_now())
    changed = client.get(f"{WALL}/canvis?version={version}")

    assert (page.status_code, same.status_code, changed.status_code) == (200, 204, 200)
    assert "&lt;b&gt;&amp;&#34;&#39;=1+1" in page.text
    assert (entry.key in page.text, entry.key in changed.text) == (True, False)


def test_nobody_is_named_on_a_wall(client, session):
    ada = factories.make_staff(role="facilitator", name="Ada Notària")
    services.record(session, EntryKind.PROPOSAL, "Sense noms", by=Notetaker("Tauleta 3", staff=ada), now=utc_now())
    client.log_in(ada)

    page = client.get(f"{WALL}/canvis").text

    assert [word in page for word in ("Sense noms", "Notària", ada.email, "Tauleta")] == [True, False, False, False]


def test_who_has_a_capture_link_has_the_wall_until_it_ends(client, session):
    link = capture_links.create(session, "Projector", None, by=None, now=utc_now())
    client.get(f"/captura/{link.token}")

    address = "/captura/jornades/jornada/INT-07/mur"
    shown = client.get(address)
    link.revoked_at = utc_now()

    assert (shown.status_code, client.get(address).status_code) == (200, 403)
    assert client.get(f"{address}/canvis").status_code == 403


def test_the_wall_of_an_event_follows_the_programme_or_what_was_chosen(client, session):
    second = factories.make_session(session.event, code="S2", title="La segona")
    factories.make_entry(session, text="de la primera")
    factories.make_entry(second, text="de la segona")
    client.log_in(factories.make_staff(role="viewer"))

    both, one = client.get(EVENT_WALL).text, client.get(f"{EVENT_WALL}?session=S2&theme=dark").text

    assert ["de la primera" in both, "de la segona" in both] == [True, True]
    assert ["de la primera" in one, "de la segona" in one] == [False, True]
    assert 'data-theme="dark"' in one
    assert 'data-changes="/gestio/jornades/jornada/mur/canvis?session=S2"' in one


def test_no_search_engine_is_shown_a_wall(client, session):
    client.log_in(factories.make_staff(role="facilitator"))

    page = client.get(WALL).text

    assert ('content="noindex, nofollow"' in page, '<meta http-equiv="refresh"' in page) == (True, True)


def test_door_staff_have_no_wall(client, session):
    client.log_in(factories.make_staff(role="door"))

    assert [client.get(address).status_code for address in (WALL, EVENT_WALL, f"{EVENT_WALL}/canvis")] == [403] * 3


def test_a_wall_asks_the_same_number_of_questions_for_one_entry_and_for_many(client, session, count_queries):
    client.log_in(factories.make_staff(role="facilitator"))
    factories.make_entry(session, topic_name="Temps")
    client.get(WALL)
    of_one = count_queries(lambda: client.get(WALL))
    with transaction():
        for text in ("u", "dos", "tres"):
            factories.make_entry(session, text=text, topic_name=text)

    of_many = count_queries(lambda: client.get(WALL))

    assert of_many == of_one
