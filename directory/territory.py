"""The territory of Barcelona: load its districts and neighbourhoods, and find one however people spell it."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import func, select

from core.database import db
from core.text import fold
from directory.models import District, Neighbourhood

DATA = Path(__file__).resolve().parent / "data" / "barris.csv"

_ARTICLE = re.compile(r"^(?:el|la|els|les|los|las|l) ")
_AND = re.compile(r" (?:i|y) ")


def load() -> None:
    """Write the districts and neighbourhoods of the official list that are not there yet, and correct changed names."""
    with DATA.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for code, name in {row["codi_districte"]: row["nom_districte"] for row in rows}.items():
        db.session.merge(District(code=code, name=name))
    db.session.flush()
    for row in rows:
        db.session.merge(
            Neighbourhood(
                code=row["codi_barri"],
                name=row["nom_barri"],
                name_key=name_key(row["nom_barri"]),
                district_code=row["codi_districte"],
            )
        )
    db.session.flush()


def name_key(name: str) -> str:
    """What two spellings of one place have in common: no accents, case, punctuation, leading article or `i`/`y`.

    Files write `Sants Montjuïc`, `Horta - Guinardó`, `Bon Pastor`; the city `Sants-Montjuïc`, `Horta-Guinardó`,
    `el Bon Pastor`.
    """
    return _AND.sub(" ", _ARTICLE.sub("", fold(name)))


def find_neighbourhood(text: str) -> Neighbourhood | None:
    """The neighbourhood with this official code (`9` is `09`) or this name in any spelling."""
    ensure_loaded()
    if text.strip().isdecimal():
        return db.session.get(Neighbourhood, str(int(text)).zfill(2)) if len(text) < 8 else None
    return db.session.scalar(select(Neighbourhood).where(Neighbourhood.name_key == name_key(text)))


def find_district(text: str) -> District | None:
    """The district with this official code (`9` is `09`) or this name in any spelling."""
    ensure_loaded()
    if text.strip().isdecimal():
        return db.session.get(District, str(int(text)).zfill(2)) if len(text) < 8 else None
    return next((each for each in list_districts() if name_key(each.name) == name_key(text)), None)


def list_districts() -> list[District]:
    """The districts in the order of their codes."""
    ensure_loaded()
    return list(db.session.scalars(select(District).order_by(District.code)))


def name_areas(codes: Iterable[tuple[str | None, str | None]]) -> dict[tuple[str | None, str | None], str]:
    """What each pair of a district and a neighbourhood is called: `el Bon Pastor (Sant Andreu)`, or the district alone.

    A pair of nothing has no name. It is one query, or none when there is no pair to name.
    """
    pairs = {pair for pair in codes if any(pair)}
    if not pairs:
        return {}
    neighbourhoods = {each.code: each for each in list_neighbourhoods()}
    districts = {each.district.code: each.district.name for each in neighbourhoods.values()}
    names = {code: f"{each.name} ({each.district.name})" for code, each in neighbourhoods.items()}
    return {
        (district, neighbourhood): names[neighbourhood] if neighbourhood else districts[district or ""]
        for district, neighbourhood in pairs
    }


def list_neighbourhoods() -> list[Neighbourhood]:
    """All neighbourhoods, district by district and in alphabetical order of what follows the article."""
    ensure_loaded()
    return list(db.session.scalars(select(Neighbourhood).order_by(Neighbourhood.district_code, Neighbourhood.name_key)))


def ensure_loaded() -> None:
    """Load the territory the first time somebody asks for it."""
    if not db.session.scalar(select(func.count()).select_from(Neighbourhood)):
        load()
