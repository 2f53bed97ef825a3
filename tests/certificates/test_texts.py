"""An event's own words: a list of fields and no others, filled in the language of the person."""

import pytest

from certificates.texts import FIELDS, NAMES, Facts, fill, find_unknown
from tests.certificates.samples import make_content


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("ha facilitat {sessions} a {event}", []),
        ("{nom} {Cuando} {HOURS} {cognoms}", ["{cognoms}"]),
        ("{name.__class__} {0} {}", ["{name.__class__}", "{0}", "{}"]),
        ("{name} {", ["{"]),
        ("} {{name}}", ["}", "{", "}"]),
        ("", []),
    ],
)
def test_only_known_fields_are_taken(text, unknown):
    assert find_unknown(text) == unknown


@pytest.mark.usefixtures("app")
def test_fields_are_filled_in_the_language_of_the_person():
    facts = Facts(make_content(language="es", name="{hours} <b>", event="Jornada"), "Entitat")

    text = fill("{nom} de {organisation}: {jornada}, {Horas}. {sesiones}", facts)

    assert text == "{hours} <b> de Entitat: Jornada, 2 h 30 min. Benvinguda; Taller 1 · Habitatge"


@pytest.mark.usefixtures("app")
def test_every_field_can_be_filled():
    facts = Facts(make_content(), "Entitat")

    filled = [fill(f"{{{names[name]}}}", facts) for names in NAMES.values() for name in FIELDS]

    assert [text for text in filled if not text or "{" in text] == []
