"""Tables in files: what is read of every kind, what is refused, and what a spreadsheet finds in what we write."""

import csv
import io
import zipfile
from datetime import date, datetime, time
from time import monotonic

import openpyxl
import pytest
import xlsxwriter
from python_calamine import load_workbook

from core import tables
from core.errors import InputError
from core.tables import Sheet, TableRow, read_table, write_csv, write_ods, write_table, write_workbook, write_xlsx

COLUMNS = {
    "first_name": ("nom", "nombre", "first name"),
    "full_name": ("nom i cognoms",),
    "sessions": ("sessions", "sesiones", "sessió"),
}
HOSTILE = [
    "<b>&\"'</b>",
    "=1+1",
    "+34 93 123 45 67",
    "-",
    "@SUM(A1)",
    "\t=1",
    "😀",
    "\u202eabc",
    "a  b",
    "línia 1\nlínia 2",
]


@pytest.fixture(autouse=True)
def _in_english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def read(data, required=("first_name",)):
    rows = read_table(data, "list.csv", COLUMNS, required)
    return [(row.number, row.values["first_name"], row.values["sessions"]) for row in rows]


UNREADABLE = "list.csv is not a CSV, XLSX or ODS file that can be read"


def problems_of(data, required=("first_name",)):
    with pytest.raises(InputError) as refused:
        read(data, required)
    return refused.value.problems


def make_xlsx(cells):
    workbook = openpyxl.Workbook()
    for place, value in cells.items():
        workbook.active[place] = value
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def make_ods(rows):
    file = io.BytesIO()
    write_ods(["Nom", "Sessions"], rows, file)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"Nom;Sessions\r\n\xc3\x80ngel;T1 T2\r\n",
        b"Nom,Sessions\n\xc3\x80ngel,T1 T2\n",
        b"nom\tsessions\n\xc3\x80ngel\tT1 T2",
        b"NOM;Sessi\xc3\xb3\r\xc3\x80ngel;T1 T2\r",
        "\ufeffFirst_name*;Sesiones\n\u00c0ngel;T1 T2\n".encode(),
        "Nombre;Sessions\n\u00c0ngel;T1 T2\n".encode("cp1252"),
        "Nom;Sessió\n\u00c0ngel;T1 T2\n".encode("cp1252"),
        "Nom\tSessions\n\u00c0ngel\tT1 T2\n".encode("utf-16"),
        b'"Nom";"altra";"Sessions"\n" \xc3\x80ngel ";"x";"T1 T2";;\n',
    ],
)
def test_read_csv_in_every_dialect(data):
    assert read(data) == [(2, "Àngel", "T1 T2")]


def test_read_a_quoted_line_break_inside_a_cell_and_numbers_the_lines_as_an_editor_does():
    data = b'nom;sessions\n"Anna\nMaria";T1\n\n;\n"Pere";"a ""b"""\n'

    assert read(data) == [(2, "Anna\nMaria", "T1"), (6, "Pere", 'a "b"')]


def test_read_headings_under_a_title():
    assert read(b"Llista d'assistents;;\n2026;;\n\nNom;Sessions\nAnna;T1\n") == [(5, "Anna", "T1")]


def test_read_gives_an_empty_text_for_a_column_the_file_lacks():
    rows = read_table(b"nom\nAnna\n", "list.csv", COLUMNS, ["first_name"])

    assert rows == [TableRow(2, {"first_name": "Anna", "full_name": "", "sessions": ""})]


def test_read_a_cell_of_a_million_signs():
    assert read(b"nom;sessions\n" + b"x" * 1_000_000 + b";T1\n") == [(2, "x" * 1_000_000, "T1")]


