"""The pages of people without an account: the form, what it refuses, and a person's own page."""

import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from core.database import Model, db
from core.dates import utc_now
from core.mail import OutgoingMail
from core.web import limiter
from events.models import EventState
from registrations.models import Registration, RegistrationState
from tests import factories
from tests.conftest import make_app

BOB = {"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org", "organisation": "Associació"}


@pytest.fixture
def event(app):
    """A jornada in two weeks with two sessions at the same time and one after them."""
    start = (utc_now() + timedelta(days=14)).replace(microsecond=0)
    event = factories.make_event(
        "jornada", starts_at=start, ends_at=start + timedelta(hours=4), created_at=utc_now(), updated_at=utc_now()
    )
    factories.make_session(event, "T1", capacity=5, starts_at=start, title="Habitatge")
    factories.make_session(event, "T2", capacity=5, starts_at=start, title="Salut")
    factories.make_session(event, "T3", starts_at=start + timedelta(hours=1), title="Cloenda")
    return event


@pytest.fixture
def own_app(settings, tmp_path):
    """Make an application with other settings than the tests', on a database of its own."""
    with ExitStack() as stack:

        def make(**overrides):
            changed = replace(
                settings, database_url=f"sqlite:///{tmp_path / 'own.sqlite'}", ratelimit_signup="2 per minute"
            )
            app = make_app(changed, **overrides)
            stack.enter_context(app.app_context())
            Model.metadata.create_all(db.engine)
            stack.callback(db.engine.dispose)
            return app

        yield make


# The form


def test_form_asks_for_four_fields_and_the_sessions(client, event):
    page = client.get("/jornades/jornada/inscripcio")

    assert page.status_code == 200
    assert re.findall(r'name="([a-z_]+)"', page.text[page.text.index("<form") :]) == [
        "csrf_token",
        "form_stamp",
        "first_name",
        "last_name",
        "email",
        "organisation",
        "sessions",
        "sessions",
        "sessions",
        "image_consent",
    ]
    assert re.findall(r'autocomplete="([a-z-]+)"', page.text) == [
        *("off", "given-name", "family-name", "email", "organization")
    ]
    assert "checked" not in page.text


def test_form_shows_the_notice_of_the_team(client, event):
    page = client.get("/jornades/jornada/inscripcio").text

    for text in ("Ajuntament de prova", "Missió d’interès públic (art. 6.1.e RGPD).", "https://example.org/privadesa"):
        assert text in page


def test_form_of_a_team_without_texts_still_says_who_and_what_for(client, app, event):
    event.team.responsible_body = event.team.privacy_purpose = event.team.privacy_legal_basis = ""
    event.team.privacy_rights = event.team.privacy_url = ""

    page = client.get("/jornades/jornada/inscripcio").text

    notice = unescape(re.sub(r"<[^>]+>", " ", page[page.index('id="privacy-title"') :]))
    assert "Equip d’inclusió" in notice
    assert "Gestionar la vostra inscripció i assistència a aquesta jornada." in notice
    assert "Accés, rectificació, supressió, oposició, limitació i portabilitat." in notice
    assert "equip@example.org" in notice
    assert "Base jurídica" not in notice


def test_notice_never_links_to_script(client, event):
    event.team.privacy_url = "javascript:alert(1)"

    assert "javascript:" not in client.get("/jornades/jornada/inscripcio").text


def test_full_session_offers_its_waiting_list(client, event):
    event.sessions[0].capacity = 0
    event.sessions[0].people_waiting = 4

    page = client.get("/jornades/jornada/inscripcio").text

    box = re.search(r'<input[^>]*value="T1"[^>]*>', page).group()
    assert 'name="waiting"' in box
    assert "disabled" not in box
    assert "<strong>plena</strong> · hi esperen 4 persones" in page


def test_full_session_without_a_list_cannot_be_chosen_and_says_so(client, event):
    event.has_waiting_list = False
    event.sessions[0].capacity = 0

    page = client.get("/jornades/jornada/inscripcio").text

    box = re.search(r'<input[^>]*value="T1"[^>]*>', page).group()
    assert "disabled" in box
    assert "<strong>plena</strong>" in page


def test_parallel_sessions_are_explained(client, event):
    page = client.get("/jornades/jornada/inscripcio").text

    assert page.count("Es fan a la mateixa hora: trieu-ne com a molt una.") == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": EventState.CANCELLED}, "Aquesta jornada s’ha cancel·lat."),
        ({"state": EventState.CLOSED}, "La inscripció a aquesta jornada està tancada."),
        ({"capacity": 0, "has_waiting_list": False}, "Totes les places d’aquesta jornada estan ocupades."),
    ],
)
def test_form_of_an_event_that_takes_nobody_says_why(client, event, values, reason):
    for name, value in values.items():
        setattr(event, name, value)

    page = client.get("/jornades/jornada/inscripcio")

    assert page.status_code == 200
    assert f"<h1>{reason}</h1>" in page.text
    assert 'name="first_name"' not in page.text


