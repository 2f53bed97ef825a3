"""Every paper as a file: what it says is collected here, and drawn by `certificates.pdf`.

ReportLab takes 0.2 s to import, so it waits for the first paper that somebody asks for.
"""
# ruff: noqa: PLC0415 - see above

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from certificates import pictures, signatures
from certificates.attendance_content import AttendanceReport
from certificates.codes import group
from certificates.content import CertificateContent, IssuedCertificate, Picture
from certificates.due import Due
from certificates.label_sheets import LabelSheet
from certificates.labels import LabelOptions
from certificates.models import Certificate
from certificates.paper_content import FigurePaper, LabelText, PrintedList, SignatureSheet
from core import second_process
from core.web import external_url
from events.models import Event

WORTH_TWO = 200
"""From how many files on a second process draws too: reading the program takes it as long as drawing a hundred."""


@dataclass(frozen=True)
class Shortfall:
    """A text that cannot be printed whole, and the signs that the font lacks."""

    text: str
    signs: str


def read(certificate: Certificate) -> IssuedCertificate:
    """What is printed of an issued certificate, free of the database."""
    return read_all([certificate])[0]


def read_all(certificates: Sequence[Certificate]) -> list[IssuedCertificate]:
    """What is printed of issued certificates, free of the database; one question for the pictures of all."""
    contents = [CertificateContent.from_json(each.content) for each in certificates]
    kept = pictures.load({mark for content in contents for mark in (content.logo, content.signature) if mark})
    return [
        IssuedCertificate(
            content=content,
            code=each.code,
            verification_url=external_url("certificates.verification", code=group(each.code)),
            issued_at=each.issued_at,
            logo=_logo_of(each, content, kept),
            signature=kept.get(content.signature),
            number=each.number,
            year=each.year,
        )
        for each, content in zip(certificates, contents, strict=True)
    ]


def make_specimen(due: Due, *, now: datetime) -> IssuedCertificate:
    """What a certificate would look like if it were issued now, without number or code: it certifies nothing."""
    content = due.content
    kept = pictures.load([content.signature])
    return IssuedCertificate(
        content=content,
        code="",
        verification_url="",
        issued_at=now,
        logo=pictures.find_logo(due.registration.event.team) if content.logo else None,
        signature=kept.get(content.signature),
        is_specimen=True,
    )


def _logo_of(certificate: Certificate, content: CertificateContent, kept: Mapping[str, Picture]) -> Picture | None:
    if content.logo is None:
        return pictures.find_logo(certificate.registration.event.team)
    return kept.get(content.logo)


def draw_certificate(certificate: IssuedCertificate) -> bytes:
    """One person's certificate; the same certificate gives the same bytes, unless it is signed (`signatures`)."""
    from certificates.pdf.certificate import write_certificate

    file = io.BytesIO()
    write_certificate(certificate, file)
    return file.getvalue() if certificate.is_specimen else signatures.sign(file.getvalue())


def drawing(count: int) -> AbstractContextManager[second_process.DoAll[IssuedCertificate, bytes]]:
    """What draws so many certificates, a file for each: on two cores where it is worth it and there are two."""
    return second_process.beside(draw_certificate, wanted=count >= WORTH_TWO)


def write_certificates(event: Event, certificates: Iterable[IssuedCertificate], file: IO[bytes]) -> None:
    """Certificates of an event in one document, each in its person's language, written while they are drawn."""
    from certificates.pdf import certificate

    values = {"language": event.language, "title": event.title, "author": event.team.name}
    certificate.write_certificates(certificates, file, **values)


def draw_signature_sheets(event: Event, sheets: Sequence[SignatureSheet]) -> bytes:
    """Signature sheets in one document."""
    from certificates.pdf.signature_sheet import write_signature_sheets

    file = io.BytesIO()
    write_signature_sheets(sheets, file, title=event.title)
    return file.getvalue()


def draw_attendance_report(report: AttendanceReport) -> bytes:
    """An attendance report."""
    from certificates.pdf.attendance_report import write_attendance_report

    file = io.BytesIO()
    write_attendance_report(report, file)
    return file.getvalue()


def draw_figures(paper: FigurePaper) -> bytes:
    """The figures of an event or a process; the same figures give the same bytes."""
    from certificates.pdf.figures import write_figures

    file = io.BytesIO()
    write_figures(paper, file)
    return file.getvalue()


def draw_attendee_list(printed: PrintedList) -> bytes:
    """An attendee list for a purpose."""
    from certificates.pdf.attendee_list import write_attendee_list

    file = io.BytesIO()
    write_attendee_list(printed, file)
    return file.getvalue()


def draw_labels(event: Event, labels: Sequence[LabelText], options: LabelOptions) -> bytes:
    """Labels or badges on the sheets chosen."""
    from certificates.pdf.labels import write_labels

    file = io.BytesIO()
    write_labels(labels, options, file, event=event.title, author=event.team.name)
    return file.getvalue()


def draw_test_sheet(event: Event, sheet: LabelSheet) -> bytes:
    """The outlines of a sheet of labels."""
    from certificates.pdf.labels import write_test_sheet

    file = io.BytesIO()
    write_test_sheet(sheet, file, event=event.title, author=event.team.name)
    return file.getvalue()


def find_shortfalls(texts: Iterable[str]) -> list[Shortfall]:
    """Which of these texts have signs that the font lacks, each once, whether the surname stands first or last."""
    from certificates.pdf.typeface import missing_signs

    found: dict[frozenset[str], Shortfall] = {}
    for text in dict.fromkeys(texts):
        if signs := missing_signs(text):
            found.setdefault(frozenset(text.replace(",", "").split()), Shortfall(text, signs))
    return list(found.values())
