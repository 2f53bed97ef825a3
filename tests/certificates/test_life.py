"""The life of a certificate: numbered, issued for a role, revoked with a reason, issued anew, merged."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from certificates import people, roles, services, verification
from certificates.content import CertificateContent
from certificates.models import Certificate, CertificateBook, CertificateRole, CertifiedRole
from certificates.people import Standing
from certificates.verification import VerificationStatus
from core.database import db
from core.errors import NotFoundError
from events.models import SessionKind
from registrations import merges, merging, signals
from registrations.models import Attendance, Registration, RegistrationMerge, RegistrationState
from tests import factories

NOW = factories.NOW
AFTER = factories.EVENT_START + timedelta(days=1)
LATER = AFTER + timedelta(days=1)
FACILITATOR, SPEAKER = CertifiedRole.FACILITATOR, CertifiedRole.SPEAKER

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=event.starts_at + timedelta(hours=2))
    return event


@pytest.fixture
def bob(event):
    """Bob was at T1."""
    return come(event)


def session_of(event, code):
    return next(session for session in event.sessions if session.code == code)


def come(event, **values):
    person = factories.make_registration(event, **values)
    factories.make_attendance(person, session_of(event, "T1"))
    return person


def set_role(person, role=FACILITATOR, *codes, by=None):
    sessions = [session_of(person.event, code) for code in codes]
    return roles.set_role(person, role, sessions, by=by, now=NOW)


def content_of(certificate):
    return CertificateContent.from_json(certificate.content)


def acts():
    return [(each.act, each.details) for each in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def status_of(certificate, now=LATER):
    return verification.verify(certificate.code, now=now).status


def test_numbers_run_without_gaps_in_catalan_order(event):
    for number, last_name in enumerate(("Zamora", "Àvila", "Pla")):
        come(event, last_name=last_name, email=f"p{number}@example.org")

    first = services.issue_all(event, now=AFTER)
    come(event, last_name="Bosch", email="tard@example.org")
    second = services.issue_all(event, now=LATER)

    assert [(each.registration.last_name, each.number, each.year) for each in first] == [
        ("Àvila", 1, 2026),
        ("Pla", 2, 2026),
        ("Zamora", 3, 2026),
    ]
    assert [each.number for each in second] == [1, 4, 2, 3]
    book = db.session.get_one(CertificateBook, event.id)
    assert (book.year, book.last) == (2026, 4)


def test_each_event_and_each_year_is_numbered_by_itself(event, bob):
    other = factories.make_event("altra", team=event.team)
    factories.make_session(other, "T1")
    cleo = come(other, email="cleo@example.org")
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # already 2027 in Barcelona

    issued = [services.issue(bob, now=AFTER), services.issue(cleo, now=AFTER)]
    factories.make_attendance(bob, session_of(event, "T2"))
    issued.append(services.issue(bob, now=new_year))

    assert [(each.year, each.number) for each in issued] == [(2026, 1), (2026, 1), (2027, 1)]


def test_whose_clock_is_behind_goes_on_in_the_year_begun(event, bob):
    services.issue(bob, now=datetime(2027, 1, 1, tzinfo=UTC))
    cleo = come(event, email="cleo@example.org")

    issued = services.issue(cleo, now=AFTER)

    assert (issued.year, issued.number) == (2027, 2)


def test_who_facilitated_is_certified_for_it_without_attendance(event, ada):
    person = factories.make_registration(event)
    set_role(person, FACILITATOR, "T2", by=ada)

    certificate = services.issue(person, now=AFTER, role=FACILITATOR)

    content = content_of(certificate)
    assert (certificate.role, content.role) == (FACILITATOR, FACILITATOR)
    assert [session.code for session in content.sessions] == ["T2"]
    assert acts() == [("certificate_role.set", {"role": "facilitator", "sessions": ["T2"]})]
    with pytest.raises(services.NothingAttended):
        services.issue(person, now=AFTER)
    with pytest.raises(services.NoSuchRole):
        services.issue(person, now=AFTER, role=SPEAKER)


def test_role_at_the_event_as_a_whole_has_neither_sessions_nor_hours(bob, event):
    set_role(bob, SPEAKER)

    certificates = services.issue_all(event, now=AFTER)

    assert [each.role for each in certificates] == [CertifiedRole.ATTENDEE, SPEAKER]
    assert content_of(certificates[1]).sessions == ()
    assert status_of(certificates[1]) is VerificationStatus.VALID


def test_role_is_not_certified_before_what_was_done_is_over(bob, event):
    set_role(bob, SPEAKER)
    set_role(bob, FACILITATOR, "T2")
    session = session_of(event, "T2")

    assert services.list_obtainable(bob, session.ends_at - timedelta(seconds=1)) == [CertifiedRole.ATTENDEE]
    assert services.list_obtainable(bob, session.ends_at) == [CertifiedRole.ATTENDEE, FACILITATOR]
    assert services.list_obtainable(bob, AFTER) == [CertifiedRole.ATTENDEE, FACILITATOR, SPEAKER]


def test_role_set_again_changes_its_sessions_and_taken_away_is_no_longer_right(bob, event):
    assert set_role(bob, FACILITATOR, "T1")
    assert not set_role(bob, FACILITATOR, "T1")
    certificate = services.issue(bob, now=AFTER, role=FACILITATOR)
    assert set_role(bob, FACILITATOR, "T2")

    assert [row.session.code for row in roles.list_rows(bob)] == ["T2"]
    assert status_of(certificate) is VerificationStatus.CORRECTED
    assert roles.remove_role(bob, FACILITATOR, by=None, now=NOW)
    assert not roles.remove_role(bob, FACILITATOR, by=None, now=NOW)
    assert status_of(certificate) is VerificationStatus.CORRECTED


def test_role_at_a_break_or_at_another_event_is_refused(bob, event):
    session_of(event, "T1").kind = SessionKind.BREAK
    other = factories.make_session(factories.make_event("altra", team=event.team))

    with pytest.raises(roles.NobodyFacilitatesBreaks):
        set_role(bob, FACILITATOR, "T1")
    with pytest.raises(NotFoundError):
        roles.set_role(bob, FACILITATOR, [other], by=None, now=NOW)


def test_revoked_certificate_says_so_and_no_other_is_given(bob, event, ada):
    certificate = services.issue(bob, now=AFTER)

    services.revoke(certificate, "Era una altra persona", by=ada, now=LATER)
    db.session.refresh(certificate)

    assert (certificate.revoked_at, certificate.revoked_by, certificate.revoked_reason) == (
        LATER,
        ada,
        "Era una altra persona",
    )
    assert status_of(certificate) is VerificationStatus.REVOKED
    assert services.issue_all(event, now=LATER) == []
    assert services.list_obtainable(bob, LATER) == []
    assert services.count_issued(event) == 0
    with pytest.raises(services.CertificateRevoked) as refused:
        services.issue(bob, now=LATER)
    assert "Era una altra persona" in str(refused.value)
    assert acts() == [("certificate.revoke", {"code": certificate.code})]


def test_correction_does_not_get_around_a_revocation(bob, event, ada):
    services.revoke(services.issue(bob, now=AFTER), "Per error", by=ada, now=AFTER)
    factories.make_attendance(bob, session_of(event, "T2"))

    assert services.issue_all(event, now=LATER) == []


def test_certificate_is_revoked_once_and_never_without_a_reason(bob, event, ada):
    certificate = services.issue(bob, now=AFTER)

    with pytest.raises(services.ReasonMissing):
        services.revoke(certificate, "", by=ada, now=LATER)
    services.revoke(certificate, "Per error", by=ada, now=LATER)
    with pytest.raises(services.NotInForce):
        services.revoke(certificate, "Un altre cop", by=ada, now=LATER)


def test_replaced_certificate_is_not_revoked(bob, event, ada):
    old = services.issue(bob, now=AFTER)
    factories.make_attendance(bob, session_of(event, "T2"))
    services.issue(bob, now=AFTER)

    with pytest.raises(services.NotInForce):
        services.revoke(old, "Per error", by=ada, now=LATER)


def test_issuing_anew_undoes_a_revocation(bob, event, ada):
    old = services.issue(bob, now=AFTER)
    services.revoke(old, "Per error", by=ada, now=AFTER)

    new = services.issue_anew(old, by=ada, now=LATER)

    assert (new.code != old.code, new.number, old.replaced_at) == (True, 2, LATER)
    assert (status_of(old), status_of(new)) == (VerificationStatus.REVOKED, VerificationStatus.VALID)
    assert services.issue(bob, now=LATER) is new
    assert [each.code for each in services.list_of_person(bob)] == [new.code, old.code]
    assert acts()[-1] == ("certificate.reissue", {"old": old.code, "new": new.code})


def test_issuing_anew_replaces_one_that_says_the_same(bob, ada):
    old = services.issue(bob, now=AFTER)

    new = services.issue_anew(old, by=ada, now=LATER)

    assert (status_of(old), status_of(new)) == (VerificationStatus.REPLACED, VerificationStatus.VALID)
    with pytest.raises(services.NotInForce):
        services.issue_anew(old, by=ada, now=LATER)


def test_nothing_is_issued_anew_where_nothing_is_left_to_certify(bob, ada):
    certificate = services.issue(bob, now=AFTER)
    db.session.query(Attendance).delete()

    with pytest.raises(services.NothingLeft):
        services.issue_anew(certificate, by=ada, now=LATER)


def test_certificate_of_another_event_is_not_found(bob, event):
    certificate = services.issue(bob, now=AFTER)
    other = factories.make_event("altra", team=event.team)

    assert services.get(event, certificate.id) is certificate
    with pytest.raises(NotFoundError):
        services.get(other, certificate.id)


def test_issued_before_they_were_numbered_is_not_issued_again(bob, event):
    certificate = services.issue(bob, now=AFTER)
    event.team.logo, event.team.logo_mark, event.team.logo_width, event.team.logo_height = b"logo", "1" * 64, 10, 5
    certificate.number = None
    certificate.content = {key: value for key, value in certificate.content.items() if key != "logo"}

    again = services.issue(bob, now=LATER)

    assert (again, again.number, content_of(again).logo) == (certificate, None, None)


def test_merged_people_keep_the_roles_of_both(bob, event):
    gone = factories.make_registration(event, email="altre@example.org")
    set_role(bob, FACILITATOR, "T1")
    set_role(gone, FACILITATOR, "T1", "T2")
    set_role(gone, SPEAKER)
    issued = [services.issue(bob, now=AFTER), services.issue(gone, now=AFTER, role=SPEAKER)]

    signals.merged.send(bob, gone=gone, by=None, now=LATER)
    db.session.expire_all()

    rows = [(row.role, row.session and row.session.code) for row in roles.list_rows(bob)]
    assert rows == [(FACILITATOR, "T1"), (FACILITATOR, "T2"), (SPEAKER, None)]
    assert db.session.query(CertificateRole).filter_by(registration_id=gone.id).count() == 0
    assert [(each.registration_id, each.replaced_at) for each in issued] == [(bob.id, None), (bob.id, None)]


def test_list_says_how_everybody_stands_and_why(bob, event, ada):
    due_ = come(event, first_name="Due", email="1@example.org")
    absent = factories.make_registration(event, first_name="Absent", email="2@example.org")
    wrong = come(event, first_name="Wrong", email="3@example.org")
    outdated = come(event, first_name="Outdated", email="4@example.org")
    revoked = come(event, first_name="Revoked", email="5@example.org")
    speaker = factories.make_registration(
        event, first_name="Speaker", email="6@example.org", state=RegistrationState.CANCELLED
    )
    factories.make_registration(event, first_name="Out", email="7@example.org", state=RegistrationState.CANCELLED)
    set_role(speaker, SPEAKER)
    issued = {person: services.issue(person, now=AFTER) for person in (bob, wrong, outdated, revoked)}
    db.session.query(Attendance).filter_by(registration_id=wrong.id).delete()
    outdated.last_name = "Plà"
    services.revoke(issued[revoked], "Per error", by=ada, now=AFTER)

    listed = people.list_people(event, now=AFTER)

    assert {(each.registration, each.role): each.standing for each in listed} == {
        (bob, CertifiedRole.ATTENDEE): Standing.HOLDS,
        (due_, CertifiedRole.ATTENDEE): Standing.DUE,
        (absent, CertifiedRole.ATTENDEE): Standing.ABSENT,
        (wrong, CertifiedRole.ATTENDEE): Standing.WRONG,
        (outdated, CertifiedRole.ATTENDEE): Standing.OUTDATED,
        (revoked, CertifiedRole.ATTENDEE): Standing.REVOKED,
        (speaker, SPEAKER): Standing.DUE,
    }
    assert sum(people.count(listed).values()) == len(listed)
    assert [people.find_standings(person, now=AFTER) for person in (bob, wrong, outdated, revoked, due_)] == [
        {CertifiedRole.ATTENDEE: Standing.HOLDS},
        {CertifiedRole.ATTENDEE: Standing.WRONG},
        {CertifiedRole.ATTENDEE: Standing.OUTDATED},
        {CertifiedRole.ATTENDEE: Standing.REVOKED},
        {},
    ]
    assert [each.registration for each in people.choose(listed, Standing.DUE, "due")] == [due_]
    assert [each.registration for each in people.choose(listed, None, "1/2026")] == [bob]


def test_list_tells_who_is_not_over_from_who_did_not_come(bob, event):
    during = session_of(event, "T1").ends_at - timedelta(minutes=1)

    assert [each.standing for each in people.list_people(event, now=during)] == [Standing.NOT_OVER]


def test_list_asks_as_often_for_three_people_as_for_one(bob, event, count_queries):
    def count():
        db.session.flush()
        db.session.expire_all()
        return count_queries(lambda: [each.registration.full_name for each in people.list_people(event, now=AFTER)])

    services.issue_all(event, now=AFTER)
    for_one = count()
    for number in range(2):
        come(event, email=f"p{number}@example.org")
    services.issue_all(event, now=AFTER)

    assert count() == for_one


def test_the_database_refuses_a_number_twice(bob, event):
    certificate = services.issue(bob, now=AFTER)

    assert db.session.query(Certificate).filter_by(event_id=event.id, year=2026, number=1).one() is certificate
    constraint = {tuple(column.name for column in each.columns) for each in Certificate.__table__.constraints}
    assert ("event_id", "year", "number") in constraint


def test_merge_that_is_undone_gives_each_their_roles_and_certificates_back(bob, event, ada):
    other = factories.make_registration(event, email="altre@example.org")
    set_role(bob, FACILITATOR, "T1")
    set_role(other, FACILITATOR, "T1")
    set_role(other, SPEAKER)
    issued = {person.id: services.issue(person, now=AFTER, role=FACILITATOR).code for person in (bob, other)}
    pair = (bob.id, other.id)

    merged = merging.merge(event, pair, {}, by=ada, now=LATER)
    merges.undo(db.session.get_one(RegistrationMerge, merged.merge_id), by=ada, now=LATER)
    db.session.expire_all()

    of_each = [[row.role for row in roles.list_rows(db.session.get_one(Registration, each))] for each in pair]
    assert of_each == [[FACILITATOR], [FACILITATOR, SPEAKER]]
    present = db.session.scalars(select(Certificate).where(Certificate.replaced_at.is_(None))).all()
    assert {each.registration_id: each.code for each in present} == issued
