"""Organisations: what they are called, where they are, the networks they are in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, exists, select, update
from sqlalchemy.orm import joinedload, selectinload

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from core.text import fold, shorten, sort_key
from directory.known_names import NameJustTaken, make_key
from directory.models import KnownName, Neighbourhood, Network, Organisation

MOST_OFFERED = 1_000
"""So many names can be suggested to whoever signs up: half a list would say that there is no other half."""
_MAX_SEARCH_LENGTH = 100
_NAMES = select(Organisation.name).order_by(Organisation.sort_key, Organisation.id)


class NameTaken(DomainError):
    """A name is another organisation's already."""

    message = _l("“%(name)s” is a name of “%(organisation)s” already.")
    field = "name"


class UnknownOrganisation(DomainError):
    """No organisation of the directory has this name."""

    message = _l("The directory knows no organisation “%(name)s”.")
    field = "into"


class ChangedMeanwhile(DomainError):
    """Somebody else has changed the organisation while this was written."""

    message = _l("Somebody has changed this organisation meanwhile. This is what the directory says now.")
    field = "name"


class MergedWithItself(DomainError):
    """An organisation cannot become part of itself."""

    message = _l("Choose another organisation.")
    field = "into"


@dataclass(frozen=True)
class OrganisationValues:
    """What is said of an organisation."""

    name: str
    other_names: tuple[str, ...] = ()
    neighbourhood: Neighbourhood | None = None
    networks: tuple[Network, ...] = ()


def select_organisations(search: str = "", network: Network | None = None) -> Select[Organisation]:
    """Make the query for those with a name that has all these words, or that are in the network, in Catalan order."""
    query = select(Organisation).options(
        selectinload(Organisation.known_names),
        selectinload(Organisation.networks),
        joinedload(Organisation.neighbourhood),
    )
    if words := fold(search[:_MAX_SEARCH_LENGTH]).split():
        has_words = [KnownName.key.contains(word, autoescape=True) for word in words]
        query = query.where(exists().where(KnownName.organisation_id == Organisation.id, and_(*has_words)))
    if network:
        query = query.where(Organisation.networks.any(Network.id == network.id))
    return query.order_by(Organisation.sort_key, Organisation.id)


def get_organisation(organisation_id: int) -> Organisation:
    """Give the organisation with this id. Raises `NotFoundError`."""
    organisation = db.session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFoundError(organisation_id)
    return organisation


def find_by_name(name: str) -> Organisation | None:
    """Find the organisation that has this name, or is also called so, however it is spelt."""
    known = db.session.get(KnownName, fold(name))
    return known.organisation if known else None


def get_by_name(name: str) -> Organisation:
    """Give the organisation that has this name, or is also called so. Raises `UnknownOrganisation`."""
    organisation = find_by_name(name)
    if organisation is None:
        raise UnknownOrganisation(name=shorten(name))
    return organisation


def list_names() -> Sequence[str]:
    """List what organisations are called, in Catalan order."""
    return db.session.scalars(_NAMES).all()


def list_offered_names() -> Sequence[str]:
    """List the names to suggest to whoever signs up: what organisations call themselves; none when they are too many.

    What else people typed for them is suggested to nobody.
    """
    names = db.session.scalars(_NAMES.limit(MOST_OFFERED + 1)).all()
    return names if len(names) <= MOST_OFFERED else []


def values_of(organisation: Organisation) -> OrganisationValues:
    """Give what is said of an organisation."""
    return OrganisationValues(
        organisation.name,
        tuple(organisation.other_names),
        organisation.neighbourhood,
        tuple(organisation.networks),
    )


def add(values: OrganisationValues, *, by: StaffMember | None, now: datetime) -> Organisation:
    """Write a new organisation. Raises `NameTaken`, `NameJustTaken`, `NameTooLong`, `NoName`."""
    organisation = Organisation(known_names=[], networks=[])
    _write(organisation, values)
    _note("organisation.create", organisation, by=by, now=now)
    return organisation


