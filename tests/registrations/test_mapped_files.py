"""Files of people from anywhere: whose export it is, what its columns hold, and what each row says."""

import io
from datetime import timedelta

import pytest

from core.errors import InputError
from core.sheets import read_sheet
from core.tables import write_ods, write_xlsx
from events import known_headings
from events.models import Dimension
from registrations import guesses, mappings, systems
from registrations.mapped_rows import read_people
from registrations.mappings import Mapping
from tests import factories

INDICO = [
    ["ID", "Name", "Email Address", "Affiliation", "Registration date", "Registration state", "Checked in", "Price"],
    ["7", "Anna Mas Puig", "anna@example.org", "CSS", "2026-10-01", "Completed", "Yes", "0"],
    ["8", "Pere Pla", "pere@example.org", "", "2026-10-02", "Withdrawn", "No", "0"],
]
INDICO_IMPORT = [
    ["Anna", "Mas", "CSS", "Directora", "+34 600 000 000", "anna@example.org"],
    ["Pere", "Pla", "", "", "", "pere@example.org"],
]
PRETIX = [
    ["Event slug", "Order code", "Position ID", "Status", "Email", "Attendee name", "Attendee name: Given name",
     "Attendee name: Family name", "Attendee email", "Attendee company", "Order locale", "Ticket secret"],
    ["j", "A7FBD", "1", "Paid", "pays@example.org", "Anna Mas", "Anna", "Mas", "anna@example.org", "CSS", "es", "x"],
    ["j", "B7FBD", "1", "Canceled", "pays@example.org", "Pere Pla", "Pere", "Pla", "pere@example.org", "", "ca", "y"],
]  # fmt: skip
PRETIX_IN_CATALAN = [
    ["Codi de comanda", "ID de posició", "Estat", "Correu electrònic", "Nom de l'assistent", "Producte"],
    ["A7FBD", "1", "Pagada", "anna@example.org", "Anna Mas", "Entrada"],
]
PRETIX_IN_WHAT_EVER = [
    ["a", "b", "c", "d", "e", "f", "Vor- und Zuname", *"ghijklmnopqrst"],
    ["j", "Jornada", "A7FBD", "1", "bezahlt", "anna@example.org", "Anna Mas", *[""] * 14],
]
PRETIX_CHECK_IN = [
    ["Order code", "Attendee name", "Product", "Price", "Checked in", "Automatically checked in", "Email", "Company"],
    ["A7FBD", "Anna Mas", "Entrada", "0.00", "2026-10-01 09:31:00", "No", "anna@example.org", "CSS"],
    ["B7FBD", "Pere Pla", "Entrada", "0.00", "", "", "pere@example.org", ""],
]
DECIDIM = [
    ["id", "code", "user/name", "user/email", "user/user_group"],
    ["1", "ABCD", "Anna Mas", "anna@example.org", "Associació de veïns"],
]
DECIDIM_PROPOSALS = [
    ["id", "author/id", "component/id", "title/ca", "body/ca", "state", "published_at"],
    ["1", "2", "3", "Més bancs", "Calen bancs", "accepted", "2026"],
]
ALF_IO = [
    ["ID", "Category", "Event", "Status", "OriginalPrice", "PaidPrice", "ReservationID", "Full Name", "First Name",
     "Last Name", "E-Mail", "Locked", "Language"],
    ["1", "General", "j", "ACQUIRED", "0", "0", "r", "Anna Mas", "Anna", "Mas", "anna@example.org", "false", "ca"],
    ["2", "General", "j", "CANCELLED", "0", "0", "r", "Pere Pla", "Pere", "Pla", "p@example.org", "false", "ca"],
]  # fmt: skip
HI_EVENTS = [
    ["ID", "First Name", "Last Name", "Email", "Status", "Check Ins", "Product ID", "Product Name", "Event ID",
     "Public ID", "Short ID"],
    ["1", "Anna", "Mas", "anna@example.org", "ACTIVE", "1", "3", "Entrada", "9", "A-1", "s"],
]  # fmt: skip
OURS = [["Nom", "Cognoms", "Adreça electrònica", "Entitat", "Sessions"], ["Anna", "Mas", "a@example.org", "CSS", "T1"]]


