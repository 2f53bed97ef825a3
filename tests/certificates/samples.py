"""Contents of papers to draw, and papers."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image

from accounts.models import CertificateFormula
from certificates.codes import group
from certificates.content import CertificateContent, CertifiedSession, IssuedCertificate, Picture

START = datetime(2026, 12, 3, 8, 30, tzinfo=UTC)
CODE = "K7QPX9M3TRB4CDE5FGH2"


def make_certified(code="T1", title="Taller 1", *, hours: float = 1, after: float = 0) -> CertifiedSession:
    """A session of so many `hours`, that many hours `after` the event's start."""
    starts_at = START + timedelta(hours=after)
    return CertifiedSession(code, title, starts_at, starts_at + timedelta(hours=hours))


def make_content(**values: object) -> CertificateContent:
    return CertificateContent(
        **{
            "language": "ca",
            "formula": CertificateFormula.STATES,
            "signatory_name": "Ada Exemple",
            "signatory_post": "cap de servei",
            "organiser": "Equip d’inclusió",
            "place": "Barcelona",
            "name": "Núria Col·lell i Güell",
            "event": "Jornada de treball",
            "starts_at": START,
            "ends_at": START + timedelta(hours=4, minutes=30),
            "timezone": "Europe/Madrid",
            "venue": "Centre cívic",
            "address": "carrer Gran, 1, Barcelona",
            "sessions": (
                make_certified("P", "Benvinguda", hours=0.5),
                make_certified("T1", "Taller 1 · Habitatge", hours=2, after=0.5),
            ),
            **values,
        }
    )


def make_issued(**values: object) -> IssuedCertificate:
    url = f"https://jornades.example.org/verificacio/{group(CODE)}"
    return IssuedCertificate(make_content(**values), CODE, url, START + timedelta(days=1))


def write(writer, *arguments, **named) -> bytes:
    file = io.BytesIO()
    writer(*arguments, file, **named)
    return file.getvalue()


def make_picture(colour=(10, 90, 99, 128)) -> Picture:
    file = io.BytesIO()
    Image.new("RGBA", (60, 20), colour).save(file, "PNG")
    return Picture(file.getvalue(), 60, 20)
