"""What people type as their organisation, and which one that is: found by name whenever it is read (docs/adr/0045)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError
from core.text import clean_line, fold
from directory.models import KnownName, Neighbourhood, Network, Organisation, organisation_network

MAX_LENGTH = 300
NOBODY = ""
"""The key of no organisation."""


class NoName(DomainError):
    """What is left of a text without its signs is no name."""

    message = _l("“%(name)s” has neither letters nor digits: nobody could be found by it.")
    field = "name"


class NameTooLong(DomainError):
    """A name has more characters than the directory takes."""

    message = _l("A name may have up to %(length)d characters.")
    field = "name"


class NameJustTaken(DomainError):
    """Somebody else said whose name it is at the same moment."""

    message = _l("Somebody has just said whose name this is. Look again.")
    field = "name"


@dataclass(frozen=True)
class Group:
    """What organisations have in common, a network or a neighbourhood: `key` tells it apart and puts it in order."""

    key: str
    name: str


@dataclass(frozen=True)
class Known:
    """An organisation as lists and reports know it; `key` tells it apart and puts it in order."""

    id: int
    key: str
    name: str
    neighbourhood: Group | None = None
    networks: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Directory:
    """Every organisation by each of its names; under a name that is none's stands None.

    `unknown` is the key and the name that stand for all that nobody knows, where it is not told as it was typed.
    """

    by_key: Mapping[str, Known | None]
    unknown: tuple[str, str] | None = None
    _told: dict[str, tuple[str, str]] = field(default_factory=dict)

    def tell(self, typed: str) -> tuple[str, str]:
        """Tell the key and the name of the organisation that somebody typed.

        One that nobody knows has those of what was typed, in which its spellings are one; none has empty ones.
        """
        if typed not in self._told:  # a long list has the same few over and over
            self._told[typed] = self._find(typed)
        return self._told[typed]

    def get(self, key: str) -> Known | None:
        """Give the organisation with this key, or with a name that folds to it; None for one that nobody knows."""
        return self.by_key.get(key)

    def keep_back(self, key: str, name: str) -> "Directory":
        """Give a directory that tells of no name that nobody knows, with this in its place."""
        return replace(self, unknown=(key, name), _told={})

    def _find(self, typed: str) -> tuple[str, str]:
        key = fold(typed)
        known = self.by_key.get(key)
        if known:
            return known.key, known.name
        if not key or key in self.by_key:
            return NOBODY, ""
        return self.unknown or (key, typed)


def read() -> Directory:
    """Read the whole directory, in the same three queries however large it is."""
    networks: dict[int, list[Group]] = defaultdict(list)
    query = (
        select(organisation_network.c.organisation_id, Network.id, Network.name, Network.sort_key)
        .join(Network, Network.id == organisation_network.c.network_id)
        .order_by(Network.sort_key, Network.id)
    )
    for organisation_id, network_id, name, sort_key in db.session.execute(query):
        networks[organisation_id].append(Group(f"{sort_key} {network_id}", name))
    places = select(
        Organisation.id, Organisation.name, Neighbourhood.name_key, Neighbourhood.name.label("neighbourhood")
    ).outerjoin(Neighbourhood, Neighbourhood.code == Organisation.neighbourhood_code)
    organisations = {
        row.id: Known(
            row.id,
            fold(row.name),
            row.name,
            Group(row.name_key, row.neighbourhood) if row.neighbourhood else None,
            tuple(networks[row.id]),
        )
        for row in db.session.execute(places)
    }
    names = db.session.execute(select(KnownName.key, KnownName.organisation_id))
    return Directory({key: organisations.get(organisation_id or 0) for key, organisation_id in names})


def list_keys_beside(name: str) -> set[str]:
    """List the keys of all names of the organisation that has this one; of one that nobody knows its own."""
    key = fold(name)
    mine = select(KnownName.organisation_id).where(KnownName.key == key).scalar_subquery()
    return {key, *db.session.scalars(select(KnownName.key).where(KnownName.organisation_id == mine))}


def list_keys_of(network: Network) -> set[str]:
    """List the keys of all names of the organisations of a network."""
    query = select(KnownName.key).join(
        organisation_network, organisation_network.c.organisation_id == KnownName.organisation_id
    )
    return set(db.session.scalars(query.where(organisation_network.c.network_id == network.id)))


def make_key(name: str, longest: int = MAX_LENGTH) -> str:
    """Give what the spellings of a name have in common. Raises `NoName`, `NameTooLong`."""
    key = fold(name)
    if not key:
        raise NoName(name=name[:longest])
    if max(len(name), len(key)) > longest:
        raise NameTooLong(length=longest)
    return key


def give(organisation: Organisation, name: str, *, by: StaffMember | None, now: datetime) -> None:
    """Say that a name that people type is this organisation's. Raises `NoName`, `NameTooLong`, `NameJustTaken`."""
    if _settle(name, organisation):
        _note("organisation.add_name", organisation.id, by=by, now=now, organisation=organisation.name)


def say_none(name: str, *, by: StaffMember | None, now: datetime) -> None:
    """Say that what people typed is no organisation. Raises `NoName`, `NameTooLong`, `NameJustTaken`."""
    if _settle(name, None):
        _note("known_name.say_none", 0, by=by, now=now)


def forget(name: str, *, by: StaffMember | None, now: datetime) -> None:
    """Take back whose name it is, or that it is none's; what an organisation is called itself stays.

    Raises `NoName`, `NameTooLong`.
    """
    known = db.session.get(KnownName, make_key(name))
    if known is None or (known.organisation and fold(known.organisation.name) == known.key):
        return
    organisation_id = known.organisation_id
    db.session.delete(known)
    db.session.flush()
    _note("known_name.forget", organisation_id or 0, by=by, now=now)


def _settle(name: str, organisation: Organisation | None) -> bool:
    """Write whose name it is; whether that was not known. A name that is another's already stays so."""
    name = clean_line(name)
    key = make_key(name)
    known = db.session.get(KnownName, key)
    organisation_id = organisation.id if organisation else None
    if known is None:
        db.session.add(KnownName(key=key, name=name, organisation_id=organisation_id))
    elif known.organisation_id == organisation_id:
        return False
    elif known.organisation_id is not None:
        raise NameJustTaken
    else:
        known.organisation_id = organisation_id
    flush_or_refuse(NameJustTaken)
    return True


def _note(act: str, organisation_id: int, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Note the act without what was typed, which may name a person."""
    audit.record(act, subject_kind="organisation", subject_key=str(organisation_id), by=by, now=now, **details)
