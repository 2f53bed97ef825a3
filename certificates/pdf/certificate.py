"""The certificate of attendance: five blocks as administrative language asks for them, on one sheet one would frame.

Who signs, the formula, what is certified, "I, perquè consti…", place and date (Optimot, fitxa 5893/4; domain notes).
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfgen.canvas import Canvas

from accounts.models import CertificateFormula
from certificates.codes import group
from certificates.content import CertificateContent, CertifiedSession, IssuedCertificate, Picture
from certificates.models import CertifiedRole, PageSize
from certificates.pdf.layout import (
    Block,
    Column,
    Lines,
    Row,
    draw_blocks,
    draw_link,
    draw_picture,
    draw_qr,
    draw_rule,
    fit_into,
    height_of,
    open_canvas,
    paginate,
    paragraph,
    write,
)
from certificates.pdf.tags import Tag, artifact, section, tagged
from certificates.pdf.typeface import ACCENT, LINE, MUTED, SEMIBOLD, Style, break_evenly, break_lines, width
from core.dates import format_day, format_duration, format_hours, format_period, is_one_day
from core.languages import use_language

MARGIN = 85.0  # 30 mm
TOP = 76.0  # from the upper edge
FOOT = 62.0  # where the lowest line may end
BOTTOM = FOOT + 124  # below it the signature stands on the left, code and QR on the right
APPROVAL = 96.0  # more, where two sign, beside each other above code and QR
SIGNED = 44.0  # how high the image of a signature is, at most
HEADING_GAP = 54.0
LOGO_WIDTH, LOGO_HEIGHT = 150.0, 40.0  # at most, to the right above the rule, where the organiser's name ends before it
LOGO_GAP, LOGO_RISE = 16.0, 10.0
QR_SIDE = 68.0
LABEL_WIDTH = 150.0

ORGANISER = Style(12, 16, SEMIBOLD)
TITLE = Style(11, 15, SEMIBOLD, ACCENT, tracking=2.2)
LABEL = Style(9.5, 13, SEMIBOLD, ACCENT, tracking=1.6)
BODY = Style(12, 18)
EVENT = Style(15.5, 20, SEMIBOLD)
TOTAL = Style(11, 15, SEMIBOLD)
SESSION = Style(10.5, 14)
SESSION_WHEN = Style(10.5, 14, colour=MUTED)
SMALL = Style(8.5, 11.5, colour=MUTED)
SIGNATORY = Style(10.5, 14, SEMIBOLD)
CODE = Style(9.5, 12.5, SEMIBOLD, tracking=0.3)
SPECIMEN = Style(96, 96, SEMIBOLD, HexColor("#e9e6de"))

TITLES = {
    (CertificateFormula.CERTIFIES, CertifiedRole.ATTENDEE): _l("Certificate of attendance"),
    (CertificateFormula.STATES, CertifiedRole.ATTENDEE): _l("Statement of attendance"),
    (CertificateFormula.CERTIFIES, CertifiedRole.FACILITATOR): _l("Certificate of facilitation"),
    (CertificateFormula.STATES, CertifiedRole.FACILITATOR): _l("Statement of facilitation"),
    (CertificateFormula.CERTIFIES, CertifiedRole.SPEAKER): _l("Certificate of participation as speaker"),
    (CertificateFormula.STATES, CertifiedRole.SPEAKER): _l("Statement of participation as speaker"),
    (CertificateFormula.CERTIFIES, CertifiedRole.ORGANISER): _l("Certificate of organisation"),
    (CertificateFormula.STATES, CertifiedRole.ORGANISER): _l("Statement of organisation"),
}
VERBS = {
    CertifiedRole.ATTENDEE: _l("attended the event"),
    CertifiedRole.FACILITATOR: _l("facilitated at the event"),
    CertifiedRole.SPEAKER: _l("spoke at the event"),
    CertifiedRole.ORGANISER: _l("took part in organising the event"),
}
# By formula and whether a person signs: a person speaks in the first person, a body without signatory in the third.
FORMULAS = {
    (CertificateFormula.CERTIFIES, True): _l("CERTIFY"),
    (CertificateFormula.CERTIFIES, False): _l("CERTIFIES"),
    (CertificateFormula.STATES, True): _l("STATE"),
    (CertificateFormula.STATES, False): _l("STATES"),
}
CLOSINGS = {
    (CertificateFormula.CERTIFIES, True): _l("In witness whereof I sign this certificate."),
    (CertificateFormula.CERTIFIES, False): _l("This certificate is issued in witness thereof."),
    (CertificateFormula.STATES, True): _l("In witness whereof I sign this statement."),
    (CertificateFormula.STATES, False): _l("This statement is issued in witness thereof."),
}

_LAST_LINE, _LAST_LINE_OF_NAME = 0.25, 0.6  # of the width, at least
_NAME_SIZES = (34, 31, 28, 24, 21, 18, 16, 14)
_SCALES = (1.0, 0.92, 0.84, 0.76, 0.7)
_SCALE_OVER_PAGES = 0.84
_SHARE_ABOVE, _MOST_ABOVE = 0.25, 48.0  # of the white that is left: a short text stands a little above the middle


@dataclass(frozen=True)
class Sheet:
    """The sheet that a certificate stands on, in points."""

    size: tuple[float, float]

    @property
    def text_width(self) -> float:
        return self.size[0] - 2 * MARGIN

    @property
    def top(self) -> float:
        return self.size[1] - TOP


SHEETS = {PageSize.A4: Sheet(A4), PageSize.LETTER: Sheet(LETTER)}


def write_certificates(
    certificates: Iterable[IssuedCertificate], file: IO[bytes], *, language: str, title: str, author: str
) -> None:
    """Write one document with all the certificates, each in its person's language, in the order given."""
    canvas = open_canvas(file, language=language, title=title, author=author, subject=title)
    for certificate in certificates:
        language = certificate.content.language
        with use_language(language), section(canvas, language=language):
            _draw(canvas, certificate)
    canvas.save()