def test_read_takes_one_of_several_columns():
    rows = read_table(b"Nom i cognoms\nAnna Puig\n", "list.csv", COLUMNS, [("first_name", "full_name")])

    assert [row.values["full_name"] for row in rows] == ["Anna Puig"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "list.csv is empty"),
        (b" \n\n", "list.csv is empty"),
        (b";;\n;;\n", "list.csv is empty"),
        (b"nom;sessions\n", "list.csv has headings but no rows"),
        (b"cognoms;sessions\nPuig;T1\n", "list.csv has no column “nom”"),
        (b"nom;nombre\nAnna;Anna\n", "list.csv has the column “nom” twice"),
        (b'nom;sessions\nAnna;T1\n"Pere;T1\n', "Row 3: a quotation mark is not closed or stands inside a text"),
        (b'nom;sessions\n"Anna"x;T1\n', "Row 2: a quotation mark is not closed or stands inside a text"),
        (b"nom;sessions\nAnna;T1;T2\n", "Row 2: it has more cells than there are headings"),
        (b"%PDF-1.7\x81\x8d", "list.csv is not a CSV, XLSX or ODS file that can be read"),
        (b"PK\x03\x04nothing", "list.csv is not a CSV, XLSX or ODS file that can be read"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "list.csv is not a CSV, XLSX or ODS file that can be read"),
        (b"\xff\xfea", "list.csv is not a CSV, XLSX or ODS file that can be read"),
    ],
)
def test_read_refuses(data, problem):
    assert problems_of(data) == [problem]


def test_read_refuses_too_many_rows(monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 3)

    assert problems_of(b"nom\na\nb\nc\nd\n") == ["list.csv has more than 3 rows"]


def test_read_xlsx_with_the_row_numbers_that_a_spreadsheet_shows():
    data = make_xlsx({"B3": "Llista", "B5": "Nom", "C5": "Sessions", "B7": "Anna", "C7": "T1"})

    assert read(data) == [(7, "Anna", "T1")]


def test_read_xlsx_cells_as_a_person_would_type_them():
    values = [3, 2.5, 934123456, True, datetime(2016, 2, 1, 10, 30), date(2016, 2, 1), time(9, 30), " x "]  # noqa: DTZ001
    data = make_xlsx({"A1": "nom", **{f"A{row}": value for row, value in enumerate(values, 2)}})

    texts = [text for _number, text, _sessions in read(data)]

    assert texts == ["3", "2.5", "934123456", "true", "2016-02-01T10:30:00", "2016-02-01", "09:30:00", "x"]


def test_read_takes_the_first_sheet_that_holds_something():
    workbook = openpyxl.Workbook()
    second = workbook.create_sheet("Llista")
    second.append(["nom"])
    second.append(["Anna"])
    file = io.BytesIO()
    workbook.save(file)

    assert read(file.getvalue()) == [(2, "Anna", "")]


def test_read_ods():
    assert read(make_ods([["Àngel", "T1"], ["", ""], ["Gal·la", "T2"]])) == [(2, "Àngel", "T1"), (4, "Gal·la", "T2")]


def test_read_refuses_a_cell_at_the_far_end_of_a_sheet():
    assert problems_of(make_xlsx({"A1": "nom", "A2": "Anna", "XFD1048576": "x"})) == ["list.csv is too large"]


