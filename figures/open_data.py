"""The open data of a process: published entries, sessions and figures as one archive that explains itself.

A Frictionless Data Package (https://datapackage.org, v2, which readers of v1 understand): tables as CSV, and a
`datapackage.json` that says what each column holds, in three languages. Nobody's data is in it. The same data give the
same bytes, so that whoever keeps a copy can tell whether it is the last (docs/adr/0031).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts import audit
from accounts.models import StaffMember
from contributions import entry_answers, entry_links, publications
from contributions.entry_links import EntryName
from contributions.entry_lists import COUNTED
from contributions.models import Entry, EntryKind, EntryState
from core.config import LANGUAGES
from core.database import db
from core.few_people import FEWEST
from core.languages import use_language
from core.tables import Cell, write_csv
from events.models import Dimension, Event, EventState, Process, Session, SessionKind
from figures import public_figures, small_cells
from figures.figures import Figures, FigureTable
from figures.models import OpenData
from figures.public_figures import Part, PublicFigures

LICENCE = "CC-BY-4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
HIDDEN = "c"
"""What stands for a number of people that is not told, as in the statistics of the European Union: confidential."""

_LANGUAGE = LANGUAGES[0]
_EPOCH = (1980, 1, 1, 0, 0, 0)  # an archive knows no earlier time, and its own would make other bytes of the same data
_REGULAR_FILE = 0o644 << 16
_UNIX = 3
_BATCH = 500

Rows = Callable[[Process], Iterator[Sequence[Cell]]]


@dataclass(frozen=True)
class Field:
    """A column: what is in it, in the words of the person who reads it."""

    name: str
    type: str
    words: Any
    constraints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Resource:
    """A table of the package; `links` are the columns that hold the key of another table."""

    name: str
    title: Any
    fields: Sequence[Field]
    rows: Rows
    key: Sequence[str]
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"{self.name}.csv"


@dataclass(frozen=True)
class Contents:
    """How much of a process is in its open data, and how much is not (yet)."""

    contributions: int
    proposals: int
    not_published: int
    withheld: int


def find(process: Process) -> OpenData | None:
    """Find since when the open data of a process are public."""
    return db.session.get(OpenData, process.id)


def publish(process: Process, *, by: StaffMember | None, now: datetime) -> None:
    """Let everybody take the open data of a process, as they are whenever somebody does."""
    if find(process):
        return
    db.session.add(OpenData(process_id=process.id, published_at=now, published_by_id=by.id if by else None))
    db.session.flush()
    audit.record("open_data.publish", subject_kind="process", subject_key=process.slug, by=by, now=now)


def withdraw(process: Process, *, by: StaffMember | None, now: datetime) -> None:
    """Let nobody take them any more."""
    row = find(process)
    if row is None:
        return
    db.session.delete(row)
    db.session.flush()
    audit.record("open_data.withdraw", subject_kind="process", subject_key=process.slug, by=by, now=now)


def count(process: Process) -> Contents:
    """Count what is in the open data of a process, and what is left out."""
    query = (
        select(Entry.kind, Entry.state, Entry.withheld_at.is_not(None), func.count())
        .join(Entry.session)
        .join(Session.event)
        .where(_of_public_events(process), *COUNTED)
        .group_by(Entry.kind, Entry.state, Entry.withheld_at.is_not(None))
    )
    public = dict.fromkeys(EntryKind, 0)
    not_published = withheld = 0
    for kind, state, is_withheld, number in db.session.execute(query):
        if is_withheld:
            withheld += number
        elif state is EntryState.PUBLISHED:
            public[kind] += number
        else:
            not_published += number
    return Contents(public[EntryKind.CONTRIBUTION], public[EntryKind.PROPOSAL], not_published, withheld)


def write(process: Process, file: BinaryIO) -> None:
    """Write the archive, a piece of a table at a time."""
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        sizes = {each.name: _write_table(package, each, process) for each in RESOURCES}
        described = json.dumps(describe(process, sizes), ensure_ascii=False, indent=2)
        _write(package, "datapackage.json", [f"{described}\n".encode()])
        for language in LANGUAGES:
            with use_language(language):
                _write(package, f"README.{language}.md", [_explain(process).encode()])


def describe(process: Process, sizes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give what `datapackage.json` says."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "profile": "tabular-data-package",
        "name": process.slug,
        "title": process.title,
        **_in_languages(
            "description", _l("Contributions, proposals, sessions and figures of a participatory process.")
        ),
        "licenses": [{"name": LICENCE, "path": LICENCE_URL, "title": "Creative Commons Attribution 4.0"}],
        "contributors": [{"title": process.team.name, "role": "publisher", "roles": ["publisher"]}],
        "languages": list(LANGUAGES),
        "resources": [_describe_table(each, sizes[each.name]) for each in RESOURCES],
    }


def _describe_table(resource: Resource, sizes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
        "profile": "tabular-data-resource",
        "name": resource.name,
        "type": "table",
        "path": resource.path,
        **_in_languages("title", resource.title),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **sizes,
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": [_describe_field(each) for each in resource.fields],
            "missingValues": ["", HIDDEN] if resource.name == "figures" else [""],
            "primaryKey": list(resource.key),
            "foreignKeys": [
                {"fields": [name], "reference": {"resource": other, "fields": ["id"]}}
                for name, other in resource.links.items()
            ],
        },
    }


def _describe_field(each: Field) -> dict[str, Any]:
    constraints = {"constraints": dict(each.constraints)} if each.constraints else {}
    return {"name": each.name, "type": each.type, **_in_languages("description", each.words), **constraints}


def _in_languages(name: str, words: Any) -> dict[str, Any]:
    """Say something in our first language under the name that every reader knows, and beside it in all of them."""
    said = {}
    for language in LANGUAGES:
        with use_language(language):
            said[language] = str(words)
    return {name: said[_LANGUAGE], f"{name}s": said}


def _explain(process: Process) -> str:
    parts = [
        f"# {process.title}",
        _(
            "Open data of a participatory process, published by %(team)s under the licence %(licence)s (%(address)s).",
            team=process.team.name,
            licence=LICENCE,
            address=LICENCE_URL,
        ),
        _("datapackage.json says what each column of each table holds."),
        _(
            "Only what the team has reviewed and published is here. What is withheld, because it offends or tells of "
            "a person, and what is not published yet is counted in figures.csv but not told."
        ),
        _(
            "There are no personal data. In figures.csv, “%(sign)s” stands for numbers of fewer than %(fewest)d people "
            "and for those from which they could be worked out; an empty cell is not known, which is not zero.",
            sign=HIDDEN,
            fewest=FEWEST,
        ),
        _("An id stays for ever; former_ids are those that an entry had when it was taken for one of the other kind."),
        _("A text that begins with = + - or @ has an apostrophe in front, so that no spreadsheet runs it."),
    ]
    tables = "\n".join(f"- `{each.path}`: {each.title}" for each in RESOURCES)
    return "\n\n".join([*parts[:3], tables, *parts[3:]]) + "\n"


def _write_table(package: ZipFile, resource: Resource, process: Process) -> dict[str, Any]:
    header = [each.name for each in resource.fields]
    return _write(package, resource.path, write_csv(header, resource.rows(process), delimiter=",", has_mark=False))


def _write(package: ZipFile, name: str, pieces: Iterable[bytes]) -> dict[str, Any]:
    """Write a file of the archive, and give its size and checksum."""
    info = ZipInfo(name, _EPOCH)
    info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, _REGULAR_FILE, _UNIX
    checksum, size = hashlib.sha256(), 0
    with package.open(info, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece)
            checksum.update(piece)
            size += len(piece)
    return {"bytes": size, "hash": f"sha256:{checksum.hexdigest()}"}


def _of_public_events(process: Process) -> ColumnElement[bool]:
    return and_(Event.process_id == process.id, Event.state != EventState.DRAFT)


def _list_sessions(process: Process) -> Iterator[Sequence[Cell]]:
    query = (
        select(Session)
        .join(Session.event)
        .where(_of_public_events(process), Session.kind != SessionKind.BREAK)
        .options(contains_eager(Session.event))
        .order_by(Event.starts_at, Event.slug, Session.starts_at, Session.code)
    )
    for session in db.session.scalars(query):
        yield [
            f"{session.event.slug}/{session.code}",
            session.event.slug,
            session.event.title,
            session.code,
            session.title,
            session.kind.value,
            session.dimension.value if session.dimension else "",
            _moment(session.starts_at),
            _moment(session.ends_at),
            session.district_code or "",
            session.neighbourhood_code or "",
            "true" if session.is_cancelled else "false",
        ]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _list_contributions(process: Process) -> Iterator[Sequence[Cell]]:
    for entry, name, former in _read_entries(process, EntryKind.CONTRIBUTION):
        yield _tell(entry, name, former)


def _list_proposals(process: Process) -> Iterator[Sequence[Cell]]:
    for batch in _in_batches(_read_entries(process, EntryKind.PROPOSAL)):
        found = entry_answers.read_for(entry for entry, _name, _former in batch)
        for entry, name, former in batch:
            answer = found.get(entry.id)
            said = [answer.state, answer.answers.get(_LANGUAGE, ""), answer.url] if answer else ["", "", ""]
            yield [*_tell(entry, name, former), *said]


Told = tuple[Entry, EntryName, Sequence[EntryName]]


def _read_entries(process: Process, kind: EntryKind) -> Iterator[Told]:
    """The public entries of a kind, with the names they had before."""
    query = (
        select(Entry)
        .join(Entry.session)
        .join(Session.event)
        .where(publications.is_public(process), Entry.kind == kind)
        .options(contains_eager(Entry.session).contains_eager(Session.event), joinedload(Entry.theme))
        .order_by(Event.starts_at, Event.slug, Session.starts_at, Session.code, Entry.number)
        .execution_options(yield_per=_BATCH)
    )
    with db.session.execute(query) as rows:
        for batch in rows.partitions():
            former = entry_links.read_former_names([row[0].id for row in batch])
            for (entry,) in batch:
                session = entry.session
                name = entry_links.name_of(session.event.slug, session.code, entry.kind, entry.number)
                yield entry, name, former.get(entry.id, ())


def _in_batches(told: Iterable[Told]) -> Iterator[list[Told]]:
    batch: list[Told] = []
    for each in told:
        batch.append(each)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _tell(entry: Entry, name: EntryName, former: Sequence[EntryName]) -> list[Cell]:
    session = entry.session
    return [
        name.reference,
        name.code,
        f"{name.event}/{session.code}",
        session.starts_at.astimezone(session.event.zone).date().isoformat(),
        entry.topic_id or "",
        entry.theme.name if entry.theme else "",
        entry.title,
        entry.public_text or entry.text,
        entry.supports,
        "true" if entry.is_of_several else "false",
        " ".join(each.reference for each in former),
    ]


def _list_origins(process: Process) -> Iterator[Sequence[Cell]]:
    among = publications.is_public(process)
    for batch in _in_batches(_read_entries(process, EntryKind.PROPOSAL)):
        origins = entry_links.read_origins([entry.id for entry, _name, _former in batch], among=among)
        for entry, name, _former in batch:
            for origin in origins.get(entry.id, ()):
                yield [name.reference, origin.reference]


def _list_topics(process: Process) -> Iterator[Sequence[Cell]]:
    """The topics of what is published: what note-takers called others is not the team's word."""
    for topic in sorted(publications.list_topics(process), key=lambda each: each.id):
        yield [topic.id, topic.name, *(topic.name_in(language) for language in LANGUAGES)]


