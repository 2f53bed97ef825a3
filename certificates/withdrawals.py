"""Mails of certificates that must not leave any more (docs/adr/0012, docs/adr/0042)."""

from datetime import datetime

from sqlalchemy import select

from certificates.models import Certificate, CertificateRun, CertificateRunItem, RunState
from certificates.notifications import CERTIFICATES_ISSUED
from core.database import db
from core.mail import OutgoingMail
from registrations.models import Registration
from registrations.withdrawals import asks, first_of


@asks(CERTIFICATES_ISSUED)
def tells_of_none(mail: OutgoingMail, registration: Registration, now: datetime) -> bool:  # noqa: ARG001 - like all others
    """The organisers have stopped the run, unless the mail is being sent again, or all that it tells of is revoked."""
    rows = db.session.execute(
        select(CertificateRun.state, Certificate.revoked_at)
        .join(CertificateRunItem, CertificateRunItem.run_id == CertificateRun.id)
        .join(Certificate, Certificate.id == CertificateRunItem.certificate_id)
        .where(CertificateRunItem.mail_id == first_of(mail).id)
    ).all()
    is_stopped = any(row.state is RunState.STOPPED for row in rows) and mail.copy_of_id is None
    return is_stopped or (bool(rows) and all(row.revoked_at for row in rows))