def change(workbook, part, old, new, name=None):
    """The workbook with `old` replaced in one of its parts, which may get another name."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as package, zipfile.ZipFile(file, "w") as changed:
        for each in package.namelist():
            content = package.read(each)
            if each == part:
                assert old in content
                changed.writestr(name or each, content.replace(old, new))
            else:
                changed.writestr(each, content)
    return file.getvalue()


@pytest.mark.parametrize("place", ["xfd1048576", "A99999999", "A4294967295", "ZZZZ1", "R1C1", ""])
def test_read_refuses_a_cell_at_no_place_of_a_sheet(place):
    data = make_xlsx({"A1": "nom", "A2": "Anna"})

    hostile = change(data, "xl/worksheets/sheet1.xml", b'r="A2"', f'r="{place}"'.encode())

    assert problems_of(hostile) == [UNREADABLE]


@pytest.mark.parametrize(
    ("name", "problem"),
    [("xl/elsewhere.xml", "list.csv is too large"), ("xl/media/image1.png", UNREADABLE), ("mimetype", UNREADABLE)],
)
def test_read_measures_a_sheet_wherever_it_lies(name, problem):
    data = make_xlsx({"A1": "nom", "XFD1048576": "x"})
    moved = change(data, "xl/worksheets/sheet1.xml", b"", b"", name)

    hostile = change(moved, "xl/_rels/workbook.xml.rels", b"/xl/worksheets/sheet1.xml", f"/{name}".encode())

    assert problems_of(hostile) == [problem]


def test_read_refuses_many_sheets_that_are_too_large_together(monkeypatch):
    monkeypatch.setattr(tables, "MAX_CELLS", 100)
    workbook = openpyxl.Workbook()
    for _number in range(3):
        workbook.create_sheet()["J6"] = " "
    file = io.BytesIO()
    workbook.save(file)

    assert problems_of(file.getvalue()) == ["list.csv is too large"]


@pytest.mark.parametrize(
    "cell",
    [
        ">\n<text:p>x</text:p></table:table-cell>",
        ' office:value-type="float" office:value="1"/>',
        ' table:formula="of:=1"/>',
    ],
)
def test_read_refuses_an_ods_that_repeats_a_cell_for_ever(cell):
    row = '<table:table-row table:number-rows-repeated="200000"><table:table-cell table:number-columns-repeated="400"'
    end = f"{row}{cell}</table:table-row></table:table>".encode()

    hostile = change(make_ods([["Anna", "T1"]]), "content.xml", b"</table:table>", end)

    assert problems_of(hostile) == ["list.csv is too large"]


@pytest.mark.parametrize("times", ["x", "9" * 5000])
def test_read_refuses_an_ods_that_repeats_a_cell_no_number_of_times(times):
    cell = f'<table:table-row><table:table-cell table:number-columns-repeated="{times}"/></table:table-row>'

    hostile = change(make_ods([["Anna", "T1"]]), "content.xml", b"</table:table>", f"{cell}</table:table>".encode())

    assert problems_of(hostile) == [UNREADABLE]


def test_read_believes_no_part_that_says_it_is_smaller_than_it_is():
    data = make_xlsx({"A1": "nom", "A2": "Anna"})
    entry = data.rindex(b"PK\x01\x02", 0, data.rindex(b"xl/worksheets/sheet1.xml"))

    hostile = data[: entry + 24] + (100).to_bytes(4, "little") + data[entry + 28 :]

    assert problems_of(hostile) == [UNREADABLE]


def test_read_says_that_a_workbook_is_locked():
    locked_xlsx = b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")
    locked_ods = change(
        make_ods([["Anna"]]), "META-INF/manifest.xml", b"</manifest:manifest>",
        b"<manifest:encryption-data/></manifest:manifest>",
    )  # fmt: skip

    assert problems_of(locked_xlsx) == ["list.csv is protected by a password"]
    assert problems_of(locked_ods) == ["list.csv is protected by a password"]


@pytest.mark.parametrize(
    "data",
    [
        b"nom" + b";" * 1_000_000 + b"\nAnna\n",
        b"nom;" + b";".join(b"%d" % number for number in range(100_000)) + b"\nAnna\n",
        b"nom;" + "\ufdfa".encode() * 1_000_000 + b"\nAnna\n",
        b"nom;altres\nAnna;'+" + b"1" * 1_000_000 + b"x\n",
    ],
    ids=["empty columns", "columns", "a heading of a million signs", "a cell of a million digits"],
)
def test_read_takes_no_longer_than_the_file(data):
    started = monotonic()

    rows = read(data)

    assert [name for _number, name, _sessions in rows] == ["Anna"]
    assert monotonic() - started < 10


def test_read_refuses_a_file_that_unpacks_to_too_much(monkeypatch):
    monkeypatch.setattr(tables, "MAX_UNPACKED_BYTES", 1000)

    assert problems_of(make_xlsx({"A1": "nom", "A2": "Anna"})) == ["list.csv is too large"]


def test_write_csv_opens_in_a_spreadsheet_and_runs_nothing():
    data = b"".join(write_csv(["Nom", "n"], [[text, 1] for text in HOSTILE]))

    assert data.startswith(b"\xef\xbb\xbfNom;n\r\n")
    cells = [row[0] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")]
    assert cells[1:] == [
        "<b>&\"'</b>",
        "'=1+1",
        "+34 93 123 45 67",
        "'-",
        "'@SUM(A1)",
        "'\t=1",
        "😀",
        "\u202eabc",
        "a  b",
        "línia 1\nlínia 2",
    ]


def test_write_csv_in_pieces():
    pieces = list(write_csv(["Nom"], (["x" * 1000] for _row in range(1000))))

    assert len(pieces) > 10
    assert sum(len(piece) for piece in pieces) == len(b"\xef\xbb\xbfNom\r\n") + 1000 * 1002


def test_what_is_written_as_csv_is_read_back_as_it_was():
    data = b"".join(write_csv(["Nom", "Sessions"], [["=1+1", "+34 93"], ["'t Hooft", "-x"]]))

    assert read(data) == [(2, "=1+1", "+34 93"), (3, "'t Hooft", "-x")]


@pytest.mark.parametrize("write", [write_xlsx, write_ods])
def test_a_text_in_a_spreadsheet_is_a_text_whatever_it_starts_with(write):
    file = io.BytesIO()

    write(["Nom", "n"], [[text, number] for number, text in enumerate(HOSTILE)], file)

    rows = load_workbook(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()
    assert rows == [["Nom", "n"], *([text, float(number)] for number, text in enumerate(HOSTILE))]


def test_written_xlsx_has_no_formula_for_another_library():
    file = io.BytesIO()

    write_xlsx(["Nom"], [["=1+1"], ["+34 93"]], file)

    cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(file.getvalue())).active.iter_rows()]
    assert [(cell.value, cell.data_type) for cell in cells] == [("Nom", "s"), ("=1+1", "s"), ("+34 93", "s")]


@pytest.mark.parametrize("write", [write_xlsx, write_ods])
def test_a_cell_that_no_spreadsheet_takes_is_made_to_fit(write):
    file = io.BytesIO()

    write(["Nom"], [["x" * 1_000_000], ["a\x00b\x1f\ud800c"]], file)

    rows = load_workbook(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()
    assert rows == [["Nom"], ["x" * 32_766 + "…"], ["abc"]]


@pytest.mark.parametrize("format_", tables.FORMATS)
def test_a_table_is_written_in_the_format_that_is_asked_for(format_):
    file = io.BytesIO()

    write_table(format_, ["nom", "sessions"], [["Ada", "T1"]], file)

    assert read(file.getvalue()) == [(2, "Ada", "T1")]
    assert file.getvalue().startswith(b"PK") == (format_ != "csv")


def test_written_ods_says_first_what_it_is():
    with zipfile.ZipFile(io.BytesIO(make_ods([["Anna", "T1"]]))) as package:
        first = package.infolist()[0]

        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert package.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"


def test_xlsx_written_by_others_with_shared_texts_is_read():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["Nom", "Sessions"])
        sheet.write_row(1, 0, ["Anna", "T1"])

    assert read(file.getvalue()) == [(2, "Anna", "T1")]


def test_a_workbook_has_real_moments_and_columns_as_wide_as_what_is_in_them():
    file = io.BytesIO()
    begins = datetime(2026, 12, 3, 9, 30)  # noqa: DTZ001 - as a spreadsheet has it

    write_workbook(
        [Sheet("Sessions", ["Codi", "Títol", "Comença"], [["T1", "a" * 30, begins], ["", "b" * 99, 1]])], file
    )

    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue()))["Sessions"]
    assert (sheet["C2"].value, sheet["C2"].is_date, sheet["C2"].number_format) == (begins, True, "yyyy-mm-dd hh:mm")
    assert [round(sheet.column_dimensions[each].width) for each in "ABC"] == [11, 63, 19]
