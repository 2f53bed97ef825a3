"""What a code, or the file of a certificate, is worth: told to anybody, with as little of the person as is needed."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from certificates import corrections, prints
from certificates.codes import find_code
from certificates.content import CertificateContent
from certificates.due import find_recorded
from certificates.models import Certificate
from core.database import db
from registrations.models import Registration

MOST_MEGABYTES = 5
MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
_MOST_UNPACKED = 4 * MOST_BYTES
_STEP = 64 * 1024
_CODE = re.compile(rb"/verificacio/([0-9A-Za-z-]{20,30})")
_STREAM_BEGINS = re.compile(rb"stream\r?\n")
_STREAM_ENDS = b"endstream"


class VerificationStatus(StrEnum):
    """What a code turns out to be."""

    VALID = "valid"
    REPLACED = "replaced"
    CORRECTED = "corrected"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    MISTYPED = "mistyped"


class FileStatus(StrEnum):
    """What the file of a certificate turns out to be, before its code is looked at."""

    AS_ISSUED = "as_issued"
    CHANGED = "changed"
    WITHOUT_CODE = "without_code"
    SEVERAL_CODES = "several_codes"
    NOT_A_PDF = "not_a_pdf"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Verification:
    """What somebody who holds a code is told: whether it is genuine, and never the person's whole name."""

    status: VerificationStatus
    certificate: Certificate | None = None
    content: CertificateContent | None = None
    initials: str = ""
    file: FileStatus | None = None


def verify(typed: str, *, now: datetime) -> Verification:
    """Tell what the code on a paper is worth now.

    One of which a fact has been corrected since is not valid, whether or not a new one has been issued.
    """
    code = find_code(typed)
    if code is None:
        return Verification(VerificationStatus.MISTYPED)
    certificate = db.session.scalar(
        select(Certificate)
        .options(joinedload(Certificate.registration).joinedload(Registration.event))
        .where(Certificate.code == code)
    )
    if certificate is None:
        return Verification(VerificationStatus.UNKNOWN)
    content = CertificateContent.from_json(certificate.content)
    return Verification(_status_of(certificate, content, now), certificate, content, make_initials(content.name))


def verify_file(document: bytes, *, now: datetime) -> Verification:
    """Tell what the file of a certificate is worth: whether it is one that we gave out, and what its code says.

    Nothing of it is kept.
    """
    if len(document) > MOST_BYTES:
        return Verification(VerificationStatus.UNKNOWN, file=FileStatus.TOO_LARGE)
    if document.lstrip()[:5] != b"%PDF-":
        return Verification(VerificationStatus.UNKNOWN, file=FileStatus.NOT_A_PDF)
    codes = find_codes(document)
    if len(codes) != 1:
        status = FileStatus.SEVERAL_CODES if codes else FileStatus.WITHOUT_CODE
        return Verification(VerificationStatus.UNKNOWN, file=status)
    found = verify(codes.pop(), now=now)
    if found.certificate is None:
        return replace(found, file=FileStatus.CHANGED)
    is_ours = prints.is_one(found.certificate, document)
    return replace(found, file=FileStatus.AS_ISSUED if is_ours else FileStatus.CHANGED)


def find_codes(document: bytes) -> set[str]:
    """The verification codes in the addresses of a PDF, also of one that a program has packed anew.

    No more is unpacked than a fixed measure, whatever the file says of itself.
    """
    codes = set()
    for part in (document, *_unpack(document)):
        for found in _CODE.finditer(part):
            code = find_code(found[1].decode("ascii"))
            if code:
                codes.add(code)
    return codes


def make_initials(name: str) -> str:
    """`Núria Col·lell i Güell` is `N. C. G.`: enough to compare with a paper in hand, too little to learn a name."""
    words = [word for word in name.split() if word[0].isupper()] or name.split()
    return " ".join(f"{word[0]}." for word in words)


def _status_of(certificate: Certificate, content: CertificateContent, now: datetime) -> VerificationStatus:
    if certificate.revoked_at:
        return VerificationStatus.REVOKED
    recorded = find_recorded(certificate.registration, certificate.role, now=now)
    if not corrections.still_holds(content, recorded):
        return VerificationStatus.CORRECTED
    return VerificationStatus.REPLACED if certificate.replaced_at else VerificationStatus.VALID


def _unpack(document: bytes) -> Iterator[bytes]:
    """What the streams of a PDF hold, each as far as it can be unpacked: readers show what precedes a fault too."""
    left = _MOST_UNPACKED
    for stream in _find_streams(document):
        inflating, packed, parts = zlib.decompressobj(), stream, []
        while packed and left > 0:
            try:
                parts.append(inflating.decompress(packed, _STEP))
            except zlib.error:  # packed in another way: a picture, a font; or broken on purpose after much work
                left -= _STEP
                break
            left -= len(parts[-1])
            packed = inflating.unconsumed_tail
        yield b"".join(parts)


def _find_streams(document: bytes) -> Iterator[bytes]:
    """The streams of a PDF one after the other, in one look at it however many begin and never end."""
    place = 0
    while begins := _STREAM_BEGINS.search(document, place):
        ends = document.find(_STREAM_ENDS, begins.end())
        if ends < 0:
            return
        yield document[begins.end() : ends]
        place = ends + len(_STREAM_ENDS)
