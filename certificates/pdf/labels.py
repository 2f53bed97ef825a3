"""Labels, badges and table cards: the name as large as it goes, and never cut; around it what is left room for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from flask_babel import gettext as _
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from certificates.label_sheets import LabelSheet
from certificates.labels import LabelOptions, Mark
from certificates.paper_content import LabelText
from certificates.pdf.layout import Lines, draw_qr, open_canvas
from certificates.pdf.tags import artifact, section
from certificates.pdf.typeface import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    REGULAR,
    SEMIBOLD,
    Style,
    break_evenly,
    break_lines,
    printable,
    width,
)
from core.languages import current_language

_EDGE = 5.0  # mm that printers leave white at the edge of a page
_PADDING = 3.0  # mm, of a label that lies inside
_CARD_SIDES, _CARD_FOOT, _CARD_TOP, _FOLD_MARK = 14 * mm, 12 * mm, 10 * mm, 8 * mm
_LEADING = 1.1
_LEAST_NAME, _LAST_NAME = 9.0, 6.0  # points: read at arm's length, and read at all
_STEP = 0.94
_LAST_LINE = 0.6  # of the width, at least: a name is parted where it is two halves
_CLEAR = 1.25  # of the height of what stands above and below a name: the white between them
_QUIET = 4 / 33  # of a QR's side: the white around it


@dataclass(frozen=True)
class Sizes:
    """How large the texts of a label are, by its height, and how many lines the lesser ones may take."""

    name: float
    organisation: Style
    event: Style
    code: Style

    @classmethod
    def of(cls, height: float, *, is_far: bool) -> "Sizes":
        """The sizes for a label `height` points high; one that is read from across a table has larger ones."""
        scale = 2.2 if is_far else 1.0
        event, organisation = (
            _within(height * share * (1.3 if is_far else 1.0), least, most * scale)
            for share, least, most in ((0.075, 6.0, 10.0), (0.1, 7.0, 15.0))
        )
        return cls(
            name=_within(height * (0.36 if is_far else 0.27), 10.0, 40.0 * scale),
            organisation=Style(organisation, organisation * 1.2, REGULAR, INK),
            event=Style(event, event * 1.2, SEMIBOLD, ACCENT),
            code=Style(organisation, organisation * 1.2, SEMIBOLD, MUTED),
        )


def write_labels(
    labels: Sequence[LabelText], options: LabelOptions, file: IO[bytes], *, event: str, author: str
) -> None:
    """Write a label for each, from the label `options.start` of the first sheet on."""
    canvas = _open(options.sheet, file, event, author)
    start = options.start - 1
    for index, label in enumerate(labels, start=start):
        if index % options.sheet.count == 0 and index > start:
            canvas.showPage()
        box = _box(options.sheet, index)
        if options.with_outlines:
            _outline(canvas, box)
        with section(canvas, language=current_language()):
            if options.sheet.is_folded:
                _draw_card(canvas, label, options, box, event)
            else:
                _draw(canvas, label, options, _inner(options.sheet, box), event)
    canvas.showPage()
    canvas.save()


def write_test_sheet(sheet: LabelSheet, file: IO[bytes], *, event: str, author: str) -> None:
    """Write a page with the outline of each label and its number, to hold against a sheet before any is spoilt."""
    canvas = _open(sheet, file, event, author)
    style = Style(9, 11, colour=MUTED)
    for index in range(sheet.count):
        box = _box(sheet, index)
        _outline(canvas, box)
        if sheet.is_folded:
            _mark_fold(canvas, box)
        left, bottom, _wide, high = box
        words = (str(index + 1), printable(str(sheet.name)), _("Print at full size, not fitted to the page."))
        lines = words if index == 0 else words[:1]
        for number, line in enumerate(lines):
            for place, part in enumerate(break_lines(line, style, _wide - 6 * mm)):
                base = bottom + high - 6 * mm - (number + place) * style.leading - (style.leading if number == 2 else 0)
                Lines((part,), style).draw(canvas, left + 3 * mm, base + style.base)
    canvas.showPage()
    canvas.save()


Box = tuple[float, float, float, float]
"""Left, bottom, width and height, in points."""


def _open(sheet: LabelSheet, file: IO[bytes], event: str, author: str) -> Canvas:
    title = " · ".join((_("Labels, badges and table cards"), event))
    page_size = (sheet.page[0] * mm, sheet.page[1] * mm)
    language = current_language()
    return open_canvas(file, language=language, title=title, author=author, subject=event, page_size=page_size)


def _box(sheet: LabelSheet, index: int) -> Box:
    left, top = sheet.find_place(index)
    return left * mm, (sheet.page[1] - top - sheet.size[1]) * mm, sheet.size[0] * mm, sheet.size[1] * mm


def _inner(sheet: LabelSheet, box: Box) -> Box:
    """The part of a label that is written on: labels at the edge of a page keep what no printer reaches."""
    left, bottom, wide, high = box
    sides, ends = (max(_PADDING, _EDGE - edge) * mm for edge in sheet.first)
    return left + sides, bottom + ends, wide - 2 * sides, high - 2 * ends


def _draw_card(canvas: Canvas, label: LabelText, options: LabelOptions, box: Box, event: str) -> None:
    """Draw a card that stands on a table: the same on both sides of the fold, the upper one on its head."""
    left, bottom, wide, high = box
    inner = (left + _CARD_SIDES, bottom + _CARD_FOOT, wide - 2 * _CARD_SIDES, high / 2 - _CARD_FOOT - _CARD_TOP)
    _draw(canvas, label, options, inner, event)
    with artifact(canvas):  # what both sides say is said once
        canvas.saveState()
        canvas.translate(2 * left + wide, 2 * bottom + high)
        canvas.rotate(180)
        _draw(canvas, label, options, inner, event)
        canvas.restoreState()
    _mark_fold(canvas, box)


def _mark_fold(canvas: Canvas, box: Box) -> None:
    """Mark at both sides where a card is folded."""
    left, bottom, wide, high = box
    with artifact(canvas):
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        for start in (left, left + wide - _FOLD_MARK):
            canvas.line(start, bottom + high / 2, start + _FOLD_MARK, bottom + high / 2)


def _outline(canvas: Canvas, box: Box) -> None:
    with artifact(canvas):
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        canvas.rect(*box)


def _draw(canvas: Canvas, label: LabelText, options: LabelOptions, inner: Box, event: str) -> None:
    left, bottom, wide, high = inner
    sizes = Sizes.of(high, is_far=options.sheet.is_folded)
    if options.mark is Mark.QR:
        side = min(high * (0.3 if high > wide else 1.0), 24 * mm, wide * 0.36)
        lower = bottom if high > wide else bottom + (high - side) / 2
        draw_qr(canvas, label.address, left + wide - side, lower, side, alt=_("QR code for the door"))
        if high > wide:
            bottom, high = bottom + side, high - side
        else:
            wide -= side * (1 + _QUIET)
    if options.mark is Mark.CODE:
        Lines((label.code,), sizes.code).draw(canvas, left, bottom + sizes.code.leading)
        bottom, high = bottom + sizes.code.leading, high - sizes.code.leading
    organisation = label.organisation if options.with_organisation else ""
    top = bottom + high
    head, name, foot = _compose((event, label.name, organisation), sizes, wide, high)
    head.draw(canvas, left, top)
    room = high - head.height
    slack = room - name.height - foot.height
    name.draw(canvas, left, top - head.height - slack * 0.45)
    foot.draw(canvas, left, top - head.height - slack * 0.45 - name.height - min(slack * 0.1, 4))


def _compose(texts: tuple[str, str, str], sizes: Sizes, wide: float, high: float) -> tuple[Lines, Lines, Lines]:
    """The event, the name and the organisation, in their sizes.

    The name gets smaller, then the others fewer lines, then its longest word is parted; only what no label could hold
    ends in an ellipsis, for everybody to see.
    """
    event, name, organisation = texts
    for most_event, most_organisation in ((2, 2), (1, 1), (1, 0), (0, 0)):
        head = Lines(_first(event, sizes.event, wide, most_event), sizes.event)
        foot = Lines(_first(organisation, sizes.organisation, wide, most_organisation), sizes.organisation)
        room = high - (head.height + foot.height) * _CLEAR
        for size in _sizes(sizes.name):
            if fitting := _fit(name, size, wide, room):
                return head, fitting, foot
    none = Lines((), sizes.event)
    style = _style(_LAST_NAME)
    return none, Lines(break_lines(name, style, wide, max(1, int(high // style.leading))), style), none


def _first(text: str, style: Style, wide: float, most: int) -> tuple[str, ...]:
    if not most or not text:
        return ()
    lines = break_evenly(text, style, wide, _LAST_LINE)
    return lines if len(lines) <= most else break_lines(text, style, wide, most)


def _sizes(largest: float) -> Iterator[float]:
    size = largest
    while size > _LEAST_NAME:
        yield size
        size *= _STEP
    yield _LEAST_NAME


def _fit(name: str, size: float, wide: float, high: float) -> Lines | None:
    """The name in this size when it goes in; words are parted only in the least size."""
    style = _style(size)
    is_whole = all(width(word, style) <= wide for word in printable(name).split(" "))
    if not is_whole and size > _LEAST_NAME:
        return None
    lines = Lines(break_evenly(name, style, wide, _LAST_LINE), style)
    return lines if lines.height <= high else None


def _style(size: float) -> Style:
    return Style(size, size * _LEADING, SEMIBOLD, INK)


def _within(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
