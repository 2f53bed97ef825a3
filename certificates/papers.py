"""Every paper as a file: what it says is collected here, and drawn by `certificates.pdf`.

ReportLab takes 0.2 s to import, so it waits for the first paper that somebody asks for.
"""
# ruff: noqa: PLC0415 - see above

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Team
from certificates import attendance_reports
from certificates.codes import group
from certificates.content import (
    CertificateContent,
    IssuedCertificate,
    LabelText,
    Picture,
    PrintedList,
    SignatureSheet,
)
from certificates.label_sheets import LabelSheet
from certificates.labels import LabelOptions
from certificates.models import Certificate
from core.web import external_url
from events.models import Event


@dataclass(frozen=True)
class Shortfall:
    """A text that cannot be printed whole, and the signs that the font lacks."""

    text: str
    signs: str


def read(certificate: Certificate) -> IssuedCertificate:
    """What is printed of an issued certificate, free of the database."""
    return IssuedCertificate(
        content=CertificateContent.from_json(certificate.content),
        code=certificate.code,
        verification_url=external_url("certificates.verification", code=group(certificate.code)),
        issued_at=certificate.issued_at,
        logo=_logo_of(certificate.registration.event.team),
    )


def _logo_of(team: Team) -> Picture | None:
    return Picture(team.logo, team.logo_width, team.logo_height) if team.logo_mark and team.logo else None


def draw_certificate(certificate: IssuedCertificate) -> bytes:
    """One person's certificate; the same certificate gives the same bytes."""
    from certificates.pdf.certificate import write_certificate

    file = io.BytesIO()
    write_certificate(certificate, file)
    return file.getvalue()


def draw_certificates(event: Event, certificates: Iterable[IssuedCertificate]) -> bytes:
    """Certificates of an event in one document, each in its person's language."""
    from certificates.pdf.certificate import write_certificates

    file = io.BytesIO()
    write_certificates(certificates, file, language=event.language, title=event.title, author=event.team.name)
    return file.getvalue()


def draw_signature_sheets(event: Event, sheets: Sequence[SignatureSheet]) -> bytes:
    """Signature sheets in one document."""
    from certificates.pdf.signature_sheet import write_signature_sheets

    file = io.BytesIO()
    write_signature_sheets(sheets, file, title=event.title)
    return file.getvalue()


def draw_attendance_report(event: Event, *, now: datetime) -> bytes:
    """The attendance report as things are recorded at `now`."""
    from certificates.pdf.attendance_report import write_attendance_report

    file = io.BytesIO()
    write_attendance_report(attendance_reports.make_report(event, now=now), file)
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
