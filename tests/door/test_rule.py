"""What several doors did to one person: merged alike in whatever order, however often, it comes."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from door.models import DoorActKind
from door.rule import list_standing, list_stays
from tests.factories import NOW


@dataclass
class Act:
    client_id: str
    kind: DoorActKind = DoorActKind.CHECK_IN
    session_id: int | None = 1
    happened_at: object = NOW
    takes_back: list = field(default_factory=list)
    is_taken_back: bool = False


def undo(client_id, *names):
    return Act(client_id, DoorActKind.UNDO, takes_back=list(names))


def ids(acts):
    return {session: [act.client_id for act in standing] for session, standing in list_standing(acts).items()}


def test_the_earliest_check_in_comes_first():
    late, early = Act("a", happened_at=NOW), Act("b", happened_at=NOW - timedelta(minutes=5))

    assert ids([late, early]) == {1: ["b", "a"]}


def test_an_undo_takes_back_what_it_names_and_nothing_else():
    acts = [Act("a"), Act("b"), Act("c", session_id=2), undo("u", "a")]

    assert ids(acts) == {1: ["b"], 2: ["c"]}


def test_an_undo_that_is_known_before_takes_back_what_comes_after():
    assert ids([undo("u", "a"), Act("a")]) == {}


def test_what_an_earlier_clock_says_does_not_save_it_from_its_undo():
    """Clocks of devices go wrong; what an undo names does not."""
    acts = [Act("a", happened_at=NOW), Act("u", DoorActKind.UNDO, happened_at=NOW - timedelta(1), takes_back=["a"])]

    assert ids(acts) == {}


def test_what_the_workspace_took_back_stands_no_longer():
    assert ids([Act("a", is_taken_back=True), Act("b")]) == {1: ["b"]}


def test_a_walk_in_is_a_check_in():
    assert ids([Act("w", DoorActKind.WALK_IN)]) == {1: ["w"]}


def leave(client_id, minutes=0):
    return Act(client_id, DoorActKind.LEAVE, happened_at=NOW + timedelta(minutes=minutes))


def come(client_id, minutes=0):
    return Act(client_id, happened_at=NOW + timedelta(minutes=minutes))


def stays(acts):
    """Minutes of coming and leaving at the first session."""
    found = list_stays(list_standing(acts).get(1, []))
    return [[at and (at - NOW) / timedelta(minutes=1) for at in stay] for stay in found]


def test_who_left_and_came_back_was_there_twice():
    assert stays([leave("d", 40), come("c", 30), come("a"), leave("b", 20)]) == [[0, 20], [30, 40]]


def test_a_leaving_that_is_undone_never_was():
    assert stays([come("a"), leave("b", 20), undo("u", "b")]) == [[0, None]]


def test_a_return_that_is_undone_leaves_them_outside():
    assert stays([come("a"), leave("b", 20), come("c", 30), undo("u", "c")]) == [[0, 20]]


def test_whoever_was_seen_leaving_was_there():
    assert ids([leave("b", 20)]) == {1: ["b"]}
    assert stays([leave("b", 20)]) == [[None, 20]]


def test_attendance_stands_for_a_check_in_before_a_leaving():
    assert ids([leave("b", -5), come("a")]) == {1: ["a", "b"]}


NAMES = [f"a{number}" for number in range(6)]
CHECK_INS = st.lists(
    st.builds(
        Act,
        st.sampled_from(NAMES),
        st.sampled_from([DoorActKind.CHECK_IN, DoorActKind.WALK_IN, DoorActKind.LEAVE]),
        st.integers(1, 2),
        st.integers(0, 3).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    ),
    unique_by=lambda act: act.client_id,
)
UNDOS = st.lists(
    st.builds(undo, st.sampled_from([f"u{number}" for number in range(4)]), st.sampled_from(NAMES)),
    unique_by=lambda act: act.client_id,
)


@given(CHECK_INS, UNDOS, st.data())
def test_neither_order_nor_repetition_matters(check_ins, undos, data):
    acts = [*check_ins, *undos]

    shuffled = data.draw(st.permutations(acts + acts))

    assert ids(shuffled) == ids(acts)
    assert stays(shuffled) == stays(acts)


@given(CHECK_INS, UNDOS)
def test_who_stands_is_who_no_undo_names(check_ins, undos):
    named = {name for act in undos for name in act.takes_back}

    standing = {client_id for of_session in ids([*check_ins, *undos]).values() for client_id in of_session}

    assert standing == {act.client_id for act in check_ins} - named