def test_draft_has_no_form(client, event):
    event.state = EventState.DRAFT

    assert client.get("/jornades/jornada/inscripcio").status_code == 404
    assert client.post("/jornades/jornada/inscripcio", data=BOB).status_code == 404


# Signing up


def test_sign_up_leads_to_the_persons_page(client, event):
    answer = client.post("/jornades/jornada/inscripcio", data={**BOB, "sessions": ["T1", "T3"]})

    registration = db.session.scalars(select(Registration)).one()
    assert answer.status_code == 303
    assert answer.location == f"/inscripcions/{registration.token}"
    assert [session.code for session in registration.sessions] == ["T1", "T3"]
    assert registration.image_consent_at is None
    assert registration.language == "ca"


def test_sign_up_without_sessions_or_organisation(client, event):
    answer = client.post("/jornades/jornada/inscripcio", data={**BOB, "organisation": ""})

    assert answer.status_code == 303


def test_sign_up_in_castilian_writes_in_castilian(client, event):
    client.post("/jornades/jornada/inscripcio?lang=es", data=BOB)

    mail = db.session.scalars(select(OutgoingMail)).one()
    assert mail.language == "es"
    assert mail.subject.startswith("Tiene plaza: ")


NEEDED = "Cal omplir aquest camp."
NO_ADDRESS = "Escriviu una adreça electrònica sencera, com ara nom@example.org."
NOT_ASCII = (
    "Els servidors de correu no admeten accents ni altres signes especials abans de l’arrova. "
    "Escriviu una altra adreça."
)
UNKNOWN_SESSION = "Una de les sessions triades ja no és al programa. Torneu a triar."


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"first_name": " \u200b\x00 "}, "first_name", NEEDED),
        ({"last_name": ""}, "last_name", NEEDED),
        ({"email": ""}, "email", NEEDED),
        ({"email": "bob"}, "email", NO_ADDRESS),
        ({"email": "bob@example"}, "email", NO_ADDRESS),
        ({"email": "bob@example.org, cleo@example.org"}, "email", NO_ADDRESS),
        ({"email": "Bob <bob@example.org>"}, "email", NO_ADDRESS),
        ({"email": "núria@example.org"}, "email", NOT_ASCII),
        ({"first_name": "a" * 121}, "first_name", "És massa llarg: 120 caràcters com a màxim."),
        ({"organisation": "a" * 1_000_000}, "organisation", "És massa llarg: 300 caràcters com a màxim."),
        ({"sessions": ["NONE"]}, "sessions", UNKNOWN_SESSION),
        ({"sessions": ["\x00"]}, "sessions", UNKNOWN_SESSION),
        ({"sessions": ["T1", "T2"]}, "sessions", "«Habitatge» i «Salut» es fan a la mateixa hora. Trieu-ne una."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_on_top(client, event, changes, field, message):
    answer = client.post("/jornades/jornada/inscripcio", data={**BOB, **changes})

    page = unescape(answer.text)
    assert answer.status_code == 422
    assert f'<p class="field-error" id="{field}-error">{message}</p>' in page
    assert re.search(rf'<li><a href="#{field}">[^<]*: {re.escape(message)}</a></li>', page)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 0


def test_what_is_wrong_is_listed_in_the_order_of_the_page(client, event):
    page = client.post("/jornades/jornada/inscripcio", data={}).text

    assert re.findall(r'<li><a href="#(\w+)">', page) == ["first_name", "last_name", "email"]


def test_language_of_a_form_with_errors_changes_on_its_own_page(client, event):
    page = client.post("/jornades/jornada/inscripcio", data={}).text

    assert '<a href="/jornades/jornada/inscripcio?lang=es"' in page


def test_nothing_typed_is_lost(client, event):
    data = {**BOB, "first_name": "<b>&\"'=1+1", "email": "wrong", "sessions": ["T3"], "image_consent": "y"}

    page = client.post("/jornades/jornada/inscripcio", data=data).text

    assert 'value="&lt;b&gt;&amp;&#34;&#39;=1+1"' in page
    assert 'value="wrong"' in page
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == ["T3", "y"]


def test_event_that_filled_up_meanwhile_says_so_and_keeps_what_was_typed(client, event):
    event.capacity, event.has_waiting_list = 0, False

    answer = client.post("/jornades/jornada/inscripcio", data=BOB)

    assert answer.status_code == 409
    assert "<li>Totes les places d’aquesta jornada estan ocupades.</li>" in answer.text
    assert 'value="bob@example.org"' in answer.text


def test_session_that_filled_up_meanwhile_says_so_at_the_sessions(client, event):
    event.sessions[0].capacity, event.has_waiting_list = 0, False

    answer = client.post("/jornades/jornada/inscripcio", data={**BOB, "sessions": ["T1"]})

    assert answer.status_code == 422
    assert "Totes les places de «Habitatge» estan ocupades." in answer.text


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  p1@example.org ", "p1@example.org"),
        ("O'Brien+jornada@Sub.Example.ORG", "O'Brien+jornada@sub.example.org"),
        ("prova@equip.test", "prova@equip.test"),
        ("info@català.cat", "info@xn--catal-vqa.cat"),
    ],
)
def test_addresses_that_mail_servers_carry_are_taken(client, event, typed, stored):
    answer = client.post("/jornades/jornada/inscripcio", data={**BOB, "email": typed})

    assert answer.status_code == 303
    assert db.session.scalar(select(Registration.email)) == stored


