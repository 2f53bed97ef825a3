"""A session with room for a few, and Bob, who has a place in it."""

import pytest

from tests import factories


@pytest.fixture
def session(app):
    return factories.make_session(factories.make_event(capacity=10), capacity=5)


@pytest.fixture
def bob(session):
    return factories.make_registration(session.event, session)
