"""Texts as they can be printed: lines within their width, and no sign lost in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.pdf.typeface import SEMIBOLD, Style, break_evenly, break_lines, missing_signs, printable, width

STYLE = Style(12, 15, SEMIBOLD, tracking=0.5)


def test_every_catalan_sign_is_there():
    text = "àèéíïòóúüçñ ÀÈÉÍÏÒÓÚÜÇÑ l·l L·L ŀ Ŀ ’ « » – — … ¿ ¡ º ª €"

    assert missing_signs(text) == ""
    assert printable(text) == text


def test_equivalents_are_printed_as_what_they_mean():
    assert printable("1\u20112 Ａ\u2003㎏") == "1-2 A kg"


def test_missing_signs_are_named_once_each():
    assert missing_signs("李 a 李小 😀") == "李小😀"


def test_run_of_missing_signs_leaves_one_mark():
    assert printable("李小龙 Pla") == "[?] Pla"


def test_what_cannot_be_seen_is_dropped():
    assert printable("Nú\x00ria\u200b \u202ePla\ufe0f\n") == "Núria Pla"


def test_number_and_unit_stay_on_one_line():
    lines = break_lines("amb un total de 2 h 30 min d’assistència", STYLE, 100)

    assert [line for line in lines if line.startswith(("h", "min"))] == []


def test_text_that_is_cut_ends_in_an_ellipsis():
    lines = break_lines("paraula " * 50, STYLE, 100, 2)

    assert len(lines) == 2
    assert lines[1].endswith("…")


@given(st.text(max_size=200), st.floats(40, 400), st.one_of(st.none(), st.integers(1, 3)))
def test_no_line_is_wider_than_its_limit(text, limit, most):
    lines = break_lines(text, STYLE, limit, most)

    assert [line for line in lines if width(line, STYLE) > limit] == []
    assert most is None or len(lines) <= most


@given(st.text(max_size=200), st.floats(40, 400))
def test_nothing_is_lost_by_breaking(text, limit):
    lines = break_lines(text, STYLE, limit)

    assert "".join("".join(lines).split()) == "".join(printable(text).split())


@pytest.mark.parametrize("limit", range(60, 400, 20))
def test_lines_made_even_are_no_more_and_say_the_same(limit):
    text = "organitzada per Equip d’inclusió, que va tenir lloc el dijous 3 de desembre de 2026, amb un total de 2 h"

    lines, even = break_lines(text, STYLE, limit), break_evenly(text, STYLE, limit, 0.25)

    assert (len(even), " ".join(even)) == (len(lines), " ".join(lines))
    assert max(width(line, STYLE) for line in even) <= limit


def test_a_name_is_parted_where_it_is_two_halves():
    limit = width("Lídia Canals", STYLE) + 1

    assert break_lines("Lídia Canals Roig", STYLE, limit) == ("Lídia Canals", "Roig")
    assert break_evenly("Lídia Canals Roig", STYLE, limit, 0.6) == ("Lídia", "Canals Roig")


def test_a_word_that_is_whole_is_not_cut_to_make_lines_even():
    limit = width("Llanfairpwllgwyngyll", STYLE) + 1

    assert break_evenly("Llanfairpwllgwyngyll Pi", STYLE, limit, 0.6) == ("Llanfairpwllgwyngyll", "Pi")
