"""The numbers of entries: each kind counts within its session, without two the same and without going back."""

from contributions.models import EntryCounter, EntryKind
from core.database import db, insert_into
from events.models import Session


def take(session: Session, kind: EntryKind, count: int = 1) -> int:
    """Take the next `count` numbers and give the first of them.

    One statement moves the counter and holds its row until the transaction ends, so that two note-takers never share a
    number; what is rolled back gives its numbers back.
    """
    return _move(session, kind, count) - count + 1


def give_back(session: Session, kind: EntryKind) -> None:
    """Put back the one number that this transaction took and did not need."""
    _move(session, kind, -1)


def hold(session: Session, kind: EntryKind) -> None:
    """Let nobody else take numbers until this transaction ends."""
    _move(session, kind, 0)


def _move(session: Session, kind: EntryKind, count: int) -> int:
    statement = (
        insert_into(EntryCounter)
        .values(session_id=session.id, kind=kind, last_number=count)
        .on_conflict_do_update(
            index_elements=[EntryCounter.session_id, EntryCounter.kind],
            set_={"last_number": EntryCounter.last_number + count},
        )
        .returning(EntryCounter.last_number)
    )
    return db.session.execute(statement).scalar_one()
