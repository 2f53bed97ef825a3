"""The sessions of an event as notebooks, and what the home of an event says of them."""

import re

from events.models import SessionKind
from tests import factories
from tests.events.views.pages import read_home


def test_sessions_are_listed_with_their_counts_and_without_breaks(client, session, facilitator):
    factories.make_session(session.event, "P1", kind=SessionKind.BREAK)
    factories.make_entry(session)

    page = client.get("/gestio/jornades/jornada/captura")

    assert re.findall(r'href="[^"]+/aportacions/(\w+)"', page.text) == ["T1"]
    assert re.findall(r'<td class="number">(?:<a[^>]*>)?(\d+)', page.text) == ["1", "0"]


def test_the_home_of_an_event_says_in_how_many_sessions_something_was_written_down(client, ada):
    client.log_in(ada)
    event = factories.make_event(starts_at=factories.EVENT_START.replace(year=2020))
    sessions = [
        factories.make_session(event, "T1"),
        factories.make_session(event, "T2"),
        factories.make_session(event, "PL", kind=SessionKind.PLENARY),
    ]
    factories.make_entry(sessions[0])
    assert read_home(client).next_step == "Dir de què tracta i on es fa"
    assert "Anotar què s’hi ha dit 1 sessions de treball de 2" in read_home(client).due

    factories.make_entry(sessions[1])

    assert "Anotar què s’hi ha dit 2 sessions de treball de 2" in read_home(client).done