def test_hostile_names_stay_text(client, event):
    names = {"first_name": "Bob\r\nBcc: cleo@example.org", "last_name": "<script>alert(1)</script> \u202eadA 🎉"}
    data = {**BOB, **names}

    answer = client.post("/jornades/jornada/inscripcio", data=data, follow_redirects=True)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    registration = db.session.scalars(select(Registration)).one()
    assert registration.first_name == "Bob Bcc: cleo@example.org"
    assert registration.last_name == "<script>alert(1)</script> adA 🎉"


def test_same_address_again_shows_nothing_of_the_first(client, event):
    first = client.post("/jornades/jornada/inscripcio", data=BOB)

    data = {**BOB, "first_name": "Mallory", "email": "BOB@example.org"}
    again = client.post("/jornades/jornada/inscripcio", data=data)
    page = client.get(again.location)

    assert (again.status_code, again.location) == (303, "/jornades/jornada/inscripcio/correu")
    assert "Us hem enviat un correu" in page.text
    assert "Bob" not in page.text
    assert first.location not in again.text + page.text
    kinds = list(db.session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)))
    assert kinds == ["place_confirmed", "own_link"]
    assert db.session.scalars(select(Registration.first_name)).all() == ["Bob"]


def test_asking_for_the_link_is_answered_alike_for_everybody(client, event):
    client.post("/jornades/jornada/inscripcio", data=BOB)
    event.capacity = 1

    known = client.post("/jornades/jornada/inscripcio/enllac", data={"email": "bob@example.org"})
    unknown = client.post("/jornades/jornada/inscripcio/enllac", data={"email": "cleo@example.org"})

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert known.location == "/jornades/jornada/inscripcio/correu"
    assert list(db.session.scalars(select(OutgoingMail.recipient))) == ["bob@example.org"] * 2


def test_asking_for_the_link_with_half_an_address(client, event):
    answer = client.post("/jornades/jornada/inscripcio/enllac", data={"email": "bob"})

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


