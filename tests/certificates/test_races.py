"""Two clicks at once, by real threads on real databases."""

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
