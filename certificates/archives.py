"""Certificates as files of their own: how each is called, and all of them in a ZIP."""

import re
from zipfile import ZipFile, ZipInfo

from certificates.models import Certificate, CertifiedRole
from certificates.words import ADDRESSES
from core.text import fold

_MOST_NAME_LETTERS = 60
_FOR_ITS_OWNER = 0o600 << 16  # once unpacked: it is personal data


def filename_of(certificate: Certificate) -> str:
    """Surname first and safe on every disk; the registration's code keeps two people of one name apart."""
    person = certificate.registration
    words = re.findall("[a-z0-9]+", fold(f"{person.last_name} {person.first_name}"))
    name = "-".join(words)[:_MOST_NAME_LETTERS].strip("-") or "certificat"
    role = "" if certificate.role is CertifiedRole.ATTENDEE else f"-{ADDRESSES[certificate.role]}"
    return f"{name}-{person.code}{role}.pdf"


def add(archive: ZipFile, certificate: Certificate, document: bytes) -> None:
    """Put the file of a certificate into a ZIP, as old as the certificate: the same ones give the same bytes.

    It is packed no further: a PDF is packed already.
    """
    issued_at = certificate.issued_at.astimezone(certificate.registration.event.zone)
    entry = ZipInfo(filename_of(certificate), issued_at.timetuple()[:6])
    entry.external_attr = _FOR_ITS_OWNER
    archive.writestr(entry, document)