def write_certificate(certificate: IssuedCertificate, file: IO[bytes]) -> None:
    """Write the document of one certificate."""
    content = certificate.content
    with use_language(content.language):
        title = " · ".join(filter(None, (_title(content), content.name)))
    canvas = open_canvas(file, language=content.language, title=title, author=content.organiser, subject=content.event)
    with use_language(content.language):
        _draw(canvas, certificate)
    canvas.save()


def _draw(canvas: Canvas, certificate: IssuedCertificate) -> None:
    content = certificate.content
    sheet = SHEETS[content.page_size]
    canvas.setPageSize(sheet.size)
    logo = certificate.logo and fit_into(certificate.logo.width, certificate.logo.height, LOGO_WIDTH, LOGO_HEIGHT)
    room = sheet.text_width - (logo[0] + LOGO_GAP if logo else 0)
    organiser = Lines(break_lines(content.organiser, ORGANISER, room, 3), ORGANISER)
    rule_at = sheet.top - organiser.height - 14
    bottom = BOTTOM + (APPROVAL if content.approver_name else 0)
    body, start = _fit(certificate, sheet, rule_at, bottom)
    pages = paginate(body, start - bottom)
    for number, blocks in enumerate(pages, start=1):
        if certificate.is_specimen:
            _draw_specimen(canvas, sheet)
        with artifact(canvas) if number > 1 else nullcontext():
            draw_blocks(canvas, [organiser], MARGIN, sheet.top)
        draw_rule(canvas, MARGIN, rule_at, sheet.text_width, (1.2, ACCENT))
        if certificate.logo and logo:  # it says who organises it, which stands beside it
            left = MARGIN + sheet.text_width - logo[0]
            draw_picture(canvas, certificate.logo.content, left, rule_at + LOGO_RISE, logo)
        if number > 1:
            _say_whose(canvas, content, rule_at, sheet)
        draw_blocks(canvas, blocks, MARGIN, start)
        is_last = number == len(pages)
        if is_last:
            _draw_signatures(canvas, certificate, sheet)
        if not certificate.is_specimen:
            with nullcontext() if is_last else artifact(canvas):
                _draw_verification(canvas, certificate, sheet)
        if is_last and not certificate.is_specimen:
            _link(canvas, certificate, sheet)
        if len(pages) > 1:
            text = _("Page %(number)s of %(total)s", number=number, total=len(pages))
            with artifact(canvas):
                draw_blocks(canvas, [paragraph(text, SMALL, sheet.text_width)], MARGIN, FOOT - 14)
        canvas.showPage()


