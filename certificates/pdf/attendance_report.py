"""The attendance report of an event: figures first, then who was in each session; what is unknown is said so."""

from collections.abc import Sequence
from typing import IO

from flask_babel import gettext as _
from flask_babel import ngettext
from reportlab.pdfgen.canvas import Canvas

from certificates.content import AttendanceReport, ReportSession, Turnout
from certificates.pdf.layout import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Block,
    Column,
    Lines,
    Row,
    draw_blocks,
    draw_pages,
    draw_rule,
    heading,
    open_canvas,
    paginate,
    paragraph,
)
from certificates.pdf.typeface import ACCENT, INK, MUTED, SEMIBOLD, Style, break_lines, width
from core.dates import format_hours, format_moment, format_period, is_one_day
from core.languages import use_language
from events.labels import DIMENSIONS
from events.models import Dimension

MARGIN = 62.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = PAGE_HEIGHT - 62
FOOT = 44.0
ROOM = TOP - FOOT - 26

LABEL = Style(9, 12, SEMIBOLD, ACCENT, tracking=1.5)
TITLE = Style(22, 25, SEMIBOLD)
FACTS = Style(10.5, 14.5, colour=MUTED)
HEADING = Style(14, 18, SEMIBOLD)
SUBHEADING = Style(11.5, 14.5, SEMIBOLD)
HEAD = Style(8.5, 11, SEMIBOLD, MUTED)
CELL = Style(9.5, 12.5)
QUIET = Style(9.5, 12.5, colour=MUTED)
STRONG = Style(9.5, 12.5, SEMIBOLD)
NOTE = Style(9, 12.5, colour=MUTED)
FOOTER = Style(8, 10, colour=MUTED)

_HEADING_LINES = 4
_CELL_LINES = 6


class Table:
    """The columns of one table, and the rows that are made of them: head, body, foot."""

    def __init__(self, *columns: tuple[float, Style, bool]) -> None:
        """Each column as its share of the width, its style and whether it is set to the right."""
        gap, left = 10.0, 0.0
        whole = TEXT_WIDTH - gap * (len(columns) - 1)
        self.columns: list[Column] = []
        for share, style, align_right in columns:
            self.columns.append(Column(left, share * whole, style, align_right, _CELL_LINES))
            left += share * whole + gap

    def head(self, *cells: str) -> Row:
        """The names of the columns, above a line."""
        return Row(self._styled(HEAD), cells, TEXT_WIDTH, rule=(1.0, INK), space=8, keep_with_next=True)

    def body(self, head: Row, *cells: str) -> Row:
        """A row that goes on under `head` on the next page."""
        return Row(self.columns, cells, TEXT_WIDTH, head=head)

    def foot(self, head: Row, *cells: str) -> Row:
        """The sum."""
        return Row(self._styled(STRONG), cells, TEXT_WIDTH, rule=None, head=head)

    def _styled(self, style: Style) -> list[Column]:
        return [
            Column(column.left, column.width, style, column.align_right, column.most_lines) for column in self.columns
        ]


DIMENSION_TABLE = Table((0.4, CELL, False), (0.2, CELL, True), (0.2, CELL, True), (0.2, CELL, True))
SESSION_TABLE = Table(
    (0.1, QUIET, False), (0.32, CELL, False), (0.26, QUIET, False), (0.14, CELL, True), (0.18, CELL, True)
)
PEOPLE_TABLE = Table((0.08, QUIET, True), (0.46, CELL, False), (0.46, QUIET, False))


def write_attendance_report(report: AttendanceReport, file: IO[bytes]) -> None:
    """Write the report as one document."""
    with use_language(report.language):
        title = _("Attendance report")
        canvas = open_canvas(
            file,
            language=report.language,
            title=f"{title} · {report.event}",
            author=report.organiser,
            subject=report.event,
        )
        blocks = [*_heading(report, title), *_figures(report), *_by_session(report), *_lists(report), *_definitions()]
        draw_pages(
            canvas, paginate(blocks, ROOM), MARGIN, lambda number, total: _furnish(canvas, report, number, total)
        )
    canvas.save()


def _furnish(canvas: Canvas, report: AttendanceReport, number: int, total: int) -> float:
    event = break_lines(report.event, FOOTER, TEXT_WIDTH - 90, 1)
    page = _("Page %(number)s of %(total)s", number=number, total=total)
    draw_rule(canvas, MARGIN, FOOT + 6, TEXT_WIDTH, (0.8, ACCENT))
    draw_blocks(canvas, [Lines(event, FOOTER)], MARGIN, FOOT)
    draw_blocks(canvas, [Lines((page,), FOOTER)], MARGIN + TEXT_WIDTH - width(page, FOOTER), FOOT)
    return TOP


def _heading(report: AttendanceReport, title: str) -> list[Block]:
    place = ", ".join(filter(None, (report.venue, report.address)))
    texts = (
        (title.upper(), LABEL, 0),
        (report.event, TITLE, 8),
        (format_period(report.starts_at, report.ends_at, report.zone), FACTS, 8),
        (place, FACTS, 0),
        (report.organiser, FACTS, 0),
        (_("As recorded on %(moment)s", moment=format_moment(report.made_at, report.zone)), FACTS, 0),
    )
    return heading(texts, TEXT_WIDTH, most_lines=_HEADING_LINES)


