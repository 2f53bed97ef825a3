"""(d) One certificate, and 1,400, merged and one file each, beside bare ReportLab pages with the same lines and QR."""

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import segno
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from accounts.models import CertificateFormula
from benchmarks.measure import Measurement, apart, seconds
from benchmarks.seed import application
from benchmarks.servers import database
from certificates import papers
from certificates.codes import make_code
from certificates.content import CertificateContent, CertifiedSession, IssuedCertificate
from certificates.pdf.certificate import write_certificate, write_certificates
from core.second_process import beside, count_cores
from core.templating import font_path
from tests import factories

MOST_MEBIBYTES = 16
"""By how much certificates may raise the memory of the process that merges them, whatever their number."""
_LINES = 22  # as many as a certificate with two sessions has


def run(*, quick: bool) -> list[Measurement]:
    """Measure each way of printing the same certificates: by the processor's time, and by the clock's on two cores."""
    count = 40 if quick else 1_400
    for name in ("regular", "semibold"):
        pdfmetrics.registerFont(TTFont(f"floor-{name}", str(font_path(name))))
    with database("sqlite") as environ, application(environ):
        certificates = [_certificate(number) for number in range(count)]
        measured = list(_measure(certificates))
    _taken, mebibytes = apart(_prepare_merged, count)
    memory = Measurement(
        f"{count:,} certificates merged, memory", mebibytes, MOST_MEBIBYTES, "MiB", "floor: the promise"
    )
    return [*measured, memory]


def _measure(certificates: Sequence[IssuedCertificate]) -> Iterator[Measurement]:
    count, note = len(certificates), "floor: bare pages, same font and QR"
    single = _processor_ms(lambda: _write_separate(certificates[:1]))
    yield Measurement("a single certificate", single, _processor_ms(lambda: _write_bare(certificates[:1])), "ms", note)
    merged = _processor_seconds(lambda: _write_merged(certificates))
    bare = _processor_seconds(lambda: _write_bare(certificates))
    yield Measurement(f"{count:,} certificates merged", merged, bare, "seconds", note)
    separate = _processor_seconds(lambda: _write_separate(certificates))
    bare = _processor_seconds(lambda: _write_bare_separate(certificates))
    yield Measurement(f"{count:,} certificates, one file each", separate, bare, "seconds", note)
    on_one, on_two = (seconds(partial(_write_beside, certificates, wanted=two)) for two in (False, True))
    note = f"floor: on one core; of {count_cores()} here"
    yield Measurement(f"{count:,} certificates, one file each, two cores", on_two, on_one, "seconds", note)


def _processor_seconds(act: Callable[[], object]) -> float:
    return seconds(act, clock=time.process_time)


def _processor_ms(act: Callable[[], object]) -> float:
    return seconds(act, times=25, clock=time.process_time) * 1000


@contextmanager
def _prepare_merged(count: int) -> Iterator[Callable[[], object]]:
    """Write certificates into a file, each made when it is asked for."""
    with database("sqlite") as environ, application(environ), tempfile.TemporaryFile() as file:
        write_certificates([_certificate(0)], io.BytesIO(), language="ca", title="Certificats", author="Equip")
        yield lambda: write_certificates(
            map(_certificate, range(count)), file, language="ca", title="Certificats", author="Equip"
        )


def _certificate(number: int) -> IssuedCertificate:
    starts_at = factories.EVENT_START
    sessions = tuple(
        CertifiedSession(f"T{n}", f"Taller {n}: treball en xarxa als barris", starts, starts + timedelta(hours=1))
        for n, starts in enumerate((starts_at + timedelta(minutes=30), starts_at + timedelta(hours=2)), start=1)
    )
    content = CertificateContent(
        language="ca",
        formula=CertificateFormula.STATES,
        signatory_name="Ada Exemple",
        signatory_post="cap del servei",
        organiser="Equip d’inclusió",
        place="Barcelona",
        name=f"Núria Col·lell i Puigdemunt {number}",
        event="Jornada de treball",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=4),
        timezone="Europe/Madrid",
        venue="Centre cívic",
        address="carrer Gran, 1, Barcelona",
        sessions=sessions,
    )
    code = make_code()
    return IssuedCertificate(content, code, f"https://jornades.example.org/verificacio/{code}", factories.NOW)


def _write_merged(certificates: Sequence[IssuedCertificate]) -> None:
    write_certificates(certificates, io.BytesIO(), language="ca", title="Certificats", author="Equip d’inclusió")


def _write_separate(certificates: Sequence[IssuedCertificate]) -> None:
    for each in certificates:
        write_certificate(each, io.BytesIO())


def _write_beside(certificates: Sequence[IssuedCertificate], *, wanted: bool) -> None:
    """The same as files are given out; where it is wanted by two processes, the second of which is started for it."""
    with beside(papers.draw_certificate, wanted=wanted) as draw_all:
        for _document in draw_all(certificates):
            pass


def _write_bare_separate(certificates: Sequence[IssuedCertificate]) -> None:
    for each in certificates:
        _write_bare([each])


def _write_bare(certificates: Sequence[IssuedCertificate]) -> None:
    canvas = Canvas(io.BytesIO(), pagesize=A4, initialFontName="floor-regular")  # type: ignore[arg-type] # it is a name
    for certificate in certificates:
        for line in range(_LINES):
            canvas.setFont("floor-semibold" if line % 4 == 0 else "floor-regular", 12)
            canvas.drawString(85, 760 - line * 18, f"{certificate.content.name} ha assistit a la jornada")
        _draw_bare_qr(canvas, certificate.verification_url)
        canvas.showPage()
    canvas.save()


def _draw_bare_qr(canvas: Canvas, address: str) -> None:
    """The cheapest way known to draw a QR code: a fixed mask, one inline image of one bit a module."""
    matrix = segno.make(address, error="m", mask=3, micro=False, boost_error=False).matrix
    side = len(matrix)
    padding = -side % 8
    data = "".join(
        f"{int(''.join('0' if module else '1' for module in row) + '1' * padding, 2):0{(side + padding) // 4}X}"
        for row in matrix
    )
    canvas.saveState()
    canvas.transform(78, 0, 0, 78, 430, 90)
    canvas._code.append(  # type: ignore[attr-defined] # noqa: SLF001 - no call for it
        f"BI /W {side} /H {side} /IM true /BPC 1 /F /AHx ID {data}> EI"
    )
    canvas.restoreState()
