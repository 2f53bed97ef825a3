"""Every paper is tagged: all that it shows is told in reading order, or is nothing that needs telling."""

import io
from dataclasses import replace

import pikepdf
import pytest

from certificates.label_sheets import SHEETS
from certificates.labels import Mark
from certificates.models import CertifiedRole, PageSize
from certificates.pdf.certificate import write_certificate, write_certificates
from certificates.pdf.layout import Column, Row, draw_blocks, draw_pages, heading, open_canvas, paginate, paragraph
from certificates.pdf.tags import Tag
from certificates.pdf.typeface import Style
from tests.certificates.every_paper import PAPERS, make_labels, make_list
from tests.certificates.samples import make_certified, make_content, make_issued, make_picture, write
from tests.certificates.structures import Structure, find_problems

STYLE = Style(12, 16)


def test_a_certificate_is_told_in_reading_order(in_catalan, golden):
    document = make_issued(approver_name="Cleo Forana", approver_post="directora", identity="***4567**")
    issued = replace(document, number=12, year=2026, logo=make_picture(), signature=make_picture((0, 0, 0, 255)))

    structure = Structure(write(write_certificate, issued))

    assert structure.problems == []
    assert structure.document.outline() == (golden / "structure_ca.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "values",
    [
        {"role": role, "page_size": size, "sessions": sessions}
        for role, size, sessions in (
            (CertifiedRole.FACILITATOR, PageSize.A4, (make_certified(),)),
            (CertifiedRole.SPEAKER, PageSize.LETTER, ()),
            (CertifiedRole.ORGANISER, PageSize.LETTER, ()),
        )
    ]
    + [
        {"text": "{name} hi va ser.\n\nI tant.", "sessions": ()},
        {"sessions": tuple(make_certified(f"T{n}", f"Taller {n}", after=n) for n in range(40))},
        {"signatory_name": "", "signatory_post": ""},
        {"sessions": (make_certified(hours=2), make_certified("T2", "Taller 2", hours=2, after=1))},
    ],
)
def test_every_kind_of_certificate_is_tagged(in_catalan, values):
    assert find_problems(write(write_certificate, make_issued(**values))) == []


def test_a_specimen_says_that_it_is_one(in_catalan):
    specimen = replace(make_issued(), code="", verification_url="", is_specimen=True)

    structure = Structure(write(write_certificate, specimen))

    assert structure.problems == []
    assert [each.words for each in structure.find("P")][1] == "Això és una mostra: no certifica res."
    assert structure.find("Figure") == structure.find("Link") == []


def test_each_certificate_of_a_document_is_a_part_in_its_language(in_catalan):
    certificates = [
        make_issued(),
        make_issued(language="es"),
        replace(make_issued(), content=make_content(language="en")),
    ]

    document = write(lambda file: write_certificates(certificates, file, language="ca", title="Tots", author="Equip"))

    assert find_problems(document) == []
    parts = Structure(document).find("Sect")
    assert [(part.language, part.kids[1].words) for part in parts] == [
        ("ca", "JUSTIFICANT D’ASSISTÈNCIA"),
        ("es", "JUSTIFICANTE DE ASISTENCIA"),
        ("en", "STATEMENT OF ATTENDANCE"),
    ]


@pytest.mark.parametrize("columns", [1, 4, 8, 12])
def test_lists_of_any_width_are_tables(in_catalan, columns):
    document = make_list("Núria", columns=columns, rows=60)

    assert find_problems(document) == []
    (table,) = Structure(document).find("Table")
    assert [cell.scope for cell in table.kids[0].kids] == ["Column"] * len(table.kids[0].kids)
    assert (len(table.kids), table.kids[60].kids[0].words) == (61, "60")


@pytest.mark.parametrize("mark", list(Mark))
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_of_labels_is_tagged(in_catalan, sheet, mark):
    assert find_problems(make_labels("Núria", sheet, mark)) == []


def test_a_table_over_pages_is_one_table_and_its_head_is_told_once():
    columns = (Column(0, 100, STYLE), Column(110, 100, STYLE, align_right=True))
    head = Row(columns, ("Nom", "Hores"), 210, is_head=True, keep_with_next=True)
    rows = [Row(columns, (f"Persona {number}", str(number)), 210, head=head, names=0) for number in range(50)]
    blocks = [*heading([("Llista", STYLE, 0)], 210, most_lines=1), head, *rows]

    structure = Structure(draw(blocks))

    (table,) = structure.find("Table")
    assert structure.problems == []
    assert [[cell.words for cell in row.kids] for row in table.kids] == [
        ["Nom", "Hores"],
        *([f"Persona {number}", str(number)] for number in range(50)),
    ]


@pytest.mark.parametrize(("tag", "where"), [(Tag.P, "P"), (Tag.LI, "LBody")])
def test_what_goes_on_over_pages_is_told_as_one(tag, where):
    words = " ".join(f"paraula{number}" for number in range(900))
    blocks = [*heading([("Text", STYLE, 0)], 400, most_lines=1), paragraph(words, STYLE, 400, tag=tag)]

    structure = Structure(draw(blocks))

    assert structure.problems == []
    assert [each.words for each in structure.find(where)] == [words]


def test_what_follows_another_in_a_list_is_in_the_same_list():
    items = [paragraph(f"Punt {number}", STYLE, 200, tag=Tag.LI) for number in range(3)]
    title = heading([("Llista", STYLE, 0)], 200, most_lines=1)

    structure = Structure(draw([*title, *items, paragraph("Després", STYLE, 200), *items[:1]]))

    assert structure.problems == []
    assert [len(each.kids) for each in structure.find("L")] == [3, 1]


def draw(blocks) -> bytes:
    file = io.BytesIO()
    canvas = open_canvas(file, language="ca", title="Prova", author="Equip", subject="Prova")
    draw_pages(canvas, paginate(blocks, 600), 60, lambda _number, _total: 700)
    canvas.save()
    return file.getvalue()


def test_headings_that_one_jumps_to_lead_to_their_pages():
    file = io.BytesIO()
    canvas = open_canvas(file, language="ca", title="Prova", author="Equip", subject="Prova")
    for number in range(3):
        canvas.bookmarkPage(f"{number}")
        canvas.addOutlineEntry(f"Part {number} · à", f"{number}", level=min(number, 1))
        draw_blocks(canvas, [paragraph(f"Part {number}", STYLE, 200, tag=Tag.H1 if number == 0 else Tag.H2)], 60, 700)
        canvas.showPage()
    canvas.save()

    assert find_problems(file.getvalue()) == []
    with pikepdf.open(file) as document, document.open_outline() as outline:
        (first,) = outline.root
        entries = [first, *first.children]
        places = [(entry.title, document.pages.index(pikepdf.Page(entry.destination[0]))) for entry in entries]
    assert places == [("Part 0 · à", 0), ("Part 1 · à", 1), ("Part 2 · à", 2)]


def test_a_file_is_what_it_says_whatever_reads_it(in_catalan, reader):
    document = PAPERS["signature sheets"].make("Núria")

    info = reader.info(document)
    assert (info["PDF version"], info["Tagged"]) == ("1.7", "yes")
    assert {font[1:] for font in reader.fonts(document)} == {("yes", "yes")}


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_the_same_content_gives_the_same_bytes(in_catalan, paper):
    assert paper.make("Núria") == paper.make("Núria")