def _say_whose(canvas: Canvas, content: CertificateContent, top: float, sheet: Sheet) -> None:
    """Say on a page that goes on what it is and whose: sheets get parted."""
    words = f"{_title(content)} · {content.name}"
    with artifact(canvas):
        draw_blocks(canvas, [Lines(break_lines(words, SMALL, sheet.text_width, 1), SMALL)], MARGIN, top - 6)


def _fit(certificate: IssuedCertificate, sheet: Sheet, top: float, bottom: float) -> tuple[list[Block], float]:
    """The body as large as it fits one page between `top` and `bottom`, and where it starts.

    What fits at no size that is easy to read goes on to a second page at one that is.
    """
    for scale in (*_SCALES, _SCALE_OVER_PAGES):
        body, start = _body(certificate, sheet, scale), top - HEADING_GAP * scale**2
        if height_of(body) <= start - bottom:
            spare = start - bottom - height_of(body)
            return body, start - min(spare * _SHARE_ABOVE, _MOST_ABOVE)
    return body, start


def _body(certificate: IssuedCertificate, sheet: Sheet, scale: float) -> list[Block]:
    content, limit = certificate.content, sheet.text_width
    issued_on = certificate.issued_at.astimezone(content.zone).date()
    place_and_date = ", ".join(filter(None, (content.place, format_day(issued_on, with_weekday=False))))

    def text(words: str, style: Style, space: float, tag: Tag = Tag.P) -> Block:
        space *= scale**2  # white gives way before words do
        scaled = style.scaled(scale)
        return Lines(break_evenly(words, scaled, limit, _LAST_LINE), scaled, space=space, tag=tag)

    specimen = _("This is a specimen: it certifies nothing.") if certificate.is_specimen else ""
    identity = _("with document %(identity)s", identity=content.identity) if content.identity else ""
    blocks = [
        text(_title(content).upper(), TITLE, 0, Tag.H1),
        text(specimen, SMALL, 6),
        text(_signatory(content), BODY, 30),
        text(str(FORMULAS[content.formula, content.is_signed]), LABEL, 12),
        text(_("that"), BODY, 12),
        _name(content.name, limit, scale),
        text(identity, SESSION_WHEN, 4),
        *(text(words, style, space) for words, style, space in _statement(content)),
        *_sessions(content, limit, scale),
        text(str(CLOSINGS[content.formula, content.is_signed]), BODY, 24),
        text(place_and_date, BODY, 6),
    ]
    return [block for block in blocks if block.height]


def _statement(content: CertificateContent) -> list[tuple[str, Style, float]]:
    """What is certified of the person: in the event's own words, or in ours."""
    if content.text:
        lines = [line for line in content.text.splitlines() if line.strip()]
        return [(line, BODY, 6 if place else 10) for place, line in enumerate(lines)]
    return [(str(VERBS[content.role]), BODY, 10), (content.event, EVENT, 3), (_circumstances(content), BODY, 5)]


def _title(content: CertificateContent) -> str:
    return str(TITLES[content.formula, content.role])


def _signatory(content: CertificateContent) -> str:
    if not content.is_signed:
        return content.organiser
    signatory = ", ".join(filter(None, (content.signatory_name, content.signatory_post)))
    return str(_("I, %(signatory)s,", signatory=signatory))


