"""The certificate of attendance: five blocks as administrative language asks for them, on one sheet one would frame.

Who signs, the formula, what is certified, "I, perquè consti…", place and date (Optimot, fitxa 5893/4; domain notes).
"""

from collections.abc import Iterable
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from reportlab.pdfgen.canvas import Canvas

from accounts.models import CertificateFormula
from certificates.codes import group
from certificates.content import CertificateContent, CertifiedSession, IssuedCertificate
from certificates.pdf.layout import (
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Block,
    Column,
    Lines,
    Row,
    draw_blocks,
    draw_picture,
    draw_qr,
    draw_rule,
    fit_into,
    height_of,
    open_canvas,
    paginate,
    paragraph,
)
from certificates.pdf.typeface import ACCENT, LINE, MUTED, SEMIBOLD, Style, break_lines, width
from core.dates import format_day, format_duration, format_hours, format_period, is_one_day
from core.languages import use_language

MARGIN = 85.0  # 30 mm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TOP = PAGE_HEIGHT - 76
FOOT = 62.0  # where the lowest line may end
BOTTOM = FOOT + 124  # below it the signature stands on the left, code and QR on the right
HEADING_GAP = 54.0
LOGO_WIDTH, LOGO_HEIGHT = 150.0, 40.0  # at most, to the right above the rule, where the organiser's name ends before it
LOGO_GAP, LOGO_RISE = 16.0, 10.0
QR_SIDE = 78.0
LABEL_WIDTH = 150.0

ORGANISER = Style(12, 16, SEMIBOLD)
LABEL = Style(9.5, 13, SEMIBOLD, ACCENT, tracking=1.6)
BODY = Style(12, 18)
EVENT = Style(15.5, 20, SEMIBOLD)
TOTAL = Style(11, 15, SEMIBOLD)
SESSION = Style(10.5, 14)
SESSION_WHEN = Style(10.5, 14, colour=MUTED)
SMALL = Style(8.5, 11.5, colour=MUTED)
SIGNATORY = Style(10.5, 14, SEMIBOLD)
CODE = Style(9.5, 12.5, SEMIBOLD, tracking=0.3)

