"""Supports that people need: with consent only, seen by few, counted without names, and gone when no longer needed."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from registrations import services, supports
from registrations.models import RegistrationState, SupportKind, SupportNeed
from registrations.supports import NeedCount
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

MENU, LOOP, SIGNS = SupportKind.MENU, SupportKind.HEARING_LOOP, SupportKind.SIGN_LANGUAGE


@pytest.fixture
def event(app):
    return factories.make_event()


def count():
    return db.session.scalar(select(func.count()).select_from(SupportNeed))


def person(event, number, **values):
    return factories.make_registration(event, email=f"p{number}@example.org", **values)


def test_offered_supports_are_named_in_one_order(event, ada):
    changed = supports.offer(event, [MENU, SIGNS], by=ada, now=NOW)

    assert (changed, supports.list_offered(event)) == (True, [SIGNS, MENU])


def test_offering_the_same_again_changes_nothing(event, ada):
    supports.offer(event, [MENU], by=ada, now=NOW)

    assert not supports.offer(event, [MENU], by=ada, now=NOW)
    assert db.session.scalars(select(AuditEntry.act)).all() == ["event.offer_supports"]


def test_support_no_longer_offered_is_still_needed_by_who_asked(event, ada):
    factories.offer_supports(event, "menu", "hearing_loop")
    registration = person(event, 1)
    factories.make_support_need(registration, "menu", "vegà")

    supports.offer(event, [LOOP], by=ada, now=NOW)

    assert supports.list_offered(event) == [LOOP]
    assert [need.details for need in supports.list_needs(registration)] == ["vegà"]


def test_needs_are_counted_without_names_and_menus_by_their_words(event):
    for number, menu in enumerate(["Celíac", "celíac", "vegà"]):
        factories.make_support_need(person(event, number), "menu", menu)
    factories.make_support_need(person(event, 8), "other", "em dic Bob")
    factories.make_support_need(person(event, 9, state=RegistrationState.WAITING), "hearing_loop")

    assert supports.count_needs(event) == [
        NeedCount(MENU, "Celíac", 2),
        NeedCount(MENU, "vegà", 1),
        NeedCount(SupportKind.OTHER, "", 1),
    ]


def test_people_are_listed_by_name_without_those_who_cancelled(event):
    bob, ann = person(event, 1, last_name="Pla"), person(event, 2, last_name="Abat")
    gone = person(event, 3, state=RegistrationState.CANCELLED)
    for registration in (bob, ann, gone):
        factories.make_support_need(registration)
    factories.make_support_need(bob, "menu", "vegà")

    people = supports.list_people(event)

    assert [(each.last_name, {need.kind for need in needs}) for each, needs in people] == [
        ("Abat", {LOOP}),
        ("Pla", {LOOP, MENU}),
    ]


def test_cancelling_deletes_what_the_person_needed(event):
    registration = person(event, 1)
    factories.make_support_need(registration)

    services.cancel(registration, now=NOW)

    assert count() == 0


def test_withdrawn_consent_deletes_and_the_trail_does_not_say_what(event):
    registration = person(event, 1)
    factories.make_support_need(registration, "menu", "celíac")

    supports.withdraw_consent(registration, now=NOW)
    supports.withdraw_consent(registration, now=NOW)

    assert count() == 0
    assert [(entry.act, entry.details) for entry in db.session.scalars(select(AuditEntry))] == [
        ("registration.withdraw_supports", {})
    ]


def test_needs_are_forgotten_a_month_after_the_event(event):
    factories.make_support_need(person(event, 1))
    other = factories.make_event("altra", starts_at=event.starts_at + timedelta(days=1))
    kept = factories.make_support_need(person(other, 2))

    supports.forget_supports(event.ends_at + supports.KEPT_FOR)

    assert db.session.scalars(select(SupportNeed.registration_id)).all() == [kept.registration_id]
