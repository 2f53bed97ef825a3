"""Attendees out of a file: headings in three languages, and every reason to refuse a row."""

import pytest

from core.errors import InputError
from events.models import Dimension
from registrations.addresses import deliverable_address
from registrations.readers import AttendeeRow, read_attendees, split_name

CODES = ["T1", "T2", "INT-01"]


@pytest.fixture(autouse=True)
def _in_english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def read(*lines, encoding="utf-8"):
    return read_attendees("\n".join(lines).encode(encoding), "list.csv", CODES)


def problems_of(*lines):
    return [(row.number, problem) for row in read(*lines) for problem in row.problems]


def make_row(number=2, **values):
    return AttendeeRow(
        **{
            "number": number,
            "first_name": "Àngels",
            "last_name": "Puig Ferrer",
            "email": "angels@example.org",
            "organisation": "CSS Cotxeres",
            "dimension": Dimension.INTERNAL,
            "sessions": ("T1", "T2"),
            "attended": ("T1",),
            **values,
        }
    )


@pytest.mark.parametrize(
    "header",
    [
        "first_name,last_name,email,organisation,dimension,sessions,attended",
        "Nom,Cognoms,Adreça electrònica,Entitat,Dimensió,Sessions,Sessions assistides",
        "NOMBRE,APELLIDOS,Correo electrónico,Entidad,Dimensión,Sesiones,Sesiones asistidas",
        "First name,Last name,E-mail,Organisation,Dimension,Sessions,Sessions attended",
        "nom,cognom,correu,organització,dimensió,sessió,assistència",
        "nombre,apellido,e-mail,organización,dimensión,sesión,asistencia",
    ],
)
def test_headings_in_three_languages(header):
    line = "Àngels,Puig Ferrer,angels@example.org,CSS Cotxeres,internal,T1 T2,T1"

    assert read(header, line) == [make_row()]
    assert read(header, line, encoding="cp1252") == [make_row()]


@pytest.mark.parametrize("codes", ["T1 T2", "T1;T2", "T1,T2", "t1  t2", "T1, T2; T1", "\u00a0T1\tT2"])
def test_codes_are_separated_by_spaces_semicolons_or_commas(codes):
    assert [row.sessions for row in read("nom\tsessions", f'Àngels\t"{codes}"')] == [("T1", "T2")]


@pytest.mark.parametrize(
    ("text", "attended"),
    [("x", ("T1", "T2")), ("Sí", ("T1", "T2")), ("1", ("T1", "T2")), ("no", ()), ("0", ()), ("", ()), ("T2", ("T2",))],
)
def test_a_tick_in_attended_means_every_session_of_the_row(text, attended):
    assert [row.attended for row in read("nom;sessions;attended", f"Àngels;T1 T2;{text}")] == [attended]


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("internal", Dimension.INTERNAL),
        ("Interna", Dimension.INTERNAL),
        ("other_agents", Dimension.OTHER_AGENTS),
        ("Altres agents", Dimension.OTHER_AGENTS),
        ("otros agentes", Dimension.OTHER_AGENTS),
        ("CITIZENS", Dimension.CITIZENS),
        ("Ciutadania", Dimension.CITIZENS),
        ("ciudadanía", Dimension.CITIZENS),
        ("", None),
    ],
)
def test_dimensions_in_three_languages(text, dimension):
    assert [row.dimension for row in read("nom;dimensió", f"Àngels;{text}")] == [dimension]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Joan", ("Joan", "")),
        ("Joan Puig", ("Joan", "Puig")),
        ("Joan Puig Ferrer", ("Joan", "Puig Ferrer")),
        ("Joan Puig i Ferrer", ("Joan", "Puig i Ferrer")),
        ("Maria José Puig Ferrer", ("Maria José", "Puig Ferrer")),
        ("Joan de la Cruz", ("Joan", "de la Cruz")),
        ("Puig i Ferrer, Maria José", ("Maria José", "Puig i Ferrer")),
        ("De Gaulle", ("De", "Gaulle")),
        ("Anna de", ("Anna", "de")),
        ("😀", ("😀", "")),
        ("", ("", "")),
    ],
)
def test_a_full_name_is_parted(text, parts):
    assert split_name(text) == parts


def test_a_full_name_counts_only_where_there_are_no_two_columns():
    rows = read("Nom i cognoms;nom;cognoms", "Joan Puig;;", "Joan Puig;Pere;Mas")

    assert [(row.first_name, row.last_name) for row in rows] == [("Joan", "Puig"), ("Pere", "Mas")]


