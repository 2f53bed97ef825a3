"""Addresses that refuse mail: a registration's last answered mail to its present address was refused for good."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import aliased

from core.database import db
from core.mail import MailState, OutgoingMail
from events.models import Event
from registrations.models import Registration, RegistrationMail


def refuses_mail() -> ColumnElement[bool]:
    """The condition, for a query on registrations; few mails are refused, so they are looked up first."""
    return Registration.id.in_(_refused().with_only_columns(RegistrationMail.registration_id))


def count_refusing(event: Event) -> int:
    """How many registrations of an event have an address that refuses mail."""
    refused = _refused().where(_OWNER.event_id == event.id)
    return db.session.scalar(refused.with_only_columns(func.count(RegistrationMail.registration_id.distinct()))) or 0


def read_words(registration_ids: Collection[int]) -> dict[int, str]:
    """What the server said, for those of these registrations whose address refuses mail."""
    rows = db.session.execute(
        _refused().where(RegistrationMail.registration_id.in_(registration_ids)).order_by(OutgoingMail.id)
    )
    return {row.registration_id: row.response or "" for row in rows}


_OWNER = aliased(Registration)
# As a literal: SQLite takes a partial index only for what stands in the question itself.
_IS_REFUSED = OutgoingMail.state == literal_column(f"'{MailState.REFUSED.value}'")


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
        .join(_OWNER, _OWNER.id == RegistrationMail.registration_id)
        .where(_IS_REFUSED, OutgoingMail.recipient == _OWNER.email, ~accepted.exists())
    )
