"""An event's own words on its certificates: plain text with fields, of which there are these and no others.

A field goes by its name in any of the three languages, whatever the text is in, as in messages.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from certificates.content import CertificateContent
from core.dates import format_duration, format_period
from core.languages import use_language
from core.text import fold

LONGEST = 1200
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Facts:
    """What the fields of a text are filled with: a certificate's content, and what is on none."""

    content: CertificateContent
    organisation: str


@dataclass(frozen=True)
class Field:
    """A field: what it is, in words, and what it is filled with."""

    label: LazyString
    fill: Callable[[Facts], str]


FIELDS: Mapping[str, Field] = {
    "name": Field(_l("name and surname"), lambda facts: facts.content.name),
    "organisation": Field(_l("the person’s organisation"), lambda facts: facts.organisation),
    "event": Field(_l("title of the event"), lambda facts: facts.content.event),
    "dates": Field(
        _l("when it was held"),
        lambda facts: format_period(facts.content.starts_at, facts.content.ends_at, facts.content.zone),
    ),
    "place": Field(_l("where it was held"), lambda facts: facts.content.where),
    "sessions": Field(
        _l("titles of the sessions"), lambda facts: "; ".join(session.title for session in facts.content.sessions)
    ),
    "hours": Field(_l("hours in all"), lambda facts: format_duration(facts.content.duration)),
    "organiser": Field(_l("who organises it"), lambda facts: facts.content.organiser),
}


NAMES = {
    "ca": {
        "name": "nom",
        "organisation": "entitat",
        "event": "jornada",
        "dates": "quan",
        "place": "lloc",
        "sessions": "sessions",
        "hours": "hores",
        "organiser": "organitza",
    },
    "es": {
        "name": "nombre",
        "organisation": "entidad",
        "event": "jornada",
        "dates": "cuándo",
        "place": "lugar",
        "sessions": "sesiones",
        "hours": "horas",
        "organiser": "organiza",
    },
    "en": {name: name for name in FIELDS},
}
"""What people call each field, by language."""

_FIELDS = {fold(said): name for names in NAMES.values() for name, said in names.items()}


def find_unknown(text: str) -> list[str]:
    """What stands between braces and is no field, and braces that close or open nothing, in their order."""
    unknown = [f"{{{name}}}" for name in _FIELD.findall(text) if fold(name) not in _FIELDS]
    return unknown + re.findall(r"[{}]", _FIELD.sub("", text))


def has_field(text: str, name: str) -> bool:
    """Whether the text has this field, by any of its names."""
    return any(_FIELDS.get(fold(found)) == name for found in _FIELD.findall(text))


def fill(text: str, facts: Facts) -> str:
    """The text with its fields filled, in the language of the certificate; what is filled in is not looked at again."""
    with use_language(facts.content.language):
        return _FIELD.sub(lambda found: FIELDS[_FIELDS[fold(found[1])]].fill(facts), text)