@pytest.fixture(autouse=True)
def _in_english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


@pytest.fixture
def event(app):
    return factories.make_event()


def to_csv(rows, delimiter=","):
    return "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows).encode()


def to_workbook(write, rows):
    file = io.BytesIO()
    write(rows[0], rows[1:], file)
    return file.getvalue()


def read(rows, **values):
    return read_sheet(to_csv(rows), "f.csv", guesses.SPELLINGS.keys(), **values)


def take(event, rows):
    """The people of a file whose columns are what they look like, and the rows that are left out."""
    sheet = read(rows)
    people = read_people(event, sheet, Mapping(guesses.guess(event, sheet), sheet.has_headings))
    return [
        (row.first_name, row.last_name, row.email, row.organisation, row.sessions, row.attended) for row in people.rows
    ], [(left.number, left.reason) for left in people.left_out]


def problems(event, rows, *columns):
    people = read_people(event, read(rows), Mapping(columns, has_headings=True))
    return [problem for row in people.rows for problem in row.problems]


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (INDICO, "Indico"),
        (INDICO_IMPORT, "Indico"),
        (PRETIX, "pretix"),
        (PRETIX_IN_CATALAN, "pretix"),
        (PRETIX_IN_WHAT_EVER, "pretix"),
        (PRETIX_CHECK_IN, "pretix"),
        (DECIDIM, "Decidim"),
        (DECIDIM_PROPOSALS, "Decidim"),
        (ALF_IO, "alf.io"),
        (HI_EVENTS, "Hi.Events"),
        (OURS, None),
    ],
)
def test_the_export_of_another_system_is_recognised(app, rows, name):
    system = systems.recognise(read(rows))

    assert (system and system.name) == name


def test_an_export_of_proposals_holds_no_people(app):
    assert systems.recognise(read(DECIDIM_PROPOSALS)).holds_people is False
    assert systems.recognise(read(DECIDIM)).holds_people is True


ANNA = ("Anna", "Mas", "anna@example.org", "CSS", (), ())


@pytest.mark.parametrize(
    ("rows", "people", "left_out"),
    [
        (
            INDICO,
            [("Anna", "Mas Puig", "anna@example.org", "CSS", (), ("T1",))],
            [(3, "cancelled there: Withdrawn")],
        ),
        (INDICO_IMPORT, [ANNA, ("Pere", "Pla", "pere@example.org", "", (), ())], []),
        (PRETIX, [ANNA], [(3, "cancelled there: Canceled")]),
        (PRETIX_IN_CATALAN, [("Anna", "Mas", "anna@example.org", "", (), ())], []),
        (
            PRETIX_CHECK_IN,
            [("Anna", "Mas", "anna@example.org", "CSS", (), ("T1",)), ("Pere", "Pla", "pere@example.org", "", (), ())],
            [],
        ),
        (DECIDIM, [("Anna", "Mas", "anna@example.org", "Associació de veïns", (), ())], []),
        (ALF_IO, [("Anna", "Mas", "anna@example.org", "", (), ())], [(3, "cancelled there: CANCELLED")]),
        (HI_EVENTS, [("Anna", "Mas", "anna@example.org", "", (), ("T1",))], []),
        (OURS, [("Anna", "Mas", "a@example.org", "CSS", ("T1",), ())], []),
    ],
)  # fmt: skip
def test_what_other_systems_export_is_read_as_it_is_meant(event, rows, people, left_out):
    """Who was checked in was at the session, where there is but one."""
    factories.make_session(event, "T1")

    assert take(event, rows) == (people, left_out)


