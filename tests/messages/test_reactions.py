"""What follows for messages from what happens to registrations; the rest is tested through its acts."""

from sqlalchemy import select

from core.database import db
from messages.models import MessageRecipient
from registrations import signals
from tests import factories
from tests.factories import NOW


def test_messages_to_a_duplicate_went_to_who_stays_each_once(app):
    event = factories.make_event()
    kept, gone = (factories.make_registration(event, email=f"{name}@example.org") for name in "ab")
    to_both, to_one = factories.make_message(event), factories.make_message(event)
    pairs = [(to_both, kept), (to_both, gone), (to_one, gone)]
    db.session.add_all(MessageRecipient(message_id=each.id, registration_id=person.id) for each, person in pairs)
    db.session.flush()

    signals.merged.send(kept, gone=gone, by=None, now=NOW)

    db.session.expire_all()
    rows = db.session.execute(select(MessageRecipient.message_id, MessageRecipient.registration_id)).all()
    assert sorted(map(tuple, rows)) == [(to_both.id, kept.id), (to_one.id, kept.id)]
