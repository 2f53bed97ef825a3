"""Reports for publication, of a process and of each of its events, side by side: none gives away what another hides."""

import hypothesis
from hypothesis import strategies as st

from certificates.attendance_content import About, Division, Part
from certificates.attendance_divisions import People, find_untold, hide_all, hide_sums
from certificates.attendance_rows import Attended
from core.few_people import FEWEST, is_few
from directory.known_names import Directory, Group, Known
from registrations.models import AttendanceSource

EVENTS = (1, 2, 3)
ORGANISATIONS = "abcd"
SEA, HILL = Group("sea", "Sea"), Group("hill", "Hill")
DIRECTORY = Directory(
    {
        name: Known(place, name, name, networks=(SEA if name in "ab" else HILL,))
        for place, name in enumerate(ORGANISATIONS)
    }
)


def divide(world, event=None):
    """Tell apart the people of an event, or of all: each person is where they were from at each event."""
    attended = [
        Attended(10 * number + of, str(number), of, name, name, of, AttendanceSource.LIST)
        for number, person in enumerate(world)
        for of, name in zip(EVENTS, person, strict=True)
        if name and event in (None, of)
    ]
    people = People(attended, [], DIRECTORY, has_one=event is not None)
    return [each for each in (people.divide_by_organisation(), people.divide_by_network()) if each]


def count(divisions):
    """The numbers of each part of each division."""
    return {(each.about, part.key): part.came for each in divisions for part in each.parts}


def count_people(world, event=None):
    return sum(any(name for of, name in zip(EVENTS, person, strict=True) if event in (None, of)) for person in world)


def publish(world):
    """What the reports for publication tell, as the reports are made: of each event, and of all (None)."""
    told, untold = {}, []
    for event in EVENTS:
        divisions = divide(world, event)
        hidden = hide_all(divisions, can_tell=not is_few(count_people(world, event)))
        told[event] = hidden
        untold.append({raw.heading: find_untold(raw, each) for raw, each in zip(divisions, hidden, strict=True)})
    can_tell = not is_few(count_people(world))
    told[None] = [hide_sums(each, untold, can_tell=can_tell) for each in divide(world)]
    return told


def read_told(world):
    """The numbers that are told, each by where it stands."""
    return {
        (event, *key): number
        for event, each in publish(world).items()
        for key, number in count(each).items()
        if number is not None
    }


def recount(world):
    """All numbers, told or not."""
    return {(event, *key): number for event in (*EVENTS, None) for key, number in count(divide(world, event)).items()}


def find_other_world(world, event, name):
    """Find people as they could have been, for all that is told, with `FEWEST` of an organisation at an event.

    As many as are needed come from other organisations there than they did, of which somebody always stays.
    """
    told, place = read_told(world), EVENTS.index(event)
    numbers = recount(world)
    other = list(world)
    for number, person in enumerate(world):
        at = [each[place] for each in other]
        if at.count(name) >= FEWEST:
            break
        if person[place] in (None, name) or at.count(person[place]) == 1:
            continue
        other[number] = (*person[:place], name, *person[place + 1 :])
        now = recount(other)
        if any(now.get(key) != number for key, number in told.items()) or now.keys() != numbers.keys():
            other[number] = person
    return other


PERSON = st.tuples(*(st.sampled_from([None, *ORGANISATIONS]) for _event in EVENTS))


@hypothesis.settings(deadline=None, max_examples=150)
@hypothesis.given(st.lists(st.tuples(PERSON, st.integers(1, 9)), max_size=9))
def test_no_few_people_can_be_worked_out_from_all_the_reports_together(groups):
    world = [person for person, times in groups for _time in range(times)]
    published, told = publish(world), read_told(world)

    few = [key for key, number in recount(world).items() if number and is_few(number)]

    assert not set(few) & told.keys()
    for event, about, name in few:
        is_listed = any(part.came is None for each in published[event] for part in each.parts)
        if about is About.ORGANISATION and event and is_listed:  # where nothing is listed nobody knows who was there
            other = find_other_world(world, event, name)
            assert recount(other)[event, about, name] >= FEWEST, (event, name)


def test_what_each_event_tells_is_told_of_all_and_nothing_else():
    many, few = ("a", "a", None), (None, "b", "b")
    world = [many] * 9 + [few] * 6 + [("c", None, None)] * 7 + [(None, "c", None)] * 3 + [(None, None, "d")] * 9

    told = publish(world)

    assert count(told[2][:1])[About.ORGANISATION, "c"] is None
    assert count(told[None][:1]) == {
        (About.ORGANISATION, "a"): 9,
        (About.ORGANISATION, "b"): None,  # hidden at the second, so that it hides the three of the other one
        (About.ORGANISATION, "c"): None,
        (About.ORGANISATION, "d"): 9,
    }


def test_an_event_that_is_not_divided_in_this_way_keeps_the_rests_untold():
    parts = (Part("Salut", 9, 9, key="salut"), Part("sense resposta", 8, 8, is_rest=True))
    division = Division(About.ANSWER, "Xarxa", "Resposta", parts, is_partition=False)

    told = hide_sums(division, [{division.heading: frozenset()}, {}], can_tell=True)

    assert [part.came for part in told.parts] == [9, None]
    assert hide_sums(division, [{}], can_tell=False).is_untold
