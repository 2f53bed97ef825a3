"""The open data of a process as one archive that explains itself.

A Frictionless Data Package (https://datapackage.org, v2, which readers of v1 understand): tables as CSV, and a
`datapackage.json` that says what each column holds, in three languages. The same data give the same bytes, so that
whoever keeps a copy can tell whether it is the last (docs/adr/0031).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.config import LANGUAGES
from core.few_people import FEWEST
from core.languages import use_language
from core.tables import write_csv
from events.models import Process
from figures.open_data import LICENCE, LICENCE_URL
from figures.open_data_tables import HIDDEN, LANGUAGE, RESOURCES, Field, Resource

_EPOCH = (1980, 1, 1, 0, 0, 0)  # an archive knows no earlier time, and its own would make other bytes of the same data
_REGULAR_FILE = 0o644 << 16
_UNIX = 3


def write(process: Process, file: BinaryIO) -> None:
    """Write the archive, a piece of a table at a time."""
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        sizes = {each.name: _write_table(package, each, process) for each in RESOURCES}
        described = json.dumps(describe(process, sizes), ensure_ascii=False, indent=2)
        _write(package, "datapackage.json", [f"{described}\n".encode()])
        for language in LANGUAGES:
            with use_language(language):
                _write(package, f"README.{language}.md", [_explain(process).encode()])


def describe(process: Process, sizes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Give what `datapackage.json` says."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "profile": "tabular-data-package",
        "name": process.slug,
        "title": process.title,
        **_in_languages(
            "description", _l("Contributions, proposals, sessions and figures of a participatory process.")
        ),
        "licenses": [{"name": LICENCE, "path": LICENCE_URL, "title": "Creative Commons Attribution 4.0"}],
        "contributors": [{"title": process.team.name, "role": "publisher", "roles": ["publisher"]}],
        "languages": list(LANGUAGES),
        "resources": [_describe_table(each, sizes[each.name]) for each in RESOURCES],
    }


def _describe_table(resource: Resource, sizes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
        "profile": "tabular-data-resource",
        "name": resource.name,
        "type": "table",
        "path": resource.path,
        **_in_languages("title", resource.title),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **sizes,
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": [_describe_field(each) for each in resource.fields],
            "missingValues": ["", HIDDEN] if resource.name == "figures" else [""],
            "primaryKey": list(resource.key),
            "foreignKeys": [
                {"fields": [name], "reference": {"resource": other, "fields": ["id"]}}
                for name, other in resource.links.items()
            ],
        },
    }


def _describe_field(each: Field) -> dict[str, Any]:
    constraints = {"constraints": dict(each.constraints)} if each.constraints else {}
    return {"name": each.name, "type": each.type, **_in_languages("description", each.words), **constraints}


def _in_languages(name: str, words: Any) -> dict[str, Any]:
    """Say something in our first language under the name that every reader knows, and beside it in all of them."""
    said = {}
    for language in LANGUAGES:
        with use_language(language):
            said[language] = str(words)
    return {name: said[LANGUAGE], f"{name}s": said}


def _explain(process: Process) -> str:
    parts = [
        f"# {process.title}",
        _(
            "Open data of a participatory process, published by %(team)s under the licence %(licence)s (%(address)s).",
            team=process.team.name,
            licence=LICENCE,
            address=LICENCE_URL,
        ),
        _("datapackage.json says what each column of each table holds."),
        _(
            "Only what the team has reviewed and published is here. What is withheld, because it offends or tells of "
            "a person, and what is not published yet is counted in figures.csv but not told."
        ),
        _(
            "There are no personal data. In figures.csv, “%(sign)s” stands for numbers of fewer than %(fewest)d people "
            "and for those from which they could be worked out; an empty cell is not known, which is not zero.",
            sign=HIDDEN,
            fewest=FEWEST,
        ),
        _("An id stays for ever; former_ids are those that an entry had when it was taken for one of the other kind."),
        _("A text that begins with = + - or @ has an apostrophe in front, so that no spreadsheet runs it."),
    ]
    tables = "\n".join(f"- `{each.path}`: {each.title}" for each in RESOURCES)
    return "\n\n".join([*parts[:3], tables, *parts[3:]]) + "\n"


def _write_table(package: ZipFile, resource: Resource, process: Process) -> dict[str, Any]:
    header = [each.name for each in resource.fields]
    return _write(package, resource.path, write_csv(header, resource.rows(process), delimiter=",", has_mark=False))


def _write(package: ZipFile, name: str, pieces: Iterable[bytes]) -> dict[str, Any]:
    """Write a file of the archive, and give its size and checksum."""
    info = ZipInfo(name, _EPOCH)
    info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, _REGULAR_FILE, _UNIX
    checksum, size = hashlib.sha256(), 0
    with package.open(info, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece)
            checksum.update(piece)
            size += len(piece)
    return {"bytes": size, "hash": f"sha256:{checksum.hexdigest()}"}
