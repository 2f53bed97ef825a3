"""What Decidim exports of its proposals, read back: which of ours each is, and what became of it there."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from html import unescape
from typing import Any

import nh3
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from accounts.models import StaffMember
from contributions import entry_answers
from contributions.entry_links import EntryName
from contributions.labels import say_answer_state
from contributions.models import Entry, EntryAnswer, FormerNumber
from core.config import LANGUAGES
from core.database import batches, db, insert_into, read_id
from core.errors import InputError
from core.sheet_lines import Line
from core.tables import MAX_ROWS, read_cells
from core.text import clean_line, clean_text, fold, shorten
from decidim import exports
from events import owners
from events.owners import Owner

LONGEST_ANSWER = 20_000
MAX_NESTING = 5
_STATE_LENGTH = 100
_URL_LENGTH = 500
# Decidim puts an apostrophe before whatever a spreadsheet might run, numbers too.
_APOSTROPHE = re.compile(r"^'(?=[=+\-@])")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
_PARAGRAPH = re.compile(r"(?i)</(?:p|li|h[1-6]|div)>|<br\s*/?>")


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    NOT_OURS = "not_ours"
    REFUSED = "refused"


FATES = {
    Fate.NEW: _l("new answer"),
    Fate.CHANGED: _l("changed"),
    Fate.SAME: _l("as it was"),
    Fate.NOT_OURS: _l("none of ours"),
    Fate.REFUSED: _l("cannot be read"),
}


@dataclass(frozen=True)
class AnswerRow:
    """A proposal as Decidim exports it; `texts` are its body in every language, `problems` what cannot be read."""

    row: int
    number: int
    titles: Sequence[str] = ()
    texts: Sequence[str] = ()
    url: str = ""
    state: str = ""
    answers: Mapping[str, str] | None = None
    answered_at: datetime | None = None
    votes: int | None = None
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Match:
    """A row and the proposal of ours that it is, if any; `answer` is what was read of it before."""

    row: AnswerRow
    fate: Fate
    entry: Entry | None = None
    answer: EntryAnswer | None = None
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Plan:
    """What reading a file would do."""

    matches: Sequence[Match]

    @property
    def refused(self) -> list[Match]:
        return [match for match in self.matches if match.fate is Fate.REFUSED]

    @property
    def writing(self) -> list[Match]:
        return [match for match in self.matches if match.fate in {Fate.NEW, Fate.CHANGED}]

    @property
    def lines(self) -> list[Line[Fate]]:
        """What becomes of each row, in the order of the file."""
        return [_as_line(match) for match in self.matches]


def read(data: bytes, filename: str) -> list[AnswerRow]:
    """Read what Decidim exports of its proposals: CSV, XLSX or JSON. Raises `InputError`."""
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}
    rows = _read_json(data, filename) if is_json else _read_table(data, filename)
    if not rows:
        raise InputError([_("%(file)s has no proposals", file=filename)])
    for column in ("id", "state"):
        if not any(column in values for _number, values in rows):
            raise InputError(
                [
                    _(
                        "%(file)s is no export of proposals of Decidim: it has no “%(column)s”",
                        file=filename,
                        column=column,
                    )
                ]
            )
    return [_read_row(number, values) for number, values in rows]


def make_plan(scope: ColumnElement[bool], rows: Sequence[AnswerRow]) -> Plan:
    """Find the proposals of ours that the rows are, and say what reading them would change."""
    entries = db.session.scalars(exports.select_proposals(scope)).all()
    finder = _Finder(entries)
    found = {row.row: finder.find(row) for row in rows}
    known = entry_answers.read_for(entries)
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if (entry := found[row.row]) and not row.problems:
            rows_of[entry.id].append(row.row)
    return Plan([_match(row, found[row.row], known, rows_of) for row in rows])


def carry_out(plan: Plan, owner: Owner, *, filename: str, by: StaffMember | None, now: datetime) -> int:
    """Put what was read on our proposals, all of it, and count them. Raises `InputError` when a row is refused."""
    if plan.refused:
        raise InputError([f"{match.row.row}: {' '.join(match.details)}" for match in plan.refused])
    for match in plan.writing:
        if match.entry is not None:
            _write(match.entry, match.row, by=by, now=now)
    owners.record("entry.answers", owner, by=by, now=now, file=filename, count=len(plan.writing))
    return len(plan.writing)


def _write(entry: Entry, row: AnswerRow, *, by: StaffMember | None, now: datetime) -> None:
    """Put an answer on a proposal; who reads another file at the same time waits, and the later one stands."""
    values = {**_values(row), "read_at": now, "read_by_id": by.id if by else None}
    statement = insert_into(EntryAnswer).values(entry_id=entry.id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=[EntryAnswer.entry_id], set_=values))


class _Finder:
    """Finds our proposal that a row is: by the reference in its text, by its number there, by its title alone."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._by_id = {entry.id: entry for entry in entries}
        self._by_name = {exports.shape(entry).name: entry for entry in entries}
        self._by_name |= _read_former(self._by_id)
        self._by_number = {
            number: self._by_id[entry_id] for entry_id, number in exports.read_numbers(list(self._by_id)).items()
        }
        by_title: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_title[fold(exports.shape(entry).title)].append(entry)
        self._by_title = {title: some[0] for title, some in by_title.items() if title and len(some) == 1}

    def find(self, row: AnswerRow) -> Entry | None:
        references = [found for text in row.texts for found in exports.REFERENCE.finditer(text)]
        if references:  # the last is ours: people quote others before it
            event, session, letter, number = references[-1].groups()
            return self._by_name.get(EntryName(event, f"{session}-{letter}-{int(number):03d}"))
        if row.number in self._by_number:
            return self._by_number[row.number]
        titles = {fold(title) for title in row.titles}
        return next((self._by_title[title] for title in sorted(titles) if title in self._by_title), None)


