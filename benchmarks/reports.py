"""(g) The attendance report of 5,000 people, from the rows to the PDF, beside drawing its rows on bare pages."""

import io
from collections.abc import Iterator
from functools import partial

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.measure import Measurement, seconds
from benchmarks.seed import SLUG, filled
from benchmarks.servers import database
from certificates import attendance_reports, papers
from certificates.attendance_content import AttendanceReport, Purpose
from certificates.attendance_sheets import write_sheets
from core.templating import font_path
from figures.asked import Asked
from tests import factories

SESSIONS = 12
_ROWS_A_PAGE = 33


def run(*, quick: bool) -> list[Measurement]:
    """Measure with names and without, on paper and as a workbook."""
    return list(_measure(200 if quick else 5_000))


def _measure(people: int) -> Iterator[Measurement]:
    pdfmetrics.registerFont(TTFont("floor-regular", str(font_path("regular"))))
    note = "floor: the names on bare pages, same font"
    with database("sqlite") as environ, filled(environ, sessions=SESSIONS, people=people):
        by = factories.make_staff("report@example.org", role="administrator")
        found = attendance_reports.ask_event(SLUG, by=by)
        named = _make(found, Purpose.FILE)
        floor = seconds(lambda: _write_bare(named))
        for purpose in Purpose:
            ours = seconds(partial(_draw, found, purpose))
            yield Measurement(f"report of {people:,} attendances, {purpose}", ours, floor, "seconds", note)
        ours = seconds(partial(_write, found))
        yield Measurement(f"report of {people:,} attendances, workbook", ours, floor, "seconds", note)


def _make(found: Asked, purpose: Purpose) -> AttendanceReport:
    return attendance_reports.make(found, purpose, now=factories.NOW)


def _draw(found: Asked, purpose: Purpose) -> None:
    papers.draw_attendance_report(_make(found, purpose))


def _write(found: Asked) -> None:
    write_sheets(_make(found, Purpose.FILE), io.BytesIO())


def _write_bare(report: AttendanceReport) -> None:
    """Write the cells of each person where they would stand, and nothing else."""
    canvas = Canvas(io.BytesIO(), pagesize=A4, initialFontName="floor-regular")  # type: ignore[arg-type] # it is a name
    people = [person for session in report.sessions for person in session.people or ()]
    for number, person in enumerate(people):
        place = number % _ROWS_A_PAGE
        if place == 0 and number:
            canvas.showPage()
        canvas.setFont("floor-regular", 9.5)
        for left, cell in ((62, str(number)), (100, person.name), (290, person.organisation), (480, person.source)):
            canvas.drawString(left, 760 - place * 20.5, cell)
    canvas.save()
