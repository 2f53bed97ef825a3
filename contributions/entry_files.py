"""Contributions and proposals as files: exactly what a list shows, as CSV, XLSX, ODS or JSON; never who said it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from accounts.models import StaffMember
from contributions import entry_links, publications
from contributions.labels import ENTRY_KINDS, ENTRY_SOURCES, ENTRY_STATES, WITHOUT_DIMENSION
from contributions.models import Entry, EntryKind, EntryState
from core.database import db
from core.languages import current_language
from core.tables import FORMATS, Cell, write_csv, write_table
from events import owners
from events.labels import DIMENSIONS
from events.owners import Owner

ACT = "entry.export"
JSON_TYPE = "application/json"
MEDIA_TYPES = {**FORMATS, "json": JSON_TYPE}

# `code` is the stable name; a column of the same name is what an import reads (`contributions.readers`).
COLUMNS = {
    "code": _l("Code"),
    "event": _l("Event"),
    "session": _l("Session"),
    "session_title": _l("Title of the session"),
    "date": _l("Date of the session"),
    "dimension": _l("Dimension"),
    "kind": _l("Kind"),
    "topic": _l("Topic"),
    "theme": _l("Theme"),
    "title": _l("Title"),
    "text": _l("Text"),
    "public_text": _l("Text for publication"),
    "supports": _l("Times supported"),
    "of_several": _l("Said by several"),
    "state": _l("State"),
    "withheld": _l("Withheld"),
    "source": _l("Source"),
    "recorded_at": _l("Recorded"),
    "from": _l("Built on"),
    "merged_into": _l("Merged into"),
    "credit": _l("Credited to"),
}

_BATCH = 500


@dataclass(frozen=True)
class EntryExport:
    """What is asked for: the entries of a query, of an event or of a process, in a format."""

    owner: Owner
    format: str
    query: Select[Entry]
    wanted: Mapping[str, object] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        return f"{self.owner.slug}-entries.{self.format}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]


def record(export: EntryExport, *, by: StaffMember | None, now: datetime) -> None:
    """Leave a line in the trail: who took which entries, how many, and as what."""
    count = db.session.scalar(select(func.count()).select_from(export.query.order_by(None).subquery()))
    owners.record(
        ACT,
        export.owner,
        by=by,
        now=now,
        format=export.format,
        filter=dict(export.wanted),
        count=count,
    )


def write(export: EntryExport, file: BinaryIO) -> None:
    """Write the entries into the file."""
    if export.format in FORMATS:
        write_table(export.format, _header(), _rows(export), file)
    else:
        file.writelines(stream(export))


def stream(export: EntryExport) -> Iterator[bytes]:
    """Give the entries as CSV or JSON, a piece at a time."""
    return write_csv(_header(), _rows(export)) if export.format == "csv" else _stream_json(list_records(export))


def list_records(export: EntryExport) -> Iterator[dict[str, Any]]:
    """Give each entry as programs read it, in batches: the words of enumerations, times with their zone."""
    query = export.query.options(joinedload(Entry.theme)).execution_options(yield_per=_BATCH)
    with db.session.execute(query) as rows:  # PostgreSQL keeps a cursor open for who has gone away, unless closed
        for batch in rows.partitions():
            entries = [row[0] for row in batch]
            origins = entry_links.read_origins([each.id for each in entries if each.kind is EntryKind.PROPOSAL])
            roots = entry_links.read_names([each.merged_into_id for each in entries if each.merged_into_id])
            # Who asked to be named is, where it is published.
            credited = publications.list_credits([each for each in entries if _is_told(each)])
            for entry in entries:
                yield {
                    **_describe(entry),
                    "from": [name.code for name in origins.get(entry.id, ())],
                    "merged_into": roots[entry.merged_into_id].code if entry.merged_into_id else None,
                    "credit": credited.get(entry.id),
                }


def _is_told(entry: Entry) -> bool:
    return entry.state is EntryState.PUBLISHED and not entry.is_withheld


def _describe(entry: Entry) -> dict[str, Any]:
    session, zone = entry.session, entry.session.event.zone
    return {
        "code": entry.code,
        "event": session.event.slug,
        "session": session.code,
        "session_title": session.title,
        "date": session.starts_at.astimezone(zone).date().isoformat(),
        "dimension": session.dimension.value if session.dimension else None,
        "kind": entry.kind.value,
        "topic": entry.topic.name_in(current_language()) if entry.topic else None,
        "theme": entry.theme.name if entry.theme else None,
        "title": entry.title,
        "text": entry.text,
        "public_text": entry.public_text,
        "supports": entry.supports,
        "of_several": entry.is_of_several,
        "state": entry.state.value,
        "withheld": entry.is_withheld,
        "source": entry.source.value,
        "recorded_at": entry.recorded_at.astimezone(zone).isoformat(timespec="seconds"),
    }


def _header() -> list[str]:
    return [str(label) for label in COLUMNS.values()]


def _rows(export: EntryExport) -> Iterator[list[Cell]]:
    """Give each entry as people read it, in the language in force."""
    yes, no = _("yes"), _("no")
    words: dict[str, dict[str | None, str]] = {
        "dimension": {**{each.value: str(label) for each, label in DIMENSIONS.items()}, None: str(WITHOUT_DIMENSION)},
        "kind": {each.value: str(label) for each, label in ENTRY_KINDS.items()},
        "state": {each.value: str(label) for each, label in ENTRY_STATES.items()},
        "source": {each.value: str(label) for each, label in ENTRY_SOURCES.items()},
    }
    for each in list_records(export):
        said = {name: words[name][value] if name in words else value for name, value in each.items()}
        said |= {name: yes if each[name] else no for name in ("of_several", "withheld")}
        said |= {"from": " ".join(each["from"]), "recorded_at": each["recorded_at"][:16].replace("T", " ")}
        yield ["" if said[name] is None else said[name] for name in COLUMNS]


def _stream_json(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    separator = "[\n"
    for each in records:
        yield f"{separator}{json.dumps(each, ensure_ascii=False)}".encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"
