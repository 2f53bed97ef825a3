"""Contributions and proposals in files: rows in, checked values or their problems out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from contributions import entry_texts, topics
from contributions.models import EntryKind
from core.dates import at_local_time
from core.errors import DomainError
from core.tables import TableRow, at_row, read_table
from core.text import clean_line
from events.models import Session, SessionKind

MAX_ID_LENGTH = 200
YEARS = range(1900, 2200)
DAY_FIRST = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H.%M", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y")
COLUMNS = {
    "session": ("session", "sessió", "sesión", "codi de la sessió", "código de la sesión", "session code"),
    "topic": ("topic", "eix", "eje", "tema"),
    "text": (
        *("text", "texto"),
        *("contribution", "aportació", "aportación"),
        *("proposal", "proposta", "propuesta"),
    ),
    "recorded_at": (
        *("recorded_at", "recorded at", "recorded"),
        *("registrada", "recollida", "data i hora", "data"),
        *("recogida", "fecha y hora", "fecha"),
    ),
    "id": ("id", "identificador", "identifier"),
    "from": ("from", "a partir de", "aportacions", "aportaciones", "contributions"),
}
REQUIRED = ("session", "text")


@dataclass(frozen=True)
class EntryRow:
    """A row that can be recorded; `recorded_at` None is for the importer to say."""

    number: int
    session: Session
    topic_name: str
    text: str
    recorded_at: datetime | None
    given_id: str
    origins: tuple[str, ...]


@dataclass
class EntryFile:
    """What a file holds: its good rows, and what is wrong with each of the others."""

    rows: list[EntryRow] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, number: int, reason: str) -> None:
        """Note what is wrong with the row `number` of the file."""
        self.problems.append((number, reason))

    def describe_problems(self) -> list[str]:
        """Give one line for each problem, in the order of the file."""
        return [at_row(number, reason) for number, reason in sorted(self.problems)]


def read_entries(
    data: bytes, filename: str, *, kind: EntryKind, sessions: Sequence[Session], zone: ZoneInfo
) -> EntryFile:
    """Read a file of entries of one kind; times without a zone are local in `zone`.

    Raises `InputError` when the file as a whole cannot be read; rows that are wrong are in the answer.
    """
    by_code = {session.code.casefold(): session for session in sessions} | {
        session.code: session for session in sessions
    }
    file = EntryFile()
    seen: dict[tuple[int, str], int] = {}
    for row in read_table(data, filename, COLUMNS, REQUIRED):
        session = _read_session(row, by_code, file)
        text = _checked(entry_texts.check, row.values["text"], row, file)
        topic_name = clean_line(row.values["topic"])
        if topic_name:
            _checked(topics.name_key, topic_name, row, file)
        recorded_at = _read_moment(row, zone, file)
        origins = _read_origins(row, kind, file)
        given_id = _read_id(row, session, seen, file)
        if session and text:
            file.rows.append(EntryRow(row.number, session, topic_name, text, recorded_at, given_id, origins))
    return file


def _read_session(row: TableRow, sessions: Mapping[str, Session], file: EntryFile) -> Session | None:
    code = clean_line(row.values["session"])
    session = sessions.get(code) or sessions.get(code.casefold())
    if not code:
        file.refuse(row.number, _("it names no session"))
    elif session is None:
        file.refuse(row.number, _("the event has no session “%(code)s”", code=code[:80]))
    elif session.kind is SessionKind.BREAK:
        file.refuse(row.number, _("“%(code)s” is a break: nothing is recorded in it", code=code))
    return session


def _checked(check: Callable[[str], str], text: str, row: TableRow, file: EntryFile) -> str:
    """Give what `check` makes of `text`; the rule that refuses it becomes the row's problem."""
    try:
        return check(text)
    except DomainError as error:
        reason = str(error)
        file.refuse(row.number, reason[:1].lower() + reason[1:].rstrip("."))
        return ""


def _read_moment(row: TableRow, zone: ZoneInfo, file: EntryFile) -> datetime | None:
    text = clean_line(row.values["recorded_at"])
    if not text:
        return None
    try:
        written = _parse_moment(text)
        moment = written.astimezone(UTC) if written.tzinfo else at_local_time(written, zone)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.year not in YEARS:
        file.refuse(row.number, _("“%(text)s” is not a date and time such as 2026-12-03T09:30", text=text[:40]))
        return None
    return moment


def _parse_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        for form in DAY_FIRST:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - local in the event's zone, which is added by the caller
            except ValueError:
                continue
        raise


def _read_origins(row: TableRow, kind: EntryKind, file: EntryFile) -> tuple[str, ...]:
    """Read the ids of the contributions that a proposal was built on, separated by spaces, commas or `;`."""
    text = clean_line(row.values["from"])
    if text and kind is not EntryKind.PROPOSAL:
        file.refuse(row.number, _("only proposals are built on contributions"))
        return ()
    separated = text.replace(";", " ").replace(",", " ").replace("|", " ")
    return tuple(dict.fromkeys(separated.split()))


def _read_id(row: TableRow, session: Session | None, seen: dict[tuple[int, str], int], file: EntryFile) -> str:
    given_id = clean_line(row.values["id"])
    if len(given_id) > MAX_ID_LENGTH:
        file.refuse(row.number, _("its id is longer than %(length)d characters", length=MAX_ID_LENGTH))
    elif given_id and session:
        first = seen.setdefault((session.id, given_id), row.number)
        if first != row.number:
            file.refuse(row.number, _("its id is that of row %(first)d too", first=first))
    return given_id
