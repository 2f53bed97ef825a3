"""The tables of the open data of a process: what each column holds, in three languages, and the rows. Nobody’s data."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import contains_eager, joinedload

from contributions import entry_answers, entry_links, publications
from contributions.entry_links import EntryName
from contributions.models import Entry, EntryKind
from core.config import LANGUAGES
from core.database import db
from core.tables import Cell
from events.models import Dimension, Event, EventState, Process, Session, SessionKind
from figures import public_figures, small_cells
from figures.figures import Figures, FigureTable
from figures.public_figures import Part, PublicFigures

HIDDEN = "c"
"""What stands for a number of people that is not told, as in the statistics of the European Union: confidential."""
LANGUAGE = LANGUAGES[0]
"""In which everything is said that can be said in one only."""
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


def of_public_events(process: Process) -> ColumnElement[bool]:
    """The condition that an event is one of the process that everybody may see."""
    return and_(Event.process_id == process.id, Event.state != EventState.DRAFT)


def _list_sessions(process: Process) -> Iterator[Sequence[Cell]]:
    query = (
        select(Session)
        .join(Session.event)
        .where(of_public_events(process), Session.kind != SessionKind.BREAK)
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
            said = [answer.state, answer.answers.get(LANGUAGE, ""), answer.url] if answer else ["", "", ""]
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
    query = select(Event.id, Event.slug).where(of_public_events(process)).order_by(Event.starts_at, Event.slug)
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
