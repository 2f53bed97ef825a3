"""What everybody sees of events, in every state."""

import json
import re
from datetime import timedelta

import pytest

from core.dates import utc_now
from events.models import Dimension, EventState, SessionKind
from tests.factories import make_event, make_process, make_registration, make_room, make_session

HOSTILE = "<b>x</b></script><script>alert(1)</script> & \"q\" 's' =1+1 😀"


def make_coming(slug="jornada", **values):
    """An event that begins in ten days, whenever the test runs."""
    starts_at = (utc_now() + timedelta(days=10)).replace(hour=8, minute=0, second=0, microsecond=0)
    return make_event(slug, **{"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=5), **values})


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return response.text


def words(html):
    """The page as it is read: without tags and with single spaces."""
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def structured(html):
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, flags=re.DOTALL)[1])


def test_home_without_events_says_what_to_do(client):
    assert "Ara com ara no hi ha cap jornada prevista." in words(page(client, "/"))


def test_home_shows_coming_events_before_past_ones_and_no_drafts(client):
    make_coming("propera", title="Propera", capacity=3)
    make_coming("secreta", title="Secreta", state=EventState.DRAFT)
    make_coming("plena", title="Plena", capacity=0)
    past = utc_now() - timedelta(days=30)
    make_event("passada", title="Passada", starts_at=past, ends_at=past + timedelta(hours=1))

    html = page(client, "/")

    assert re.findall(r'href="/jornades/([^"]+)"', html) == ["propera", "plena", "passada"]
    assert "queden 3 places" in html


def test_home_shows_twelve_past_events_and_the_rest_when_asked(client):
    for number in range(14):
        past = utc_now() - timedelta(days=30 + number)
        make_event(f"p{number}", starts_at=past, ends_at=past + timedelta(hours=1))

    assert len(re.findall(r'href="/jornades/p', page(client, "/"))) == 12
    assert len(re.findall(r'href="/jornades/p', page(client, "/?passades=totes"))) == 14


def test_programme_of_a_draft_is_not_found(client):
    make_coming(state=EventState.DRAFT)

    page(client, "/jornades/jornada", 404)
    page(client, "/jornades/jornada/calendari.ics", 404)


def test_programme_that_does_not_exist_is_not_found(client):
    page(client, "/jornades/res", 404)
    page(client, "/processos/res", 404)


def test_open_programme_offers_the_sign_up_with_its_places(client):
    event = make_coming(capacity=24)
    make_registration(event)

    html = page(client, "/jornades/jornada")

    assert 'href="/jornades/jornada/inscripcio"' in html
    assert "queden 23 places" in html


def test_open_programme_without_limit_says_no_number(client):
    make_coming()

    html = page(client, "/jornades/jornada")

    assert 'href="/jornades/jornada/inscripcio"' in html
    assert "queden" not in words(html)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"capacity": 0, "has_waiting_list": False}, "Totes les places estan ocupades."),
        ({"state": EventState.CLOSED}, "Les inscripcions són tancades."),
        ({"registration_closes_at": utc_now() - timedelta(days=1)}, "Les inscripcions són tancades."),
        ({"state": EventState.CANCELLED}, "Aquesta jornada està cancel·lada."),
        (
            {"starts_at": utc_now() - timedelta(days=2), "ends_at": utc_now() - timedelta(days=1)},
            "Aquesta jornada ja s’ha fet.",
        ),
    ],
)
def test_programme_says_why_nobody_can_sign_up(client, values, reason):
    make_coming(**values)

    html = page(client, "/jornades/jornada")

    assert reason in words(html)
    assert "/inscripcio" not in html


def test_programme_says_when_registration_opens(client):
    opens = (utc_now() + timedelta(days=2)).replace(hour=8, minute=0)
    event = make_coming(registration_opens_at=opens)

    html = page(client, "/jornades/jornada")

    local = opens.astimezone(event.zone)
    assert f"Us hi podreu inscriure a partir del {local.day} " in words(html)
    assert "/inscripcio" not in html


def test_programme_shows_sessions_with_all_that_is_known(client):
    event = make_coming(capacity=50)
    room = make_room(event, "Sala d’actes")
    make_session(
        event,
        "T1",
        title="Habitatge",
        dimension=Dimension.CITIZENS,
        room_id=room.id,
        facilitators="Ada Exemple",
        capacity=10,
        description="Què **fem**",
    )
    make_session(event, "P", title="Acords", kind=SessionKind.PLENARY, starts_at=event.starts_at + timedelta(hours=3))

    html = page(client, "/jornades/jornada")

    assert "ciutadania Habitatge Què fem Sala d’actes Ada Exemple queden 10 places" in words(html)
    assert '<span class="dimension dimension--citizens">' in html
    assert "<strong>fem</strong>" in html


def test_parallel_sessions_stand_in_one_slot(client):
    event = make_coming()
    make_session(event, "T1")
    make_session(event, "T2")

    html = page(client, "/jornades/jornada")

    assert html.count('class="timetable-slot"') == 1
    assert html.count("timetable-sessions--parallel") == 1


def test_programme_of_several_days_has_its_days_as_headings(client):
    event = make_coming()
    event.ends_at += timedelta(days=1)
    make_session(event, "T1")
    make_session(event, "T2", starts_at=event.starts_at + timedelta(days=1))

    assert page(client, "/jornades/jornada").count('class="timetable-day"') == 2


def test_programme_shows_who_organises_and_the_notice_on_data(client):
    make_coming()

    text = words(page(client, "/jornades/jornada"))

    assert "Equip d’inclusió equip@example.org" in text
    assert "Responsable: Ajuntament de prova." in text