def test_who_was_checked_in_is_nobody_knows_where_when_there_are_two_sessions(event):
    factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=event.starts_at + timedelta(hours=2))

    assert [row[-1] for row in take(event, HI_EVENTS)[0]] == [()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_delimiter_is_found_whatever_the_headings(app, delimiter):
    sheet = read_sheet(to_csv(PRETIX_IN_WHAT_EVER, delimiter), "f.csv", guesses.SPELLINGS.keys())

    assert len(sheet.headings) == 21


@pytest.mark.parametrize("write", [write_xlsx, write_ods])
def test_workbooks_are_read_like_csv(event, write):
    sheet = read_sheet(to_workbook(write, OURS), "f", guesses.SPELLINGS.keys())

    assert (sheet.headings, sheet.rows, sheet.has_headings) == (OURS[0], [(2, OURS[1])], True)


def test_headings_are_found_under_a_title(app):
    sheet = read([["Llista de la jornada"], ["feta dilluns"], *OURS])

    assert (sheet.headings, [number for number, _cells in sheet.rows]) == (OURS[0], [4])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "f.csv is empty"),
        (b"nom\n", "f.csv has headings but no rows"),
        (",".join(["x"] * 201).encode() + b"\n1", "f.csv has more than 200 columns"),
        (b"PK\x03\x04nonsense", "f.csv is not a CSV, XLSX or ODS file that can be read"),
        (b'a,b\n"1', "Row 2: a quotation mark is not closed or stands inside a text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(app, data, reason):
    with pytest.raises(InputError) as error:
        read_sheet(data, "f.csv", guesses.SPELLINGS.keys())

    assert error.value.problems == [reason]


def test_hostile_cells_are_only_cells(event):
    rows = [["nom", "cognoms", "entitat"], ["=1+1\x00", "<b>", "x" * 1_000_000], ["\u202eAnna", "", ""]]

    sheet = read(rows)
    people = read_people(event, sheet, Mapping(guesses.guess(event, sheet), has_headings=True))

    assert [(row.first_name, len(row.problems)) for row in people.rows] == [("=1+1", 1), ("Anna", 0)]
    assert max(map(len, sheet.list_samples(2))) == 61


@pytest.mark.parametrize(
    ("cell", "column", "name"),
    [
        ("Anna Mas Puig", "full_name", ("Anna", "Mas Puig")),
        ("Mas Puig, Anna", "full_name", ("Anna", "Mas Puig")),
        ("Maria de la Cruz Puig i Ferrer", "full_name", ("Maria de la Cruz", "Puig i Ferrer")),
        ("Mas Puig Anna Maria", "reversed_name", ("Anna Maria", "Mas Puig")),
        ("Mas, Anna", "reversed_name", ("Anna", "Mas")),
        ("de la Cruz Mas Anna", "reversed_name", ("Anna", "de la Cruz Mas")),
        ("Mas Anna", "reversed_name", ("Anna", "Mas")),
        ("Anna", "reversed_name", ("Anna", "")),
    ],
)
def test_whole_names_are_parted(event, cell, column, name):
    people = read_people(event, read([["x"], [cell]], has_headings=True), Mapping([column], has_headings=True))

    assert [(row.first_name, row.last_name) for row in people.rows] == [name]


@pytest.fixture
def programme(event):
    """Three sessions, one with a comma in its title, two with the same title."""
    for place, (code, title) in enumerate([("T1", "Salut, barri i cures"), ("T2", "Debat"), ("T3", "Debat")]):
        factories.make_session(event, code, title=title, starts_at=event.starts_at + timedelta(hours=place))
    return event


@pytest.mark.parametrize(
    ("cell", "codes", "reasons"),
    [
        ("", (), []),
        ("t1", ("T1",), []),
        ("T1 T3", ("T1", "T3"), []),
        ("T1,T2; T3", ("T1", "T2", "T3"), []),
        ("salut, barri i cures", ("T1",), []),
        ("T1 · Salut, barri i cures; T2 - Debat", ("T1", "T2"), []),
        ("Debat", (), ["no session that people can be at has the code or the title “Debat”"]),
        ("T1 i prou", (), ["no session that people can be at has the code or the title “T1 i prou”"]),
    ],
)
def test_sessions_are_named_by_code_or_title(programme, cell, codes, reasons):
    rows = [["nom", "sessions"], ["Anna", cell]]
    people = read_people(programme, read(rows), Mapping(["first_name", "sessions"], has_headings=True))

    assert [(row.sessions, list(row.problems)) for row in people.rows] == [(codes, reasons)]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [("x", ("T1",)), ("SÍ", ("T1",)), ("✓", ("T1",)), ("2026-10-01 9:30", ("T1",)), ("0", ()), ("no", ()), ("", ())],
)
def test_a_column_for_each_session_is_ticked(programme, cell, codes):
    rows = [["nom", "T1", "Assistència T1"], ["Anna", cell, cell]]
    sheet = read(rows)
    columns = guesses.guess(programme, sheet)

    assert columns == ["first_name", "session:T1", "attended:T1"]
    (row,) = read_people(programme, sheet, Mapping(columns, has_headings=True)).rows
    assert (row.sessions, row.attended, row.problems) == (codes, codes, ())


