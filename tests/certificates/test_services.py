"""Issuing, replacing and verifying certificates."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from certificates import services, verification
from certificates.codes import find_code, group, make_code
from certificates.content import CertificateContent
from certificates.models import Certificate, CertifiedRole
from certificates.verification import VerificationStatus
from core.database import db
from events.models import SessionKind
from registrations.models import Attendance, RegistrationState
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=1)


@pytest.fixture
def event(app):
    return factories.make_event()


@pytest.fixture
def bob(event):
    """Bob was at the first of two sessions."""
    first = factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=event.starts_at + timedelta(hours=2))
    registration = factories.make_registration(event, first)
    factories.make_attendance(registration, first)
    return registration


def session_of(event, code):
    return next(session for session in event.sessions if session.code == code)


def content_of(certificate):
    return CertificateContent.from_json(certificate.content)


@pytest.mark.both_databases
def test_issue_certifies_what_was_attended(bob, event):
    certificate = services.issue(bob, now=AFTER)

    content = content_of(certificate)
    assert find_code(certificate.code) == certificate.code
    assert (certificate.issued_at, certificate.replaced_at) == (AFTER, None)
    assert (content.name, content.event, content.organiser) == ("Bob Pla", event.title, event.team.name)
    assert [session.code for session in content.sessions] == ["T1"]
    assert content.duration == timedelta(hours=1)


@pytest.mark.both_databases
def test_issue_gives_the_same_certificate_while_it_says_the_same(bob):
    first = services.issue(bob, now=AFTER)

    again = services.issue(bob, now=AFTER + timedelta(days=30))

    assert again is first
    assert again.issued_at == AFTER


@pytest.mark.both_databases
def test_corrected_attendance_makes_a_new_certificate(bob, event):
    before = services.issue(bob, now=AFTER)
    factories.make_attendance(bob, session_of(event, "T2"))

    certificate = services.issue(bob, now=AFTER + timedelta(days=1))

    assert certificate.code != before.code
    assert [session.code for session in content_of(certificate).sessions] == ["T1", "T2"]
    assert (before.replaced_at, certificate.replaced_at) == (AFTER + timedelta(days=1), None)


def test_corrected_name_makes_a_new_certificate(bob):
    before = services.issue(bob, now=AFTER)
    bob.last_name = "Plà"

    certificate = services.issue(bob, now=AFTER)

    assert content_of(certificate).name == "Bob Plà"
    assert before.replaced_at == AFTER


def test_certificate_stands_as_issued(bob, event):
    certificate = services.issue(bob, now=AFTER)

    event.title = "Un altre títol"

    assert content_of(certificate).event == "Jornada de treball"


def test_nothing_attended_is_not_certified(event):
    registration = factories.make_registration(event, factories.make_session(event))

    with pytest.raises(services.NothingAttended):
        services.issue(registration, now=AFTER)


def test_session_that_is_not_over_is_not_certified(bob, event):
    with pytest.raises(services.NothingOverYet):
        services.issue(bob, now=session_of(event, "T1").ends_at - timedelta(seconds=1))

    assert services.list_obtainable(bob, session_of(event, "T1").ends_at - timedelta(seconds=1)) == []
    assert services.list_obtainable(bob, session_of(event, "T1").ends_at) == [CertifiedRole.ATTENDEE]


def test_break_is_not_certified(bob, event):
    session_of(event, "T1").kind = SessionKind.BREAK

    with pytest.raises(services.NothingAttended):
        services.issue(bob, now=AFTER)


def test_who_cancelled_and_came_is_certified(bob):
    bob.state = RegistrationState.CANCELLED

    certificate = services.issue(bob, now=AFTER)

    assert content_of(certificate).name == "Bob Pla"


@pytest.mark.both_databases
def test_issue_all_goes_in_catalan_order_and_leaves_out_who_did_not_come(bob, event):
    session = session_of(event, "T1")
    for number, last_name in enumerate(["Zamora", "Àvila", "Çelik", "Avinyó"]):
        person = factories.make_registration(event, session, last_name=last_name, email=f"p{number}@example.org")
        factories.make_attendance(person, session)
    factories.make_registration(event, session, last_name="Absent", email="absent@example.org")

    certificates = services.issue_all(event, now=AFTER)

    assert [content_of(certificate).name for certificate in certificates] == [
        "Bob Àvila",
        "Bob Avinyó",
        "Bob Çelik",
        "Bob Pla",
        "Bob Zamora",
    ]
    assert services.count_issued(event) == 5
    assert services.count_without_attendance(event, now=AFTER) == 1


@pytest.mark.both_databases
def test_issue_all_keeps_and_replaces(bob, event):
    kept = services.issue(bob, now=AFTER)
    session = session_of(event, "T1")
    cleo = factories.make_registration(event, session, first_name="Cleo", email="cleo@example.org")
    factories.make_attendance(cleo, session)
    old = services.issue(cleo, now=AFTER)
    factories.make_attendance(cleo, session_of(event, "T2"))

    certificates = services.issue_all(event, now=AFTER + timedelta(days=1))

    assert [certificate.registration for certificate in certificates] == [bob, cleo]
    assert certificates[0] is kept
    assert old.replaced_at == AFTER + timedelta(days=1)
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 3


def test_issue_all_asks_as_often_for_three_people_as_for_one(bob, event, count_queries):
    def count() -> int:
        db.session.flush()
        db.session.expire_all()
        return count_queries(lambda: [each.registration.full_name for each in services.issue_all(event, now=AFTER)])

    for_one = count()
    for number in range(2):
        person = factories.make_registration(event, email=f"p{number}@example.org")
        factories.make_attendance(person, session_of(event, "T1"))

    assert count() == for_one


def test_genuine_certificate_is_valid(bob):
    certificate = services.issue(bob, now=AFTER)

    found = verification.verify(group(certificate.code).lower(), now=AFTER)

    assert (found.status, found.certificate, found.initials) == (VerificationStatus.VALID, certificate, "B. P.")


def test_replaced_certificate_whose_attendance_holds_says_so(bob, event):
    old = services.issue(bob, now=AFTER)
    factories.make_attendance(bob, session_of(event, "T2"))
    services.issue(bob, now=AFTER)

    assert verification.verify(old.code, now=AFTER).status is VerificationStatus.REPLACED


@pytest.mark.both_databases
def test_attendance_taken_back_makes_the_certificate_wrong_at_once(bob):
    certificate = services.issue(bob, now=AFTER)

    db.session.query(Attendance).delete()

    assert verification.verify(certificate.code, now=AFTER).status is VerificationStatus.CORRECTED


def test_changed_hours_make_the_certificate_wrong(bob, event):
    certificate = services.issue(bob, now=AFTER)

    session_of(event, "T1").ends_at -= timedelta(minutes=30)

    assert verification.verify(certificate.code, now=AFTER).status is VerificationStatus.CORRECTED


@pytest.mark.usefixtures("app")
def test_unknown_code_is_told_from_a_typing_error():
    code = make_code()

    assert verification.verify(code, now=AFTER).status is VerificationStatus.UNKNOWN
    assert verification.verify(code[:-1], now=AFTER).status is VerificationStatus.MISTYPED


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Núria Col·lell i Güell", "N. C. G."),
        ("Zoë de la Fuente", "Z. F."),
        ("núria pla", "n. p."),
        ("Àlex", "À."),
        ("", ""),
    ],
)
def test_initials_leave_out_what_joins_names(name, initials):
    assert verification.make_initials(name) == initials


@pytest.mark.both_databases
def test_database_allows_one_present_certificate_a_person(bob):
    certificate = services.issue(bob, now=AFTER)
    values = {"registration_id": bob.id, "content": certificate.content, "issued_at": AFTER, "role": certificate.role}
    values |= {"event_id": bob.event_id, "year": 2026, "number": 2, "code": make_code(), "revoked_reason": ""}

    db.session.execute(services.insert_into(Certificate).values(values).on_conflict_do_nothing())

    assert db.session.scalars(select(Certificate.code)).all() == [certificate.code]
    db.session.execute(update(Certificate).values(replaced_at=AFTER))
    db.session.execute(services.insert_into(Certificate).values(values).on_conflict_do_nothing())
    assert len(db.session.scalars(select(Certificate.code)).all()) == 2
