"""The desk and the event of these tests."""

from datetime import timedelta

import pytest

from core.dates import utc_now
from tests import factories


@pytest.fixture
def event(app):
    """In ten days, with two workshops one after the other."""
    starts_at = (utc_now() + timedelta(days=10)).replace(second=0, microsecond=0)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5))
    factories.make_session(event, "T1", title="Taller 1")
    factories.make_session(event, "T2", title="Taller 2", starts_at=starts_at + timedelta(hours=3))
    return event


@pytest.fixture
def desk(client, ada):
    """Ada's browser."""
    client.log_in(ada)
    return client


@pytest.fixture
def answered(event):
    asked = factories.make_question(event, "=Com?", "several", options=["a b", "c"])
    withdrawn = factories.make_question(event, "Abans", withdrawn_at=utc_now())
    factories.make_question(event, "Mai", withdrawn_at=utc_now())
    registration = factories.make_registration(event)
    factories.make_answer(registration, asked, "a b", "c")
    factories.make_answer(registration, withdrawn, "=1+1")
    factories.make_support_need(registration, "menu", "celíac")
    factories.make_registration(event, email="c@example.org", last_name="Zet")
    return asked, withdrawn
