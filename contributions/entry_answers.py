"""What was answered to proposals elsewhere: for the lists that show it."""

from collections.abc import Iterable

from sqlalchemy import select

from contributions.models import Entry, EntryAnswer
from core.database import batches, db


def read_for(entries: Iterable[Entry]) -> dict[int, EntryAnswer]:
    """The answers to those of these entries that have one, by the entry's id: one query for a page of them."""
    answers: dict[int, EntryAnswer] = {}
    for some in batches([entry.id for entry in entries]):
        found = db.session.scalars(select(EntryAnswer).where(EntryAnswer.entry_id.in_(some)))
        answers |= {answer.entry_id: answer for answer in found}
    return answers
