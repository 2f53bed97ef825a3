"""The pages of papers: each works, is kept from whom it should be, and refuses what it must."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates import services
from certificates.codes import group, make_code
from certificates.models import Certificate
from core.database import db
from core.dates import utc_now
from core.web import limiter
from events.models import SessionKind
from registrations.models import Registration
from tests import factories
from tests.conftest import make_app
from tests.events.views.pages import read_home

PAPERS = "/gestio/jornades/jornada/papers"
WORKSPACE = (
    ("get", PAPERS),
    ("post", f"{PAPERS}/certificats.pdf"),
    ("get", f"{PAPERS}/fulls.pdf"),
    ("get", f"{PAPERS}/fulls/T1.pdf"),
    ("get", f"{PAPERS}/informe.pdf"),
)


@pytest.fixture
def event(app):
    """Held yesterday."""
    return factories.make_event(starts_at=utc_now() - timedelta(days=1, hours=5), ends_at=utc_now() - timedelta(days=1))


@pytest.fixture
def bob(event):
    """Bob was there."""
    session = factories.make_session(event)
    registration = factories.make_registration(event, session, language="es")
    factories.make_attendance(registration, session)
    return registration


@pytest.fixture
def organiser(client, ada):
    client.log_in(ada)
    return client


def list_acts():
    return [(entry.act, entry.details) for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_person_gets_their_certificate_in_their_language(client, bob, reader):
    response = client.get(f"/inscripcions/{bob.token}/certificat.pdf")

    certificate = db.session.scalars(select(Certificate)).one()
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert response.headers["Content-Disposition"] == 'inline; filename="jornada-certificat.pdf"'
    assert (response.headers["Cache-Control"], response.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert "Bob Pla ha asistido a la jornada" in reader.flow(response.data)
    assert reader.qr_codes(response.data) == [f"https://jornades.example.org/verificacio/{group(certificate.code)}"]


def test_certificate_downloaded_again_is_the_same_file(client, bob):
    first = client.get(f"/inscripcions/{bob.token}/certificat.pdf").data

    assert client.get(f"/inscripcions/{bob.token}/certificat.pdf").data == first


def test_who_did_not_come_gets_no_certificate(client, event):
    registration = factories.make_registration(event, factories.make_session(event))

    response = client.get(f"/inscripcions/{registration.token}/certificat.pdf")

    assert response.status_code == 409
    assert "No consta que assistíssiu a aquesta jornada." in response.text
    assert db.session.scalars(select(Certificate)).all() == []


@pytest.mark.parametrize("token", ["x", "x" * 500, "a\x00b", "💥"])
def test_unknown_token_has_no_certificate(client, event, token):
    assert client.get(f"/inscripcions/{token}/certificat.pdf").status_code in {400, 404}


def test_link_stands_on_the_page_of_who_came(client, bob):
    page = client.get(f"/inscripcions/{bob.token}").text

    assert f"/inscripcions/{bob.token}/certificat.pdf" in page


def test_link_does_not_stand_on_the_page_of_who_did_not(client, event):
    registration = factories.make_registration(event, factories.make_session(event))

    assert "certificat.pdf" not in client.get(f"/inscripcions/{registration.token}").text


def test_verification_tells_what_is_needed_and_no_more(client, bob):
    code = group(services.issue(bob, now=utc_now()).code)

    response = client.get(f"/verificacio/{code}")

    assert response.status_code == 200
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "Aquest certificat és autèntic." in response.text
    told = [
        word for word in ("Jornada de treball", "Equip d’inclusió", "B. P.", "<dd>1 h</dd>") if word in response.text
    ]
    assert told == ["Jornada de treball", "Equip d’inclusió", "B. P.", "<dd>1 h</dd>"]
    secrets = ("Pla", "Bob", bob.email, bob.organisation, bob.token, bob.code)
    assert [secret for secret in secrets if secret in response.text] == []


def test_verification_of_a_corrected_certificate_tells_no_hours(client, bob):
    code = services.issue(bob, now=utc_now()).code
    db.session.delete(db.session.scalars(select(factories.Attendance)).one())

    response = client.get(f"/verificacio/{code}")

    assert response.status_code == 200
    assert "Aquest certificat ja no és vàlid." in response.text
    assert "<dd>1 h</dd>" not in response.text


@pytest.mark.usefixtures("app")
def test_verification_tells_unknown_from_mistyped(client):
    code = make_code()

    unknown, mistyped = client.get(f"/verificacio/{code}"), client.get(f"/verificacio/{code[1:]}")

    assert (unknown.status_code, mistyped.status_code) == (404, 404)
    assert "No hem expedit cap certificat amb aquest codi." in unknown.text
    assert "Aquest codi té un error d’escriptura." in mistyped.text


def test_verification_form_leads_to_the_answer(client, bob):
    code = group(services.issue(bob, now=utc_now()).code)

    for typed in (code, code.lower().replace("-", " "), f"https://jornades.example.org/verificacio/{code}"):
        response = client.get("/verificacio", query_string={"codi": typed})

        assert (response.status_code, response.location) == (303, f"/verificacio/{code}")


@pytest.mark.usefixtures("app")
def test_verification_form_shows_what_was_typed(client):
    response = client.get("/verificacio", query_string={"codi": "<b>hola"})

    assert response.status_code == 404
    assert "Aquest codi té un error d’escriptura." in response.text
    assert 'value="&lt;b&gt;hola"' in response.text
    assert client.get("/verificacio").status_code == 200


def test_verification_is_limited(settings, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # one object for all applications: put back afterwards
    app = make_app(settings, RATELIMIT_ENABLED=True)

    with app.app_context():
        client = app.test_client()
        answers = [client.get(f"/verificacio{path}").status_code for path in ["", "/x"] * 15 + ["", "/x"]]

    assert answers == [200, 404] * 15 + [429, 429]


@pytest.mark.parametrize(("method", "address"), WORKSPACE)
@pytest.mark.parametrize("role", ["facilitator", "door", "viewer"])
def test_papers_are_for_organisers(client, bob, method, address, role):
    client.log_in(factories.make_staff("cleo@example.org", role=role))

    assert getattr(client, method)(address).status_code == 403


@pytest.mark.parametrize(("method", "address"), WORKSPACE)
def test_papers_ask_for_a_login(client, bob, method, address):
    assert getattr(client, method)(address).status_code in {302, 303, 401}


@pytest.mark.parametrize(("method", "address"), WORKSPACE)
def test_unknown_event_has_no_papers(organiser, event, method, address):
    assert getattr(organiser, method)(address.replace("jornades/jornada", "jornades/cap")).status_code == 404


def test_papers_say_what_can_be_printed(organiser, bob):
    page = organiser.get(PAPERS).text

    assert "1 persona ha assistit a alguna sessió acabada." in page
    assert f"{PAPERS}/fulls/T1.pdf" in page
    assert f"{PAPERS}/informe.pdf" in page
    assert "No hi ha cap signant" not in page
    assert "[?]" not in page


def test_papers_warn_of_what_is_missing(organiser, bob, event):
    event.team.signatory_name = ""
    bob.first_name = "李小龙"

    page = organiser.get(PAPERS).text

    assert "No hi ha cap signant: els certificats parlen només en nom de Equip d’inclusió." in page
    assert '<bdi>李小龙 Pla</bdi> <span class="muted">(李小龙)</span>' in page


def test_papers_of_an_empty_event_say_the_next_step(organiser, event):
    page = organiser.get(PAPERS).text

    assert "Primer anoteu qui ha vingut." in page
    assert "El programa no té cap sessió per a la qual se signi." in page


def test_all_certificates_come_as_one_document(organiser, bob, event, reader):
    cleo = factories.make_registration(event, first_name="Cleo", last_name="Àvila", email="cleo@example.org")
    factories.make_attendance(cleo, event.sessions[0])

    response = organiser.post(f"{PAPERS}/certificats.pdf")

    words = reader.flow(response.data)
    assert response.headers["Content-Disposition"] == 'attachment; filename="jornada-certificats.pdf"'
    assert words.index("Cleo Àvila") < words.index("Bob Pla")
    assert reader.info(response.data)["Pages"] == "2"
    assert list_acts() == [("certificate.print", {"count": 2})]


def test_nobody_to_certify_is_said(organiser, event):
    response = organiser.post(f"{PAPERS}/certificats.pdf")

    assert response.status_code == 409
    assert "encara no hi ha res a certificar" in response.text
    assert list_acts() == []


def test_signature_sheets_are_printed_and_noted(organiser, bob, event, reader):
    factories.make_session(event, "T2")

    one, all_of_them = organiser.get(f"{PAPERS}/fulls/T1.pdf"), organiser.get(f"{PAPERS}/fulls.pdf")

    assert reader.info(one.data)["Pages"] == "1"
    assert reader.info(all_of_them.data)["Pages"] == "2"
    assert list_acts() == [
        ("signature_sheet.print", {"sessions": ["T1"]}),
        ("signature_sheet.print", {"sessions": ["T1", "T2"]}),
    ]


def test_nobody_signs_for_a_break(organiser, event):
    factories.make_session(event, "CAF", kind=SessionKind.BREAK)

    assert organiser.get(f"{PAPERS}/fulls/CAF.pdf").status_code == 409
    assert organiser.get(f"{PAPERS}/fulls.pdf").status_code == 409
    assert organiser.get(f"{PAPERS}/fulls/NO.pdf").status_code == 404


def test_attendance_report_is_printed_and_noted(organiser, bob, reader):
    response = organiser.get(f"{PAPERS}/informe.pdf")

    assert "Informe d’assistència".upper() in reader.flow(response.data)
    assert list_acts() == [("attendance_report.print", {})]


def test_tab_stands_in_the_workspace_of_who_may(client, ada, event):
    client.log_in(ada)
    assert f'href="{PAPERS}"' in client.get("/gestio/jornades/jornada").text

    client.log_in(factories.make_staff("cleo@example.org", role="viewer"))
    assert f'href="{PAPERS}"' not in client.get("/gestio/jornades/jornada").text


def test_the_home_of_an_event_says_who_has_no_certificate_yet(client, ada):
    client.log_in(ada)
    event = factories.make_event(starts_at=factories.EVENT_START.replace(year=2020))
    session = factories.make_session(event)
    for email in ("a@example.org", "b@example.org"):
        factories.make_attendance(factories.make_registration(event, session, email=email), session)
    services.issue(db.session.scalars(select(Registration)).first(), now=utc_now())
    assert "Emetre els certificats el tenen 1 persones de 2" in read_home(client).due

    services.issue_all(event, now=utc_now())

    assert "Emetre els certificats el tenen 2 persones de 2" in read_home(client).done
