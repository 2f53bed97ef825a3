"""The mail of certificates: golden files in three languages, hostile names in both bodies, and who is made one."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import StaffMember
from certificates import notifications, run_work
from certificates.models import CertificateRunItem, CertifiedRole, Outcome, RunKind
from core.database import db
from core.mail import OutgoingMail
from registrations import merging
from tests import factories
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden"
AFTER = factories.EVENT_START + timedelta(days=1)
HOSTILE = "<b>&\"'=1+1 www.example.org"


@pytest.fixture
def event(app):
    return factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")


@pytest.fixture
def nuria(event):
    return factories.make_registration(event, first_name="Núria", last_name="Pla", code="ABCD2345", token="t" * 32)


def compose(person, *roles):
    return notifications.certificates_issued(person, roles or [CertifiedRole.ATTENDEE], now=AFTER).mail.mail


@pytest.mark.parametrize("language", ["ca", "es", "en"])
def test_mail_is_as_agreed(nuria, language):
    nuria.language = language

    mail = compose(nuria, CertifiedRole.ATTENDEE, CertifiedRole.SPEAKER)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"certificates_issued.{language}.txt", text)
    assert mail.html == golden(GOLDEN / f"certificates_issued.{language}.html", mail.html)


def test_mail_about_one_speaks_of_one(nuria):
    mail = compose(nuria)

    assert mail.subject == "El vostre certificat: Jornada de treball a Sant Andreu"
    assert mail.text.count("https://jornades.example.org/inscripcions/") == 1


def test_who_had_one_before_reads_what_becomes_of_it(nuria):
    anew = notifications.certificates_issued(nuria, [CertifiedRole.ATTENDEE], is_anew=True, now=AFTER).mail.mail

    words = "El certificat que ja teníeu s’ha substituït pel d’aquest correu: qui en comprovi el codi ho llegirà."
    assert f"certificat.pdf\n\n{words}\n\nL’enllaç és només vostre." in anew.text
    assert (words in anew.html, words in compose(nuria).text) == (True, False)


def test_those_go_first_that_somebody_waits_for(nuria):
    assert compose(nuria).is_bulk


def test_hostile_names_are_only_text(event):
    event.title = HOSTILE
    person = factories.make_registration(event, first_name=HOSTILE)

    mail = compose(person)

    assert "<b>" not in mail.html
    assert HOSTILE in mail.text
    assert "\n" not in mail.subject


def test_who_gave_no_address_gets_none(event):
    person = factories.make_registration(event, email="")

    assert notifications.certificates_issued(person, [CertifiedRole.ATTENDEE], now=AFTER) is None


def test_two_who_become_one_get_one_mail(event, ada: StaffMember):
    session = factories.make_session(event)
    people = [factories.make_registration(event, session, email=f"{name}@example.org") for name in ("one", "other")]
    for person in people:
        factories.make_attendance(person, session)
    run = factories.make_run(event, *people, kind=RunKind.MAIL)
    one_id, other_id = (person.id for person in people)
    merging.merge(event, (one_id, other_id), {}, by=ada, now=AFTER)

    run_work.mail_certificates(AFTER)

    rows = db.session.scalars(select(CertificateRunItem).where(CertificateRunItem.run_id == run.id)).all()
    assert len({row.registration_id for row in rows}) == 1
    assert sorted(row.outcome for row in rows) == [Outcome.LEFT_OUT, Outcome.MAILED]
    kinds = db.session.scalars(select(OutgoingMail.kind).where(OutgoingMail.kind == "certificates_issued")).all()
    assert kinds == ["certificates_issued"]
