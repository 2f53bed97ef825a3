"""The text of a message: its fields filled in, its problems named, and what is not a field left as it is."""

import pytest

from messages.texts import NAMES, Field, Line, Part, Value, as_text, fill, fill_line, find_problems

VALUES = {field: Value(field.value.upper()) for field in Field} | {
    Field.SESSIONS: Value("10 h · A; 11 h · B", items=("10 h · A", "11 h · B")),
    Field.LINK: Value("https://example.org/x", address="https://example.org/x", label="My registration"),
}


@pytest.fixture(autouse=True)
def _words(app):
    """Problems are named in a language."""


@pytest.mark.parametrize(
    ("typed", "filled"),
    [
        ("Hola, {nom} {cognoms}", "Hola, FIRST_NAME LAST_NAME"),
        ("{Nombre}, {APELLIDOS}; {last name}, {last_name}", "FIRST_NAME, LAST_NAME; LAST_NAME, LAST_NAME"),
        ("{codi} {codigo} {código} { code }", "CODE CODE CODE CODE"),
        ("{{nom}} i {{", "{nom} i {"),
        ("{{{nom}}}", "{FIRST_NAME}"),
        ("{nom}}", "FIRST_NAME}"),
        ("un conjunt { } i una cara :-{ sola }", "un conjunt { } i una cara :-{ sola }"),
        ("100 % i %(nom)s", "100 % i %(nom)s"),
    ],
)
def test_fields_in_three_languages_and_braces_meant_as_such(typed, filled):
    problems = find_problems(typed) if "{ }" not in typed else []

    assert (problems, fill_line(typed, VALUES)) == ([], filled)


def test_every_field_has_its_name_in_every_language():
    assert [(language, set(names)) for language, names in NAMES.items()] == [
        (language, set(Field)) for language in ("ca", "es", "en")
    ]
    assert [find_problems("{" + name + "}") for names in NAMES.values() for name in names.values()] == [[]] * 30


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ("Hola\n\n{cognom}", ["Línia 3: {cognom} no és cap camp. Volíeu dir {cognoms}?"]),
        ("{xyz}", ["{xyz} no és cap camp. Si voleu les claus, escriviu cadascuna dues vegades."]),
        ("Hola {nom, com va", ["Falta la clau que tanca {nom."]),
        (
            "{%s}" % ("x" * 50),
            [f"{{{'x' * 40}…}} no és cap camp. Si voleu les claus, escriviu cadascuna dues vegades."],
        ),
    ],
)
def test_a_field_there_is_none_of_is_named_with_its_line(app, typed, problems):
    with app.test_request_context(headers={"Accept-Language": "ca"}):
        assert find_problems(typed) == problems


def test_paragraphs_lines_lists_and_buttons():
    text = "Hola, {nom}:\nsegona línia\n \n\n{sessions}\n{enllaç}\n\nA {enllaç} i {sessions}."

    paragraphs = fill(text, VALUES)

    assert paragraphs == [
        (
            Line((Part("Hola, "), Part("FIRST_NAME", is_typed=False), Part(":"))),
            Line((Part("segona línia"),)),
        ),
        (
            Line(items=("10 h · A", "11 h · B")),
            Line(button=Part("My registration", is_typed=False, address="https://example.org/x")),
        ),
        (
            Line(
                (
                    Part("A "),
                    Part("https://example.org/x", is_typed=False, address="https://example.org/x"),
                    Part(" i "),
                    Part("10 h · A; 11 h · B", is_typed=False),
                    Part("."),
                )
            ),
        ),
    ]
    assert as_text(paragraphs) == (
        "Hola, FIRST_NAME:\nsegona línia\n\n- 10 h · A\n- 11 h · B\nhttps://example.org/x\n\n"
        "A https://example.org/x i 10 h · A; 11 h · B."
    )


def test_what_a_person_is_called_is_no_field():
    values = VALUES | {Field.FIRST_NAME: Value("{enllaç} {{nom}} www.example.org")}

    (paragraph,) = fill("{nom}", values)

    assert paragraph == (Line((Part("{enllaç} {{nom}} www.example.org", is_typed=False),)),)


def test_ten_thousand_braces_take_no_time():
    assert len(find_problems("{a}" * 3000)) == 3000
    assert fill_line("{" * 9999, VALUES) == "{" * 5000
