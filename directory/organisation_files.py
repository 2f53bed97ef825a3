"""Organisations in files: rows in, what is said of each out; and all that the directory knows as a file."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, InputError
from core.tables import Cell, TableRow, at_row, read_table, write_csv, write_table
from core.text import clean_line, clean_text, shorten, sort_key
from directory import networks, organisations, territory
from directory.known_names import NameJustTaken, make_key
from directory.models import KnownName, Neighbourhood, Network, Organisation
from directory.networks import NetworkValues

MOST_ROWS = 5_000
MOST_NETWORKS = 500
"""So many networks can be named in a file: one with more has something else in that column."""
MOST_SHOWN = 400_000
"""So many characters of a file are shown, to be sent again: a form with more is refused before anybody reads it."""
COLUMNS = {
    "name": ("name", "nom", "nombre", "entitat", "entidad", "organisation", "organization"),
    "other_names": ("other names", "altres noms", "otros nombres", "sigles", "siglas", "acronym", "acrònim", "àlies"),
    "neighbourhood": ("neighbourhood", "barri", "barrio", "neighborhood"),
    "networks": ("networks", "xarxes", "redes", "network", "xarxa", "red"),
}
_BETWEEN = re.compile(r"[;|]")


@dataclass(frozen=True)
class OrganisationRow:
    """What a row of a file says of an organisation."""

    number: int
    name: str
    other_names: tuple[str, ...] = ()
    neighbourhood: Neighbourhood | None = None
    networks: tuple[str, ...] = ()

    @property
    def keys(self) -> dict[str, str]:
        """Its names, by what the spellings of each have in common."""
        return {make_key(name): name for name in reversed((self.name, *self.other_names))}


@dataclass(frozen=True)
class Taken:
    """What became of the rows of a file."""

    added: int = 0
    changed: int = 0
    known: int = 0
    networks: Sequence[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in one line."""
        said = [
            ngettext("%(num)d organisation added", "%(num)d organisations added", self.added),
            ngettext("%(num)d given what it lacked", "%(num)d given what they lacked", self.changed),
            ngettext("%(num)d was there already", "%(num)d were there already", self.known),
        ]
        if self.networks:
            count = ngettext("%(num)d new network", "%(num)d new networks", len(self.networks))
            said.append(f"{count}: {', '.join(self.networks)}")
        return ", ".join(said)


def read_file(data: bytes, filename: str) -> list[OrganisationRow]:
    """Read one organisation from each row of a CSV, XLSX or ODS file. Raises `InputError` naming every bad row."""
    table = read_table(data, filename, COLUMNS, ["name"])
    if len(table) > MOST_ROWS:
        raise InputError([_("%(file)s has more than %(count)d rows.", file=filename, count=MOST_ROWS)])
    problems: list[str] = []
    places: dict[str, Neighbourhood | None] = {}
    rows = [_read_row(row, places, problems) for row in table]
    if len({name for row in rows for name in row.networks}) > MOST_NETWORKS:
        reason = _("%(file)s names more than %(count)d networks.", file=filename, count=MOST_NETWORKS)
        problems.insert(0, reason)
    if problems:
        raise InputError(problems)
    return rows


def take_in(rows: Sequence[OrganisationRow], *, by: StaffMember | None, now: datetime) -> Taken:
    """Add the organisations of a file; one that is known by any of its names gets what it lacks.

    A network that is not there is made. A neighbourhood that the file tells is that of the organisation from now on.

    Raises `InputError` naming the rows whose names are those of several, `NameJustTaken`, `NetworkNameTaken`.
    """
    by_key, made = _get_or_create_networks(rows, by=by, now=now)
    known = _read_known()
    problems: list[str] = []
    fates = [_take_row(row, known, by_key, problems) for row in rows]
    if problems:
        raise InputError(problems)
    flush_or_refuse(NameJustTaken)
    taken = Taken(fates.count("added"), fates.count("changed"), fates.count("known"), made)
    if taken.added or taken.changed:
        counts = {"added": taken.added, "changed": taken.changed}
        audit.record("organisation.import", subject_kind="organisation", subject_key="", by=by, now=now, **counts)
    return taken


def as_text(rows: Iterable[OrganisationRow]) -> str:
    """Write the rows of a file as the text of another, to be looked through and sent again.

    Raises `InputError` when a form would not take it.
    """
    cells = (_list_cells(row.name, row.other_names, row.neighbourhood, row.networks) for row in rows)
    text = b"".join(write_csv(_make_header(), cells, has_mark=False)).decode()
    if len(text) > MOST_SHOWN:
        raise InputError([_("The file is too long for this page. Part it in two.")])
    return text


def write(format_: str, file: BinaryIO) -> None:
    """Write everything that the directory knows of organisations, as `read_file` reads it."""
    query = organisations.select_organisations()
    rows = (
        _list_cells(each.name, each.other_names, each.neighbourhood, [network.name for network in each.networks])
        for each in db.session.scalars(query)
    )
    write_table(format_, _make_header(), rows, file)


