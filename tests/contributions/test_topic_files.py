"""Topics in pasted lines and in files."""

import pytest

from contributions.models import TopicColour
from contributions.topic_files import read_file, read_lines
from contributions.topic_lists import TopicValues
from core.errors import InputError

pytestmark = pytest.mark.usefixtures("app")


def test_each_line_is_a_topic():
    assert read_lines(" Habitatge \r\n\n<b>Salut\n") == [TopicValues("Habitatge"), TopicValues("<b>Salut")]


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        ("eix;color", "Salut;indi", TopicValues("Salut", {}, TopicColour.INDIGO)),
        ("name,ca,es,en,colour", "Salut,Salut,Salud,Health,rose", None),
        ("català;castellano", ";Salud", TopicValues("Salud", {"es": "Salud"})),
    ],
)
def test_headings_and_colours_are_known_in_each_language(head, row, expected):
    expected = expected or TopicValues("Salut", {"ca": "Salut", "es": "Salud", "en": "Health"}, TopicColour.ROSE)

    assert read_file(f"{head}\n{row}\n".encode(), "eixos.csv") == [expected]


def test_every_bad_row_is_named():
    content = f"name;es;colour\n;;rose\nUna;;groc\n{'x' * 201};;\n"

    with pytest.raises(InputError) as refusal:
        read_file(content.encode(), "eixos.csv")

    assert [problem.split(":")[0] for problem in refusal.value.problems] == ["Fila 2", "Fila 3", "Fila 4"]


def test_a_line_that_is_too_long_is_named():
    with pytest.raises(InputError) as refusal:
        read_lines("Una\n" + "x" * 201)

    assert refusal.value.problems == ["Línia 2: Un eix pot tenir fins a 200 caràcters."]