def _name(name: str, limit: float, scale: float) -> Block:
    """The name as large as it fits on two lines without cutting a word."""
    for size in _NAME_SIZES:
        style = Style(size, size * 1.14, SEMIBOLD).scaled(scale)
        lines = break_lines(name, style, limit)
        if len(lines) <= 2 and " ".join(lines).split() == name.split():
            break
    return Lines(break_evenly(name, style, limit, _LAST_LINE_OF_NAME), style, space=6 * scale**2)


def _circumstances(content: CertificateContent) -> str:
    """Who organised it, when and where it was held, how long the person was there."""
    start, end = content.starts_at.astimezone(content.zone), content.ends_at.astimezone(content.zone)
    if is_one_day(start, end, content.zone):
        held = _("held on %(day)s", day=format_period(content.starts_at, content.ends_at, content.zone))
    else:
        held = _("held between %(first)s and %(last)s", first=format_day(start.date()), last=format_day(end.date()))
    if content.where:
        held = f"{held} ({content.where})"
    if not content.sessions:
        return str(_("organised by %(organiser)s, %(held)s.", organiser=content.organiser, held=held))
    if not content.timed or content.role is not CertifiedRole.ATTENDEE:
        return str(_("organised by %(organiser)s, %(held)s:", organiser=content.organiser, held=held))
    sentence = _(
        "organised by %(organiser)s, %(held)s, with %(duration)s of attendance in all:",
        organiser=content.organiser,
        held=held,
        duration=format_duration(content.duration),
    )
    return str(sentence)


def _sessions(content: CertificateContent, limit: float, scale: float) -> list[Block]:
    if not content.sessions:
        return []
    whens, timed = [_when(session, content) for session in content.sessions], content.timed
    widest = max(width(when, SESSION_WHEN.scaled(scale)) for when in whens)
    when_width = min(widest + 1, limit * 0.45)
    columns = (
        Column(0, when_width, SESSION_WHEN.scaled(scale)),
        Column(when_width + 16, limit - when_width - 16 - 74 * scale, SESSION.scaled(scale)),
        Column(limit - 66 * scale, 66 * scale, SESSION.scaled(scale), align_right=True),
    )
    total_columns = (
        Column(0, limit - 90 * scale, TOTAL.scaled(scale)),
        Column(limit - 90 * scale, 90 * scale, TOTAL.scaled(scale), align_right=True),
    )
    rows: list[Block] = [
        Row(
            columns,
            (when, session.title, format_duration(session.duration) if session in timed else "—"),
            limit,
            names=1,
            padding=4 * scale**2,
            space=0 if index else 14 * scale**2,
            said=("", _say_counted(session, content) if session in timed else "", ""),
        )
        for index, (when, session) in enumerate(zip(whens, content.sessions, strict=True))
    ]
    if not timed:
        return rows
    words = _("Total attendance") if content.role is CertifiedRole.ATTENDEE else _("Hours in all")
    total = (words, format_duration(content.duration))
    rows.append(Row(total_columns, total, limit, names=0, spans=(2, 1), padding=6 * scale**2, rule=None))
    if content.has_overlap:
        note = _("Sessions at the same hour are counted once in the total.")
        rows.append(paragraph(note, SMALL.scaled(scale), limit))
    return rows


def _say_counted(session: CertifiedSession, content: CertificateContent) -> str:
    """Which hours of a session count, where not all do."""
    if not session.stays and not session.breaks:
        return ""
    periods = ([at.astimezone(content.zone) for at in period] for period in session.periods)
    return str(_("Hours counted: %(hours)s", hours=", ".join(format_hours(*period) for period in periods)))


def _when(session: CertifiedSession, content: CertificateContent) -> str:
    start, end = session.starts_at.astimezone(content.zone), session.ends_at.astimezone(content.zone)
    if not is_one_day(start, end, content.zone):
        return format_period(start, end, content.zone)
    if is_one_day(content.starts_at, content.ends_at, content.zone):
        return format_hours(start, end)
    return f"{format_day(start.date(), with_weekday=False)}, {format_hours(start, end)}"