def test_hostile_words_are_shown_and_not_run(client):
    event = make_coming(title=HOSTILE, summary=HOSTILE, venue=HOSTILE, description="[x](javascript:alert(1))")
    make_session(event, title=HOSTILE, facilitators=HOSTILE)

    html = page(client, "/jornades/jornada")

    assert "<script>alert" not in html
    assert "<b>x" not in html
    assert "javascript:" not in html
    assert structured(html)["name"] == HOSTILE


def test_structured_data_of_an_open_event(client):
    process = make_process(title="Impulsem")
    event = make_coming(capacity=20, process_id=process.id)
    make_registration(event)
    room = make_room(event, "Sala 1")
    make_session(event, "T1", room_id=room.id)
    make_session(event, "C", kind=SessionKind.BREAK)

    data = structured(page(client, "/jornades/jornada"))

    url = "https://jornades.example.org/jornades/jornada"
    assert data == {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": "Jornada de treball",
        "startDate": event.starts_at.astimezone(event.zone).isoformat(),
        "endDate": event.ends_at.astimezone(event.zone).isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "inLanguage": "ca",
        "isAccessibleForFree": True,
        "location": {"@type": "Place", "name": "Centre cívic", "address": "carrer Gran, 1, Barcelona"},
        "organizer": {"@type": "Organization", "name": "Equip d’inclusió"},
        "maximumAttendeeCapacity": 20,
        "remainingAttendeeCapacity": 19,
        "superEvent": {"@type": "EventSeries", "name": "Impulsem"},
        "subEvent": [
            {
                "@type": "Event",
                "name": "Taller T1",
                "startDate": (event.starts_at + timedelta(minutes=30)).astimezone(event.zone).isoformat(),
                "endDate": (event.starts_at + timedelta(minutes=90)).astimezone(event.zone).isoformat(),
                "location": {
                    "@type": "Place",
                    "name": "Sala 1, Centre cívic",
                    "address": "carrer Gran, 1, Barcelona",
                },
            }
        ],
        "offers": {
            "@type": "Offer",
            "price": "0",
            "priceCurrency": "EUR",
            "url": url,
            "availability": "https://schema.org/InStock",
        },
    }


def test_structured_data_of_a_cancelled_event_offers_nothing_and_invents_no_place(client):
    make_coming(state=EventState.CANCELLED, venue="", address="")

    data = structured(page(client, "/jornades/jornada"))

    assert data["eventStatus"] == "https://schema.org/EventCancelled"
    assert "offers" not in data
    assert "location" not in data


def test_programme_makes_the_same_queries_with_1_and_30_sessions(client, count_queries):
    event = make_coming()
    room = make_room(event)
    make_session(event, "S0", room_id=room.id)
    with_one = count_queries(lambda: client.get("/jornades/jornada"))
    for number in range(1, 30):
        make_session(event, f"S{number}", room_id=make_room(event, f"Sala {number} bis").id)

    assert count_queries(lambda: client.get("/jornades/jornada")) == with_one


def test_home_and_feed_make_the_same_queries_with_1_and_10_events(client, count_queries):
    make_session(make_coming("e0", process_id=make_process().id))
    before = count_queries(lambda: client.get("/")), count_queries(lambda: client.get("/?format=ics"))
    for number in range(1, 10):
        make_session(make_coming(f"e{number}", process_id=make_process(f"p{number}").id))

    assert (count_queries(lambda: client.get("/")), count_queries(lambda: client.get("/?format=ics"))) == before


def test_programme_is_not_sent_again_while_it_is_the_same(client):
    event = make_coming()
    tag = client.get("/jornades/jornada").headers["ETag"]

    same = client.get("/jornades/jornada", headers={"If-None-Match": tag})
    event.title = "Altra"
    other = client.get("/jornades/jornada", headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert other.status_code == 200


def test_calendar_of_an_event(client):
    make_coming()

    response = client.get("/jornades/jornada/calendari.ics")

    assert response.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert response.headers["Content-Disposition"] == 'attachment; filename="jornada.ics"'
    assert b"SUMMARY:Jornada de treball\r\n" in response.data
    assert b"URL:https://jornades.example.org/jornades/jornada\r\n" in response.data


def test_feed_holds_cancelled_events_and_no_drafts(client):
    make_coming("a", title="A")
    make_coming("b", title="B", state=EventState.CANCELLED)
    make_coming("c", title="C", state=EventState.DRAFT)

    content = client.get("/?format=ics").data

    assert re.findall(rb"SUMMARY:(.*)\r", content) == [b"A", "CANCEL·LADA: B".encode()]
    assert re.findall(rb"STATUS:(.*)\r", content) == [b"CONFIRMED", b"CANCELLED"]


def test_process_shows_its_public_events_in_order_of_time(client):
    process = make_process(title="Impulsem", summary="Un *resum*")
    make_coming("segona", process_id=process.id, title="Segona")
    past = utc_now() - timedelta(days=300)
    make_event("primera", process_id=process.id, starts_at=past, ends_at=past + timedelta(hours=1))
    make_coming("secreta", process_id=process.id, state=EventState.DRAFT)

    html = page(client, "/processos/impulsem")

    assert re.findall(r'href="/jornades/([^"]+)"', html) == ["primera", "segona"]
    assert "<em>resum</em>" in html


def test_process_that_is_not_public_is_not_found(client):
    make_process(is_public=False)

    page(client, "/processos/impulsem", 404)


@pytest.mark.parametrize("language", ["ca", "es", "en"])
def test_pages_speak_three_languages(client, language):
    make_coming()

    assert f'<html lang="{language}">' in page(client, f"/jornades/jornada?lang={language}")
