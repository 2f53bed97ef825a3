"""What the team has made of what was said at an event of the demo, from its `topics.csv` and `sorting.toml`.

Themes, states, words for publication, what is withheld, and what people wrote by themselves: through the services of
everybody, so that the board, the public list and the wall show what the program would.
"""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from contributions import (
    entry_lists,
    publications,
    services,
    sorting,
    themes,
    topic_files,
    topic_lists,
    topics,
    written,
)
from contributions.entry_lists import EntryFilter
from contributions.models import Entry, EntryKind, EntryState, Topic
from contributions.sorting import Target
from core.database import db
from events import services as events
from events import sessions
from events.models import Event, Process
from registrations.services import find_by_address

Table = Mapping[str, Any]

_AFTERWARDS = timedelta(days=1)


def list_topics(process: Process, file: Path, *, now: datetime) -> None:
    """Give a process its topics, with their names in other languages."""
    if file.exists():
        topic_lists.take_in(process, topic_files.read_file(file.read_bytes(), file.name), by=None, now=now)


def sort_out(event: Event, file: Path, *, now: datetime) -> None:
    """Sort the entries of an event as the file says, and let people write what it holds."""
    if not file.exists():
        return
    content = tomllib.loads(file.read_text("utf-8"))
    for table in content.get("theme", ()):
        _make_theme(event, table, now=now)
    for table in content.get("reviewed", ()):
        sorting.set_state(_find(event, table), EntryState.REVIEWED, by=None, now=now)
    published = [_word(event, table, now=now) for table in content.get("published", ())]
    sorting.set_state(published, EntryState.PUBLISHED, by=None, now=now)
    for table in content.get("withheld", ()):
        publications.withhold(_get_entry(event, table["entry"]), table["reason"], by=None, now=now)
    if "writing_days" in content:
        events.update_event(event, {"writing_days": content["writing_days"]}, by=None, now=now)
    for table in content.get("written", ()):
        _write(event, table)


def _make_theme(event: Event, table: Table, *, now: datetime) -> None:
    """Make a theme and put its entries into it."""
    theme = themes.create(event, table["name"], _find_topic(event, table), by=None, now=now)
    sorting.put(_find(event, table), Target(is_theme=True, theme=theme), by=None, now=now)


def _find(event: Event, table: Table) -> list[Entry]:
    """The entries that the table names by their codes, and those of its topic that hold any of its words."""
    topic = _find_topic(event, table)
    found = {entry.id: entry for entry in (_get_entry(event, code) for code in table.get("entries", ()))}
    for words in table.get("words", ()):
        chosen = EntryFilter(words=words, topic_id=topic.id if topic else None)
        found |= {entry.id: entry for entry in db.session.scalars(entry_lists.select_of_event(event, chosen))}
    return list(found.values())


def _get_entry(event: Event, code: str) -> Entry:
    """The entry `INT-07-A-012`."""
    session_code, letter, number = code.rsplit("-", 2)
    return services.get_entry(sessions.get_session(event, session_code), f"{letter}-{number}")


def _find_topic(event: Event, table: Table) -> Topic | None:
    """The topic that the table names."""
    return topics.get_or_create(event, table["topic"]) if "topic" in table else None


def _word(event: Event, table: Table, *, now: datetime) -> Entry:
    """Give an entry the words for publication."""
    entry = _get_entry(event, table["entry"])
    publications.word(entry, title=table.get("title", ""), public_text=table.get("text", ""), by=None, now=now)
    return entry


def _write(event: Event, table: Table) -> None:
    """Have somebody write about a session that they were at, a day after the event."""
    registration = find_by_address(event, table["email"])
    if registration is not None:
        written.write(
            registration,
            sessions.get_session(event, table["session"]),
            EntryKind(table["kind"]),
            table["text"],
            now=event.ends_at + _AFTERWARDS,
            topic=_find_topic(event, table),
            is_credited=table.get("is_credited", False),
        )
