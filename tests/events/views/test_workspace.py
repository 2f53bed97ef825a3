"""The home of the desk, and what all its pages have in common."""

import re

from events.models import EventState
from tests.events.views.pages import DESK
from tests.factories import (
    EVENT_START,
    make_event,
    make_room,
    make_session,
    make_staff,
)


def test_home_without_events_offers_to_create_one(desk):
    html = desk.get("/gestio").text

    assert "Encara no hi ha cap jornada." in html
    assert 'href="/gestio/nova-jornada"' in html


def test_home_shows_drafts_coming_and_past_events(desk):
    make_event("a", title="Esborrany", state=EventState.DRAFT)
    make_event("b", title="Feta", starts_at=EVENT_START.replace(year=2016), ends_at=EVENT_START.replace(year=2017))

    assert re.findall(r'href="/gestio/jornades/([ab])"', desk.get("/gestio").text) == ["a", "b"]


def test_who_only_looks_sees_no_buttons_that_write(client, app):
    client.log_in(make_staff("vera@example.org", role="viewer"))
    make_session()

    for address in ("/gestio", DESK, f"{DESK}/programa"):
        html = client.get(address).text
        assert "/nova-" not in html
        assert "/dades" not in html
    assert client.get(f"{DESK}/dades").status_code == 403


def test_hostile_words_are_shown_and_not_run(desk):
    session = make_session(make_event(title="<b>x</b>"), title="<script>1</script>")
    make_room(session.event, "<i>y</i>")

    for address in ("/gestio", DESK, f"{DESK}/programa", f"{DESK}/programa/T1", f"{DESK}/dades"):
        html = desk.get(address).text
        assert "<b>x" not in html
        assert "<script>1" not in html
        assert "<i>y" not in html
