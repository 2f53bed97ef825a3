"""What devices send, read: whatever anybody makes up is refused or made harmless, and the rest is not held up by it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributions.models import EntryKind
from contributions.reports import MAX_SEEN, read_batch, read_since
from core.errors import InputError
from tests.contributions.samples import act, batch, new_key, write
from tests.factories import NOW


def read(*acts, **values):
    return read_batch(batch(*acts, **values).encode(), now=NOW)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00",
        b"[]",
        b"nothing",
        b"[" * 100_000,
        b'{"acts": []}',
        b'{"acts": 1, "clock": "2026-11-22T10:00:00Z"}',
        b'{"acts": [], "clock": 1}',
        b'{"acts": [], "clock": "yesterday"}',
        json.dumps({"acts": [{}] * 201, "clock": NOW.isoformat()}).encode(),
    ],
)
def test_what_is_no_batch_is_refused(app, sent):
    with pytest.raises(InputError):
        read_batch(sent, now=NOW)


def without(line, *names):
    return {name: value for name, value in line.items() if name not in names}


LINE = write("Una")
WRONG = [
    LINE | {"kind": "burn"},
    LINE | {"kind": ["write"]},
    LINE | {"at": "no"},
    LINE | {"at": 5},
    without(LINE, "at"),
    LINE | {"entry": new_key()},
    LINE | {"entry": None},
    LINE | {"sets": {"text": "Una", "kind": "thing"}},
    LINE | {"sets": {"text": "Una", "kind": {}}},
    act("edit", LINE["key"], key=LINE["key"], sets={"text": "Dues"}),
    act("edit", LINE["key"], sets={}),
    act("edit", LINE["key"], sets={"colour": "red"}),
    act("link", LINE["key"]),
    act("link", LINE["key"], other="x"),
    act("merge", LINE["key"], other=LINE["key"]),
    act("support", LINE["key"], change=0),
    act("support", LINE["key"], change=1001),
    act("support", LINE["key"], change=True),
    act("support", LINE["key"], change="1"),
    act("support", LINE["key"], change=0.5),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_an_act_that_cannot_be_is_refused_and_the_others_come_in(app, wrong):
    other = write("Dues")

    batch = read(wrong, other)

    assert [report.key for report in batch.reports] == [other["key"]]
    assert batch.refused == {wrong["key"]: "Això no s’ha pogut llegir."}


@pytest.mark.parametrize("text", ["", " \n", "\x00\u200b", None, 5, ["x"]])
def test_an_entry_says_something(app, text):
    line = write(text)

    assert read(line).refused == {line["key"]: "Escriviu què s’ha dit."}


@pytest.mark.parametrize("sets", [{"text": "x" * 10_001}, {"topic": "x" * 201}])
def test_what_is_too_long_is_refused(app, sets):
    line = write(**sets)

    assert list(read(line).refused) == [line["key"]]


@pytest.mark.parametrize("key", [None, 5, "", "x", "A" * 32, "a" * 31, "a" * 33, {}, "á" * 32])
def test_what_has_no_key_is_no_act(app, key):
    batch = read(LINE | {"key": key}, "x", 5, None, [])

    assert (batch.reports, batch.refused) == ([], {})


def test_what_was_written_is_cleaned(app):
    line = write("  <b>Una</b>\x00 \u202e=1+1 😀 ", topic=" Model  nou ", is_of_several="yes", colour="red")

    (report,) = read(line).reports

    assert report.sets == {
        "text": "<b>Una</b> =1+1 😀",
        "kind": EntryKind.CONTRIBUTION,
        "topic": "Model nou",
        "is_of_several": False,
    }


def test_of_more_seen_than_any_entry_has_the_last_count(app):
    keys = [new_key() for _ in range(MAX_SEEN + 1)]

    (report,) = read(act("delete", LINE, seen=[*keys, 5, None, "x"])).reports

    assert list(report.seen) == keys[4:]


@pytest.mark.parametrize(
    ("ago", "is_kept"),
    [(timedelta(hours=5), True), (timedelta(days=59), True), (timedelta(days=61), False), (-timedelta(hours=1), False)],
)
def test_a_clock_that_goes_wrong_says_how_long_ago_it_was(app, ago, is_kept):
    clock = NOW - timedelta(days=4000)

    (report,) = read(write(at=clock - ago), clock=clock).reports

    assert report.happened_at == (NOW - ago if is_kept else NOW)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T10:00:00"])
def test_times_at_the_end_of_the_calendar_break_nothing(app, at):
    batch = read(LINE | {"at": at})

    assert len(batch.reports) + len(batch.refused) == 1


@pytest.mark.parametrize(
    ("value", "since"), [(5, 5), ("5", 5), (-1, 0), (True, 0), (None, 0), ("x", 0), ("٣", 0), (10**12, 0), (1.5, 0)]
)
def test_the_revision_that_is_known(value, since):
    assert read_since(value) == since


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.just(LINE["key"]),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["text", "kind", "key"]), each),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*LINE, "seen", "other", "change"]), anything))
def test_whatever_is_sent_is_read_or_refused(sqlite_app, values):
    with sqlite_app.test_request_context():
        batch = read_batch(json.dumps({"acts": [LINE | values], "clock": NOW.isoformat()}).encode(), now=NOW)

    assert len(batch.reports) + len(batch.refused) <= 1
