"""The revision of a notebook: what devices ask by whether anything changed, and the row that writers queue at."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select, update

from contributions import entry_counts
from contributions.models import Entry, Notebook
from core.database import db, insert_into

FIRST = 1
"""Of a notebook in which nobody has written yet; who has seen nothing has seen revision 0."""


def take(session_id: int) -> int:
    """Take the next revision of a session's notebook, which is made if need be.

    One statement moves it and holds its row until the transaction ends: writers of one session come one after another,
    so that whoever has seen revision n has seen all that is stamped with n or less. What is kept of how many entries
    there are holds no more; they are counted again when the transaction commits.
    """
    statement = (
        insert_into(Notebook)
        .values(session_id=session_id, revision=FIRST + 1)
        .on_conflict_do_update(
            index_elements=[Notebook.session_id],
            set_={"revision": Notebook.revision + 1, "counts": entry_counts.UNKNOWN},
        )
        .returning(Notebook.revision)
    )
    entry_counts.note(session_id)
    return db.session.execute(statement).scalar_one()


def hold(session_ids: Iterable[int]) -> dict[int, int]:
    """Take the next revisions of several notebooks, always in the same order, so that two never wait for each other."""
    return {session_id: take(session_id) for session_id in sorted(set(session_ids))}


def stamp(condition: ColumnElement[bool]) -> int:
    """Give all entries for which `condition` holds the next revision of their notebooks, and say how many they are."""
    db.session.flush()
    sessions = db.session.scalars(select(Entry.session_id).where(condition).distinct()).all()
    stamped = 0
    for session_id, revision in hold(sessions).items():
        statement = update(Entry).where(Entry.session_id == session_id, condition).values(revision=revision)
        options = {"synchronize_session": "fetch"}
        stamped += len(db.session.scalars(statement.returning(Entry.id).execution_options(**options)).all())
    return stamped
