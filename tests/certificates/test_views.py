"""The pages of papers: each works, is kept from whom it should be, and refuses what it must."""

import tempfile
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates import services
from certificates.codes import group, make_code
from certificates.models import Certificate
from certificates.views import issued, public
from core.database import db, transaction
from core.dates import utc_now
from core.web import limiter
from events.models import SessionKind
from registrations.models import Registration
from tests import factories
from tests.conftest import dispose, make_app
from tests.events.views.pages import read_home

PAPERS = "/gestio/jornades/jornada/papers"
WORKSPACE = (
    ("get", PAPERS),
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
    assert response.headers["Content-Disposition"] == "inline; filename=jornada-certificat.pdf"
    assert (response.headers["Cache-Control"], response.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert "Bob Pla ha asistido a la jornada" in reader.flow(response.data)
    assert reader.qr_codes(response.data) == [f"https://jornades.example.org/verificacio/{group(certificate.code)}"]


def test_certificate_downloaded_again_is_the_same_file(client, bob):
    first = client.get(f"/inscripcions/{bob.token}/certificat.pdf").data

    assert client.get(f"/inscripcions/{bob.token}/certificat.pdf").data == first


def test_whose_certificate_was_revoked_reads_why_on_their_page(client, bob):
    with transaction():
        services.revoke(services.issue(bob, now=utc_now()), "<b>Per error", by=None, now=utc_now())

    page = client.get(f"/inscripcions/{bob.token}").text

    assert "ha revocat el vostre certificat: &lt;b&gt;Per error" in page
    assert "certificat.pdf" not in page


def test_whose_certificate_was_corrected_is_told_to_take_the_new_one(client, bob):
    address = f"/inscripcions/{bob.token}"
    client.get(f"{address}/certificat.pdf")
    before = client.get(address).text
    bob.last_name = "Plà"
    db.session.commit()

    corrected = client.get(address).text
    client.get(f"{address}/certificat.pdf")

    words = "s’ha corregit alguna cosa del vostre certificat. Baixeu-ne el nou"
    assert [words in page for page in (before, corrected, client.get(address).text)] == [False, True, False]


def test_who_did_not_come_gets_no_certificate(client, event):
    registration = factories.make_registration(event, factories.make_session(event))

    response = client.get(f"/inscripcions/{registration.token}/certificat.pdf")

    assert (response.status_code, response.headers["X-Robots-Tag"]) == (409, "noindex")
    assert "No consta que assistíssiu a aquesta jornada." in response.text
    assert f'class="button" href="/inscripcions/{registration.token}"' in response.text
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


@pytest.mark.usefixtures("own_app")
def test_certificates_are_given_out_so_often_an_hour(settings, empty_database, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)
    monkeypatch.setattr(public, "DOWNLOADS", "2 per hour")
    monkeypatch.setattr(issued, "DOWNLOADS", "1 per hour")
    app = make_app(replace(settings, database_url=empty_database), RATELIMIT_ENABLED=True)

    with app.app_context():
        event = factories.make_event(
            starts_at=utc_now() - timedelta(days=1, hours=5), ends_at=utc_now() - timedelta(days=1)
        )
        session = factories.make_session(event)
        people = [factories.make_registration(event, session, email=f"{name}@example.org") for name in "ab"]
        for person in people:
            factories.make_attendance(person, session)
        tokens = [person.token for person in people]
        db.session.commit()
        client = app.test_client()
        answers = [client.get(f"/inscripcions/{tokens[which]}/certificat.pdf") for which in (0, 0, 0, 1)]
        client.log_in(factories.make_staff())
        db.session.commit()
        one, other = db.session.scalars(select(Certificate.id).order_by(Certificate.id))
        to_staff = [client.get(f"{PAPERS}/certificats/{which}.pdf").status_code for which in (one, one, other)]
    dispose(app)

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert f'class="button" href="/inscripcions/{tokens[0]}"' in answers[2].text
    assert to_staff == [200, 429, 200]


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

    assert "1 persona ha assistit al que demana el certificat." in page
    assert f"{PAPERS}/fulls/T1.pdf" in page
    assert f'href="{PAPERS}/informe"' in page
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


def send_file(client, document, name="fitxer"):
    """Send a file as a browser does; the client of the tests would put a large one on the disk first."""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="c.pdf"\r\n\r\n'.encode()
    body = head + document + b"\r\n--x--\r\n"
    return client.post("/verificacio", data=body, content_type="multipart/form-data; boundary=x")


def test_file_as_downloaded_is_genuine_and_shows_no_name(client, bob):
    document = client.get(f"/inscripcions/{bob.token}/certificat.pdf").data

    response = send_file(client, document)

    assert response.status_code == 200
    assert "Aquest fitxer és autèntic, tal com el vam emetre." in response.text
    assert [secret for secret in ("Pla", "Bob", bob.email, bob.token) if secret in response.text] == []


def test_file_that_was_changed_is_told_apart(client, bob):
    document = client.get(f"/inscripcions/{bob.token}/certificat.pdf").data

    response = send_file(client, document + b"\n")

    assert (response.status_code, "Aquest fitxer no és tal com el vam emetre." in response.text) == (200, True)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"%PDF-1.7", "No hi hem trobat cap codi de verificació."),
        (b"\x89PNG", "No és cap PDF."),
        (b"", "No és cap PDF."),
        (b"%PDF-" + bytes(6 * 1024 * 1024), '<p class="lead">Ocupa més de 5 MB'),
    ],
)
def test_file_that_cannot_be_checked_says_why(client, event, document, words):
    response = send_file(client, document)

    assert (response.status_code, words in response.text) == (422, True)


def test_form_that_nobody_sends_is_not_taken_apart(client, event):
    part = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"

    many = client.post("/verificacio", data=part * 1000, content_type="multipart/form-data; boundary=x")
    fields = client.post("/verificacio", data=b"a=&" * 1_000_000, content_type="application/x-www-form-urlencoded")

    assert (many.status_code, fields.status_code) == (413, 422)


def test_nothing_sent_is_no_file(client, event):
    assert client.post("/verificacio", data={}).status_code == 422
    assert send_file(client, b"%PDF-", name="altre").status_code == 422
    assert client.post("/verificacio", data="x", content_type="multipart/form-data").status_code == 422


def test_file_is_never_written_to_a_disk(client, event, monkeypatch):
    """Werkzeug keeps what is larger than half a megabyte in a temporary file unless it is told otherwise."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    response = send_file(client, b"%PDF-" + bytes(1024 * 1024))

    assert "No hi hem trobat cap codi de verificació." in response.text