def test_sign_ups_from_one_place_are_limited(own_app, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # one object for all applications: put back afterwards
    app = own_app(RATELIMIT_ENABLED=True)
    client = app.test_client()

    codes = [client.post("/jornades/none/inscripcio", data=BOB).status_code for _ in range(3)]

    assert codes == [404, 404, 429]


# The person's own page


@pytest.fixture
def registration(event):
    return factories.make_registration(event, event.sessions[0], code="ABCD2345", token="t" * 32)


def test_own_page_says_everything(client, registration):
    page = client.get("/inscripcions/" + "t" * 32)

    for text in ("Hi sou.", "Jornada de treball", "Centre cívic", "Habitatge", "ABCD2345", "<svg", "calendari.ics"):
        assert text in page.text
    assert " style=" not in page.text


def test_own_page_is_kept_to_its_person(client, registration):
    for address in ("", "/calendari.ics", "/cancellacio"):
        headers = client.get("/inscripcions/" + "t" * 32 + address).headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("token", ["x" * 32, "short", "x" * 500, "%00" * 20, "..%2f" * 6])
@pytest.mark.parametrize("address", ["", "/calendari.ics", "/cancellacio"])
def test_wrong_token_is_not_found(client, registration, token, address):
    assert client.get(f"/inscripcions/{token}{address}").status_code == 404


@pytest.mark.parametrize("address", ["/cancellacio", "/imatge"])
def test_wrong_token_cannot_act(client, registration, address):
    assert client.post("/inscripcions/" + "x" * 32 + address).status_code == 404


def test_own_page_in_castilian(client, registration):
    assert "Tiene plaza." in client.get("/inscripcions/" + "t" * 32 + "?lang=es").text


def test_calendar_file_names_nobody(client, registration):
    answer = client.get("/inscripcions/" + "t" * 32 + "/calendari.ics")

    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == "attachment; filename=jornada.ics"
    assert "METHOD:PUBLISH" in answer.text
    assert "ATTENDEE" not in answer.text
    assert "ORGANIZER" not in answer.text
    assert "t" * 32 not in answer.text


def test_cancelling_asks_once_and_then_says_so(client, registration, event):
    asked = client.get("/inscripcions/" + "t" * 32 + "/cancellacio")
    done = client.post("/inscripcions/" + "t" * 32 + "/cancellacio")
    page = client.get(done.location)

    assert "Voleu cancel·lar la inscripció?" in asked.text
    assert (done.status_code, done.location) == (303, "/inscripcions/" + "t" * 32)
    assert "La vostra inscripció està cancel·lada." in page.text
    assert 'href="/jornades/jornada/inscripcio"' in page.text
    assert "ABCD2345" not in page.text
    db.session.expire_all()
    assert (event.places_taken, event.sessions[0].places_taken) == (0, 0)


def test_cancelling_twice_is_no_error(client, registration, event):
    for _ in range(2):
        assert client.post("/inscripcions/" + "t" * 32 + "/cancellacio").status_code == 303

    db.session.expire_all()
    assert event.places_taken == 0
    assert client.get("/inscripcions/" + "t" * 32 + "/cancellacio").status_code == 303


def test_cancelling_an_event_that_is_over_is_refused(client, registration, event):
    event.starts_at, event.ends_at = utc_now() - timedelta(hours=2), utc_now() - timedelta(hours=1)

    answer = client.post("/inscripcions/" + "t" * 32 + "/cancellacio")

    assert answer.status_code == 409
    assert "Aquesta jornada ja s’ha fet." in answer.text


def test_after_the_event_the_page_shows_what_was_attended(client, registration, event):
    session = event.sessions[2]
    factories.make_attendance(registration, session)
    event.starts_at, event.ends_at = utc_now() - timedelta(hours=5), utc_now() - timedelta(hours=1)

    page = client.get("/inscripcions/" + "t" * 32).text

    assert "Gràcies per haver vingut." in page
    assert "Vau assistir a" in page
    assert "Cloenda" in page
    assert "cancellacio" not in page


def test_cancelled_event_is_said_on_the_page(client, registration, event):
    event.state = EventState.CANCELLED

    page = client.get("/inscripcions/" + "t" * 32).text

    assert "Aquesta jornada s’ha cancel·lat." in page
    assert "Hi sou." not in page


def test_image_consent_is_asked_of_nobody_when_the_team_has_no_words_for_it(client, event):
    asked = client.get(f"/jornades/{event.slug}/inscripcio").text
    event.team.image_consent_text = ""

    unasked = client.get(f"/jornades/{event.slug}/inscripcio").text

    assert ("image_consent" in asked, "image_consent" in unasked) == (True, False)


def test_image_consent_is_given_and_withdrawn(client, registration):
    address = "/inscripcions/" + "t" * 32

    given = client.post(f"{address}/imatge", data={"consent": "yes"})
    db.session.expire_all()
    after_giving = registration.image_consent_at
    client.post(f"{address}/imatge", data={"consent": "no"})
    db.session.expire_all()

    assert given.location == f"{address}#imatge"
    assert after_giving is not None
    assert registration.image_consent_at is None
    assert registration.state is RegistrationState.CONFIRMED


def test_forged_requests_are_refused_and_true_ones_pass_over_tls(own_app):
    """The pages keep `same-origin` as Referrer-Policy because this protection asks for the header over TLS."""
    client, base = own_app(WTF_CSRF_ENABLED=True).test_client(), "https://jornades.example.org"
    start = utc_now() + timedelta(days=3)
    factories.make_event("jornada", starts_at=start, ends_at=start + timedelta(hours=1))
    page = client.get("/jornades/jornada/inscripcio", base_url=base)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)

    forged = client.post("/jornades/jornada/inscripcio", data=BOB, base_url=base)
    true = client.post(
        "/jornades/jornada/inscripcio",
        data={**BOB, "csrf_token": token},
        base_url=base,
        headers={"Referer": f"{base}/jornades/jornada/inscripcio"},
    )

    assert (forged.status_code, true.status_code) == (400, 303)
