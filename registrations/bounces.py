"""Addresses that refuse mail: a registration's last answered mail to its present address was refused for good."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from core.database import db
from core.mail import MailState, OutgoingMail
from events.models import Event
from registrations.models import Registration, RegistrationMail


def refuses_mail() -> ColumnElement[bool]:
    """The condition, for a query on registrations."""
    return _refused().where(RegistrationMail.registration_id == Registration.id).correlate(Registration).exists()


def count_refusing(event: Event) -> int:
    """How many registrations of an event have an address that refuses mail."""
    query = select(func.count(Registration.id)).where(Registration.event_id == event.id, refuses_mail())
    return db.session.scalar(query) or 0


def read_words(registration_ids: Collection[int]) -> dict[int, str]:
    """What the server said, for those of these registrations whose address refuses mail."""
    rows = db.session.execute(
        _refused()
        .join(Registration, Registration.id == RegistrationMail.registration_id)
        .where(RegistrationMail.registration_id.in_(registration_ids))
        .order_by(OutgoingMail.id)
    )
    return {row.registration_id: row.response or "" for row in rows}


def _refused() -> Select[int, str | None]:
    """The refused mails to the address that the registration has now, but for those after which one was accepted."""
    later, bond = aliased(OutgoingMail), aliased(RegistrationMail)
    accepted = (
        select(later.id)
        .join(bond, bond.mail_id == later.id)
        .where(
            bond.registration_id == RegistrationMail.registration_id,
            later.recipient == OutgoingMail.recipient,
            later.state == MailState.SENT,
            later.id > OutgoingMail.id,
        )
        .correlate(RegistrationMail, OutgoingMail)
    )
    return (
        select(RegistrationMail.registration_id, OutgoingMail.response)
        .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
        .where(
            OutgoingMail.state == MailState.REFUSED, OutgoingMail.recipient == Registration.email, ~accepted.exists()
        )
    )
