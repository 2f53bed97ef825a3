"""The signature sheet of a session: numbered names in Catalan order, room to sign, blank rows for walk-ins.

It goes from hand to hand, so it shows name and organisation and nothing else about anybody.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import IO

from flask_babel import gettext as _
from reportlab.pdfgen.canvas import Canvas

from certificates.paper_content import PrivacyNotice, SignatureSheet
from certificates.pdf.layout import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Block,
    Column,
    Lines,
    Row,
    draw_blocks,
    draw_pages,
    draw_picture,
    draw_rule,
    fit_into,
    heading,
    height_of,
    open_canvas,
    paginate,
)
from certificates.pdf.tags import artifact, section
from certificates.pdf.typeface import ACCENT, INK, LINE, MUTED, SEMIBOLD, Style, break_lines
from core.dates import format_period
from core.languages import use_language

MARGIN = 48.0
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = PAGE_HEIGHT - 44
FOOT = 40.0
LEAST_BLANK_ROWS = 5
ROW_HEIGHT = 27.0

LABEL = Style(8.5, 12, SEMIBOLD, ACCENT, tracking=1.4)
TITLE = Style(16, 19, SEMIBOLD)
EVENT = Style(10.5, 14, SEMIBOLD)
FACTS = Style(10, 13.5, colour=MUTED)
HEAD = Style(8.5, 11, SEMIBOLD, MUTED)
NUMBER = Style(10, 13, colour=MUTED)
NAME = Style(11, 13.5)
ORGANISATION = Style(9.5, 12, colour=MUTED)
NOTE = Style(7.5, 9.5, colour=MUTED)
_NOTE_LINES = 2  # of each part of the notice
_HEADING_LINES = 3
_LOGO = (120.0, 52.0)  # the largest it can be; the heading is always higher

Places = tuple[tuple[float, float, Style, int], ...]
_PLACES: Places = (
    (0, 26, NUMBER, 1),
    (32, 182, NAME, 8),
    (224, 128, ORGANISATION, 4),
    (362, TEXT_WIDTH - 362, NAME, 1),
)
_PLACES_WITH_HOURS: Places = (
    (0, 26, NUMBER, 1),
    (32, 150, NAME, 8),
    (190, 92, ORGANISATION, 4),
    (290, 38, NAME, 1),
    (336, 38, NAME, 1),
    (382, TEXT_WIDTH - 382, NAME, 1),
)


class Grid:
    """The columns of a sheet, whose last ones are left empty to be written in by hand."""

    def __init__(self, places: Places) -> None:
        self._columns = [Column(left, width, style, most_lines=most) for left, width, style, most in places]
        self._heads = [Column(left, width, HEAD) for left, width, _style, _most in places]

    def head(self, *names: str) -> Row:
        """The names of the columns."""
        return replace(_make_row(self._heads, names, 0), is_head=True, names=None)

    def row(self, number: int, name: str = "", organisation: str = "") -> Row:
        """A row of a person, or a blank one."""
        empty = [""] * (len(self._columns) - 3)
        return _make_row(self._columns, [str(number), name, organisation, *empty], ROW_HEIGHT)


GRID, GRID_WITH_HOURS = Grid(_PLACES), Grid(_PLACES_WITH_HOURS)


def write_signature_sheets(sheets: Sequence[SignatureSheet], file: IO[bytes], *, title: str) -> None:
    """Write one document with a sheet for each session; each sheet counts its own pages."""
    first = sheets[0]
    canvas = open_canvas(file, language=first.language, title=title, author=first.organiser, subject=first.event)
    for sheet in sheets:
        with use_language(sheet.language), section(canvas, language=sheet.language):
            _draw(canvas, sheet)
    canvas.save()


def _draw(canvas: Canvas, sheet: SignatureSheet) -> None:
    top, notice = _heading(sheet), _notice(sheet.privacy)
    hours = (_("In"), _("Out")) if sheet.with_hours else ()
    head = _grid(sheet).head(_("No."), _("Last and first name"), _("Organisation"), *hours, _("Signature"))
    bottom = FOOT + height_of(notice) + 22
    room = TOP - height_of(top) - 16 - head.height - bottom

    def furnish(number: int, total: int) -> float:
        with artifact(canvas) if number > 1 else nullcontext():  # what was said on the first page is not said again
            end = draw_blocks(canvas, top, MARGIN, TOP) - 16
            _draw_logo(canvas, sheet)
            draw_blocks(canvas, notice, MARGIN, FOOT + height_of(notice) + 10)
            head.draw(canvas, MARGIN, end)
        page = break_lines(_("Page %(number)s of %(total)s", number=number, total=total), NOTE, TEXT_WIDTH)
        with artifact(canvas):
            draw_blocks(canvas, [Lines(page, NOTE)], MARGIN, FOOT)
        draw_rule(canvas, MARGIN, end - head.height, TEXT_WIDTH, (1.0, INK))
        return end - head.height

    draw_pages(canvas, paginate(_rows(sheet, room), room), MARGIN, furnish)


def _heading(sheet: SignatureSheet) -> list[Block]:
    place = " · ".join(filter(None, (sheet.room, sheet.venue)))
    texts = (
        (_("Signature sheet").upper(), LABEL, 0),
        (sheet.session, TITLE, 6),
        (sheet.event, EVENT, 4),
        (format_period(sheet.starts_at, sheet.ends_at, sheet.zone), FACTS, 2),
        (place, FACTS, 0),
        (sheet.organiser, FACTS, 0),
    )
    limit = TEXT_WIDTH - (_LOGO[0] + 14 if sheet.logo else 0)
    return heading(texts, limit, most_lines=_HEADING_LINES)


def _draw_logo(canvas: Canvas, sheet: SignatureSheet) -> None:
    """Draw the organiser's logo in the upper right corner; the name stands among the facts."""
    if sheet.logo is None:
        return
    wide, high = fit_into(sheet.logo.width, sheet.logo.height, *_LOGO)
    draw_picture(canvas, sheet.logo.content, MARGIN + TEXT_WIDTH - wide, TOP - high, (wide, high))


def _rows(sheet: SignatureSheet, room: float) -> list[Block]:
    """The people expected, then blank rows: some at least, and as many as fill the last page."""
    grid = _grid(sheet)
    rows: list[Block] = [grid.row(number, row.name, row.organisation) for number, row in enumerate(sheet.rows, start=1)]
    rows += [grid.row(len(rows) + more) for more in range(1, LEAST_BLANK_ROWS + 1)]
    left = room - height_of(paginate(rows, room)[-1])
    return rows + [grid.row(len(rows) + more) for more in range(1, int(left // ROW_HEIGHT) + 1)]


def _grid(sheet: SignatureSheet) -> Grid:
    return GRID_WITH_HOURS if sheet.with_hours else GRID


def _make_row(columns: Sequence[Column], cells: Sequence[str], least: float) -> Row:
    return Row(columns, cells, TEXT_WIDTH, padding=5, least_height=least, rule=(0.5, LINE), names=0)


def _notice(privacy: PrivacyNotice) -> list[Block]:
    """The first layer of the notice, each part on its own line so that none hides in a block of small print."""
    parts = (
        (_("Responsible: %(text)s"), privacy.responsible_body),
        (_("Purpose: %(text)s"), privacy.purpose),
        (_("Legal basis: %(text)s"), privacy.legal_basis),
        (_("Rights: %(text)s"), privacy.rights),
        (_("More information: %(text)s"), privacy.url),
    )
    return [
        Lines(break_lines(words % {"text": text}, NOTE, TEXT_WIDTH, _NOTE_LINES), NOTE) for words, text in parts if text
    ]
