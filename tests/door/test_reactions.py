"""What follows at the door from what happens to registrations elsewhere; the rest is tested through its acts."""

from sqlalchemy import select

from core.database import db
from door.models import DoorAct, DoorActKind
from door.reports import Report
from door.services import Doorkeeper, accept
from registrations import signals
from tests import factories
from tests.factories import NOW

ID = "0b8f6c1e-0000-4000-8000-000000000001"


def test_what_was_done_with_a_duplicate_was_done_with_who_stays(app):
    event = factories.make_event()
    session = factories.make_session(event)
    kept, gone = (factories.make_registration(event, session, email=f"{name}@example.org") for name in "ab")
    report = Report(ID, DoorActKind.CHECK_IN, gone.code, session.code, NOW)
    accept(event, [report], by=Doorkeeper("Porta"), now=NOW)

    signals.merged.send(kept, gone=gone, by=None, now=NOW)

    assert db.session.scalars(select(DoorAct.registration_id)).all() == [kept.id]