def change(organisation: Organisation, values: OrganisationValues, *, by: StaffMember | None, now: datetime) -> bool:
    """Write what is said of an organisation, which stays known by what it was called; whether anything changed.

    Raises `NameTaken`, `NameJustTaken`, `NameTooLong`, `NoName`, `ChangedMeanwhile`, `NotFoundError`.
    """
    before = values_of(organisation)
    if values == before:
        return False
    _hold(organisation)
    if values_of(organisation) != before:
        raise ChangedMeanwhile
    former = (organisation.name,) if fold(values.name) != fold(organisation.name) else ()
    _write(organisation, values, former)
    _note("organisation.update", organisation, by=by, now=now)
    return True


def merge(organisation: Organisation, into: Organisation, *, by: StaffMember | None, now: datetime) -> None:
    """Make an organisation one with another, which takes its names, its networks, and its neighbourhood if it has none.

    Raises `MergedWithItself`, `NotFoundError`.
    """
    if organisation is into:
        raise MergedWithItself
    _hold(organisation, into)
    for known in list(organisation.known_names):
        known.organisation = into
    into.networks = list(dict.fromkeys([*into.networks, *organisation.networks]))
    into.neighbourhood = into.neighbourhood or organisation.neighbourhood
    details = {"into": into.name, "into_id": into.id}
    _note("organisation.merge", organisation, by=by, now=now, **details)
    db.session.flush()
    db.session.delete(organisation)
    db.session.flush()


def remove(organisation: Organisation, *, by: StaffMember | None, now: datetime) -> None:
    """Take an organisation out of the directory: nobody knows its names any more. What people typed stays.

    Raises `NotFoundError`.
    """
    _hold(organisation)
    _note("organisation.remove", organisation, by=by, now=now)
    db.session.delete(organisation)
    db.session.flush()


def _hold(*held: Organisation) -> None:
    """Be alone with these organisations as they are now, until the end of the transaction. Raises `NotFoundError`.

    In order of id, so that of two who make each the other's one waits. On SQLite the writer is alone from the update.
    """
    for each in sorted(held, key=lambda organisation: organisation.id):
        only = Organisation.id == each.id
        db.session.scalars(select(Organisation.id).where(only).with_for_update()).all()
        alone = update(Organisation).where(only).values(name=Organisation.name).returning(Organisation.id)
        if db.session.scalar(alone.execution_options(synchronize_session=False)) is None:
            raise NotFoundError(each.id)
        db.session.expire(each)


def _write(organisation: Organisation, values: OrganisationValues, former: Collection[str] = ()) -> None:
    """Write what is said of an organisation, and by which names it is known; `former` stay among them."""
    names = _by_key((values.name, *values.other_names), former)
    with db.session.no_autoflush:  # half of it is written only
        mine = _take(organisation, names)
    organisation.name, organisation.sort_key = values.name, sort_key(values.name)
    organisation.neighbourhood = values.neighbourhood
    organisation.networks = list(values.networks)
    organisation.known_names = mine
    db.session.add(organisation)
    flush_or_refuse(NameJustTaken)


def _by_key(names: Iterable[str], former: Iterable[str]) -> dict[str, str]:
    """Give names by their keys; of two spellings of one the first."""
    kept: dict[str, str] = {}
    for place, name in enumerate((*names, *former)):
        try:
            kept.setdefault(make_key(name), name)
        except DomainError as refusal:
            refusal.field = "other_names" if place else "name"
            raise
    return kept


def _take(organisation: Organisation, names: dict[str, str]) -> list[KnownName]:
    """Take these names for an organisation, those too that were said to be none's. Raises `NameTaken`."""
    query = select(KnownName).where(KnownName.key.in_(names)).options(joinedload(KnownName.organisation))
    known = {each.key: each for each in db.session.scalars(query)}
    for place, (key, name) in enumerate(names.items()):
        row = known.get(key)
        if row and row.organisation and row.organisation is not organisation:
            refusal = NameTaken(name=name, organisation=row.organisation.name)
            refusal.field = "other_names" if place else "name"
            raise refusal
        if row is None:
            known[key] = KnownName(key=key)
        known[key].name = name
    return list(known.values())


def _note(act: str, organisation: Organisation, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    audit.record(
        act,
        subject_kind="organisation",
        subject_key=str(organisation.id),
        by=by,
        now=now,
        organisation=organisation.name,
        **details,
    )
