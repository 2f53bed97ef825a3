"""The pages of runs: what it comes to, asked for, followed, stopped, taken away; by whom, and in which words."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from certificates import run_files, run_work, runs
from certificates.models import Certificate, CertificateRun, RunKind, RunState
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from core.mail_delivery import deliver_due_mail
from tests import factories

PAPERS = "/gestio/jornades/jornada/papers"
RUNS = f"{PAPERS}/emissions"
LIST = "/gestio/jornades/jornada/inscripcions"


@pytest.fixture
def event(app):
    """Held yesterday; Bob and Cleo were there."""
    event = factories.make_event(
        starts_at=utc_now() - timedelta(days=1, hours=5), ends_at=utc_now() - timedelta(days=1)
    )
    session = factories.make_session(event)
    for first_name, last_name in (("Bob", "Pla"), ("Cleo", "Àvila")):
        registration = factories.make_registration(
            event, session, first_name=first_name, last_name=last_name, email=f"{first_name}@example.org".lower()
        )
        factories.make_attendance(registration, session)
    return event


@pytest.fixture
def organiser(client, ada, event):
    client.log_in(ada)
    return client


def make_long(monkeypatch):
    """Leave everything to the worker."""
    monkeypatch.setattr(runs, "AT_ONCE", 0)


def ask(client, kind="document", query=""):
    """Ask for a run; the address that one is led to."""
    response = client.post(f"{RUNS}{query}", data={"kind": kind})
    assert response.status_code == 303
    return response.headers["Location"]


def list_acts():
    return [(entry.act, entry.details) for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def get_person(name):
    return db.session.scalars(select(factories.Registration).where(factories.Registration.first_name == name)).one()


@pytest.mark.parametrize(
    ("kind", "media_type", "filename"),
    [
        ("document", "application/pdf", "jornada-certificats.pdf"),
        ("archive", "application/zip", "jornada-certificats.zip"),
    ],
)
def test_few_come_as_a_file_at_once(organiser, kind, media_type, filename):
    response = organiser.get(ask(organiser, kind))

    assert (response.status_code, response.mimetype, response.content_length) == (200, media_type, len(response.data))
    assert response.headers["Content-Disposition"] == f"attachment; filename={filename}"
    assert response.headers["Cache-Control"] == "no-store"
    assert [act for act, _details in list_acts()] == ["certificate_run.start", "certificate_run.take"]


def test_document_is_in_catalan_order(organiser, reader):
    words = reader.flow(organiser.get(ask(organiser)).data)

    assert words.index("Cleo Àvila") < words.index("Bob Pla")


def test_many_are_left_to_the_worker_and_followed(organiser, monkeypatch):
    make_long(monkeypatch)

    address = ask(organiser)
    before = organiser.get(address).text
    missing = organiser.get(f"{address}/fitxer")
    run_work.make_certificate_files(utc_now())
    after = organiser.get(address).text

    assert "S’emeten: 0 de 2 certificats." in before
    assert "data-under-way" in before
    assert "Atureu-lo" in before
    assert missing.status_code == 404
    assert "S’han emès 2 certificats." in after
    assert "data-under-way" not in after
    assert f'href="{address}/fitxer"' in after


def test_drawing_tells_how_far_it_is(organiser, monkeypatch):
    make_long(monkeypatch)
    address = ask(organiser)
    run = db.session.scalars(select(CertificateRun)).one()
    run_work._do_batch(run.id, utc_now())
    run.drawn = 1

    assert "Es dibuixen: 1 de 2 certificats." in organiser.get(address).text


def test_mails_are_followed_until_they_have_left(organiser):
    get_person("Bob").email = ""

    address = ask(organiser, "mail")
    run_work.mail_certificates(utc_now())
    written = organiser.get(address).text
    deliver_due_mail(utc_now())
    sent = organiser.get(address).text

    assert "En camí: han sortit 0 de 1 correus." in written
    assert "1 correu pendent" in written
    assert "S’ha escrit a 1 persona." in sent
    assert "1 certificat sense adreça on escriure:" in sent
    assert "<bdi>Bob Pla</bdi>" in sent


def test_mails_of_a_run_stand_in_the_list_of_mails(organiser):
    address = ask(organiser, "mail")
    run_work.mail_certificates(utc_now())
    run_id = address.rpartition("/")[2]

    page = organiser.get(f"/gestio/jornades/jornada/correus?run={run_id}").text

    assert page.count("certificats") >= 2
    assert "de certificats emesos junts" in page


def test_stopped_and_taken_up_again(organiser, monkeypatch):
    make_long(monkeypatch)
    address = ask(organiser)

    stopped = organiser.post(f"{address}/aturada", follow_redirects=True).text
    again = organiser.post(f"{address}/aturada", follow_redirects=True).text
    monkeypatch.setattr(runs, "AT_ONCE", 100)
    file = organiser.post(f"{address}/represa", follow_redirects=True)

    assert "Aturat. S’han emès 0 de 2 certificats." in stopped
    assert "Continueu-lo" in stopped
    assert "Ja no queda res per aturar." in again
    assert file.mimetype == "application/pdf"


def test_what_is_done_is_not_taken_up_again(organiser):
    address = ask(organiser).removesuffix("/fitxer")

    assert "No queda res per fer." in organiser.post(f"{address}/represa", follow_redirects=True).text


def test_file_that_is_gone_can_be_made_again(organiser):
    address = ask(organiser).removesuffix("/fitxer")
    run_files.forget_certificate_files(utc_now() + timedelta(days=2))

    page = organiser.get(address).text
    file = organiser.post(f"{address}/represa", follow_redirects=True)

    assert "Torneu a fer el fitxer" in page
    assert f'href="{address}/fitxer"' not in page
    assert file.mimetype == "application/pdf"


def test_what_failed_says_so(organiser):
    address = ask(organiser).removesuffix("/fitxer")
    run = db.session.scalars(select(CertificateRun)).one()
    run.state, run.size = RunState.FAILED, None

    page = organiser.get(address).text

    assert "No s’ha pogut fer el fitxer." in page
    assert "Continueu-lo" in page


def test_double_click_leads_to_the_run_under_way(organiser, monkeypatch):
    make_long(monkeypatch)

    first, second = ask(organiser), ask(organiser)

    assert first == second
    assert "Ja se n’està fent una d’igual." in organiser.get(second).text
    assert db.session.scalar(select(func.count()).select_from(CertificateRun)) == 1


def test_only_those_of_the_filter(organiser):
    page = organiser.get(f"{RUNS}?q=cleo").text

    ask(organiser, query="?q=cleo")

    assert "«cleo»" in page
    assert "1 certificat<" in page
    assert f'action="{RUNS}?q=cleo"' in page
    assert db.session.scalars(select(Certificate.registration_id)).all() == [get_person("Cleo").id]
    assert "«cleo»" in organiser.get(f"{RUNS}/{db.session.scalars(select(CertificateRun.id)).one()}").text


def test_list_of_attendees_leads_on_with_its_filter(organiser):
    page = organiser.get(f"{LIST}?q=cleo").text

    assert f'href="{RUNS}?q=cleo"' in page


def test_those_ticked_are_carried_along(organiser):
    cleo = get_person("Cleo")

    response = organiser.post(f"{LIST}/actes", data={"kind": "certify", "registration": [cleo.id]})

    assert response.headers["Location"] == f"{RUNS}?people={cleo.id}"
    assert "1 certificat<" in organiser.get(response.headers["Location"]).text


def test_everybody_of_the_list_is_carried_along_by_the_filter(organiser):
    response = organiser.post(f"{LIST}/actes?q=cleo", data={"kind": "certify", "scope": "everybody"})

    assert response.headers["Location"] == f"{RUNS}?q=cleo"


def test_page_says_what_it_comes_to_and_what_was_asked_before(organiser, event):
    factories.make_registration(event, first_name="Absent", email="")
    get_person("Bob").email = ""
    ask(organiser)

    page = organiser.get(RUNS).text

    assert "1 persona no té adreça, o no l’ha confirmada, i no el rebrà: <bdi>Bob Pla</bdi>." in page
    assert "Emesos junts abans" in page
    assert "Tots en un PDF" in page


def test_nobody_to_certify_says_the_next_step(organiser, event):
    factories.make_registration(event, first_name="Absent", email="absent@example.org")

    page = organiser.get(f"{RUNS}?q=absent").text
    refused = organiser.post(f"{RUNS}?q=absent", data={"kind": "document"})

    assert "Encara no hi ha res a certificar-los." in page
    assert refused.status_code == 409
    assert "Encara no correspon cap certificat a ningú." in refused.text
    assert list_acts() == []


@pytest.mark.parametrize("kind", ["", "x", "document\x00", "😀"])
def test_unknown_kind_is_nothing(organiser, kind):
    assert organiser.post(RUNS, data={"kind": kind}).status_code in {400, 404}
    assert db.session.scalar(select(func.count()).select_from(CertificateRun)) == 0


@pytest.mark.parametrize("query", ["?session=NO", "?state=x", "?people=9999999999999", "?page=-1&q=%F0%9F%92%A5"])
def test_strange_addresses_break_nothing(organiser, query):
    assert organiser.get(f"{RUNS}{query}").status_code in {200, 404}


def test_run_of_another_event_is_not_found(organiser):
    other = factories.make_event("altra")
    run = CertificateRun(event=other, kind=RunKind.MAIL, total=1, asked_at=utc_now())
    db.session.add(run)
    db.session.flush()
    run_id = run.id

    assert organiser.get(f"{RUNS}/{run_id}").status_code == 404
    assert organiser.get(f"{RUNS}/99999999999999").status_code == 404
    assert organiser.post(f"{RUNS}/{run_id}/aturada").status_code == 404


@pytest.mark.parametrize("role", ["facilitator", "door", "viewer"])
def test_only_who_issues_papers(client, event, role):
    client.log_in(factories.make_staff(f"{role}@example.org", role=role))

    assert client.get(RUNS).status_code == 403
    assert client.post(RUNS, data={"kind": "document"}).status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ca", ("Emetre certificats", "Un ZIP amb un PDF per a cadascun", "Emeteu-los")),
        ("es", ("Emitir certificados", "Un ZIP con un PDF para cada uno", "Emitirlos")),
        ("en", ("Issue certificates", "A ZIP with a PDF for each", "Issue them")),
    ],
)
def test_page_speaks_three_languages(organiser, language, words):
    page = organiser.get(RUNS, headers={"Accept-Language": language}).text

    assert [each for each in words if each not in page] == []


@pytest.mark.parametrize("runs_before", [1, 3])
def test_list_asks_as_much_for_three_as_for_one(organiser, event, count_queries, runs_before):
    for _number in range(runs_before):
        db.session.add(CertificateRun(event=event, kind=RunKind.MAIL, state=RunState.DONE, total=1, asked_at=utc_now()))
    db.session.commit()

    assert count_queries(lambda: organiser.get(RUNS)) <= 40


def test_mail_leads_to_the_certificate(organiser):
    ask(organiser, "mail")
    run_work.mail_certificates(utc_now())
    text = db.session.scalar(select(OutgoingMail.text).where(OutgoingMail.recipient == "bob@example.org"))
    address = next(line for line in text.splitlines() if line.endswith("certificat.pdf"))

    response = organiser.get(address.removeprefix("https://jornades.example.org"))

    assert response.mimetype == "application/pdf"


def test_former_wording_is_issued_anew_only_when_it_is_asked_for(organiser, event):
    ask(organiser)
    event.team.place = "Sabadell"
    db.session.commit()

    before = organiser.get(RUNS).text
    ask(organiser)
    codes = set(db.session.scalars(select(Certificate.code)))
    location = organiser.post(RUNS, data={"kind": "document", "renews": "1"}).location
    after = organiser.get(RUNS).text

    assert "Torneu a emetre els 2 certificats amb la redacció anterior" in before
    assert ('aria-describedby="renews-hint">' in before, 'name="renews"' in after) == (True, False)
    assert len(codes) == 2
    assert len(db.session.scalars(select(Certificate.code)).all()) == 4
    assert "es torna a emetre" in organiser.get(location.removesuffix("/fitxer")).text


def test_pages_say_how_many_have_the_former_wording_and_how_many_were_corrected(organiser, event):
    ask(organiser)
    get_person("Bob").last_name = "Plà"
    event.team.place = "Sabadell"
    db.session.commit()

    papers, list_ = organiser.get(PAPERS).text, organiser.get(f"{PAPERS}/certificats").text

    assert 'estat=outdated">corregit després, s’ha de tornar a emetre: 1</a>' in papers
    assert 'estat=former_wording">emès, amb la redacció anterior: 1</a>' in papers
    assert "1 certificat emès té la redacció anterior. Val tal com és." in list_
