"""What a team chose before for the columns of a file, found again by its headings."""

import hashlib
from collections.abc import Container, Sequence
from datetime import datetime

from sqlalchemy import select

from core.database import db, insert_into
from core.sheets import Sheet
from core.tables import fold_heading
from events.models import Event, KnownHeadings


def recall(event: Event, sheet: Sheet, choices: Container[str], *, kind: str = "") -> dict[int, str]:
    """What the team of the event chose for the columns of a file with these headings, as far as it is to be had."""
    known = db.session.scalar(
        select(KnownHeadings.columns).where(
            KnownHeadings.team_id == event.team_id, KnownHeadings.mark == _mark_of(sheet, kind)
        )
    )
    return {place: column for place, column in enumerate(known or ()) if column in choices}


def remember(event: Event, sheet: Sheet, columns: Sequence[str], *, kind: str = "", now: datetime) -> None:
    """Keep what was chosen for files with these headings; the last choice stays."""
    values = {"columns": list(columns), "used_at": now}
    statement = insert_into(KnownHeadings).values(team_id=event.team_id, mark=_mark_of(sheet, kind), **values)
    keys = [KnownHeadings.team_id, KnownHeadings.mark]
    db.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def _mark_of(sheet: Sheet, kind: str) -> str:
    """Stand for the kind of file and its headings; those without any are alike when they have as many columns."""
    words = "\n".join(map(fold_heading, sheet.headings)) if sheet.has_headings else str(len(sheet.headings))
    return hashlib.sha256((f"{kind}\n{words}" if kind else words).encode()).hexdigest()
