"""The line between fact and wording: a correction replaces a certificate, other words leave it as it is."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import CertificateFormula
from certificates import corrections, rules, services, verification
from certificates.content import CertificateContent, CertifiedSession
from certificates.corrections import FACTS, FACTS_IF_STATED, LOOK, SESSIONS, WORDING, Difference
from certificates.models import CertificateRules, CertifiedRole, PageSize
from certificates.verification import VerificationStatus
from core.database import db
from tests import factories
from tests.certificates.samples import START, make_certified, make_content

AFTER = factories.EVENT_START + timedelta(days=1)

words = st.text(max_size=8)
moments = st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours))
sessions = st.builds(
    CertifiedSession, st.sampled_from(["T1", "T2"]), st.sampled_from(["Taller", "Ponència"]), moments, moments
)
VALUES = {
    "formula": st.sampled_from(CertificateFormula),
    "role": st.sampled_from(CertifiedRole),
    "page_size": st.sampled_from(PageSize),
    "timezone": st.sampled_from(["Europe/Madrid", "UTC"]),
    "starts_at": moments,
    "ends_at": moments,
    "sessions": st.lists(sessions, max_size=3).map(tuple),
    "logo": st.none() | words,
}
contents = st.builds(
    CertificateContent, **{each.name: VALUES.get(each.name, words) for each in fields(CertificateContent)}
)


def facts_of(content):
    said = sorted((each.title, each.starts_at, each.ends_at) for each in content.sessions)
    return [getattr(content, name) for name in FACTS], said


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "T1")
    return event


def come(event, **values):
    person = factories.make_registration(event, **values)
    factories.make_attendance(person, event.sessions[0])
    return person


def word(event, **values):
    """Give the event's certificates these words."""
    present = rules.find(event) or CertificateRules(event_id=event.id, updated_at=factories.NOW)
    for name, value in values.items():
        setattr(present, name, value)
    db.session.add(present)
    db.session.flush()


@pytest.fixture
def bob(event):
    """At T1, certified with the organisation in words of the event's own."""
    word(event, texts={"attendee": {"ca": "ha assistit, de {entitat}."}})
    return come(event, organisation="Veïnes")


def test_every_field_is_on_one_side_of_the_line():
    named = [*FACTS, SESSIONS, *(set(WORDING) | set(FACTS_IF_STATED)), *LOOK]

    assert sorted(named) == sorted(each.name for each in fields(CertificateContent))


@given(contents, contents)
def test_facts_alone_correct_a_certificate(issued, present):
    unsaid = all(
        not (getattr(issued, name) and getattr(present, name)) or getattr(issued, name) == getattr(present, name)
        for name in FACTS_IF_STATED
    )

    is_right = corrections.compare(issued, present) is not Difference.FACTS

    assert is_right == (facts_of(issued) == facts_of(present) and unsaid)


@given(contents, contents)
def test_other_words_and_another_look_never_correct_it(issued, other):
    reworded = replace(issued, **{name: getattr(other, name) for name in (*WORDING, *LOOK)})
    reworded = replace(reworded, **dict.fromkeys(FACTS_IF_STATED, ""))
    is_same = all(getattr(issued, name) == getattr(reworded, name) for name in WORDING)

    assert corrections.compare(issued, reworded) is (Difference.NONE if is_same else Difference.WORDING)
    assert corrections.still_holds(issued, reworded)


@given(contents, contents)
def test_what_is_not_corrected_still_holds(issued, present):
    if corrections.compare(issued, present) is not Difference.FACTS:
        assert corrections.still_holds(issued, present)


@given(contents, st.lists(sessions, max_size=2))
def test_more_sessions_leave_a_certificate_true_and_make_a_new_one_due(issued, more):
    present = replace(issued, sessions=(*more, *issued.sessions))

    assert corrections.still_holds(issued, present)
    assert corrections.compare(issued, present) is (Difference.FACTS if more else Difference.NONE)
    assert corrections.still_holds(present, issued) is not bool(more)


def test_code_of_a_session_is_not_on_the_paper():
    issued = make_content(sessions=(make_certified("T1"), make_certified("T2", "Taller 2")))
    present = make_content(sessions=(make_certified("A2", "Taller 2"), make_certified("A1")))

    assert corrections.compare(issued, present) is Difference.NONE


def test_number_that_was_not_stated_corrects_nothing():
    without, with_one = make_content(), make_content(identity="***4567**")

    assert corrections.compare(without, with_one) is Difference.WORDING
    assert corrections.compare(with_one, without) is Difference.WORDING
    assert corrections.compare(with_one, make_content(identity="***7654**")) is Difference.FACTS


def test_text_of_before_the_organisation_was_kept_beside_it_is_the_same():
    assert corrections.compare(make_content(text="x"), make_content(text="x", organisation="Veïnes")) is Difference.NONE


def test_where_nothing_is_left_to_state_nothing_holds():
    assert not corrections.still_holds(make_content(), None)


@pytest.mark.both_databases
def test_changed_words_leave_what_was_issued(event, bob):
    issued = services.issue(bob, now=AFTER)
    other = {"formula": CertificateFormula.CERTIFIES, "signatory_name": "Eva", "approver_name": "Pau", "place": "Vic"}
    word(event, texts={"attendee": {"ca": "hi ha estat."}}, prints_identity=True, **other)
    event.team.name, bob.language = "Un altre nom", "es"

    assert services.issue(bob, now=AFTER) is issued
    assert services.issue_all(event, now=AFTER) == [issued]
    assert verification.verify(issued.code, now=AFTER).status is VerificationStatus.VALID


@pytest.mark.both_databases
def test_renewing_replaces_the_former_wording_and_nothing_else(event, bob):
    former = services.issue(bob, now=AFTER)
    word(event, place="Vic")
    cleo = come(event, first_name="Cleo", last_name="Zafra", email="cleo@example.org")
    present = services.issue(cleo, now=AFTER)

    issued = services.issue_all(event, now=AFTER, renews=True)

    assert issued[1] is present
    assert [each.registration for each in issued] == [bob, cleo]
    assert (former.replaced_at, issued[0].replaced_at) == (AFTER, None)
    assert verification.verify(former.code, now=AFTER).status is VerificationStatus.REPLACED
    assert services.issue_all(event, now=AFTER, renews=True) == issued


@pytest.mark.parametrize(
    "correct",
    [
        lambda bob: setattr(bob, "last_name", "Plà"),
        lambda bob: setattr(bob, "organisation", "Veïnes i veïns"),
        lambda bob: setattr(bob.event, "title", "Un altre títol"),
        lambda bob: setattr(bob.event, "venue", "Un altre lloc"),
        lambda bob: setattr(bob.event.sessions[0], "title", "Un altre taller"),
        lambda bob: setattr(bob.event.sessions[0], "ends_at", bob.event.sessions[0].ends_at - timedelta(minutes=5)),
    ],
)
def test_corrected_fact_makes_it_wrong_at_once_and_the_next_one_right(bob, correct):
    issued = services.issue(bob, now=AFTER)
    correct(bob)
    db.session.flush()

    assert verification.verify(issued.code, now=AFTER).status is VerificationStatus.CORRECTED
    again = services.issue(bob, now=AFTER)
    assert again.code != issued.code
    assert verification.verify(again.code, now=AFTER).status is VerificationStatus.VALID
    assert verification.verify(issued.code, now=AFTER).status is VerificationStatus.CORRECTED