def record_export(format_: str, *, by: StaffMember | None, now: datetime) -> None:
    """Note that the directory was given out as a file."""
    audit.record("organisation.export", subject_kind="organisation", subject_key="", by=by, now=now, format=format_)


def _make_header() -> list[str]:
    return [_("Name"), _("Other names"), _("Neighbourhood"), _("Networks")]


def _list_cells(
    name: str, other_names: Sequence[str], place: Neighbourhood | None, in_networks: Sequence[str]
) -> list[Cell]:
    return [name, _join(other_names), place.name if place else "", _join(in_networks)]


def _join(names: Sequence[str]) -> str:
    """Write several names in one cell as `_split` parts them; a lone one with such a sign in it stands there twice."""
    if not any(map(_BETWEEN.search, names)):
        return " | ".join(names)
    return "\n".join(names if len(names) > 1 else [*names, *names])


def _read_row(row: TableRow, places: dict[str, Neighbourhood | None], problems: list[str]) -> OrganisationRow:
    name, other_names = clean_line(row.values["name"]), _split(row.values["other_names"])
    in_networks = _split(row.values["networks"])
    problems += [at_row(row.number, reason) for reason in _find_problems(name, other_names, in_networks)]
    typed = clean_line(row.values["neighbourhood"])
    if typed not in places:
        places[typed] = territory.find_neighbourhood(typed) if typed else None
    if typed and places[typed] is None:
        reason = _("“%(word)s” is no neighbourhood of Barcelona", word=shorten(typed, 40))
        problems.append(at_row(row.number, reason))
    return OrganisationRow(row.number, name, other_names, places[typed], in_networks)


def _find_problems(name: str, other_names: Sequence[str], in_networks: Sequence[str]) -> Iterator[str]:
    if not name:
        yield _("it names no organisation")
    keys = [
        *((make_key, each) for each in (name, *other_names) if each),
        *((networks.make_key, each) for each in in_networks),
    ]
    for make, each in keys:
        try:
            make(each)
        except DomainError as refusal:
            yield str(refusal)


def _split(text: str) -> tuple[str, ...]:
    """Part a cell that names several, each on a line of its own or with signs between them."""
    lines = clean_text(text).split("\n")
    names = lines if len(lines) > 1 else _BETWEEN.split(text)
    return tuple(dict.fromkeys(name for name in map(clean_line, names) if name))


def _get_or_create_networks(
    rows: Iterable[OrganisationRow], *, by: StaffMember | None, now: datetime
) -> tuple[dict[str, Network], list[str]]:
    """Give the networks that the rows name by their keys, and the names of those that were not there."""
    by_key = {each.name_key: each for each in networks.list_networks()}
    made: list[str] = []
    for name in dict.fromkeys(name for row in rows for name in row.networks):
        key = networks.make_key(name)
        if key not in by_key:
            by_key[key] = networks.add(NetworkValues(name), by=by, now=now)
            made.append(name)
    return by_key, made


def _read_known() -> dict[str, KnownName]:
    query = select(KnownName).options(
        joinedload(KnownName.organisation).options(
            selectinload(Organisation.known_names), selectinload(Organisation.networks)
        )
    )
    return {known.key: known for known in db.session.scalars(query)}


def _take_row(
    row: OrganisationRow, known: dict[str, KnownName], by_key: Mapping[str, Network], problems: list[str]
) -> str:
    """Write what a row says; give what became of it, to be counted."""
    owners = {each.organisation for key in row.keys if (each := known.get(key)) and each.organisation}
    if len(owners) > 1:
        names = ", ".join(f"“{each.name}”" for each in sorted(owners, key=lambda each: each.sort_key))
        problems.append(at_row(row.number, _("its names are those of several: %(names)s", names=names)))
        return "refused"
    found = next(iter(owners), None)
    organisation = found or Organisation(name=row.name, sort_key=sort_key(row.name), known_names=[], networks=[])
    if found is None:
        db.session.add(organisation)
    is_changed = _complete(organisation, row, known, [by_key[networks.make_key(name)] for name in row.networks])
    return "added" if found is None else "changed" if is_changed else "known"


def _complete(
    organisation: Organisation, row: OrganisationRow, known: dict[str, KnownName], in_networks: Iterable[Network]
) -> bool:
    """Give an organisation the names and networks that it lacks, and its neighbourhood; whether that was news."""
    is_changed = False
    for key, name in row.keys.items():
        if key not in known:
            known[key] = KnownName(key=key, name=name)
            db.session.add(known[key])
        if known[key].organisation is None:
            known[key].organisation = organisation
            is_changed = True
    for network in in_networks:
        if network not in organisation.networks:
            organisation.networks.append(network)
            is_changed = True
    if row.neighbourhood and organisation.neighbourhood is not row.neighbourhood:
        organisation.neighbourhood = row.neighbourhood
        is_changed = True
    return is_changed
