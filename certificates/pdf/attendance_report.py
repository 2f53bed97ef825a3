"""The attendance report of an event or a process: figures, who had signed up, from where, and session by session."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from certificates.attendance_content import AttendanceReport, Division, Purpose, SignUp
from certificates.attendance_words import SAID, UNTOLD
from certificates.pdf.attendance_sessions import TOLD_TABLE, tell_sessions, write_sign_up
from certificates.pdf.charts import draw_charts, draw_multiples
from certificates.pdf.contents import headline, mark, paginate_with_contents
from certificates.pdf.layout import Block, draw_pages, open_canvas, paragraph
from certificates.pdf.report import (
    CELL,
    FACTS,
    MARGIN,
    NOTE,
    ROOM,
    STRONG,
    TEXT_WIDTH,
    Table,
    explain_hidden,
    furnish,
    opening,
    with_notes,
    write_number,
)
from certificates.pdf.tags import Tag
from contributions.labels import say_dimension
from core.languages import use_language
from figures.figure_lists import HIDDEN
from figures.figure_reports import Line
from figures.figures import Figures
from figures.known_numbers import OF_PEOPLE, read_number
from figures.labels import FIGURES
from figures.small_cells import TOTAL

FIGURE_TABLE = Table((0.4, CELL, False), (0.2, CELL, True), (0.2, CELL, True), (0.2, CELL, True))
SIGN_UP_TABLE = FIGURE_TABLE
DIVISION_TABLE = Table((0.64, CELL, False), (0.18, CELL, True), (0.18, CELL, True))


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
            *tell_sessions(report),
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
    foot = table.foot(head, _("total"), *_write_figures(told.total, is_hidden=is_hidden))
    return [
        headline(_("Figures"), Tag.H2),
        head,
        *with_notes([*rows, foot], list(_notes(report))),
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
        blocks += [head, *(SIGN_UP_TABLE.body(head, name, *write_sign_up(each)) for name, each in report.sign_ups)]
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


def _divided(report: AttendanceReport) -> list[Block]:
    blocks: list[Block] = []
    for place, division in enumerate(report.divisions):
        chart = report.organisation_chart if place == 0 else None
        if not division.is_untold:
            blocks += _divide(division, report.purpose, draw_charts([chart], space=10) if chart else [])
    untold = [division.title for division in report.divisions if division.is_untold]
    if untold:
        blocks += [headline(" · ".join(untold), Tag.H2), paragraph(str(UNTOLD), NOTE, TEXT_WIDTH, space=6)]
    return blocks


def _divide(division: Division, purpose: Purpose, charts: list[Block]) -> list[Block]:
    title = headline(division.title, Tag.H2)
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
        words = division.overlap or _("Whoever belongs to several of them is counted in each.")
        rows = with_notes(rows, [words])
    return [title, *charts, head, *rows]


def _by_place(places: Sequence[Line]) -> list[Block]:
    if not places:
        return []
    names = [name for name in ("sessions", *OF_PEOPLE) if any(line.numbers[name] is not None for line in places)]
    table = Table((0.4, CELL, False), *((0.6 / len(names), CELL, True) for _name in names))
    head = table.head(_("Neighbourhood"), *(str(FIGURES[name]) for name in names))
    rows = [table.body(head, line.name, *(write_number(line.numbers[name]) for name in names)) for line in places]
    return [headline(_("By neighbourhood where the sessions were held"), Tag.H2), head, *rows]


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
    if any(session.tells_hours for session in report.sessions):
        texts.append(
            _(
                "Hours go from when people came until they left where both are known, else they are those of the whole "
                "session; breaks inside a session do not count."
            )
        )
    blocks: list[Block] = [headline(_("What is counted, and how"), Tag.H2)]
    return [*blocks, *(paragraph(text, NOTE, TEXT_WIDTH, space=4) for text in texts)]
