"""The links, codes and addresses of registrations that were merged into another: they lead to it (docs/adr/0027)."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, select, update

from core.database import db
from events.models import Event
from registrations.models import Registration, RegistrationMerge


def select_by_token() -> ScalarSelect[int]:
    """Make the query for the id of the registration that the one with the parameter `token` was merged into."""
    return _one(RegistrationMerge.token == bindparam("token"))


def select_by_address() -> ScalarSelect[int]:
    """The same for the one with the parameter `email_key`, at the event with the parameter `event_id`."""
    return _one(
        RegistrationMerge.event_id == bindparam("event_id"), RegistrationMerge.email_key == bindparam("email_key")
    )


def select_codes(event: Event) -> Select[str]:
    """Make the query for the former codes of an event's registrations."""
    return select(RegistrationMerge.code).where(*_stand(event))


def select_by_code(event: Event, *codes: str) -> Select[int]:
    """Make the query for the ids of the registrations that had one of these codes before."""
    return select(RegistrationMerge.registration_id).where(*_stand(event), RegistrationMerge.code.in_(codes))


def select_by_ids(registration_ids: Collection[int]) -> Select[int]:
    """Make the query for the ids of the registrations that those of these ids were merged into."""
    return select(RegistrationMerge.registration_id).where(
        RegistrationMerge.gone_id.in_(registration_ids), RegistrationMerge.undone_at.is_(None)
    )


def read_by_code(event: Event, codes: Collection[str]) -> dict[str, int]:
    """The ids of the registrations that had these codes before, by the code."""
    query = select(RegistrationMerge.code, RegistrationMerge.registration_id)
    return dict(db.session.execute(query.where(*_stand(event), RegistrationMerge.code.in_(codes))).all())


def read_codes(which: ColumnElement[bool]) -> dict[int, list[str]]:
    """The former codes of those registrations of which a condition holds, by their ids."""
    codes: dict[int, list[str]] = {}
    query = select(RegistrationMerge.registration_id, RegistrationMerge.code).join(RegistrationMerge.registration)
    stand = query.where(which, RegistrationMerge.undone_at.is_(None)).order_by(RegistrationMerge.id)
    for registration_id, code in db.session.execute(stand):
        codes.setdefault(registration_id, []).append(code)
    return codes


def list_codes(registration: Registration) -> Sequence[str]:
    """The codes that a registration had before, besides its own."""
    query = select(RegistrationMerge.code).where(
        RegistrationMerge.registration_id == registration.id, RegistrationMerge.undone_at.is_(None)
    )
    return db.session.scalars(query.order_by(RegistrationMerge.id)).all()


def close_links(registration: Registration) -> None:
    """Have no former link lead to the registration any more: whoever knows one may be somebody else."""
    db.session.execute(
        update(RegistrationMerge)
        .where(RegistrationMerge.registration_id == registration.id, RegistrationMerge.undone_at.is_(None))
        .values(token="")
        .execution_options(synchronize_session=False)
    )


def _one(*which: ColumnElement[bool]) -> ScalarSelect[int]:
    """One value, and not a list of them: then both databases find the registration by its index."""
    query = select(RegistrationMerge.registration_id).where(*which, RegistrationMerge.undone_at.is_(None))
    return query.limit(1).scalar_subquery()


def _stand(event: Event) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return RegistrationMerge.event_id == event.id, RegistrationMerge.undone_at.is_(None)