def _read_former(entries: Mapping[int, Entry]) -> dict[EntryName, Entry]:
    """The proposals by the numbers they had before: a reference that was sent out stays right."""
    names: dict[EntryName, Entry] = {}
    for some in batches(sorted(entries)):
        for former in db.session.scalars(select(FormerNumber).where(FormerNumber.entry_id.in_(some))):
            session = entries[former.entry_id].session
            letter = former.kind.letter
            names[EntryName(session.event.slug, f"{session.code}-{letter}-{former.number:03d}")] = entries[
                former.entry_id
            ]
    return names


def _match(
    row: AnswerRow, entry: Entry | None, known: Mapping[int, EntryAnswer], rows_of: Mapping[int, Sequence[int]]
) -> Match:
    if row.problems:
        return Match(row, Fate.REFUSED, entry, details=row.problems)
    if entry is None:
        return Match(row, Fate.NOT_OURS)
    others = [number for number in rows_of[entry.id] if number != row.row]
    if others:
        detail = _(
            "Row %(other)d is %(code)s too: it was imported twice. Leave one of them out.",
            other=others[0],
            code=entry.code,
        )
        return Match(row, Fate.REFUSED, entry, details=[detail])
    answer = known.get(entry.id)
    if answer is None:
        return Match(row, Fate.NEW, entry)
    if all(getattr(answer, name) == value for name, value in _values(row).items()):
        return Match(row, Fate.SAME, entry, answer)
    return Match(row, Fate.CHANGED, entry, answer)


def _values(row: AnswerRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "url": row.url,
        "state": row.state,
        "answers": dict(row.answers or {}),
        "answered_at": row.answered_at,
        "votes": row.votes,
    }


def _as_line(match: Match) -> Line[Fate]:
    row, entry = match.row, match.entry
    name = next(iter(row.titles), "") or f"#{row.number}"
    if match.fate is Fate.REFUSED or entry is None:
        return Line(row.row, name, match.fate, match.details)
    before = match.answer.state if match.answer else None
    state = say_answer_state(row.state)
    has_moved = before is not None and before != row.state
    said = f"{say_answer_state(before or '')} → {state}" if has_moved else state
    words = [clean_line(text)[:200] for text in (row.answers or {}).values()]
    return Line(row.row, name, match.fate, [f"{entry.code}: {said}", *words[:1]])


