"""Every paper bears whatever was typed: all of it is told in order, on its page, and what is cut says so."""

import inspect
import io
import pkgutil
from importlib import import_module

import openpyxl
import pikepdf
import pytest

import certificates.pdf
from certificates.attendance_content import Purpose
from certificates.attendance_sheets import write_sheets
from tests.certificates import verapdf
from tests.certificates.every_paper import PAPERS, make_attendance_report, make_certificate
from tests.certificates.samples import write
from tests.certificates.structures import Structure

BEGIN, END = "Inici", "Fi"
OF_EVERY_KIND = (
    f"{BEGIN} <b>Núria</b> &amp; \"'=1+1 ]]> (\\) Tj \x00\x07\x1b\ud800 \u202eairúN \u200fPla\u2069 محمد الأمين 李小龙 "
    f"👩🏽‍🚒❤️ \ufffe Col·lell l’Àvila Çelik Олександра Γιώργος Nguyễn Thị Ánh {END}"
)
WORDS = (
    *("<b>Núria</b>", "&amp;", "\"'=1+1", "]]>", "(\\)", "airúN", "Pla", "[?]", "Col·lell", "l’Àvila", "Çelik"),
    *("Олександра", "Γιώργος", "Nguyễn", "Thị", "Ánh"),
)
"""Those of them that are to be read from the paper."""
TEXTS = {
    "of every kind": OF_EVERY_KIND,
    "3,000 signs": f"{BEGIN} {'paraula ' * 374}{END}",
    "3,000 signs without a gap": f"{BEGIN}{'W' * 2993}{END}",
    "nothing": "",
}
MOST_PAGES = {"of every kind": 8, "3,000 signs": 20, "3,000 signs without a gap": 34, "nothing": 5}
WITHOUT_SURROGATE = OF_EVERY_KIND.replace("\ud800", "")
EACH_PAPER = pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
EACH_TEXT = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


def list_writers():
    """The functions that write a document into a file."""
    for found in pkgutil.iter_modules(certificates.pdf.__path__, f"{certificates.pdf.__name__}."):
        module = import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == found.name and "file" in inspect.signature(function).parameters:
                yield name, function


def test_every_paper_is_among_those_that_are_looked_at():
    writers = {function for name, function in list_writers() if name.startswith("write_")}

    assert writers == {paper.writer for paper in PAPERS.values()}


@EACH_TEXT
@EACH_PAPER
def test_whatever_was_typed_is_told_in_order_and_stays_on_the_page(in_catalan, reader, paper, text):
    document = paper.make(text)

    structure = Structure(document)
    words, boxes = reader.words(document)
    assert structure.problems == []
    assert find_out_of_order(structure, "".join(words)) == []
    assert find_cut(structure) == []
    with pikepdf.open(reader.folder / "paper.pdf") as pdf:
        _left, _bottom, wide, high = map(float, pdf.pages[0].mediabox)
        assert len(pdf.pages) <= MOST_PAGES[next(name for name, each in TEXTS.items() if each is text)]
    assert [box for box in boxes if not (0 <= box[0] < box[2] <= wide and 0 <= box[1] < box[3] <= high)] == []


@EACH_PAPER
def test_words_of_every_kind_are_read_from_the_paper_as_they_are(in_catalan, paper):
    said = " ".join(each.words for each in Structure(paper.make(OF_EVERY_KIND)).document.walk()).split()

    if paper.writer.__name__ != "write_test_sheet":  # which shows nothing that anybody typed
        assert [word for word in WORDS if word not in said] == []


def find_out_of_order(structure, drawn):
    """The words of the structure that do not come after those before them in what was drawn."""
    place, missing = 0, []
    for element in structure.document.walk():
        for word in element.words.split():
            found = drawn.find(word, place)
            if found < 0:
                missing.append((element.tag, word[:60]))
            else:
                place = found + len(word)
    return missing


def find_cut(structure):
    """What begins and neither ends nor says that it goes on."""
    said = ["".join(each.words.split()) for each in structure.document.walk()]
    return [words for words in said if words.count(BEGIN) > words.count(END) + words.count("…")]


def test_every_paper_keeps_the_rules_of_pdf_ua(in_catalan):
    """All that a machine can decide; and one that breaks some shows that breaking them is found."""
    documents = {name: paper.make(OF_EVERY_KIND) for name, paper in PAPERS.items()}

    found = verapdf.find_violations({**documents, "broken": break_rules(make_certificate("Núria"))})

    assert len(verapdf.read_rules().findall("*/{*}rule")) == 106
    assert {name: {each.partition(":")[0] for each in broken} for name, broken in found.items()} == {
        "broken": {"7.2", "7.3"}
    }


def break_rules(document):
    """Take away the language (7.2) and what pictures say (7.3)."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        for element in pdf.objects:
            if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Figure":
                del element["/Alt"]
        del pdf.Root.Lang
        return write(pdf.save)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_workbook_bears_it_too(in_catalan, purpose):
    """Nothing becomes a formula, and what was typed is whole; signs that no cell can hold are left out."""
    report = make_attendance_report(f"=1+1 {WITHOUT_SURROGATE}", purpose, of_process=True)

    workbook = openpyxl.load_workbook(io.BytesIO(write(lambda file: write_sheets(report, file))))

    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert [str(cell.value) for cell in cells if BEGIN in str(cell.value) and END not in str(cell.value)] == []
