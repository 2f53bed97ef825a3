"""The rules of an event: whom, with what on it; without any of its own, as the team does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.logos import Logo
from accounts.models import AuditEntry, CertificateFormula
from certificates import due, rules, services
from certificates.attended import attend_whole
from certificates.content import CertificateContent
from certificates.models import CertificatePicture, CertificateRules, CertifiedRole, PageSize, Requirement
from core.database import db
from events.event_copies import Plan, copy_event
from events.models import SessionKind
from registrations.attendance import Hours
from tests import factories

NOW = factories.NOW
AFTER = factories.EVENT_START + timedelta(days=1)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    """Four hours: T1 and T2 at the same hour, T3 of two hours after a break, T4 of one called off."""
    event = factories.make_event()
    start = event.starts_at
    factories.make_session(event, "T1", starts_at=start, ends_at=start + HOUR)
    factories.make_session(event, "T2", starts_at=start, ends_at=start + HOUR)
    factories.make_session(event, "B", kind=SessionKind.BREAK, starts_at=start + HOUR, ends_at=start + 2 * HOUR)
    factories.make_session(event, "T3", starts_at=start + 2 * HOUR, ends_at=start + 4 * HOUR)
    factories.make_session(event, "T4", starts_at=start + 4 * HOUR, ends_at=start + 5 * HOUR, cancelled_at=NOW)
    db.session.expire(event, ["sessions"])
    return event


def sessions_of(event, *codes):
    return [session for session in event.sessions if session.code in codes]


def come(event, *codes, **values):
    person = factories.make_registration(event, **values)
    for session in sessions_of(event, *codes):
        factories.make_attendance(person, session)
    return person


def values(**rest):
    return {
        "requirement": Requirement.ANY,
        "share_percent": 80,
        "sessions": [],
        "formula": None,
        "signatory_name": "",
        "signatory_post": "",
        "approver_name": "",
        "approver_post": "",
        "place": "",
        "has_logo": True,
        "prints_identity": False,
        "page_size": PageSize.A4,
        "texts": {},
        **rest,
    }


def save(event, ada, **rest):
    return rules.save(event, values(**rest), by=ada, now=NOW)


def names(event):
    return [each.registration.first_name for each in due.list_due(event, now=AFTER)]


def content_of(registration):
    return CertificateContent.from_json(services.issue(registration, now=AFTER).content)


def test_without_rules_the_team_s_hold(event):
    content = content_of(come(event, "T1"))

    assert rules.find(event) is None
    assert (content.formula, content.place, content.page_size) == (
        event.team.certificate_formula,
        event.team.place,
        PageSize.A4,
    )


def test_share_counts_parallel_sessions_once_and_no_break_or_session_called_off(event, ada):
    save(event, ada, requirement=Requirement.SHARE, share_percent=66)
    come(event, "T1", "T2", first_name="Poc", email="a@example.org")
    come(event, "T3", first_name="Prou", email="b@example.org")

    assert names(event) == ["Prou"]
    assert round(rules.share(event, attend_whole(sessions_of(event, "T3"), Hours(event)))) == 67
    assert due.count_attendees(event, now=AFTER) == 1


def test_share_of_an_event_without_hours_is_whole(app, ada):
    event = factories.make_event(starts_at=factories.EVENT_START - timedelta(hours=9, minutes=30))
    day = event.starts_at
    factories.make_session(event, "T1", starts_at=day, ends_at=day + timedelta(hours=23, minutes=59))
    db.session.expire(event, ["sessions"])

    assert rules.share(event, attend_whole(event.sessions, Hours(event))) == 100


def test_all_of_the_chosen_sessions_are_asked_for(event, ada):
    save(event, ada, requirement=Requirement.SESSIONS, sessions=sessions_of(event, "T1", "T3"))
    come(event, "T1", first_name="Poc", email="a@example.org")
    come(event, "T1", "T3", first_name="Prou", email="b@example.org")

    assert names(event) == ["Prou"]
    with pytest.raises(services.NotEnoughAttended):
        services.issue(event_person(event, "Poc"), now=AFTER)


def event_person(event, first_name):
    return next(each for each in due.list_attended(event, now=AFTER) if each.first_name == first_name)


def test_rules_say_what_stands_on_it(event, ada):
    question = factories.make_question(event, "DNI", kind="identity")
    save(
        event,
        ada,
        formula=CertificateFormula.CERTIFIES,
        signatory_name="Cleo Roca",
        signatory_post="secretària",
        approver_name="Pau Vila",
        approver_post="president",
        place="Sabadell",
        prints_identity=True,
        page_size=PageSize.LETTER,
        texts={"attendee": {"ca": "ha assistit a {event} ({hours})."}},
    )
    bob = come(event, "T1")
    factories.make_answer(bob, question, "***4567**")
    cleo = come(event, "T1", first_name="Cleo", email="cleo@example.org", language="en")

    content = content_of(bob)

    assert (content.formula, content.place, content.identity) == (CertificateFormula.CERTIFIES, "Sabadell", "***4567**")
    assert (content.signatory_name, content.signatory_post) == ("Cleo Roca", "secretària")
    assert (content.approver_name, content.approver_post) == ("Pau Vila", "president")
    assert (content.page_size, content.text) == (PageSize.LETTER, "ha assistit a Jornada de treball (1 h).")
    assert content_of(cleo).text == ""


def test_a_signatory_of_the_event_does_not_take_the_team_s_post(event, ada):
    event.team.signatory_name, event.team.signatory_post = "Ada", "cap"
    save(event, ada, signatory_name="Cleo Roca")

    content = content_of(come(event, "T1"))

    assert (content.signatory_name, content.signatory_post) == ("Cleo Roca", "")


def test_saving_the_same_again_changes_nothing(event, ada):
    assert save(event, ada, place="Sabadell")
    assert not save(event, ada, place="Sabadell")
    assert save(event, ada, requirement=Requirement.SESSIONS, place="Sabadell", sessions=sessions_of(event, "T1"))

    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.details for entry in entries] == [{"changed": ["place"]}, {"changed": ["requirement", "sessions"]}]


def test_signature_and_logo_stay_with_what_was_issued(event, ada):
    team = event.team
    team.logo, team.logo_mark, team.logo_width, team.logo_height = b"first", "1" * 64, 10, 5
    rules.set_signature(event, Logo(b"signature", 100, 50), by=ada, now=NOW)
    before = services.issue(come(event, "T1"), now=AFTER)

    team.logo, team.logo_mark = b"second", "2" * 64
    rules.remove_signature(event, by=ada, now=NOW)
    again = services.issue(before.registration, now=AFTER)

    assert again is before
    content = CertificateContent.from_json(again.content)
    assert (content.logo, content.signature) == ("1" * 64, Logo(b"signature", 100, 50).mark)
    kept = db.session.scalars(select(CertificatePicture.content).order_by(CertificatePicture.width)).all()
    assert kept == [b"first", b"signature"]


def test_signature_is_set_and_taken_away_once(event, ada):
    for _time in range(2):
        rules.set_signature(event, Logo(b"signature", 100, 50), by=ada, now=NOW)
    for _time in range(2):
        rules.remove_signature(event, by=ada, now=NOW)

    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["certificate_rules.set_signature", "certificate_rules.remove_signature"]


def test_without_logo_none_is_printed(event, ada):
    event.team.logo, event.team.logo_mark, event.team.logo_width, event.team.logo_height = b"logo", "1" * 64, 10, 5
    save(event, ada, has_logo=False)

    assert content_of(come(event, "T1")).logo == ""


def test_copy_of_an_event_takes_the_rules_along(event, ada):
    save(event, ada, requirement=Requirement.SESSIONS, sessions=sessions_of(event, "T1"), place="Sabadell")

    plan = Plan(slug="copia", title="Còpia", starts_at=AFTER, team=event.team, process=None)

    copy, _consequences = copy_event(event, plan, by=ada, now=NOW)

    found = db.session.get_one(CertificateRules, copy.id)
    assert (found.requirement, found.place) == (Requirement.SESSIONS, "Sabadell")
    assert [(session.code, session.event_id) for session in found.sessions] == [("T1", copy.id)]


def test_copy_in_another_team_has_nobody_signing(event, ada):
    save(event, ada, signatory_name="Ada", signatory_post="cap", approver_name="Eva", approver_post="x", place="Vic")
    rules.set_signature(event, Logo(b"png", 4, 2), by=ada, now=NOW)
    plan = Plan(slug="copia", title="Còpia", starts_at=AFTER, team=factories.make_team(name="Altres"), process=None)

    copy, _consequences = copy_event(event, plan, by=ada, now=NOW)

    found = db.session.get_one(CertificateRules, copy.id, populate_existing=True)
    assert (found.signatory_name, found.signatory_post, found.approver_name, found.approver_post) == ("", "", "", "")
    assert (found.signature_mark, found.place) == (None, "Vic")


def test_every_role_has_words_of_its_own(event, ada):
    save(event, ada, texts={role.value: {"ca": f"{role.value}: {{event}}"} for role in CertifiedRole})

    assert content_of(come(event, "T1")).text == "attendee: Jornada de treball"