TITLES = {
    CertificateFormula.CERTIFIES: _l("Certificate of attendance"),
    CertificateFormula.STATES: _l("Statement of attendance"),
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

_NAME_SIZES = (34, 31, 28, 24, 21, 18, 16, 14)
_SCALES = (1.0, 0.92, 0.84, 0.76, 0.7)
_SCALE_OVER_PAGES = 0.84


def write_certificates(
    certificates: Iterable[IssuedCertificate], file: IO[bytes], *, language: str, title: str, author: str
) -> None:
    """Write one document with all the certificates, each in its person's language, in the order given."""
    canvas = open_canvas(file, language=language, title=title, author=author, subject=title)
    for certificate in certificates:
        with use_language(certificate.content.language):
            _draw(canvas, certificate)
    canvas.save()


def write_certificate(certificate: IssuedCertificate, file: IO[bytes]) -> None:
    """Write the document of one certificate."""
    content = certificate.content
    with use_language(content.language):
        title = f"{_title(content)} · {content.name}"
    canvas = open_canvas(file, language=content.language, title=title, author=content.organiser, subject=content.event)
    with use_language(content.language):
        _draw(canvas, certificate)
    canvas.save()


def _draw(canvas: Canvas, certificate: IssuedCertificate) -> None:
    logo = certificate.logo and fit_into(certificate.logo.width, certificate.logo.height, LOGO_WIDTH, LOGO_HEIGHT)
    room = TEXT_WIDTH - (logo[0] + LOGO_GAP if logo else 0)
    organiser = break_lines(certificate.content.organiser, ORGANISER, room, 3)
    rule_at = TOP - len(organiser) * ORGANISER.leading - 14
    body, start = _fit(certificate, rule_at)
    pages = paginate(body, start - BOTTOM)
    for number, blocks in enumerate(pages, start=1):
        draw_blocks(canvas, [Lines(organiser, ORGANISER)], MARGIN, TOP)
        draw_rule(canvas, MARGIN, rule_at, TEXT_WIDTH, (1.2, ACCENT))
        if certificate.logo and logo:
            draw_picture(canvas, certificate.logo.content, MARGIN + TEXT_WIDTH - logo[0], rule_at + LOGO_RISE, logo)
        draw_blocks(canvas, blocks, MARGIN, start)
        if number == len(pages):
            _draw_signature(canvas, certificate.content)
        _draw_verification(canvas, certificate)
        if len(pages) > 1:
            text = _("Page %(number)s of %(total)s", number=number, total=len(pages))
            draw_blocks(canvas, [paragraph(text, SMALL, TEXT_WIDTH)], MARGIN, FOOT - 14)
        canvas.showPage()


def _fit(certificate: IssuedCertificate, top: float) -> tuple[list[Block], float]:
    """The body as large as it fits one page below `top`, and where it starts.

    What fits at no size that is easy to read goes on to a second page at one that is.
    """
    for scale in (*_SCALES, _SCALE_OVER_PAGES):
        body, start = _body(certificate, scale), top - HEADING_GAP * scale**2
        if height_of(body) <= start - BOTTOM:
            break
    return body, start


def _body(certificate: IssuedCertificate, scale: float) -> list[Block]:
    content = certificate.content
    issued_on = certificate.issued_at.astimezone(content.zone).date()
    place_and_date = ", ".join(filter(None, (content.place, format_day(issued_on, with_weekday=False))))

    def text(words: str, style: Style, space: float) -> Block:
        return paragraph(
            words, style.scaled(scale), TEXT_WIDTH, space=space * scale**2
        )  # white gives way before words do

    return [
        text(_title(content).upper(), LABEL, 0),
        text(_signatory(content), BODY, 30),
        text(str(FORMULAS[content.formula, content.is_signed]), LABEL, 12),
        text(_("that"), BODY, 12),
        _name(content.name, scale),
        text(_("attended the event"), BODY, 10),
        text(content.event, EVENT, 3),
        text(_circumstances(content), BODY, 5),
        *_sessions(content, scale),
        text(str(CLOSINGS[content.formula, content.is_signed]), BODY, 24),
        text(place_and_date, BODY, 6),
    ]


def _title(content: CertificateContent) -> str:
    return str(TITLES[content.formula])


def _signatory(content: CertificateContent) -> str:
    if not content.is_signed:
        return content.organiser
    signatory = ", ".join(filter(None, (content.signatory_name, content.signatory_post)))
    return str(_("I, %(signatory)s,", signatory=signatory))


def _name(name: str, scale: float) -> Block:
    """The name as large as it fits on two lines without cutting a word."""
    for size in _NAME_SIZES:
        style = Style(size, size * 1.14, SEMIBOLD).scaled(scale)
        lines = break_lines(name, style, TEXT_WIDTH)
        if len(lines) <= 2 and " ".join(lines).split() == name.split():
            break
    return Lines(lines, style, space=6 * scale**2)


def _circumstances(content: CertificateContent) -> str:
    """Who organised it, when and where it was held, how long the person was there."""
    start, end = content.starts_at.astimezone(content.zone), content.ends_at.astimezone(content.zone)
    if is_one_day(start, end, content.zone):
        held = _("held on %(day)s", day=format_period(content.starts_at, content.ends_at, content.zone))
    else:
        held = _("held between %(first)s and %(last)s", first=format_day(start.date()), last=format_day(end.date()))
    where = ", ".join(filter(None, (content.venue, content.address)))
    if not content.timed:
        held = f"{held} ({where})" if where else held
        return str(_("organised by %(organiser)s, %(held)s:", organiser=content.organiser, held=held))
    sentence = _(
        "organised by %(organiser)s, %(held)s, with %(duration)s of attendance in all:",
        organiser=content.organiser,
        held=f"{held} ({where})" if where else held,
        duration=format_duration(content.duration),
    )
    return str(sentence)


def _sessions(content: CertificateContent, scale: float) -> list[Block]:
    whens, timed = [_when(session, content) for session in content.sessions], content.timed
    widest = max(width(when, SESSION_WHEN.scaled(scale)) for when in whens)
    when_width = min(widest + 1, TEXT_WIDTH * 0.45)
    columns = (
        Column(0, when_width, SESSION_WHEN.scaled(scale)),
        Column(when_width + 16, TEXT_WIDTH - when_width - 16 - 74 * scale, SESSION.scaled(scale)),
        Column(TEXT_WIDTH - 66 * scale, 66 * scale, SESSION.scaled(scale), align_right=True),
    )
    total_columns = (
        Column(0, TEXT_WIDTH - 90 * scale, TOTAL.scaled(scale)),
        Column(TEXT_WIDTH - 90 * scale, 90 * scale, TOTAL.scaled(scale), align_right=True),
    )
    rows: list[Block] = [
        Row(
            columns,
            (when, session.title, format_duration(session.duration) if session in timed else "—"),
            TEXT_WIDTH,
            padding=4 * scale**2,
            space=0 if index else 14 * scale**2,
        )
        for index, (when, session) in enumerate(zip(whens, content.sessions, strict=True))
    ]
    if not timed:
        return rows
    total = (_("Total attendance"), format_duration(content.duration))
    rows.append(Row(total_columns, total, TEXT_WIDTH, padding=6 * scale**2, rule=None))
    if content.has_overlap:
        note = _("Sessions at the same hour are counted once in the total.")
        rows.append(paragraph(note, SMALL.scaled(scale), TEXT_WIDTH))
    return rows


def _when(session: CertifiedSession, content: CertificateContent) -> str:
    start, end = session.starts_at.astimezone(content.zone), session.ends_at.astimezone(content.zone)
    if not is_one_day(start, end, content.zone):
        return format_period(start, end, content.zone)
    if is_one_day(content.starts_at, content.ends_at, content.zone):
        return format_hours(start, end)
    return f"{format_day(start.date(), with_weekday=False)}, {format_hours(start, end)}"


def _draw_signature(canvas: Canvas, content: CertificateContent) -> None:
    """Room to sign above the line, name and post below it."""
    limit = TEXT_WIDTH - QR_SIDE - LABEL_WIDTH - 40
    name = break_lines(content.signatory_name or content.organiser, SIGNATORY, limit, 3)
    post = break_lines(content.signatory_post if content.is_signed else "", SMALL, limit, 3)
    blocks = [Lines(name, SIGNATORY), Lines(post, SMALL)]
    top = FOOT + height_of(blocks)
    draw_rule(canvas, MARGIN, top + 6, limit, (0.6, LINE))
    draw_blocks(canvas, blocks, MARGIN, top)


def _draw_verification(canvas: Canvas, certificate: IssuedCertificate) -> None:
    """The QR in the corner; beside it, to the left, the code and where to type it."""
    left = PAGE_WIDTH - MARGIN - QR_SIDE
    draw_qr(canvas, certificate.verification_url, left, FOOT, QR_SIDE)
    canvas.linkURL(certificate.verification_url, (left, FOOT, left + QR_SIDE, FOOT + QR_SIDE), thickness=0)
    code = group(certificate.code)
    page = certificate.verification_url.rpartition("/")[0].partition("://")[2]
    half = len(code) // 2 + 1
    texts = (
        (_("Verification code"), SMALL),
        (code[:half], CODE),
        (code[half:], CODE),
        (page, SMALL),
    )
    blocks: list[tuple[str, Style]] = [
        (line, style) for text, style in texts for line in break_lines(text, style, LABEL_WIDTH, 3)
    ]
    top = FOOT + sum(style.leading for _line, style in blocks)
    for line, style in blocks:
        block = Lines((line,), style)
        block.draw(canvas, left - 12 - width(line, style), top)
        top -= style.leading
