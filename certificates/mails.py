"""Certificates by mail: one to each person with the links to theirs, and never two about the same issue."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select, update

from certificates import notifications
from certificates.models import Certificate, CertificateRunItem, CertifiedRole, Outcome
from core.database import db
from core.mail import MailState, OutgoingMail
from registrations.models import Awaited, Registration
from registrations.notifications import post
from registrations.recipients import read_people


def has_address(registration: Registration) -> bool:
    """Whether there is an address to write to; one that is not confirmed may be somebody else's."""
    return bool(registration.email) and registration.awaits is not Awaited.ADDRESS


def write(issued: Mapping[CertificateRunItem, Certificate], *, now: datetime) -> None:
    """Write to everybody to whom these were issued and note at each item what came of it.

    The items are in the order of the run, all of a person together.
    """
    certificate_ids = [certificate.id for certificate in issued.values()]
    _free(certificate_ids)
    of_these = CertificateRunItem.certificate_id.in_(certificate_ids)
    query = select(CertificateRunItem.certificate_id).where(of_these, CertificateRunItem.outcome == Outcome.MAILED)
    told = set(db.session.scalars(query))
    people = read_people({item.registration_id for item in issued})
    former = _list_former(people)
    for item in issued:
        item.outcome = Outcome.MAILED_BEFORE
    new = (item for item, certificate in issued.items() if certificate.id not in told)
    for registration_id, found in groupby(new, key=lambda item: item.registration_id):
        own = list(found)
        is_anew = any((item.registration_id, item.role) in former for item in own)
        _write_to(people[registration_id], own, is_anew=is_anew, now=now)


def _list_former(people: Collection[int]) -> set[tuple[int, CertifiedRole]]:
    """Of whom there was a certificate that was replaced, and of which role."""
    query = select(Certificate.registration_id, Certificate.role)
    replaced = query.where(Certificate.registration_id.in_(people), Certificate.replaced_at.is_not(None))
    return {(registration_id, role) for registration_id, role in db.session.execute(replaced)}


def _free(certificate_ids: Collection[int]) -> None:
    """Let people be written to whose mail was taken back before it left."""
    withdrawn = select(OutgoingMail.id).where(OutgoingMail.state == MailState.WITHDRAWN)
    db.session.execute(
        update(CertificateRunItem)
        .where(
            CertificateRunItem.certificate_id.in_(certificate_ids),
            CertificateRunItem.outcome == Outcome.MAILED,
            CertificateRunItem.mail_id.in_(withdrawn),
        )
        .values(outcome=Outcome.TAKEN_BACK)
        .execution_options(synchronize_session=False)
    )


def _write_to(person: Registration, new: Sequence[CertificateRunItem], *, is_anew: bool, now: datetime) -> None:
    """Write one mail to a person about all that they have not been told of."""
    written = None
    if has_address(person):
        roles = [item.role for item in new]
        written = post(notifications.certificates_issued(person, roles, is_anew=is_anew, now=now))
        db.session.flush()
    for item in new:
        item.outcome = Outcome.MAILED if written else Outcome.NO_ADDRESS
        item.mail_id = written.id if written else None
