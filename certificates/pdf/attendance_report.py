"""The attendance report of an event or a process: figures, who had signed up, from where, and session by session."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import IO

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from certificates.attendance_content import AttendanceReport, Division, Purpose, ReportSession, SignUp
from certificates.attendance_words import SAID
from certificates.pdf.charts import draw_charts, draw_multiples
from certificates.pdf.contents import headline, mark, paginate_with_contents
from certificates.pdf.layout import Block, Lines, Row, draw_pages, open_canvas, paragraph
from certificates.pdf.report import (
    CELL,
    FACTS,
    HEAD,
    HEADING_LINES,
    MARGIN,
    NOTE,
    QUIET,
    ROOM,
    STRONG,
    TEXT_WIDTH,
    Table,
    explain_hidden,
    furnish,
    opening,
    share_of_codes,
    write_number,
)
from certificates.pdf.tags import Tag
from certificates.pdf.typeface import break_lines, width
from contributions.labels import say_dimension
from core.dates import format_hours, format_period
from core.languages import use_language
from figures.figure_lists import HIDDEN
from figures.figure_reports import Line
from figures.figures import Figures
from figures.known_numbers import OF_PEOPLE, read_number
from figures.labels import FIGURES
from figures.small_cells import TOTAL
from registrations.labels import ATTENDANCE_SOURCES

NOT_ASKED = "–"
"""Stands where nobody signs up for a session by itself."""

FIGURE_TABLE = Table((0.4, CELL, False), (0.2, CELL, True), (0.2, CELL, True), (0.2, CELL, True))
SIGN_UP_TABLE = FIGURE_TABLE
DIVISION_TABLE = Table((0.64, CELL, False), (0.18, CELL, True), (0.18, CELL, True))
TOLD_TABLE = Table((0.82, CELL, False), (0.18, CELL, True))
PROGRAMME_TABLE = Table((0.17, QUIET, False), (0.48, CELL, False), (0.35, QUIET, False), names=1)
PEOPLE_TABLE = Table((0.07, QUIET, True), (0.4, CELL, False), (0.39, QUIET, False), (0.14, QUIET, False), names=1)
_CODE, _AIR = 0.15, 0.03
_SESSION, _LEAST_CODE = 0.375, 0.1  # code and title together; the code at least
RowsOf = Callable[[ReportSession], list[Block]]


def write_attendance_report(report: AttendanceReport, file: IO[bytes]) -> None:
    """Write the report as one document."""
    with use_language(report.language):
        label = _("Attendance report")
        canvas = open_canvas(
            file,
            language=report.language,
            title=f"{label} · {report.name}",
            author=report.author,
            subject=report.name,
        )
        body = [
            *_by_dimension(report),
            *_signed_up(report),
            *_divided(report),
            *_by_place(report.places),
            *_by_session(report),
            *_by_source(report),
            *_lists(report),
            *_definitions(report),
        ]
        pages = paginate_with_contents(_heading(report, label), body, ROOM)

        def begin(number: int, total: int) -> float:
            mark(canvas, pages[number - 1], number)
            return furnish(canvas, f"{label} · {report.name}", number, total)

        draw_pages(canvas, pages, MARGIN, begin)
    canvas.save()


def _heading(report: AttendanceReport, label: str) -> list[Block]:
    blocks = opening(label, report.name, report.facts)
    blocks.append(paragraph(str(SAID[report.purpose]), FACTS, TEXT_WIDTH, space=8))
    if report.warning:
        blocks.append(paragraph(report.warning, STRONG, TEXT_WIDTH, space=10))
    return blocks


def _by_dimension(report: AttendanceReport) -> list[Block]:
    table, told = FIGURE_TABLE, report.figures.table
    if not told.total.sessions:
        return [
            paragraph(_("The programme has no sessions of which attendance is counted."), CELL, TEXT_WIDTH, space=24)
        ]
    names = (str(FIGURES[name]) for name in ("sessions", *OF_PEOPLE))
    head = table.head(_("Dimension"), *names)
    rows: list[Block] = [
        table.body(
            head, say_dimension(dimension), *_write_figures(figures, is_hidden=dimension in report.figures.hidden)
        )
        for dimension, figures in told.dimensions.items()
    ]
    is_hidden = TOTAL in report.figures.hidden
    return [
        headline(_("Figures"), Tag.H2),
        head,
        *rows,
        table.foot(head, _("total"), *_write_figures(told.total, is_hidden=is_hidden)),
        *(paragraph(text, NOTE, TEXT_WIDTH, space=4) for text in _notes(report)),
        *draw_charts(report.charts.by_dimension, space=18),
        *_draw_events(report),
    ]


def _draw_events(report: AttendanceReport) -> list[Block]:
    charts = draw_multiples(report.charts.by_event)
    return [headline(_("By event"), Tag.H2), *charts] if charts else []


def _write_figures(figures: Figures, *, is_hidden: bool) -> list[str]:
    """Write sessions, participants, attendances; nothing of people where they are hidden or not known."""
    people = [HIDDEN if is_hidden else write_number(read_number(figures, name)) for name in OF_PEOPLE]
    return [write_number(figures.sessions), *people]


def _notes(report: AttendanceReport) -> Iterator[str]:
    """What must be known to read the figures right."""
    figures, total = report.figures, report.figures.table.total
    if figures.hidden or any(division.hides for division in report.divisions):
        yield explain_hidden()
    declared = total.declared.participants.count
    if declared and figures.tells_declared and not figures.hidden:
        yield ngettext(
            "%(num)d participant was declared as a headcount, without a list.",
            "%(num)d participants were declared as a headcount, without a list.",
            declared,
        )
    if over := total.sessions_without_count - report.to_come:
        yield ngettext(
            "Of %(num)d session the attendance is unknown; it is not counted as zero.",
            "Of %(num)d sessions the attendance is unknown; they are not counted as zero.",
            over,
        )
    if report.to_come:
        yield ngettext(
            "%(num)d session has not been held yet.", "%(num)d sessions have not been held yet.", report.to_come
        )


def _signed_up(report: AttendanceReport) -> list[Block]:
    if report.sign_up is None:
        return []
    blocks: list[Block] = [
        headline(_("Who had signed up, and who came"), Tag.H2),
        paragraph(" ".join(_say_sign_up(report.sign_up)), CELL, TEXT_WIDTH, space=6, keep_with_next=True),
    ]
    if report.sign_up_chart:
        blocks += draw_charts([report.sign_up_chart], space=14)
    if report.sign_ups:
        head = SIGN_UP_TABLE.head(_("Event"), _("Registered"), _("Of them came"), _("Came without"))
        blocks += [head, *(SIGN_UP_TABLE.body(head, name, *_write_sign_up(each)) for name, each in report.sign_ups)]
    return blocks


def _say_sign_up(sign_up: SignUp) -> Iterator[str]:
    yield ngettext("%(num)d person had signed up.", "%(num)d people had signed up.", sign_up.signed_up)
    if sign_up.came is None or sign_up.besides is None:
        return
    if sign_up.signed_up:
        share = format_decimal(round(100 * sign_up.came / sign_up.signed_up))
        came = ngettext("%(num)d of them came", "%(num)d of them came", sign_up.came)
        yield f"{came} ({share} %)."
    if sign_up.besides:
        yield ngettext(
            "%(num)d person came without having signed up.",
            "%(num)d people came without having signed up.",
            sign_up.besides,
        )


def _write_sign_up(sign_up: SignUp) -> list[str]:
    return [write_number(number) for number in (sign_up.signed_up, sign_up.came, sign_up.besides)]


def _divided(report: AttendanceReport) -> list[Block]:
    blocks: list[Block] = []
    for place, division in enumerate(report.divisions):
        chart = report.organisation_chart if place == 0 else None
        blocks += _divide(division, report.purpose, draw_charts([chart], space=10) if chart else [])
    return blocks


def _divide(division: Division, purpose: Purpose, charts: list[Block]) -> list[Block]:
    title = headline(division.title, Tag.H2)
    if division.is_untold:
        words = _("The people are so few that none of these numbers can be told.")
        return [title, paragraph(words, NOTE, TEXT_WIDTH, space=6)]
    if not division.parts:
        return [title, paragraph(_("Nobody."), NOTE, TEXT_WIDTH, space=6)]
    table = TOLD_TABLE if purpose.is_public else DIVISION_TABLE
    head = table.head(division.subject, *([] if purpose.is_public else [_("Registered")]), _("Came"))
    if charts:
        head = replace(head, space=20)
    rows: list[Block] = []
    for part in division.parts:
        signed_up = [] if purpose.is_public else [write_number(part.signed_up)]
        rows.append(table.body(head, part.name, *signed_up, HIDDEN if part.came is None else write_number(part.came)))
    if not division.is_partition:
        words = _("Whoever belongs to several of them is counted in each.")
        rows.append(paragraph(words, NOTE, TEXT_WIDTH, space=4))
    return [title, *charts, head, *rows]


def _by_place(places: Sequence[Line]) -> list[Block]:
    if not places:
        return []
    names = [name for name in ("sessions", *OF_PEOPLE) if any(line.numbers[name] is not None for line in places)]
    table = Table((0.4, CELL, False), *((0.6 / len(names), CELL, True) for _name in names))
    head = table.head(_("Neighbourhood"), *(str(FIGURES[name]) for name in names))
    rows = [table.body(head, line.name, *(write_number(line.numbers[name]) for name in names)) for line in places]
    return [headline(_("By neighbourhood where the sessions were held"), Tag.H2), head, *rows]


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
    names = (session.code, session.title, _when(session, report))
    if report.purpose.is_public:
        return table.body(head, *names)
    sign_up = _write_sign_up(session.sign_up)[:2] if session.sign_up else [NOT_ASKED, NOT_ASKED]
    return table.body(head, *names, *sign_up, _participants(session))


def _when(session: ReportSession, report: AttendanceReport) -> str:
    start, end = (moment.astimezone(session.zone) for moment in (session.starts_at, session.ends_at))
    return format_hours(start, end) if report.is_one_day else format_period(start, end, session.zone)


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
    return [title, head, *_by_event(report.sessions, head, row), _explain_sources()]


def _make_source_table(names: Sequence[str]) -> Table:
    """Make a table whose columns are wide enough for the longest word that names them; the session has the rest."""
    shares = [max(width(word, HEAD) for word in name.split()) / TEXT_WIDTH + _AIR for name in names]
    numbers = [(share, CELL, True) for share in shares]
    return Table((_CODE, QUIET, False), (1 - _CODE - sum(shares), CELL, False), *numbers, names=1)


def _explain_sources() -> Block:
    words = _(
        "List: found by name in the list. Code: read at the door. Paper: typed in from a signature sheet. File: "
        "imported. Self check-in: the people themselves. Declared: a headcount, which counts where no list was kept."
    )
    return paragraph(words, NOTE, TEXT_WIDTH, space=4)


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
    head = PEOPLE_TABLE.head(_("No."), _("Last and first name"), _("Organisation"), _("Known from"))
    rows = [
        PEOPLE_TABLE.body(head, str(number), person.name, person.organisation, str(ATTENDANCE_SOURCES[person.source]))
        for number, person in enumerate(session.people, start=1)
    ]
    return [head, *rows]


def _without_list(session: ReportSession) -> str:
    if session.declared is not None:
        return str(_("No list was kept; %(number)s participants were declared.", number=write_number(session.declared)))
    if session.is_over:
        return str(_("No list was kept and no headcount was declared: the attendance is unknown."))
    return str(_("Not held yet."))


def _definitions(report: AttendanceReport) -> list[Block]:
    texts = [
        _(
            "Participants are different people with attendance recorded in at least one of the sessions, plus the "
            "headcount declared where no list was kept."
        ),
        _("Attendances are pairs of a person and a session, and that headcount. Signing up is not taking part."),
    ]
    if report.sign_up:
        texts.append(_("Whoever had a confirmed place, and was not entered at the door, had signed up."))
    blocks: list[Block] = [headline(_("What is counted, and how"), Tag.H2)]
    return [*blocks, *(paragraph(text, NOTE, TEXT_WIDTH, space=4) for text in texts)]


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
