"""The numbers of entries: each kind counts within its session, without two the same and without going back."""

from contributions.models import EntryCounter, EntryKind
from core.database import db, insert_into
from events.models import Session


def take(session: Session, kind: EntryKind, count: int = 1) -> int:
    """Take the next `count` numbers and give the first of them.

    One statement moves the counter and holds its row until the transaction ends, so that two note-takers never share a
    number; what is rolled back gives its numbers back.
    """
    statement = (
        insert_into(EntryCounter)
        .values(session_id=session.id, kind=kind, last_number=count)
        .on_conflict_do_update(
            index_elements=[EntryCounter.session_id, EntryCounter.kind],
            set_={"last_number": EntryCounter.last_number + count},
        )
        .returning(EntryCounter.last_number)
    )
    return db.session.execute(statement).scalar_one() - count + 1
