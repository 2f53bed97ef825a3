"""Numbers of people that would point at somebody, and those from which they could be worked out."""

from itertools import product

import hypothesis
from hypothesis import strategies as st

from core.few_people import FEWEST, is_few
from figures.small_cells import TOTAL, find_hidden, find_hidden_parts, find_told_unions


def add_up(parts):
    """The parts of a table, with the sums of its rows and columns."""
    table = dict(parts)
    for (row, column), people in parts.items():
        for cell in ((row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            table[cell] = table.get(cell, 0) + people
    return table


def hide(parts):
    table = add_up(parts)
    return table, find_hidden(table, {cell for cell, people in table.items() if is_few(people)})


def test_few_people_are_hidden_and_nobody_is_not():
    assert [number for number in range(8) if is_few(number)] == [1, 2, 3, 4]


def test_nothing_small_hides_nothing():
    _table, hidden = hide({("a", "x"): 5, ("a", "y"): 9, ("b", "x"): 0})

    assert hidden == set()


def test_what_could_be_worked_out_from_the_total_takes_another_along():
    """One event is the same as its process: both of them hide the same."""
    _table, hidden = hide({("a", "internal"): 40, ("a", "citizens"): 3, ("a", "agents"): 9})

    assert hidden == {(row, column) for row in ("a", TOTAL) for column in ("citizens", "agents")}


def test_the_other_event_of_a_process_does_not_tell_of_a_small_one():
    _table, hidden = hide({("a", "x"): 3, ("b", "x"): 50, ("c", "x"): 7})

    assert hidden == {(row, column) for row in ("a", "c") for column in ("x", TOTAL)}


def test_a_cell_that_only_several_lines_together_give_away_is_covered():
    """Two hidden cells in each of its lines, and yet it is what two blocks have between them."""
    parts = {("a", "x"): 9, ("a", "y"): 9, ("b", "x"): 9, ("b", "y"): 9, ("b", "z"): 3}
    parts |= {("c", "z"): 9, ("c", "w"): 9, ("d", "z"): 9, ("d", "w"): 9}

    table, hidden = hide(parts)

    assert may_be_many(table, hidden, ("b", "z"))


def test_only_few_people_in_all_are_not_told_anywhere():
    table, hidden = hide({("a", "x"): 2, ("a", "y"): 1})

    assert hidden == set(table)


def may_be_many(table, hidden, cell):
    """Whether the people of a cell could be `FEWEST` or more for all that is shown; all there could be is tried."""
    free = [each for each in sorted(hidden) if TOTAL not in each]
    sums = [parts_of(total, free) for total in table if TOTAL in total and total not in hidden]
    changes = [range(max(1 - table[each], 1 - FEWEST), FEWEST) for each in free]
    counted = parts_of(cell, free)
    return any(
        table[cell] + sum(change[each] for each in counted) >= FEWEST
        and not any(sum(change[each] for each in parts) for parts in sums)
        for change in product(*changes)
    )


def parts_of(cell, free):
    """The places in `free` of the cells that a sum adds up; of a part, its own."""
    return [
        place
        for place, part in enumerate(free)
        if all(name in {TOTAL, own} for name, own in zip(cell, part, strict=True))
    ]


@hypothesis.settings(deadline=None, max_examples=200)
@hypothesis.given(st.lists(st.sampled_from([0, 0, 1, 3, 4, 5, 6, 9]), min_size=5, max_size=5))
def test_nobody_can_tell_from_what_is_shown_that_a_hidden_cell_has_few(people):
    """Two events and three dimensions, one of which the second has not."""
    cells = [("a", "x"), ("a", "y"), ("a", "z"), ("b", "x"), ("b", "y")]

    table, hidden = hide(dict(zip(cells, people, strict=True)))

    assert {cell for cell, number in table.items() if is_few(number)} <= hidden
    for cell in (each for each in hidden if is_few(table[each])):
        assert may_be_many(table, hidden, cell), (cell, table, hidden)


def test_parts_that_are_few_take_as_few_along_as_hide_them():
    assert find_hidden_parts({"a": 40, "b": 3, "c": 9, "d": 0}) == {"b", "c"}
    assert find_hidden_parts({"a": 40, "b": 4, "c": 4}) == {"b", "c"}
    assert find_hidden_parts({"a": 40, "b": 9, "c": 0}) == set()


def test_parts_that_nothing_hides_are_not_told_at_all():
    assert find_hidden_parts({"a": 3}) is None
    assert find_hidden_parts({"a": 2, "b": 2, "c": 1}) is None


@hypothesis.given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12), max_size=6))
def test_no_part_of_few_people_can_be_worked_out(parts):
    hidden = find_hidden_parts(parts)

    few = {name for name, people in parts.items() if is_few(people)}
    if hidden is None:
        assert few
        return
    left = sum(parts[name] for name in hidden)
    assert few <= hidden
    assert all(left - (len(hidden) - 1) >= FEWEST for _name in few)
    assert all(len(hidden) > 1 for _name in few)


def test_a_sum_is_told_where_enough_of_its_parts_are_hidden():
    parts = {"a": 3, "b": 4, "c": 20, "d": 2, "e": 9}
    unions = {"a and b": {"a", "b", "c"}, "d and e": {"d", "e"}, "a alone": {"a", "c"}, "c": {"c"}}

    assert find_told_unions(parts, {"a", "b", "d", "e"}, unions) == {"a and b", "d and e", "c"}


def test_of_two_sums_that_tell_too_much_together_the_first_is_told():
    parts = {"a": 4, "b": 4, "c": 4, "d": 4}
    unions = {"ab": {"a", "b"}, "bc": {"b", "c"}}

    assert find_told_unions(parts, set(parts), unions) == {"ab"}


def may_be_many_beside(parts, hidden, unions, part):
    """Whether a hidden part could have `FEWEST` people with every sum that is told as it is; all have somebody."""
    names = sorted(hidden)
    whole = sum(parts[name] for name in names)
    sums = [(union & hidden, sum(parts[name] for name in union & hidden)) for union in unions]
    for numbers in product(range(1, whole + 1), repeat=len(names)):
        other = dict(zip(names, numbers, strict=True))
        is_same = sum(numbers) == whole and all(sum(other[name] for name in union) == told for union, told in sums)
        if is_same and other[part] >= FEWEST:
            return True
    return False


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(
    st.lists(st.integers(1, 5), min_size=3, max_size=4),
    st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=3),
)
def test_no_sums_that_are_told_give_a_part_of_few_people_away(people, unions):
    """Every way in which the hidden parts could be otherwise is tried."""
    parts = dict(zip("abcd", people, strict=False))
    hidden = find_hidden_parts(parts)
    if not hidden:
        return

    told = find_told_unions(parts, hidden, {place: union & parts.keys() for place, union in enumerate(unions)})

    sums = [unions[place] & parts.keys() for place in told]
    assert all(may_be_many_beside(parts, hidden, sums, name) for name in hidden if is_few(parts[name]))
