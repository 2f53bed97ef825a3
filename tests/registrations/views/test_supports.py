"""Supports: offered, counted, and seen by few."""

import pytest

from registrations.models import (
    SupportKind,
)
from registrations.supports import list_offered
from tests import factories
from tests.registrations.views.pages import HOSTILE, PAGES


def test_supports_are_offered_and_counted_and_named(desk, event):
    answer = desk.post(f"{PAGES}/suports", data={"offered": ["menu", "hearing_loop"]})
    factories.make_support_need(factories.make_registration(event), "menu", HOSTILE)

    page = desk.get(f"{PAGES}/suports").text

    assert answer.status_code == 303
    assert list_offered(event) == [SupportKind.HEARING_LOOP, SupportKind.MENU]
    assert "Bob Pla" in page
    assert "&lt;b&gt;&amp;" in page


def test_support_that_there_is_not_is_refused(desk, event):
    desk.post(f"{PAGES}/suports", data={"offered": "unicorn"})

    assert list_offered(event) == []


@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("door", 403), ("facilitator", 403), ("viewer", 403)]
)
def test_supports_are_seen_by_few(client, event, role, status):
    client.log_in(factories.make_staff(f"{role}@example.org", role=role))

    assert client.get(f"{PAGES}/suports").status_code == status
