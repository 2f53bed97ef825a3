"""Networks: organisations that work together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from core.text import sort_key
from directory import known_names
from directory.models import Network, Organisation, organisation_network

NAME_LENGTH = 200


class NetworkNameTaken(DomainError):
    """Two networks cannot have one name."""

    message = _l("There is already a network with this name.")
    field = "name"


@dataclass(frozen=True)
class NetworkValues:
    """What is said of a network."""

    name: str
    purpose: str = ""


def list_networks() -> Sequence[Network]:
    """List the networks in Catalan order."""
    return db.session.scalars(select(Network).order_by(Network.sort_key, Network.id)).all()


def count_organisations() -> dict[int, int]:
    """Count the organisations of each network that has any, by its id."""
    column = organisation_network.c.network_id
    return dict(db.session.execute(select(column, func.count()).group_by(column)).all())


def get_network(network_id: int) -> Network:
    """Give the network with this id. Raises `NotFoundError`."""
    network = db.session.get(Network, network_id)
    if network is None:
        raise NotFoundError(network_id)
    return network


def list_members(network: Network) -> Sequence[Organisation]:
    """List the organisations of a network in Catalan order."""
    query = select(Organisation).where(Organisation.networks.any(Network.id == network.id))
    return db.session.scalars(query.order_by(Organisation.sort_key, Organisation.id)).all()


def make_key(name: str) -> str:
    """Give what the spellings of a network's name have in common. Raises `NoName`, `NameTooLong`."""
    return known_names.make_key(name, NAME_LENGTH)


def add(values: NetworkValues, *, by: StaffMember | None, now: datetime) -> Network:
    """Write a new network. Raises `NetworkNameTaken`, `NameTooLong`, `NoName`."""
    network = Network()
    _write(network, values)
    db.session.add(network)
    flush_or_refuse(NetworkNameTaken)
    _note("network.create", network, by=by, now=now)
    return network


def change(network: Network, values: NetworkValues, *, by: StaffMember | None, now: datetime) -> None:
    """Write what is said of a network. Raises `NetworkNameTaken`, `NameTooLong`, `NoName`."""
    if values == NetworkValues(network.name, network.purpose):
        return
    _write(network, values)
    flush_or_refuse(NetworkNameTaken)
    _note("network.update", network, by=by, now=now)


def remove(network: Network, *, by: StaffMember | None, now: datetime) -> None:
    """Take a network out of the directory; its organisations stay."""
    _note("network.remove", network, by=by, now=now)
    db.session.delete(network)
    db.session.flush()


def _write(network: Network, values: NetworkValues) -> None:
    network.name_key = make_key(values.name)
    network.name, network.sort_key, network.purpose = values.name, sort_key(values.name), values.purpose


def _note(act: str, network: Network, *, by: StaffMember | None, now: datetime) -> None:
    audit.record(act, subject_kind="network", subject_key=str(network.id), by=by, now=now, network=network.name)