def _figures(report: AttendanceReport) -> list[Block]:
    table = DIMENSION_TABLE
    head = table.head(_("Dimension"), _("Sessions"), _("Participants"), _("Attendances"))
    rows = [table.body(head, _dimension(dimension), *_numbers(turnout)) for dimension, turnout in report.by_dimension]
    return [
        paragraph(_("Figures"), HEADING, TEXT_WIDTH, space=28, keep_with_next=True),
        paragraph(_registered(report), CELL, TEXT_WIDTH, space=6),
        head,
        *rows,
        table.foot(head, _("Total"), *_numbers(report.turnout)),
        *(paragraph(text, NOTE, TEXT_WIDTH, space=4) for text in _reservations(report.turnout)),
    ]


def _registered(report: AttendanceReport) -> str:
    registered = ngettext("%(num)d confirmed registration", "%(num)d confirmed registrations", report.registered)
    came = ngettext("%(num)d of them took part", "%(num)d of them took part", report.registered_attended)
    return f"{registered}; {came}."


def _reservations(turnout: Turnout) -> list[str]:
    """What must be known to read the figures right."""
    texts = []
    if turnout.declared:
        texts.append(
            ngettext(
                "%(num)d participant was declared as a headcount, without a list.",
                "%(num)d participants were declared as a headcount, without a list.",
                turnout.declared,
            )
        )
    if turnout.unknown_sessions:
        texts.append(
            ngettext(
                "Of %(num)d session the attendance is unknown; it is not counted as zero.",
                "Of %(num)d sessions the attendance is unknown; they are not counted as zero.",
                turnout.unknown_sessions,
            )
        )
    return texts


def _by_session(report: AttendanceReport) -> list[Block]:
    table = SESSION_TABLE
    head = table.head(_("Code"), _("Session"), _("When"), _("Registered"), _("Participants"))
    rows = [
        table.body(
            head,
            session.code,
            session.title,
            _when(session, report),
            "–" if session.registered is None else str(session.registered),
            _participants(session),
        )
        for session in report.sessions
    ]
    return [paragraph(_("By session"), HEADING, TEXT_WIDTH, space=26, keep_with_next=True), head, *rows]


def _when(session: ReportSession, report: AttendanceReport) -> str:
    start, end = (moment.astimezone(report.zone) for moment in (session.starts_at, session.ends_at))
    if is_one_day(report.starts_at, report.ends_at, report.zone):
        return format_hours(start, end)
    return format_period(start, end, report.zone)


def _participants(session: ReportSession) -> str:
    """The people on the list, else the headcount as what it is, else that nothing is known."""
    if session.people:
        return str(len(session.people))
    if session.declared is not None:
        return str(_("%(number)s declared", number=session.declared))
    return str(_("unknown") if session.is_over else _("not held yet"))


def _lists(report: AttendanceReport) -> list[Block]:
    blocks: list[Block] = [
        paragraph(_("Who took part"), HEADING, TEXT_WIDTH, space=26, keep_with_next=True),
    ]
    for session in report.sessions:
        title = f"{session.code} · {session.title}"
        lines = break_lines(title, SUBHEADING, TEXT_WIDTH, _HEADING_LINES)
        blocks.append(Lines(lines, SUBHEADING, space=18, keep_with_next=True))
        blocks += _list(session)
    return blocks


def _list(session: ReportSession) -> Sequence[Block]:
    if not session.people:
        return [paragraph(_without_list(session), NOTE, TEXT_WIDTH, space=3)]
    head = PEOPLE_TABLE.head(_("No."), _("Last and first name"), _("Organisation"))
    rows = [
        PEOPLE_TABLE.body(head, str(number), person.name, person.organisation)
        for number, person in enumerate(session.people, start=1)
    ]
    return [head, *rows]


def _without_list(session: ReportSession) -> str:
    if session.declared is not None:
        return str(_("No list was kept; %(number)s participants were declared.", number=session.declared))
    if session.is_over:
        return str(_("No list was kept and no headcount was declared: the attendance is unknown."))
    return str(_("Not held yet."))


def _definitions() -> list[Block]:
    texts = (
        _(
            "Participants are different people with attendance recorded in at least one of the sessions, plus the "
            "headcount declared where no list was kept."
        ),
        _("Attendances are pairs of a person and a session, and that headcount. Signing up is not taking part."),
    )
    return [paragraph(text, NOTE, TEXT_WIDTH, space=4 if index else 26) for index, text in enumerate(texts)]


def _numbers(turnout: Turnout) -> tuple[str, str, str]:
    """Sessions, participants, attendances; a set of sessions of which nothing at all is known has no figures."""
    if not turnout.is_known:
        return str(turnout.sessions), _("unknown"), _("unknown")
    return str(turnout.sessions), str(turnout.participants), str(turnout.attendances)


def _dimension(dimension: Dimension | None) -> str:
    return str(DIMENSIONS[dimension]) if dimension else str(_("Without dimension"))
