"""The pages of rules, of who has a certificate, of a person's certificates: each writes, refuses, is kept closed."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from accounts.models import AuditEntry, CertificateFormula
from certificates import roles, rules, services
from certificates.models import Certificate, CertificateRules, CertifiedRole, PageSize, Requirement
from certificates.verification import find_codes
from core.database import db
from core.dates import utc_now
from tests import factories

PAPERS = "/gestio/jornades/jornada/papers"
RULES = f"{PAPERS}/regles"
WORKSPACE = (
    ("get", RULES),
    ("post", RULES),
    ("post", f"{RULES}/signatura"),
    ("post", f"{RULES}/signatura/supressio"),
    ("get", f"{RULES}/signatura.png"),
    ("get", f"{RULES}/mostra.pdf"),
    ("get", f"{PAPERS}/certificats"),
    ("get", f"{PAPERS}/certificats/1.pdf"),
    ("get", f"{PAPERS}/certificats/1/revocacio"),
    ("post", f"{PAPERS}/certificats/1/revocacio"),
    ("post", f"{PAPERS}/certificats/1/nova"),
    ("get", f"{PAPERS}/persones/1"),
    ("post", f"{PAPERS}/persones/1"),
)
FORM = {"requirement": "any", "formula": "", "page_size": "a4", "has_logo": "y"}
HOSTILE = "<b>&\"'=1+1"


@pytest.fixture
def event(app):
    """Held yesterday."""
    return factories.make_event(starts_at=utc_now() - timedelta(days=1, hours=5), ends_at=utc_now() - timedelta(days=1))


@pytest.fixture
def bob(event):
    """Bob was there."""
    session = factories.make_session(event)
    registration = factories.make_registration(event, session)
    factories.make_attendance(registration, session)
    db.session.expire(event, ["sessions"])
    return registration


@pytest.fixture
def organiser(client, ada):
    client.log_in(ada)
    return client


def draw(size=(300, 100), kind="PNG"):
    file = BytesIO()
    Image.new("RGB", size, (10, 20, 30)).save(file, kind)
    return BytesIO(file.getvalue())


@pytest.mark.parametrize("role", ["facilitator", "door", "viewer"])
@pytest.mark.parametrize(("method", "address"), WORKSPACE)
def test_pages_are_for_organisers(client, bob, role, method, address):
    client.log_in(factories.make_staff(role=role))

    assert getattr(client, method)(address).status_code == 403


@pytest.mark.parametrize(("method", "address"), WORKSPACE)
def test_pages_ask_for_a_login(client, event, method, address):
    response = getattr(client, method)(address)

    assert (response.status_code, response.location.split("?")[0]) == (302, "/entrada")


def test_rules_are_written(organiser, bob):
    form = {
        **FORM,
        "requirement": "share",
        "share_percent": "75",
        "formula": "certifies",
        "signatory_name": "Cleo Roca",
        "signatory_post": "secretària",
        "approver_name": HOSTILE,
        "place": "Sabadell",
        "prints_identity": "y",
        "page_size": "letter",
        "text-facilitator-ca": "ha facilitat {sessions}.",
    }

    response = organiser.post(RULES, data=form)

    assert (response.status_code, response.location) == (303, RULES)
    found = db.session.scalars(select(CertificateRules)).one()
    assert (found.requirement, found.share_percent, found.formula) == (
        Requirement.SHARE,
        75,
        CertificateFormula.CERTIFIES,
    )
    assert (found.approver_name, found.page_size, found.has_logo) == (HOSTILE, PageSize.LETTER, True)
    assert found.texts == {"facilitator": {"ca": "ha facilitat {sessions}."}}
    page = organiser.get(RULES).text
    assert (HOSTILE in page, "ha facilitat {sessions}." in page) == (False, True)


def test_share_is_kept_while_another_requirement_holds(organiser, event):
    organiser.post(RULES, data={**FORM, "requirement": "share", "share_percent": "60"})

    response = organiser.post(RULES, data={**FORM, "share_percent": "molt"})

    found = db.session.scalars(select(CertificateRules)).one()
    assert (response.status_code, found.requirement, found.share_percent) == (303, Requirement.ANY, 60)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"requirement": "share", "share_percent": ""}, "Escriviu un nombre enter de l’1 al 100."),
        ({"requirement": "share", "share_percent": "0"}, "Escriviu un nombre enter de l’1 al 100."),
        ({"requirement": "share", "share_percent": "101"}, "Escriviu un nombre enter de l’1 al 100."),
        ({"requirement": "sessions"}, "Trieu una sessió com a mínim."),
        ({"signatory_post": "cap"}, "Escriviu de qui és el càrrec."),
        ({"approver_post": "cap"}, "Escriviu de qui és el càrrec."),
        ({"text-attendee-en": "{cognoms} {nom}"}, "No hi ha cap camp així: {cognoms}"),
        ({"place": "x" * 121}, "És massa llarg: 120 caràcters com a màxim."),
        ({"text-attendee-ca": "x" * 1201}, "És massa llarg: 1200 caràcters com a màxim."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(organiser, bob, changes, message):
    response = organiser.post(RULES, data={**FORM, **changes})

    assert (response.status_code, message in response.text) == (422, True)
    assert db.session.scalars(select(CertificateRules)).all() == []


def test_what_is_wrong_in_a_text_names_its_role_and_language(organiser, bob):
    response = organiser.post(RULES, data={**FORM, "text-speaker-es": "{apellidos}"})

    summary = '<a href="#text-speaker-es">Per a qui va intervenir (Castellano): No hi ha cap camp així'
    assert summary in response.text


@pytest.mark.parametrize("changes", [{"requirement": "x"}, {"formula": "x"}, {"page_size": "a3"}, {"sessions": "T9"}])
def test_what_is_no_choice_is_refused(organiser, bob, changes):
    assert organiser.post(RULES, data={**FORM, **changes}).status_code == 422


def test_signature_is_drawn_anew_shown_and_taken_away(organiser, event):
    organiser.post(f"{RULES}/signatura", data={"image": (draw(kind="JPEG"), "s.jpg")})

    shown = organiser.get(f"{RULES}/signatura.png")
    assert (shown.mimetype, Image.open(BytesIO(shown.data)).size) == ("image/png", (300, 100))
    assert "signatura.png" in organiser.get(RULES).text
    organiser.post(f"{RULES}/signatura/supressio")
    assert organiser.get(f"{RULES}/signatura.png").status_code == 404


@pytest.mark.parametrize("data", [{}, {"image": (BytesIO(b"<svg/>"), "s.png")}, {"image": (draw((8, 8)), "s.png")}])
def test_what_is_no_picture_is_refused(organiser, event, data):
    response = organiser.post(f"{RULES}/signatura", data=data)

    assert response.status_code == 422
    assert db.session.scalars(select(CertificateRules)).all() == []


def test_specimen_is_of_a_real_person_and_issues_nothing(organiser, bob, reader):
    response = organiser.get(f"{RULES}/mostra.pdf?persona={bob.id}")

    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert "Bob Pla" in reader.flow(response.data)
    assert find_codes(response.data) == set()
    assert db.session.scalars(select(Certificate)).all() == []


@pytest.mark.parametrize("query", ["persona=x", "persona=9999", "funcio=speaker", "persona=99999999999999"])
def test_specimen_of_nobody_is_refused(organiser, event, query):
    assert organiser.get(f"{RULES}/mostra.pdf?{query}").status_code == 409


def test_list_says_who_and_why_and_is_filtered(organiser, bob, event):
    factories.make_registration(event, first_name=HOSTILE, email="absent@example.org")
    services.issue(bob, now=utc_now())

    page = organiser.get(f"{PAPERS}/certificats").text

    assert (HOSTILE in page, "no consta que hi fos" in page, "1/2" in page) == (False, True, True)
    assert "Bob Pla" not in organiser.get(f"{PAPERS}/certificats?estat=absent").text
    assert "Bob Pla" in organiser.get(f"{PAPERS}/certificats?q=pla&estat=no-res").text
    assert "No n’hi ha cap així." in organiser.get(f"{PAPERS}/certificats?q=ningú").text


def test_certificate_is_revoked_with_a_reason_and_issued_anew(organiser, bob, client):
    certificate = services.issue(bob, now=utc_now())
    address = f"{PAPERS}/certificats/{certificate.id}"

    empty = organiser.post(f"{address}/revocacio", data={"reason": " "})
    revoked = organiser.post(f"{address}/revocacio", data={"reason": HOSTILE})

    assert (empty.status_code, revoked.status_code) == (422, 303)
    assert "Aquest certificat s’ha revocat." in client.get(f"/verificacio/{certificate.code}").text
    assert HOSTILE not in client.get(f"/verificacio/{certificate.code}").text
    assert client.get(f"/inscripcions/{bob.token}/certificat.pdf").status_code == 409
    assert "certificat.pdf" not in client.get(f"/inscripcions/{bob.token}").text
    again = organiser.post(f"{address}/revocacio", data={"reason": "Un altre cop"})
    assert (again.status_code, "entretant" in again.text) == (422, True)
    assert organiser.post(f"{address}/nova").status_code == 303
    assert client.get(f"/inscripcions/{bob.token}/certificat.pdf").status_code == 200
    twice = organiser.post(f"{address}/nova", follow_redirects=True)
    assert "entretant" in twice.text
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["certificate.revoke", "certificate.reissue"]


def test_history_of_a_person_stands_on_their_pages(organiser, bob):
    old = services.issue(bob, now=utc_now())
    services.revoke(old, HOSTILE, by=None, now=utc_now())
    services.issue_anew(old, by=None, now=utc_now())

    pages = [organiser.get(f"{PAPERS}/persones/{bob.id}").text]
    pages.append(organiser.get(f"/gestio/jornades/jornada/inscripcions/{bob.id}").text)

    for page in pages:
        assert [HOSTILE in page, page.count("revocat</span>"), page.count("vigent</span>")] == [False, 1, 1]
    assert organiser.get(f"{PAPERS}/certificats/{old.id}.pdf").status_code == 200


def test_roles_are_set_and_give_certificates_of_their_own(organiser, bob, client, reader):
    form = {"sessions_facilitator": "T1", "is_speaker": "y"}

    response = organiser.post(f"{PAPERS}/persones/{bob.id}", data=form)

    assert response.status_code == 303
    rows = [(row.role, row.session and row.session.code) for row in roles.list_rows(bob)]
    assert rows == [(CertifiedRole.FACILITATOR, "T1"), (CertifiedRole.SPEAKER, None)]
    page = client.get(f"/inscripcions/{bob.token}").text
    assert [
        word for word in ("certificat.pdf", "certificat-facilitacio.pdf", "certificat-ponencia.pdf") if word not in page
    ] == []
    document = client.get(f"/inscripcions/{bob.token}/certificat-facilitacio.pdf")
    assert (document.status_code, "Bob Pla" in reader.flow(document.data)) == (200, True)
    assert client.get(f"/inscripcions/{bob.token}/certificat-organitzacio.pdf").status_code == 409
    assert client.get(f"/inscripcions/{bob.token}/certificat-res.pdf").status_code == 404
    organiser.post(f"{PAPERS}/persones/{bob.id}", data={"save": "1"})
    assert roles.list_rows(bob) == []


def test_role_at_an_unknown_session_is_refused(organiser, bob):
    response = organiser.post(f"{PAPERS}/persones/{bob.id}", data={"sessions_speaker": "T9"})

    assert (response.status_code, roles.list_rows(bob)) == (422, [])


def test_identity_is_printed_when_the_rules_say_so(organiser, bob, event, client, reader):
    question = factories.make_question(event, "DNI", kind="identity")
    factories.make_answer(bob, question, "***4567**")
    before = reader.flow(organiser.get(f"{RULES}/mostra.pdf").data)

    organiser.post(RULES, data={**FORM, "prints_identity": "y"})

    after = reader.flow(client.get(f"/inscripcions/{bob.token}/certificat.pdf").data)
    assert ("***4567**" in before, "***4567**" in after) == (False, True)


def test_rules_without_a_question_for_it_say_so(organiser, event):
    assert "Encara no es demana a ningú" in organiser.get(RULES).text


def test_unsaved_rules_write_nothing(event):
    assert rules.of(event).event_id == event.id
    db.session.flush()
    assert db.session.scalars(select(CertificateRules)).all() == []
