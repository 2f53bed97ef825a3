"""Verification codes: hard to guess, easy to type, and a slip is noticed."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from certificates.codes import ALPHABET, GROUP, LENGTH, RANDOM_SIGNS, check_sign, find_code, group, make_code

signs = st.text(alphabet=ALPHABET, min_size=RANDOM_SIGNS, max_size=RANDOM_SIGNS)
codes = signs.map(lambda text: text + check_sign(text))


def test_code_is_hard_to_guess():
    assert RANDOM_SIGNS * math.log2(len(ALPHABET)) > 80


def test_alphabet_has_nothing_that_is_taken_for_something_else():
    assert set("01OILUS") & set(ALPHABET) == set()
    assert len(set(ALPHABET)) == len(ALPHABET) == 29


def test_new_codes_differ_and_check():
    made = {make_code() for _ in range(1000)}

    assert len(made) == 1000
    assert {code for code in made if find_code(code) == code} == made


@given(codes)
def test_printed_code_is_found_again(code):
    assert find_code(group(code)) == code
    assert max(len(part) for part in group(code).split("-")) == GROUP


@given(codes, st.sampled_from([" ", "-", "–", "\u00a0", ".", "  - "]))
def test_case_and_separators_do_not_matter(code, separator):
    typed = separator.join(code[start : start + 4] for start in range(0, LENGTH, 4)).lower()

    assert find_code(f"  {typed}\n") == code


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_noticed(code, place, sign):
    assume(code[place] != sign)

    assert find_code(code[:place] + sign + code[place + 1 :]) is None


@given(codes, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_signs_that_changed_places_are_noticed(code, first, second):
    assume(code[first] != code[second])
    typed = list(code)
    typed[first], typed[second] = typed[second], typed[first]

    assert find_code("".join(typed)) is None


@given(codes, st.integers(0, LENGTH - 1))
def test_missing_or_doubled_sign_is_noticed(code, place):
    assert find_code(code[:place] + code[place + 1 :]) is None
    assert find_code(code[:place] + code[place] + code[place:]) is None


@given(st.text())
def test_anything_typed_gets_an_answer(typed):
    found = find_code(typed)

    assert found is None or find_code(found) == found
