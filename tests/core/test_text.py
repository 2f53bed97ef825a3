"""What people type: cleaned, ordered as Catalan orders it, found without accents, safe in a spreadsheet."""

import csv
import io
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import address_key, clean_line, clean_text, fold, safe_cell, shorten, sort_key


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("  Núria \t  Pla\n", "Núria Pla"),
        ("N\u0075\u0301ria", "Núria"),  # two code points become one
        ("Bob\x00Pla", "BobPla"),
        ("\u202eevil\u202c", "evil"),  # writing direction turned round
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half\ud800", "half"),  # half a surrogate pair, which no database takes
        ("😀 d’Arús · «x»", "😀 d’Arús · «x»"),
        ("", ""),
        (None, ""),
    ],
)
def test_line_is_one_line_of_what_can_be_seen(typed, line):
    assert clean_line(typed) == line


def test_text_keeps_its_lines():
    assert clean_text(" una \r\ndues\rtres\x00 \n\n") == "una\ndues\ntres"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Col·legi", "COLLEGI"),
        ("col•legi", "col‧legi"),
        ("coŀlegi", "col·legi"),
        ("Àvila", "avila"),
        ("Plaça", "PLACA"),
        ("Sants - Montjuïc", "sants-montjuic"),
        ("D'Ors", "d’ors"),
        ("Sarrià-Sant Gervasi", "Sarria  Sant Gervasi"),
        ("Đorđević", "dordevic"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Straße", "strasse"),
        ("Æsop", "aesop"),
    ],
)
def test_two_spellings_of_one_word_fold_to_the_same(one, other):
    assert fold(one) == fold(other)


def test_different_words_stay_different():
    words = ["Pla", "Plà i Vila", "Pinós", "Pi", "王", "Иван", "1a", "1b"]

    assert len({fold(word) for word in words}) == len(words)


def test_surnames_stand_in_catalan_order():
    ordered = [
        "Àvila",
        "Benali",
        "Ça",
        "Cabré",
        "Çelik",
        "Col",
        "Colet",
        "Coll",
        "Col·lell",
        "Collet",
        "Colom",
        "de la Cruz",
        "De la Torre",
        "Delà",
        "Đorđević",
        "Duran",
        "d’Urgell",
        "Łuczak",
        "Òrrit",
        "Ors",
        "Øvergård",
        "Zapata",
    ]
    shuffled = sorted(ordered, key=lambda name: name[::-1])

    by_key = sorted(shuffled, key=sort_key)

    assert by_key == [
        "Àvila",
        "Benali",
        "Ça",
        "Cabré",
        "Çelik",
        "Col",
        "Colet",
        "Coll",
        "Col·lell",
        "Collet",
        "Colom",
        "d’Urgell",
        "de la Cruz",
        "De la Torre",
        "Delà",
        "Đorđević",
        "Duran",
        "Łuczak",
        "Òrrit",
        "Ors",
        "Øvergård",
        "Zapata",
    ]


def test_accents_decide_only_between_equals():
    people = [("Pla", "Zoe"), ("Plà", "Anna"), ("Pla", "Anna"), ("Pla Vila", "Anna"), ("Plaça", "Anna")]

    by_key = sorted(people, key=lambda person: sort_key(*person))

    assert by_key == [("Pla", "Anna"), ("Plà", "Anna"), ("Pla", "Zoe"), ("Pla Vila", "Anna"), ("Plaça", "Anna")]


def test_address_is_the_same_person_in_any_case():
    assert address_key(" Bob@Example.ORG ") == "bob@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "+34 93 123 45 67",
        "+34931234567",
        "-5",
        "-1,5",
        "+34 (93) 123.45.67",
        "-",
        "",
        "Ada",
        "a=1",
        "10/12/2026",
        " =1",
    ],
)
def test_harmless_cell_stays_as_it_is(text):
    assert safe_cell(text) == ("'-" if text == "-" else text)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "\t=1",
        "\r=1",
        '=HYPERLINK("http://evil.example","x")',
        "+A1",
        "＝1+1",
    ],
)
def test_cell_that_a_spreadsheet_would_run_is_shown_instead(text):
    assert safe_cell(text) == "'" + text


@given(st.text())
def test_no_cell_starts_a_formula(text):
    cell = safe_cell(text)

    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(("=", "@")) or not cell
    if cell.startswith(("+", "-")):
        assert not any(sign.isalpha() or sign in "=|!@'\"" for sign in cell)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text())
def test_cleaned_line_can_be_stored_and_stands_on_one_line(text):
    line = clean_line(text)

    assert line.encode().decode() == line
    assert "\x00" not in line
    assert len(line.splitlines()) <= 1


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_what_folds_differently_is_ordered_by_its_folds(one, other):
    if fold(one) + " !" < fold(other) + " !":
        assert sort_key(one) < sort_key(other)


@given(st.lists(st.text(alphabet="aàbçl·LŁđ '’-z", max_size=6), max_size=8))
def test_order_does_not_depend_on_where_it_started(names):
    backwards = names[::-1]

    names.sort(key=lambda name: (sort_key(name), name))
    backwards.sort(key=lambda name: (sort_key(name), name))

    assert backwards == names


def test_safe_cells_survive_a_csv_file():
    texts = ["=1", "+34 93", "a;b", 'say "x"', "two\nlines", "'quoted"]
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerow([safe_cell(text) for text in texts])

    assert next(csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=";")) == ["'=1", *texts[1:]]


def test_cleaning_takes_no_longer_than_the_text_however_many_marks_stand_on_a_letter():
    marks = "\u0301\u0316" * 200_000
    started = monotonic()

    cleaned = clean_line(f"Mar{marks}ta e\u0301s aqui\u0301")

    assert monotonic() - started < 5
    assert (len(cleaned) < 60, cleaned.endswith("ta és aquí")) == (True, True)


def test_a_sign_that_is_no_formula_takes_no_longer_to_judge_than_it_is_long():
    started = monotonic()

    assert safe_cell(f"+{'1' * 1_000_000}x").startswith("'+1")
    assert monotonic() - started < 5


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Núria\n<b>", "Núria <b>"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("x" * 59 + " y" * 9, "x" * 59 + "…"),
        (None, "None"),
        ("\u202ex" * 10_000_000, "x" * 60 + "…"),
    ],
)
def test_a_message_quotes_the_beginning_of_what_was_written(text, quoted):
    assert shorten(text) == quoted