def _read_table(data: bytes, filename: str) -> list[tuple[int, dict[str, str]]]:
    (_first, header), *rows = read_cells(data, filename)
    names = [clean_line(cell).casefold() for cell in header]
    return [(number, {name: cell for name, cell in zip(names, cells, strict=False) if name}) for number, cells in rows]


def _read_json(data: bytes, filename: str) -> list[tuple[int, dict[str, str]]]:
    """Give each object of the file with the names that its parts have in a table: `title/ca`."""
    unreadable = InputError([_("%(file)s is no JSON that can be read", file=filename)])
    try:
        parsed = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise unreadable from error
    objects = parsed if isinstance(parsed, list) else [parsed]
    if len(objects) > MAX_ROWS or not all(isinstance(each, dict) for each in objects):
        raise unreadable
    return [(number, dict(_flatten(each))) for number, each in enumerate(objects, 1)]


def _flatten(value: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, part in value.items():
        whole = f"{before}{name}".casefold()
        if isinstance(part, dict):
            if depth < MAX_NESTING:
                yield from _flatten(part, f"{whole}/", depth + 1)
        elif isinstance(part, list):
            yield whole, ", ".join(str(each) for each in part)
        else:
            yield whole, "" if part is None else str(part).lower() if isinstance(part, bool) else str(part)


def _read_row(row: int, values: Mapping[str, str]) -> AnswerRow:
    values = {name: _APOSTROPHE.sub("", value) for name, value in values.items()}
    number = read_id(values.get("id", "").strip())
    answered = values.get("answered_at", "").strip()
    answered_at = _moment(answered)
    problems = []
    if number is None:
        problems.append(_("Its id is no number."))
    if answered and answered_at is None:
        problems.append(_("“%(text)s” is no time.", text=shorten(answered)))
    said = {language: _plain(text) for language, text in _translations(values, "answer").items()}
    if any(len(text) > LONGEST_ANSWER for text in said.values()):
        problems.append(_("The answer has more than %(length)d characters.", length=LONGEST_ANSWER))
    return AnswerRow(
        row=row,
        number=number or 0,
        titles=[clean_line(text)[:300] for text in _translations(values, "title").values()],
        texts=list(_translations(values, "body").values()),
        url=_address(values.get("url", "")),
        state=_state(values),
        answers={language: text for language, text in said.items() if text},
        answered_at=answered_at,
        votes=read_id(values.get("votes", "").strip()),
        problems=problems,
    )


def _translations(values: Mapping[str, str], name: str) -> dict[str, str]:
    """What stands under `name` in each language, ours first; in old files the whole is one column without any."""
    found = {
        column.removeprefix(f"{name}/"): text
        for column, text in values.items()
        if column.startswith(f"{name}/") and _LANGUAGE.fullmatch(column.removeprefix(f"{name}/")) and text.strip()
    }
    ordered = {language: found[language] for language in (*LANGUAGES, *sorted(found)) if language in found}
    return ordered or ({LANGUAGES[0]: values[name]} if values.get(name, "").strip() else {})


def _state(values: Mapping[str, str]) -> str:
    is_withdrawn = values.get("withdrawn", "").strip().casefold() in {"true", "1"}
    return "withdrawn" if is_withdrawn else clean_line(values.get("state"))[:_STATE_LENGTH].casefold()


def _moment(text: str) -> datetime | None:
    """Read a time as Rails writes it: `2026-11-22 10:00:00 UTC`, ISO 8601; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00").replace(" +", "+"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _address(text: str) -> str:
    text = clean_line(text)
    return text if text.startswith(("https://", "http://")) and len(text) <= _URL_LENGTH else ""


def _plain(text: str) -> str:
    """Give the words of an answer, which Decidim keeps as HTML, a paragraph a line."""
    text = clean_text(text)
    if "<" not in text and "&" not in text:
        return text
    return clean_text(unescape(nh3.clean(_PARAGRAPH.sub("\n", text), tags=set())))
