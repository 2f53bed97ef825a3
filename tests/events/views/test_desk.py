"""The home of an event: what needs somebody, and the way from draft to return as it is read from what there is."""

from datetime import timedelta

import pytest

from accounts.models import StaffRole
from core.dates import utc_now
from events.models import DocumentKind, EventState
from tests.events.views.pages import DESK, read_home
from tests.factories import (
    make_document,
    make_event,
    make_registration,
    make_room,
    make_session,
    make_staff,
    make_team,
)

DAY = timedelta(days=1)
COMING = {"starts_at": utc_now() + 40 * DAY, "summary": "Un matí."}
OVER = {"starts_at": utc_now() - 2 * DAY, "summary": "Un matí."}


def test_a_bare_draft_begins_with_its_description(desk):
    make_event(state=EventState.DRAFT, starts_at=COMING["starts_at"])

    home = read_home(desk)

    assert home.needs == []
    assert home.next_step == "Dir de què tracta i on es fa"
    assert home.due == ["Fer el programa", "Publicar-la"]
    assert home.done == ["Dir qui respon de les dades de la gent"]


def test_a_whole_draft_is_to_be_published(desk):
    make_session(make_event(state=EventState.DRAFT, **COMING))

    home = read_home(desk)

    assert home.next_step == "Publicar-la"
    assert home.done == [
        "Dir de què tracta i on es fa",
        "Fer el programa 1 sessió",
        "Dir qui respon de les dades de la gent",
    ]


def test_an_event_that_is_over_goes_on_to_its_report_and_closure(desk):
    make_session(make_event(**OVER))

    home = read_home(desk)

    assert "Publicar què n’ha sortit una síntesi o un informe, entre els documents" in home.due
    assert home.due[-1] == "Tancar-la"


@pytest.mark.parametrize(("kind", "is_public"), [(DocumentKind.REPORT, True), (DocumentKind.SYNTHESIS, True)])
def test_a_public_report_is_the_report(desk, kind, is_public):
    make_document(make_event(**OVER), kind=kind)

    assert "Publicar què n’ha sortit una síntesi o un informe, entre els documents" in read_home(desk).done


def test_a_report_for_staff_alone_is_none(desk):
    make_document(make_event(**OVER), kind=DocumentKind.REPORT, published_at=None)

    assert "Publicar què n’ha sortit una síntesi o un informe, entre els documents" not in read_home(desk).done


def test_closing_registration_before_the_day_closes_nothing(desk):
    make_event(state=EventState.CLOSED, **COMING)

    assert "Tancar-la" in read_home(desk).later


def test_a_closed_event_is_at_its_end(desk):
    make_event(state=EventState.CLOSED, **OVER)

    assert read_home(desk).done[-1] == "Tancar-la"


def test_a_cancelled_event_has_no_way_to_go(desk):
    make_event(state=EventState.CANCELLED, **COMING)

    assert "De l’esborrany al retorn" not in desk.get(DESK).text


def test_a_draft_whose_day_comes_near(desk):
    make_event(state=EventState.DRAFT, starts_at=utc_now() + 3 * DAY)

    assert read_home(desk).needs == ["Comença d’aquí a 3 dies i encara no la veu ningú."]


def test_a_page_that_does_not_say_where(desk):
    make_event(venue="", address="", **COMING)

    assert read_home(desk).needs == ["La pàgina no diu on es fa."]


def test_a_page_without_privacy_texts(desk):
    make_team().responsible_body = ""
    make_event(**COMING)

    assert read_home(desk).needs == ["La gent s’hi inscriu sense llegir qui respon de les seves dades."]


def test_a_programme_that_does_not_fit(desk):
    event = make_event(**COMING)
    room = make_room(event)
    for code in ("T1", "T2", "T3"):
        make_session(event, code, room_id=room.id)

    assert read_home(desk).needs == ["Hi ha 3 coses del programa que no encaixen."]


def test_what_is_over_needs_nobody_any_more(desk):
    make_event(venue="", address="", **OVER)

    assert read_home(desk).needs == []


@pytest.mark.parametrize("role", [StaffRole.FACILITATOR, StaffRole.DOOR, StaffRole.VIEWER])
def test_who_may_not_is_not_asked_to(client, role, app):
    client.log_in(make_staff("vera@example.org", role=role))
    event = make_event(venue="", address="", starts_at=COMING["starts_at"])
    make_registration(event)

    html = client.get(DESK).text

    assert read_home(client).needs == []
    for address in ("/dades", "/publicacio", "/tancament", "/cancellacio", "/equips/", "/missatges"):
        assert address not in html


def test_the_home_asks_as_much_of_the_database_for_many_sessions_as_for_one(desk, count_queries):
    event = make_event(**COMING)
    make_registration(event, make_session(event, "T1"))
    first = count_queries(lambda: desk.get(DESK))
    for number in range(2, 6):
        make_registration(event, make_session(event, f"T{number}"), email=f"{number}@example.org")

    assert count_queries(lambda: desk.get(DESK)) == first