def _list_figures(process: Process) -> Iterator[Sequence[Cell]]:
    """The figures of the process and of each of its events, by dimension and in all, without few people."""
    query = select(Event.id, Event.slug).where(_of_public_events(process)).order_by(Event.starts_at, Event.slug)
    public = public_figures.for_process(process)
    yield from _tell_figures(public, None, "", public.process)
    for event_id, slug in db.session.execute(query):
        if event_id in public.events:
            yield from _tell_figures(public, event_id, slug, public.events[event_id])


def _tell_figures(
    public: PublicFigures, event_id: int | None, slug: str, table: FigureTable
) -> Iterator[Sequence[Cell]]:
    parts: list[tuple[Part, Figures]] = [*table.dimensions.items(), (small_cells.TOTAL, table.total)]
    for part, each in parts:
        people: list[Cell] = [each.participants, each.attendances] if each.has_participants else ["", ""]
        yield [
            slug,
            part.value if isinstance(part, Dimension) else part or public_figures.WITHOUT,
            each.sessions,
            *([HIDDEN, HIDDEN] if public.hides(event_id, part) else people),
            each.contributions,
            each.proposals,
            each.sessions_without_count,
        ]


_REQUIRED = {"required": True}
_UNIQUE = {"required": True, "unique": True}
_COUNT = {"minimum": 0}
_ENTRY_FIELDS = (
    Field("id", "string", _l("What names it for ever: the event and the code."), _UNIQUE),
    Field("code", "string", _l("Its code within the event."), _REQUIRED),
    Field("session", "string", _l("The session in which it was said."), _REQUIRED),
    Field("date", "date", _l("The day of the session."), _REQUIRED),
    Field("topic", "integer", _l("What it is about.")),
    Field("theme", "string", _l("What it was put together with, by the team.")),
    Field("title", "string", _l("Its title, by the team.")),
    Field("text", "string", _l("What was said, in the words for publication where there are any."), _REQUIRED),
    Field("supports", "integer", _l("How many people supported it in the session."), _COUNT),
    Field("of_several", "boolean", _l("Whether several people said it."), _REQUIRED),
    Field("former_ids", "string", _l("The ids that it had before, with spaces between them.")),
)
RESOURCES = (
    Resource(
        "sessions",
        _l("Sessions"),
        (
            Field("id", "string", _l("What names it for ever: the event and the code."), _UNIQUE),
            Field("event", "string", _l("The event it belongs to: the last part of its address."), _REQUIRED),
            Field("event_title", "string", _l("Title of the event."), _REQUIRED),
            Field("code", "string", _l("Its code within the event."), _REQUIRED),
            Field("title", "string", _l("Title of the session."), _REQUIRED),
            Field(
                "kind",
                "string",
                _l("What kind of session it is."),
                {**_REQUIRED, "enum": [each.value for each in SessionKind if each is not SessionKind.BREAK]},
            ),
            Field(
                "dimension",
                "string",
                _l("Whose participation it is: of the services themselves, of other agents, of citizens."),
                {"enum": [each.value for each in Dimension]},
            ),
            Field("starts_at", "datetime", _l("When it begins, in universal time."), _REQUIRED),
            Field("ends_at", "datetime", _l("When it ends, in universal time."), _REQUIRED),
            Field("district_code", "string", _l("Official code of the district, where it is known.")),
            Field("neighbourhood_code", "string", _l("Official code of the neighbourhood, where it is known.")),
            Field("cancelled", "boolean", _l("Whether it was cancelled."), _REQUIRED),
        ),
        _list_sessions,
        ("id",),
    ),
    Resource(
        "topics",
        _l("Topics"),
        (
            Field("id", "integer", _l("What names it for ever."), _UNIQUE),
            Field("name", "string", _l("Its name, in the language it was first written in."), _REQUIRED),
            Field("name_ca", "string", _l("Its name in Catalan."), _REQUIRED),
            Field("name_es", "string", _l("Its name in Castilian."), _REQUIRED),
            Field("name_en", "string", _l("Its name in English."), _REQUIRED),
        ),
        _list_topics,
        ("id",),
    ),
    Resource(
        "contributions",
        _l("Contributions: what was said"),
        _ENTRY_FIELDS,
        _list_contributions,
        ("id",),
        {"session": "sessions", "topic": "topics"},
    ),
    Resource(
        "proposals",
        _l("Proposals: what should be done"),
        (
            *_ENTRY_FIELDS,
            Field("answer_state", "string", _l("What became of it on Decidim, in the word used there.")),
            Field("answer", "string", _l("What was answered there, in Catalan.")),
            Field("url", "string", _l("Where it stands on Decidim.")),
        ),
        _list_proposals,
        ("id",),
        {"session": "sessions", "topic": "topics"},
    ),
    Resource(
        "origins",
        _l("Which contributions each proposal was built on"),
        (
            Field("proposal", "string", _l("The proposal."), _REQUIRED),
            Field("contribution", "string", _l("A contribution that it was built on."), _REQUIRED),
        ),
        _list_origins,
        ("proposal", "contribution"),
        {"proposal": "proposals", "contribution": "contributions"},
    ),
    Resource(
        "figures",
        _l("Figures by dimension, of the process and of each of its events"),
        (
            Field("event", "string", _l("The event; empty for the whole process.")),
            Field(
                "dimension",
                "string",
                _l("The dimension of the sessions; “none” for those without one, “total” for all."),
                {**_REQUIRED, "enum": [*(each.value for each in Dimension), "none", "total"]},
            ),
            Field("sessions", "integer", _l("Sessions that count."), _COUNT),
            Field("participants", "integer", _l("Different people in at least one of the sessions."), _COUNT),
            Field("attendances", "integer", _l("People in each session, added up."), _COUNT),
            Field("contributions", "integer", _l("Contributions, those that are not told among them."), _COUNT),
            Field("proposals", "integer", _l("Proposals, those that are not told among them."), _COUNT),
            Field("sessions_without_count", "integer", _l("Sessions whose people nobody counted."), _COUNT),
        ),
        _list_figures,
        ("event", "dimension"),
    ),
)
