"""The files of certificates that were given out, known by their hash to whoever verifies one (docs/adr/0041)."""

import hashlib
from collections.abc import Sequence
from functools import partial

from certificates import papers
from certificates.content import IssuedCertificate
from certificates.models import Certificate, CertificatePrint
from core.database import db, insert_into
from core.second_process import DoAll

_ONE_BY_ONE: DoAll[IssuedCertificate, bytes] = partial(map, papers.draw_certificate)


def give_out(
    certificates: Sequence[Certificate], draw_all: DoAll[IssuedCertificate, bytes] = _ONE_BY_ONE
) -> list[bytes]:
    """Draw these certificates, a file for each, and keep its hash: it is genuine also when we draw otherwise one day.

    All are drawn before the first write: nobody else, who may want to write, waits for that.
    """
    documents = list(draw_all(papers.read_all(certificates)))
    for certificate, document in zip(certificates, documents, strict=True):
        note(certificate, document)
    return documents


def note(certificate: Certificate, document: bytes) -> None:
    """Keep the hash of a file that is given out."""
    values = {"certificate_id": certificate.id, "mark": _mark_of(document)}
    db.session.execute(insert_into(CertificatePrint).values(values).on_conflict_do_nothing())


def is_one(certificate: Certificate, document: bytes) -> bool:
    """Whether this file of the certificate was given out, or is what we would draw now."""
    key = {"certificate_id": certificate.id, "mark": _mark_of(document)}
    if db.session.get(CertificatePrint, key):
        return True
    return papers.draw_certificate(papers.read(certificate)) == document


def _mark_of(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()
