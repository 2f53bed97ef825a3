"""What the tests of the pages of contributions share."""

import pytest

from events.models import Dimension
from tests import factories


@pytest.fixture
def session(app):
    return factories.make_session(dimension=Dimension.INTERNAL)


@pytest.fixture
def facilitator(app, client):
    member = factories.make_staff("cleo@example.org", role="facilitator", active=True)
    client.log_in(member)
    return member