def _draw_signatures(canvas: Canvas, certificate: IssuedCertificate, sheet: Sheet) -> None:
    """Who signs; beside them, where somebody approves it, who does, and then both stand above code and QR."""
    content = certificate.content
    post = content.signatory_post if content.is_signed else ""
    signatory = (content.signatory_name or content.organiser, post)
    if not content.approver_name:
        limit = sheet.text_width - QR_SIDE - LABEL_WIDTH - 40
        _draw_signature(canvas, signatory, (MARGIN, FOOT, limit), certificate.signature)
        return
    limit = (sheet.text_width - 40) / 2
    _draw_signature(canvas, signatory, (MARGIN, FOOT + APPROVAL, limit), certificate.signature)
    left = MARGIN + limit + 40
    label = Lines((_("Approved by"),), SMALL)
    label.draw(canvas, left, BOTTOM + APPROVAL - 8)
    _draw_signature(canvas, (content.approver_name, content.approver_post), (left, FOOT + APPROVAL, limit), None)


def _draw_signature(
    canvas: Canvas, who: tuple[str, str], place: tuple[float, float, float], picture: Picture | None
) -> None:
    """Room to sign above the line, or the image of the signature; name and post below it."""
    left, bottom, limit = place
    name, post = (break_lines(text, style, limit, 3) for text, style in zip(who, (SIGNATORY, SMALL), strict=True))
    blocks = [Lines(name, SIGNATORY), Lines(post, SMALL)]
    top = bottom + height_of(blocks)
    if picture:
        size = fit_into(picture.width, picture.height, limit, SIGNED)
        draw_picture(canvas, picture.content, left, top + 8, size, alt=_("Signature: %(name)s", name=who[0]))
    draw_rule(canvas, left, top + 6, limit, (0.6, LINE))
    draw_blocks(canvas, blocks, left, top)


def _draw_verification(canvas: Canvas, certificate: IssuedCertificate, sheet: Sheet) -> None:
    """The QR in the corner; beside it, to the left, the number, the code and where to type it."""
    left = sheet.size[0] - MARGIN - QR_SIDE
    code = group(certificate.code)
    page = certificate.verification_url.rpartition("/")[0].partition("://")[2]
    half = len(code) // 2 + 1
    texts = [
        (_break(_("Verification code"), SMALL), SMALL),
        ((code[:half], code[half:]), CODE),
        (_break(page, SMALL), SMALL),
        (_break(_number(certificate), SMALL), SMALL),
    ]
    top = FOOT + sum(len(lines) * style.leading for lines, style in texts)
    for lines, style in texts:
        with tagged(canvas, Tag.P) if lines else nullcontext():
            for line in lines:
                write(canvas, (line,), style, left - 12 - width(line, style), top)
                top -= style.leading
    alt = _("QR code that leads to the verification of this certificate")
    draw_qr(canvas, certificate.verification_url, left, FOOT, QR_SIDE, alt=alt)


def _break(text: str, style: Style) -> tuple[str, ...]:
    return break_lines(text, style, LABEL_WIDTH, 3)


def _link(canvas: Canvas, certificate: IssuedCertificate, sheet: Sheet) -> None:
    box = (sheet.size[0] - MARGIN - QR_SIDE, FOOT, QR_SIDE, QR_SIDE)
    draw_link(canvas, certificate.verification_url, box, _("Verify this certificate"))


def _number(certificate: IssuedCertificate) -> str:
    if certificate.number is None:
        return ""
    return str(_("No. %(number)s/%(year)s", number=certificate.number, year=certificate.year))


def _draw_specimen(canvas: Canvas, sheet: Sheet) -> None:
    """Behind all the rest, across the sheet: nobody shall take it for a certificate."""
    words = (_("SPECIMEN"),)
    with artifact(canvas):
        canvas.saveState()
        canvas.translate(sheet.size[0] / 2, sheet.size[1] / 2)
        canvas.rotate(52)
        write(canvas, words, SPECIMEN, -width(words[0], SPECIMEN) / 2, SPECIMEN.size / 2)
        canvas.restoreState()
