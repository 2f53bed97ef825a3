"""The sessions of an attendance report on paper: what was held, how attendance was recorded, and who was there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from flask_babel import gettext as _

from certificates.attendance_content import AttendanceReport, Person, ReportSession, SignUp
from certificates.pdf.charts import draw_multiples
from certificates.pdf.contents import headline
from certificates.pdf.layout import Block, Lines, Row, paragraph
from certificates.pdf.report import (
    CELL,
    HEAD,
    HEADING_LINES,
    NOTE,
    QUIET,
    STRONG,
    TEXT_WIDTH,
    Table,
    share_of_codes,
    with_notes,
    write_number,
)
from certificates.pdf.tags import Tag
from certificates.pdf.typeface import break_lines, width
from core.dates import format_day, format_duration, format_hours, format_period, is_one_day
from figures.labels import FIGURES
from registrations.labels import ATTENDANCE_SOURCES, say_stays

NOT_ASKED = "–"
"""Stands where nobody signs up for a session by itself."""

TOLD_TABLE = Table((0.82, CELL, False), (0.18, CELL, True))
PROGRAMME_TABLE = Table((0.17, QUIET, False), (0.48, CELL, False), (0.35, QUIET, False), names=1)
HOURS_TABLE = Table(
    *((0.06, QUIET, True), (0.29, CELL, False), (0.26, QUIET, False)),
    *((0.16, QUIET, False), (0.11, QUIET, False), (0.12, QUIET, False)),
    names=1,
)
PEOPLE_TABLE = Table((0.07, QUIET, True), (0.4, CELL, False), (0.39, QUIET, False), (0.14, QUIET, False), names=1)
_CODE, _AIR = 0.15, 0.03
_SESSION, _LEAST_CODE = 0.375, 0.1  # code and title together; the code at least
RowsOf = Callable[[ReportSession], list[Block]]


def tell_sessions(report: AttendanceReport) -> list[Block]:
    """Tell of each session how many came and how that is known, and then who they were or where they came from."""
    return [*_by_session(report), *_by_source(report), *_lists(report)]


def _by_session(report: AttendanceReport) -> list[Block]:
    if not report.sessions:
        return []
    if report.purpose.is_public:
        table = PROGRAMME_TABLE
        head = table.head(_("Code"), _("Session"), _("When"))
    else:
        titles = (_("Code"), _("Session"), _("When"), _("Registered"), _("Of them came"), _("participants"))
        table = _make_session_table(report.sessions)
        head = table.head(*titles)
    rows = _by_event(report.sessions, head, lambda session: [_session_row(report, table, head, session)])
    return [headline(_("By session"), Tag.H2), head, *rows, *draw_multiples(report.charts.by_session)]


def _make_session_table(sessions: Sequence[ReportSession]) -> Table:
    """Make a table whose first column is as wide as the longest code; the title has what is left of both."""
    code = share_of_codes((session.code for session in sessions), 6, _LEAST_CODE)
    names = ((code, QUIET, False), (_SESSION - code, CELL, False), (0.225, QUIET, False))
    return Table(*names, (0.14, CELL, True), (0.12, CELL, True), (0.14, CELL, True), names=1)


def _session_row(report: AttendanceReport, table: Table, head: Row, session: ReportSession) -> Block:
    day, hours = _when(session, report)
    names = (session.code, session.title, day or hours)
    said = ("", "", hours if day else "")
    if report.purpose.is_public:
        return replace(table.body(head, *names), said=said)
    sign_up = write_sign_up(session.sign_up)[:2] if session.sign_up else [NOT_ASKED, NOT_ASKED]
    row = table.body(head, *names, *sign_up, _participants(session))
    return replace(row, said=(*said, "", "", ""))


def _when(session: ReportSession, report: AttendanceReport) -> tuple[str, str]:
    """The day of a session, where there are several, and its hours; one over several days has both in one."""
    start, end = (moment.astimezone(session.zone) for moment in (session.starts_at, session.ends_at))
    if not is_one_day(start, end, session.zone):
        return format_period(start, end, session.zone), ""
    return "" if report.is_one_day else format_day(start.date(), with_weekday=False), format_hours(start, end)


def _participants(session: ReportSession) -> str:
    """The people on the list, else the headcount as what it is, else that nothing is known."""
    if session.listed:
        return write_number(session.listed)
    if session.declared is not None:
        return str(_("%(number)s declared", number=write_number(session.declared)))
    return str(_("unknown") if session.is_over else _("not held yet"))


def _by_source(report: AttendanceReport) -> list[Block]:
    """How the attendance of each session is known."""
    sources = report.sources
    has_declared = any(session.declared is not None for session in report.sessions)
    if not sources and not has_declared:
        return []
    names = [*(str(ATTENDANCE_SOURCES[source]) for source in sources), *([_("declared")] if has_declared else [])]
    table = _make_source_table(names)
    head = table.head(_("Code"), _("Session"), *names)

    def row(session: ReportSession) -> list[Block]:
        declared = [write_number(session.declared) if session.declared is not None else ""] if has_declared else []
        counts = [write_number(session.sources[source]) if session.sources.get(source) else "" for source in sources]
        return [table.body(head, session.code, session.title, *counts, *declared)]

    title = headline(_("How attendance was recorded"), Tag.H2)
    return [title, head, *with_notes(_by_event(report.sessions, head, row), [_explain_sources()])]


def _make_source_table(names: Sequence[str]) -> Table:
    """Make a table whose columns are wide enough for the longest word that names them; the session has the rest."""
    shares = [max(width(word, HEAD) for word in name.split()) / TEXT_WIDTH + _AIR for name in names]
    numbers = [(share, CELL, True) for share in shares]
    return Table((_CODE, QUIET, False), (1 - _CODE - sum(shares), CELL, False), *numbers, names=1)


def _explain_sources() -> str:
    words: str = _(
        "List: found by name in the list. Code: read at the door. Paper: typed in from a signature sheet. File: "
        "imported. Self check-in: the people themselves. Declared: a headcount, which counts where no list was kept."
    )
    return words


def _lists(report: AttendanceReport) -> list[Block]:
    if report.purpose.is_public or not report.sessions:
        return []
    blocks: list[Block] = [headline(_("Who took part"), Tag.H2)]
    for event, sessions in groupby(report.sessions, key=lambda session: session.event):
        if event:
            blocks.append(headline(event, Tag.H3))
        for session in sessions:
            blocks += [_name_session(session), *_list(session)]
    return blocks


def _name_session(session: ReportSession) -> Block:
    """Set the heading of a session: under that of its event where there are several, and then not in the contents."""
    title = f"{session.code} · {session.title}"
    if not session.event:
        return headline(title, Tag.H3)
    lines = break_lines(title, STRONG, TEXT_WIDTH, HEADING_LINES)
    return Lines(lines, STRONG, space=12, keep_with_next=True, tag=Tag.H4)


def _list(session: ReportSession) -> Sequence[Block]:
    if not session.listed:
        return [paragraph(_without_list(session), NOTE, TEXT_WIDTH, space=3)]
    if session.people is None:
        head = TOLD_TABLE.head(_("Organisation"), str(FIGURES["participants"]))
        return [head, *(TOLD_TABLE.body(head, name, write_number(count)) for name, count in session.organisations)]
    if session.tells_hours:
        return _list_with_hours(session, session.people)
    head = PEOPLE_TABLE.head(_("No."), _("Last and first name"), _("Organisation"), _("Known from"))
    rows = [
        PEOPLE_TABLE.body(head, str(number), person.name, person.organisation, str(ATTENDANCE_SOURCES[person.source]))
        for number, person in enumerate(session.people, start=1)
    ]
    return [head, *rows]


def _list_with_hours(session: ReportSession, people: Sequence[Person]) -> Sequence[Block]:
    """The people, with from when to when they were there and how much of it counts."""
    names = (_("No."), _("Last and first name"), _("Organisation"), _("In and out"), _("Hours"), _("Known from"))
    head = HOURS_TABLE.head(*names)
    rows = [
        HOURS_TABLE.body(
            head,
            str(number),
            person.name,
            person.organisation,
            say_stays(person.stays, session.zone),
            format_duration(person.hours or timedelta()),
            str(ATTENDANCE_SOURCES[person.source]),
        )
        for number, person in enumerate(people, start=1)
    ]
    return [head, *rows]


def _without_list(session: ReportSession) -> str:
    if session.declared is not None:
        return str(_("No list was kept; %(number)s participants were declared.", number=write_number(session.declared)))
    if session.is_over:
        return str(_("No list was kept and no headcount was declared: the attendance is unknown."))
    return str(_("Not held yet."))


def write_sign_up(sign_up: SignUp) -> list[str]:
    """Write how many had signed up, how many of them came, and how many came without it."""
    return [write_number(number) for number in (sign_up.signed_up, sign_up.came, sign_up.besides)]


def _by_event(sessions: Iterable[ReportSession], head: Row, row: RowsOf) -> list[Block]:
    """Set the rows of sessions under the names of their events, where there are several."""
    blocks: list[Block] = []
    for event, some in groupby(sessions, key=lambda session: session.event):
        if event:
            title = break_lines(event, STRONG, TEXT_WIDTH, HEADING_LINES)
            blocks.append(Lines(title, STRONG, space=12, keep_with_next=True, head=head))
        for session in some:
            blocks += row(session)
    return blocks
