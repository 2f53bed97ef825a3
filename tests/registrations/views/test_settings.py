"""The settings of signing up."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from events.models import Access, CalendarShape, Dimension, Promotion
from tests.registrations.views.pages import PAGES, fresh


@pytest.fixture
def event(event):
    """Of ten places."""
    event.capacity = 10
    return event


SETTINGS = {
    "access": "approval",
    "has_waiting_list": "y",
    "promotion": "offer",
    "offer_hours": "48",
    "reserved_citizens": "3",
    "confirms_address": "y",
    "address_minutes": "30",
    "changes_close": "",
    "calendar_shape": "sessions",
    "reminder_days": ["7", "1"],
    "sends_thanks": "y",
}


def test_settings_are_shown_as_they_stand_and_saved(desk, event):
    before = desk.get(PAGES).text
    answer = desk.post(PAGES, data=SETTINGS)
    after = desk.get(PAGES).text

    fresh(event)
    assert answer.status_code == 303
    assert (event.access, event.promotion, event.offer_hours) == (Access.APPROVAL, Promotion.OFFER, 48)
    assert (event.confirms_address, event.address_minutes, event.sends_thanks) == (True, 30, True)
    assert (event.calendar_shape, event.reminder_days) == (CalendarShape.SESSIONS, [7, 1])
    assert ({each.dimension: each.places for each in event.reserved_places}, event.places_kept) == (
        {Dimension.CITIZENS: 3},
        3,
    )
    assert re.findall(r'name="access" value="(\w+)"[^>]* checked', before + after) == ["everyone", "approval"]


def test_saving_the_same_again_leaves_no_line(desk, event):
    desk.post(PAGES, data=SETTINGS)
    lines = len(db.session.scalars(select(AuditEntry)).all())

    desk.post(PAGES, data=SETTINGS)

    assert len(db.session.scalars(select(AuditEntry)).all()) == lines


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("access", "nobody"),
        ("promotion", ""),
        ("offer_hours", "0"),
        ("offer_hours", "many"),
        ("address_minutes", "1"),
        ("address_minutes", ""),
        ("changes_close", "2199-01-01T00:00"),
        ("changes_close", "soon"),
        ("calendar_shape", "<b>"),
        ("reminder_days", "5000"),
        ("reminder_days", "x"),
        ("reserved_citizens", "-1"),
    ],
)
def test_setting_that_makes_no_sense_is_refused_at_its_field(desk, event, name, typed):
    page = desk.post(PAGES, data={**SETTINGS, name: typed})

    assert page.status_code == 422
    assert f'href="#{name}"' in page.text
    assert fresh(event).access is Access.EVERYONE


def test_more_places_kept_than_there_are_saves_nothing_at_all(desk, event):
    page = desk.post(PAGES, data={**SETTINGS, "reserved_internal": "8"})

    assert page.status_code == 422
    assert 'href="#reserved_internal"' in page.text
    assert 'id="reserved_internal-error"' in page.text
    assert (fresh(event).access, event.places_kept) == (Access.EVERYONE, 0)


def test_deadline_for_changes_is_in_the_time_of_the_event(desk, event):
    local = (event.starts_at - timedelta(days=1)).astimezone(event.zone)

    desk.post(PAGES, data={**SETTINGS, "changes_close": f"{local:%Y-%m-%dT%H:%M}"})

    assert fresh(event).changes_close_at == event.starts_at - timedelta(days=1)
