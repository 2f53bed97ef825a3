"""Proposals as Decidim imports them, and as decidim.barcelona imports results: what fits, and why the rest does not.

A proposal's text ends with its reference in square brackets, by which what Decidim exports afterwards is known again
(`decidim.answers`). The formats are those that docs/adr/0031 describes.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager

from contributions import entry_links
from contributions.entry_links import EntryName
from contributions.models import Entry, EntryAnswer, EntryKind, EntryState
from core.config import LANGUAGES
from core.database import batches, db
from core.tables import CSV_TYPE, XLSX_TYPE, Cell, write_csv, write_xlsx
from events.models import Event, Session

TITLE_LENGTHS = range(15, 151)
SHORTEST_BODY = 15
FORMATS = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "json": "application/json"}
REFERENCE = re.compile(r"\[([a-z0-9-]{1,80})/([^\s\[\]/]{1,32})-([AP])-(\d{1,9})\]")
RESULT_COLUMNS = (
    "result_id",
    "decidim_category_id",
    "decidim_scope_id",
    "parent_id",
    "external_id",
    "start_date",
    "end_date",
    "decidim_accountability_status_id",
    "progress",
    "proposal_ids",
    "relative_weight",
)

_BULLET = re.compile(r"^(?:[-–—•*·+]|\d{1,2}[.)])\s+")
_ENDS_SENTENCE = (".", ":", ";", ",", "!", "?", "…")
_RUN_BY_SPREADSHEETS = ("=", "+", "@", "＝", "＋", "＠")


class Ready(StrEnum):
    """How far the team has to be with a proposal that is taken along."""

    PUBLISHED = "published"
    REVIEWED = "reviewed"
    ALL = "all"

    @property
    def states(self) -> Collection[EntryState]:
        if self is Ready.ALL:
            return tuple(EntryState)
        return (EntryState.PUBLISHED,) if self is Ready.PUBLISHED else (EntryState.REVIEWED, EntryState.PUBLISHED)


class Problem(StrEnum):
    """Why Decidim would not take a proposal, or not show it as it is."""

    TITLE_TOO_SHORT = "title_too_short"
    TITLE_TOO_LONG = "title_too_long"
    BODY_TOO_SHORT = "body_too_short"
    RUN_BY_SPREADSHEETS = "run_by_spreadsheets"


class Remark(StrEnum):
    """What somebody may want to look at before a proposal goes."""

    TITLE_FROM_TEXT = "title_from_text"
    ALREADY_THERE = "already_there"


@dataclass(frozen=True)
class DecidimProposal:
    """A proposal as it would stand on Decidim; `number` is the one it has there already."""

    name: EntryName
    session: str
    title: str
    body: str
    taxonomies: Sequence[int] = ()
    number: int | None = None
    problems: Sequence[Problem] = ()
    remarks: Sequence[Remark] = ()

    @property
    def text(self) -> str:
        """The body with the reference by which it is known again."""
        return f"{self.body} [{self.name.reference}]"


def select_proposals(scope: ColumnElement[bool]) -> Select[Entry]:
    """Select the proposals of events for which `scope` holds, in the order of the programme."""
    return (
        select(Entry)
        .join(Entry.session)
        .join(Session.event)
        .where(scope, Entry.kind == EntryKind.PROPOSAL, Entry.deleted_at.is_(None))
        .options(contains_eager(Entry.session).contains_eager(Session.event))
        .order_by(Event.starts_at, Event.slug, Session.starts_at, Session.code, Entry.number)
    )


def list_proposals(scope: ColumnElement[bool], ready: Ready) -> list[DecidimProposal]:
    """The proposals as they would stand on Decidim: those that are ready, neither withheld nor merged into another."""
    may_go = (Entry.state.in_(ready.states), Entry.merged_into_id.is_(None), Entry.withheld_at.is_(None))
    entries = db.session.scalars(select_proposals(scope).where(*may_go)).all()
    numbers = read_numbers([entry.id for entry in entries])
    return [shape(entry, numbers.get(entry.id)) for entry in entries]


def read_numbers(entry_ids: Sequence[int]) -> dict[int, int]:
    """The numbers on Decidim of those of these proposals that are known to be there."""
    numbers: dict[int, int] = {}
    query = select(EntryAnswer.entry_id, EntryAnswer.number)
    for some in batches(entry_ids):
        found = db.session.execute(query.where(EntryAnswer.entry_id.in_(some)))
        numbers |= {row.entry_id: row.number for row in found}
    return numbers


def shape(entry: Entry, number: int | None = None) -> DecidimProposal:
    """Give a proposal the shape that Decidim asks for, and say where it does not fit."""
    body = one_line(entry.public_text or entry.text)
    given = one_line(entry.title)
    title = given or shorten(body)
    remarks = [Remark.TITLE_FROM_TEXT] if not given else []
    return DecidimProposal(
        name=entry_links.name_of(entry.session.event.slug, entry.session.code, entry.kind, entry.number),
        session=entry.session.code,
        title=title,
        body=body,
        taxonomies=tuple(entry.topic.taxonomy_ids) if entry.topic else (),
        number=number,
        problems=tuple(_find_problems(title, body)),
        remarks=(*remarks, *([Remark.ALREADY_THERE] if number else [])),
    )


def one_line(text: str) -> str:
    """Put the lines of a text after one another, without the marks of a list: cells may have no line breaks."""
    joined = ""
    for line in filter(None, (_BULLET.sub("", each.strip()) for each in text.splitlines())):
        joined += line if not joined else f" {line}" if joined.endswith(_ENDS_SENTENCE) else f" · {line}"
    return f"–{joined[1:]}" if joined.startswith(("-", "－")) else joined


def shorten(text: str) -> str:
    """Give the beginning of a text as a title: its first sentence if that will do, else as many words as fit."""
    longest = TITLE_LENGTHS[-1]
    sentence = re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]
    if len(sentence) in TITLE_LENGTHS:
        return sentence.removesuffix(".")
    if len(text) <= longest:
        return text.removesuffix(".")
    words = text[: longest - 1].rsplit(" ", 1)[0]
    return f"{words.rstrip(' ,;:·–')}…"


def _find_problems(title: str, body: str) -> Iterator[Problem]:
    if len(title) not in TITLE_LENGTHS:
        yield Problem.TITLE_TOO_SHORT if len(title) < TITLE_LENGTHS[0] else Problem.TITLE_TOO_LONG
    if len(body) < SHORTEST_BODY:
        yield Problem.BODY_TOO_SHORT
    if title.startswith(_RUN_BY_SPREADSHEETS) or body.startswith(_RUN_BY_SPREADSHEETS):
        yield Problem.RUN_BY_SPREADSHEETS


def write_proposals(proposals: Sequence[DecidimProposal], file: BinaryIO, *, format_: str, language: str) -> None:
    """Write the proposals as the administrators of a Decidim import them; `language` is that Decidim's own."""
    if format_ == "json":
        objects = [_as_object(each, language) for each in proposals]
        file.write(json.dumps(objects, ensure_ascii=False, indent=1).encode())
        return
    has_taxonomies = any(each.taxonomies for each in proposals)
    header = [f"title/{language}", f"body/{language}", *(["taxonomies/ids"] if has_taxonomies else [])]
    rows: Iterator[list[Cell]] = (
        [each.title, each.text, *([",".join(map(str, each.taxonomies))] if has_taxonomies else [])]
        for each in proposals
    )
    if format_ == "xlsx":
        write_xlsx(header, rows, file)
    else:
        file.writelines(write_csv(header, rows, has_mark=False))


def _as_object(proposal: DecidimProposal, language: str) -> dict[str, Any]:
    taxonomies = {"taxonomies": {"ids": list(proposal.taxonomies)}} if proposal.taxonomies else {}
    return {"title": {language: proposal.title}, "body": {language: proposal.text}, **taxonomies}


def write_results(proposals: Sequence[DecidimProposal], *, language: str) -> Iterator[bytes]:
    """Write proposals as results for decidim.barcelona: with commas, and an id of ours that makes them known again."""
    languages = [language, *(each for each in LANGUAGES if each != language)]
    header = [*RESULT_COLUMNS, *(f"{part}_{each}" for each in languages for part in ("title", "description"))]
    return write_csv(header, (_as_result(each, header, language) for each in proposals), delimiter=",", has_mark=False)


def _as_result(proposal: DecidimProposal, header: Sequence[str], language: str) -> list[Cell]:
    values: Mapping[str, str] = {
        "external_id": proposal.name.reference,
        "proposal_ids": str(proposal.number or ""),
        f"title_{language}": proposal.title,
        f"description_{language}": proposal.body,
    }
    return [values.get(column, "") for column in header]