def test_a_tick_that_nobody_understands_is_a_problem(programme):
    assert problems(programme, [["nom", "T1"], ["Anna", "potser"]], "first_name", "session:T1") == [
        "“potser” is neither yes nor no"
    ]


def test_a_state_that_nobody_understands_is_a_problem(event):
    rows = [["nom", "estat"], ["Anna", "blau"], ["Pere", "En llista d’espera"], ["Bruna", ""]]

    assert problems(event, rows, "first_name", "state") == ["nobody knows what state “blau” is"]


def test_own_questions_are_answered(event):
    short = factories.make_question(event, "D’on veniu?")
    one = factories.make_question(event, "Menú", "one", options=["Carn", "Peix"])
    several = factories.make_question(event, "Temes", "several", options=["Salut, barri", "Casa"])
    sure = factories.make_question(event, "Primera vegada?", "yes_no")
    rows = [
        ["nom", "d'on veniu", "menú", "TEMES", "Primera vegada?"],
        ["Anna", "Sants", "peix", "casa; salut, barri", "sí"],
        ["Pere", "x" * 301, "Ous", "Casa, x", "potser"],
    ]
    sheet = read(rows)
    columns = guesses.guess(event, sheet)

    people = read_people(event, sheet, Mapping(columns, has_headings=True)).rows

    assert columns[1:] == [f"question:{question.id}" for question in (short, one, several, sure)]
    assert people[0].words == {
        short.id: ("Sants",),
        one.id: ("Peix",),
        several.id: ("Casa", "Salut, barri"),
        sure.id: ("yes",),
    }
    assert len(people[1].problems) == 4


def test_what_is_no_document_number_is_not_quoted(event):
    """There may be one in it, which would stand whole on the page of problems."""
    question = factories.make_question(event, "DNI", kind="identity")
    sheet = read([["nom", "DNI"], ["Anna", "12345678X"], ["Pere", "12345678X (Pere)"]])

    people = read_people(event, sheet, Mapping(guesses.guess(event, sheet), has_headings=True)).rows

    assert people[0].words == {question.id: ("***4567**",)}
    assert people[1].problems == ("“…” is no answer to “DNI”",)


def test_language_dimension_and_code_are_read(event):
    known = factories.make_registration(event)
    rows = [["nom", "Dimensió", "Idioma", "Codi"], ["Bob", "ciutadania", "Castellà", known.code.lower()]]
    sheet = read(rows)
    columns = guesses.guess(event, sheet)

    (row,) = read_people(event, sheet, Mapping(columns, has_headings=True)).rows

    assert (row.dimension, row.language, row.code) == (Dimension.CITIZENS, "es", known.code)


def test_what_a_team_chose_is_remembered_but_for_what_the_event_does_not_have(event):
    sheet = read([["Qui", "Què"], ["Anna", "x"]])
    known_headings.remember(event, sheet, ["first_name", "session:T9"], now=factories.NOW)
    other = factories.make_event("altra", team=factories.make_team("Altres"))

    assert mappings.recall(event, sheet) == {0: "first_name"}
    assert mappings.recall(other, sheet) == {}

    known_headings.remember(event, sheet, ["last_name", "first_name"], now=factories.NOW)
    assert mappings.recall(event, sheet) == {0: "last_name", 1: "first_name"}
