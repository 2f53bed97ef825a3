"""Two clicks at once, by real threads on real databases."""

import threading
import time
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from certificates import services
from certificates.models import Certificate
from core.database import db, transaction
from registrations.models import Registration
from tests import factories

AFTER = factories.EVENT_START + timedelta(days=1)
CLICKS = 6


@pytest.fixture
def bob(own_app) -> int:
    """Bob was at a session; the id of his registration."""
    with transaction():
        event = factories.make_event()
        session = factories.make_session(event)
        factories.make_session(event, "T2", starts_at=event.starts_at + timedelta(hours=2))
        registration = factories.make_registration(event, session)
        factories.make_attendance(registration, session)
    return registration.id


@pytest.fixture
def click_at_once(race):
    """Have several people ask for a certificate at the same moment; the codes that they are given."""

    def click(registration_id: int) -> str:
        with transaction():
            return services.issue(db.session.get_one(Registration, registration_id), now=AFTER).code

    return lambda registration_id: set(race([partial(click, registration_id)] * CLICKS))


def present_codes() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Certificate.code).where(Certificate.replaced_at.is_(None))))


def test_clicks_at_once_get_one_certificate(click_at_once, bob):
    codes = click_at_once(bob)

    assert list(codes) == present_codes()


def test_clicks_at_once_after_a_correction_replace_once(click_at_once, bob):
    click_at_once(bob)
    with transaction():
        registration = db.session.get_one(Registration, bob)
        factories.make_attendance(registration, registration.event.sessions[1])

    codes = click_at_once(bob)

    assert list(codes) == present_codes()
    assert len(db.session.scalars(select(Certificate)).all()) == 2


@pytest.fixture
def crowd(own_app) -> list[int]:
    """Six people were at a session; the ids of their registrations."""
    with transaction():
        event = factories.make_event()
        session = factories.make_session(event)
        people = [
            factories.make_registration(event, session, email=f"p{number}@example.org") for number in range(CLICKS)
        ]
        for person in people:
            factories.make_attendance(person, session)
    return [person.id for person in people]


def test_people_at_once_get_numbers_without_gaps_or_doubles(race, crowd):
    def click(registration_id: int) -> int | None:
        with transaction():
            return services.issue(db.session.get_one(Registration, registration_id), now=AFTER).number

    numbers = race([partial(click, registration_id) for registration_id in crowd])

    assert sorted(numbers) == list(range(1, CLICKS + 1))


def test_everybody_at_once_several_times_is_issued_once(race, crowd):
    def issue_all() -> list[int | None]:
        with transaction():
            event = db.session.get_one(Registration, crowd[0]).event
            return [certificate.number for certificate in services.issue_all(event, now=AFTER)]

    results = race([issue_all] * 4)

    assert results == [list(range(1, CLICKS + 1))] * 4
    db.session.rollback()
    assert len(db.session.scalars(select(Certificate)).all()) == CLICKS


def test_everybody_at_once_is_issued_anew_once(race, crowd):
    with transaction():
        event = db.session.get_one(Registration, crowd[0]).event
        services.issue_all(event, now=AFTER)
        event.team.place = "Sabadell"

    def renew() -> list[int | None]:
        with transaction():
            event = db.session.get_one(Registration, crowd[0]).event
            return [certificate.number for certificate in services.issue_all(event, now=AFTER, renews=True)]

    results = race([renew] * 4)

    assert results == [list(range(CLICKS + 1, 2 * CLICKS + 1))] * 4
    assert len(present_codes()) == CLICKS
    assert len(db.session.scalars(select(Certificate)).all()) == 2 * CLICKS


def test_what_is_revoked_while_it_is_replaced_does_not_come_back(race, click_at_once, bob, monkeypatch):
    """The person asks for theirs, corrected since, at the moment it is revoked: one of the two comes first."""
    click_at_once(bob)
    with transaction():
        registration = db.session.get_one(Registration, bob)
        factories.make_attendance(registration, registration.event.sessions[1])
    former = db.session.scalars(select(Certificate.id)).one()
    looked, replace = threading.Event(), services._replace

    def wait_and_replace(ids, now):
        looked.set()
        time.sleep(0.2)  # long enough for who does not wait to go before
        replace(ids, now)

    monkeypatch.setattr(services, "_replace", wait_and_replace)

    def revoke() -> str:
        looked.wait(60)
        try:
            with transaction():
                services.revoke(db.session.get_one(Certificate, former), "Per error", by=None, now=AFTER)
        except services.NotInForce:
            return "too late"
        return "revoked"

    def ask() -> str:
        with transaction():
            return services.issue(db.session.get_one(Registration, bob), now=AFTER).code

    said, _code = race([revoke, ask])

    db.session.rollback()
    assert (said, db.session.get_one(Certificate, former).revoked_at) == ("too late", None)