def test_two_columns_of_surnames_are_joined():
    rows = read("Nom;Primer cognom;Segon cognom", "Joan;Puig;Ferrer")

    assert [row.last_name for row in rows] == ["Puig Ferrer"]


def test_hostile_names_stay_what_they_are_without_what_cannot_be_seen():
    rows = read("nom;cognoms;entitat", "<b>&\"'=1+1</b>\u202e\x00;😀;'=HYPERLINK(1)")

    assert [(row.first_name, row.last_name, row.organisation) for row in rows] == [
        ("<b>&\"'=1+1</b>", "😀", "=HYPERLINK(1)")
    ]


def test_rows_with_one_address_and_one_name_are_one_person():
    rows = read(
        "nom;cognoms;email;entitat;sessions;attended",
        "Anna;Mas;Anna@Example.org;;T1;T1",
        "ANNA;mas;anna@example.org;CSS;T2;",
    )

    assert rows == [
        make_row(
            first_name="Anna",
            last_name="Mas",
            email="Anna@example.org",
            organisation="CSS",
            dimension=None,
            sessions=("T1", "T2"),
            attended=("T1",),
            others=(3,),
        )
    ]


def test_people_without_address_are_as_many_as_rows():
    assert len(read("nom;cognoms", "Anna;Mas", "Anna;Mas")) == 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (";Puig;a@example.org;;;;", (2, "the first name is missing")),
        ("\u200b;;a@example.org;;;;", (2, "the first name is missing")),
        ("A;;nobody;;;;", (2, "“nobody” is not an e-mail address")),
        ("A;;a b@example.org;;;;", (2, "“a b@example.org” is not an e-mail address")),
        ("A;;a@example.org, b@example.org;;;;", (2, "“a@example.org, b@example.org” is not an e-mail address")),
        ("A;;;;none;;", (2, "“none” is not a dimension: internal, other_agents or citizens")),
        ("A;;;;;T1 T9;", (2, "no session that people can be at has the code “T9”")),
        ("A;;;;;T1;PAUSA", (2, "no session that people can be at has the code “PAUSA”")),
        ("A;;;;;;x", (2, "no session that people can be at has the code “x”")),
        (f"{'a' * 121};;;;;;", (2, f"“{'a' * 30}…” is longer than 120 characters")),
        (f"A;{'a' * 161};;;;;", (2, f"“{'a' * 30}…” is longer than 160 characters")),
        (f"A;;;{'a' * 301};;;", (2, f"“{'a' * 30}…” is longer than 300 characters")),
        (f"A;;{'a' * 330}@example.org;;;;", (2, f"“{'a' * 60}…” is not an e-mail address")),
    ],
)
def test_a_bad_row_is_refused_with_its_number_and_reason(line, problem):
    assert problems_of("nom;cognoms;email;entitat;dimensió;sessions;attended", line) == [problem]


def test_every_bad_row_is_named_in_order():
    problems = problems_of("nom;email;sessions", "A;a@example.org;", "B;a@example.org;", ";b;T9", "D;d@example.org;T1")

    assert problems == [
        (3, "row 2 has the same address with another name"),
        (4, "the first name is missing"),
        (4, "“b” is not an e-mail address"),
        (4, "no session that people can be at has the code “T9”"),
    ]


def test_a_file_without_a_column_of_names_is_refused():
    with pytest.raises(InputError) as refused:
        read("email", "a@example.org")

    assert refused.value.problems == ["list.csv has no column “nom”"]


def test_a_cell_of_a_million_signs_is_a_bad_row():
    assert problems_of("nom", "x" * 1_000_000) == [(2, f"“{'x' * 30}…” is longer than 120 characters")]


@pytest.mark.parametrize(
    "domain", ["example.org", "Example.ORG", "àgora.cat", "x", "a..b", "-a.cat", "example.org.", "[1.2.3.4]", ""]
)
@pytest.mark.parametrize(
    "name", ["anna.mas", "a_b-c", "Info", "postmaster", "anna..mas", ".anna", "n+tag", "ànna", "", "a b"]
)
def test_an_address_is_read_as_the_form_reads_it(name, domain):
    def from_form():
        try:
            return deliverable_address(f"{name}@{domain}")
        except ValueError:
            return None

    (row,) = read("nom;email", f"Anna;{name}@{domain}")

    assert (row.email if not row.problems else None) == from_form()
