"""What events and processes have alike: their rows, and their lines in the trail."""

import pytest
from sqlalchemy import select

from accounts import audit
from core.database import db
from events import owners
from events.models import Document
from tests import factories

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def both(app):
    process = factories.make_process("impulsem")
    return factories.make_event("jornada", process_id=process.id), process


def test_a_row_belongs_to_one_of_the_two(both):
    event, process = both
    of_event, of_process = factories.make_document(event), factories.make_document(process)

    found = [db.session.scalars(select(Document).where(owners.belongs_to(Document, owner))).all() for owner in both]

    assert found == [[of_event], [of_process]]
    assert (owners.columns_of(event), owners.columns_of(process)) == (
        {"event_id": event.id},
        {"process_id": process.id},
    )


def test_an_act_is_kept_in_the_trail_of_whose_it_is(both):
    _event, process = both

    owners.record("topic.move", process, by=None, now=factories.NOW, topic="Salut")

    assert audit.list_entries("event", "jornada") == []
    assert [(line.act, line.details) for line in audit.list_entries("process", "impulsem")] == [
        ("topic.move", {"topic": "Salut"})
    ]


def test_a_page_knows_which_of_the_two_it_is_about(both):
    event, process = both

    assert owners.as_context(event) == {"owner": event, "event": event, "process": None}
    assert owners.as_context(process) == {"owner": process, "event": None, "process": process}
