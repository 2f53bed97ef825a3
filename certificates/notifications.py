"""The mail of certificates, named like its template."""

from collections.abc import Sequence
from datetime import datetime

from certificates.models import CertifiedRole
from certificates.words import ADDRESSES, CERTIFICATES
from core.web import external_url
from registrations.models import Registration
from registrations.notifications import Draft, compose

CERTIFICATES_ISSUED = "certificates_issued"


def certificates_issued(
    registration: Registration, roles: Sequence[CertifiedRole], *, now: datetime, is_anew: bool = False
) -> Draft | None:
    """Tell the person where their certificates are, not written yet: links, behind which stands what holds by then.

    Whoever had one before (`is_anew`) is told what becomes of it.
    """
    draft = compose(
        f"certificates/mail/{CERTIFICATES_ISSUED}",
        registration,
        [],
        tells_calendar=False,
        language=registration.language,
        now=now,
        is_anew=is_anew,
        links=[(_address_of(registration, role), CERTIFICATES[role]) for role in roles],
    )
    if draft:
        draft.mail.mail.is_bulk = True  # those go first that somebody waits for
    return draft


def _address_of(registration: Registration, role: CertifiedRole) -> str:
    token = registration.token
    if role is CertifiedRole.ATTENDEE:
        return external_url("certificates.certificate", token=token)
    return external_url("certificates.role_certificate", token=token, word=ADDRESSES[role])
