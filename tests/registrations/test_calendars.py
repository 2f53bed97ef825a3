"""What calendars are told: golden files of every transition, and whole histories replayed through a reader."""

import random
from datetime import UTC, timedelta
from pathlib import Path

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.database import db
from events.models import CalendarShape, EventState, SessionKind
from registrations import calendars
from registrations.ical import make_feed
from registrations.models import CalendarEntry, Registration, RegistrationState
from tests import factories
from tests.calendar_programs import CalendarProgram, Item, find_faults, read_feed
from tests.factories import EVENT_START, NOW
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden" / "calendars"
SHAPES = list(CalendarShape)


class Story:
    """Núria's registration for a jornada with a plenary, a break and two workshops at one time, and her calendar."""

    def __init__(self, shape):
        self.now = NOW
        self.event = event = factories.make_event(
            id=42, title="Jornada de treball: Besòs, 2a; «retorn»", calendar_shape=shape
        )
        hall, self.small = factories.make_room(event, "Sala d’actes"), factories.make_room(event, "Sala petita")
        hour = timedelta(hours=1)
        self.plenary = factories.make_session(
            event, "P", id=1, title="Benvinguda", kind=SessionKind.PLENARY, starts_at=EVENT_START, room=hall
        )
        factories.make_session(event, "C", id=2, title="Cafè", kind=SessionKind.BREAK, starts_at=EVENT_START + hour)
        self.first = factories.make_session(event, "T1", id=3, title="Habitatge", starts_at=EVENT_START + 2 * hour)
        self.second = factories.make_session(event, "T2", id=4, title="Salut", starts_at=EVENT_START + 2 * hour)
        self.first.room = self.second.room = hall
        db.session.flush()
        self.registration = factories.make_registration(
            event, first_name="Núria", last_name="Pla", email="nuria@example.org", code="ABCD2345"
        )
        self.sessions = [self.first]
        self.program = CalendarProgram("nuria@example.org")
        self.sent = []

    def tell(self):
        """What a mail would carry after an act, an hour after the last one; her calendar receives it."""
        self.now += timedelta(hours=1)
        files = calendars.update(self.registration, self.sessions, now=self.now)
        db.session.flush()
        contents = [file.content.encode() for file in files]
        self.program.receive(contents)
        self.sent.append(contents)
        return files

    def confirmed(self):
        """Nothing more to do."""

    def changed_session(self):
        self.sessions = [self.second]

    def changed_room(self):
        self.second.room = self.small

    def moved_session(self):
        self.second.starts_at += timedelta(minutes=30)
        self.second.ends_at += timedelta(minutes=30)

    def moved_event(self):
        for each in (self.event, *self.event.sessions):
            each.starts_at += timedelta(days=7)
            each.ends_at += timedelta(days=7)
        self.event.venue = "Biblioteca"

    def session_cancelled(self):
        self.second.cancelled_at = self.now

    def event_cancelled(self):
        self.event.state = EventState.CANCELLED

    def event_restored(self):
        self.event.state = EventState.PUBLISHED

    def cancelled(self):
        self.registration.state, self.sessions = RegistrationState.CANCELLED, []

    def back_again(self):
        self.registration.state, self.sessions = RegistrationState.CONFIRMED, [self.first]


ACTS = [
    "confirmed",
    "changed_session",
    "changed_room",
    "moved_session",
    "moved_event",
    "session_cancelled",
    "event_cancelled",
    "event_restored",
    "cancelled",
    "back_again",
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_transition_is_as_agreed(app, shape, act):
    story = _live(shape, until=act)

    content = b"".join(story.sent[-1])

    assert content == golden(GOLDEN / f"{shape}-{ACTS.index(act)}-{act}.ics", content)


@pytest.mark.parametrize("shape", SHAPES)
def test_whole_story_leaves_what_is_attended(app, shape):
    story = _live(shape, until="back_again")

    assert story.program.items == _true_items(story)
    assert len(story.program.items) == (1 if shape is CalendarShape.EVENT else 2)


@pytest.mark.parametrize("shape", SHAPES)
def test_checker_of_the_protocol_finds_no_fault_in_any_message(app, shape):
    story = _live(shape, until="back_again")

    assert [find_faults(content) for contents in story.sent for content in contents if find_faults(content)] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_each_message_holds_one_entry_and_its_own_method(app, shape):
    story = _live(shape, until="changed_session")
    story.event.calendar_shape = CalendarShape.EVENT if shape is CalendarShape.SESSIONS else CalendarShape.SESSIONS
    files = story.tell()

    read = [icalendar.Calendar.from_ical(file.content) for file in files]
    assert [str(each["method"]) for each in read] == [file.method for file in files]
    assert [len(each.walk("VEVENT")) for each in read] == [1] * len(files)
    statuses = {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}
    assert [str(each.walk("VEVENT")[0]["status"]) for each in read] == [statuses[file.method] for file in files]


def test_other_shape_takes_the_old_entries_back(app):
    story = _live(CalendarShape.EVENT, until="confirmed")
    story.event.calendar_shape = CalendarShape.SESSIONS

    files = story.tell()

    assert [file.method for file in files] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [item.title for item in story.program.items] == ["Benvinguda", "Habitatge"]


@pytest.mark.parametrize("shape", SHAPES)
def test_telling_twice_tells_nothing_the_second_time(app, shape):
    story = _live(shape, until="confirmed")

    assert story.tell() == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("state", [RegistrationState.WAITING, RegistrationState.OFFERED, RegistrationState.PENDING])
def test_who_has_no_place_is_told_nothing(app, shape, state):
    story = Story(shape)
    story.registration.state = state

    assert story.tell() == []
    assert story.registration.calendar_entries == []


def test_news_that_is_not_sent_is_not_noted(app):
    story = Story(CalendarShape.SESSIONS)

    news = calendars.find_news(story.registration, story.sessions, now=NOW)

    assert [file.method for file in news.files] == ["REQUEST", "REQUEST"]
    assert story.registration.calendar_entries == []
    assert [file.method for file in story.tell()] == ["REQUEST", "REQUEST"]


def test_sequence_grows_through_cancelling_and_coming_back(app):
    story = Story(CalendarShape.EVENT)
    seen = []
    for act in ("confirmed", "cancelled", "back_again", "moved_event", "cancelled", "back_again"):
        getattr(story, act)()
        story.tell()
        seen.append(dict(story.program.sequences))

    assert seen == [{"registration-42-ABCD2345@jornades.example.org": number} for number in range(6)]


def test_entry_of_a_session_that_left_the_programme_is_cancelled_as_it_was(app):
    story = _live(CalendarShape.SESSIONS, until="confirmed")
    story.event.sessions.remove(story.plenary)
    db.session.flush()

    (file,) = story.tell()

    assert file.method == "CANCEL"
    assert "SUMMARY:Benvinguda\r\n" in file.content
    assert [item.title for item in story.program.items] == ["Habitatge"]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_over_stays_as_it_was_told(app, shape):
    story = _live(shape, until="confirmed")
    story.now = story.event.ends_at
    story.cancelled()

    assert story.tell() == []


def test_of_a_day_that_has_begun_only_what_is_to_come_is_taken_back(app):
    story = _live(CalendarShape.SESSIONS, until="confirmed")
    story.now = story.plenary.ends_at - timedelta(hours=1)
    story.cancelled()

    story.tell()

    assert [item.title for item in story.program.items] == ["Benvinguda"]


def test_session_that_is_over_is_not_told_to_who_comes_late(app):
    story = Story(CalendarShape.SESSIONS)
    story.now = story.plenary.ends_at

    story.tell()

    assert [item.title for item in story.program.items] == ["Habitatge"]


def test_another_address_is_invited(app):
    story = _live(CalendarShape.EVENT, until="confirmed")
    story.registration.email = "npla@example.org"
    story.program.owner = "npla@example.org"

    (file,) = story.tell()

    assert file.method == "REQUEST"
    assert "SEQUENCE:1\r\n" in file.content


def test_words_are_those_of_the_person(app):
    story = Story(CalendarShape.EVENT)
    story.registration.language = "es"

    (file,) = story.tell()

    assert "Sus sesiones:" in file.content


@pytest.mark.parametrize("shape", SHAPES)
def test_new_registration_costs_one_statement(app, shape, count_queries):
    story = Story(shape)
    values = {name: getattr(story.registration, name) for name in ("state", "source", "language", "first_name")}
    keys = {"token": "t" * 32, "code": "NOVA2345", "sort_key": "", "search_key": "", "email": "a@example.org"}
    times = {"created_at": NOW, "updated_at": NOW}
    assert len(story.event.sessions) == 4  # as the form has loaded them
    registration = Registration(event=story.event, **values, **keys, **times)

    found = count_queries(lambda: calendars.update(registration, [story.first], now=NOW))
    db.session.add(registration)
    written = count_queries(db.session.flush)

    assert len(registration.calendar_entries) == (1 if shape is CalendarShape.EVENT else 2)
    assert (found, written) == (0, 2)


def test_what_is_told_of_many_is_written_in_one_statement(app, count_queries):
    story = _live(CalendarShape.SESSIONS, until="confirmed")
    story.moved_event()
    db.session.flush()

    calendars.update(story.registration, story.sessions, now=NOW + timedelta(hours=2))

    assert count_queries(db.session.flush) == 1


@pytest.mark.both_databases
def test_entries_are_kept_as_they_were_told(app):
    story = _live(CalendarShape.SESSIONS, until="confirmed")
    db.session.expire_all()

    rows = db.session.scalars(select(CalendarEntry).order_by(CalendarEntry.session_id)).all()

    assert [(row.session_id, row.uid, row.sequence, row.is_cancelled, row.title) for row in rows] == [
        (1, "registration-42-ABCD2345-1@jornades.example.org", 0, False, "Benvinguda"),
        (3, "registration-42-ABCD2345-3@jornades.example.org", 0, False, "Habitatge"),
    ]
    assert {row.told_at for row in rows} == {NOW + timedelta(hours=1)}
    assert story.tell() == []


def test_entries_go_with_their_registration(app):
    story = _live(CalendarShape.SESSIONS, until="confirmed")

    db.session.delete(story.registration)
    db.session.flush()

    assert db.session.scalars(select(CalendarEntry)).all() == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("act", ACTS)
def test_feed_shows_the_same_as_the_messages_left(app, shape, act):
    story = _live(shape, until=act)

    content = _feed(story)

    assert read_feed(content) == story.program.items
    assert [fault for fault in find_faults(content) if "ORGANIZER" not in fault] == []


def test_feed_keeps_what_is_cancelled_and_says_what_became_of_it(app):
    story = _live(CalendarShape.SESSIONS, until="session_cancelled")

    entries = icalendar.Calendar.from_ical(_feed(story)).walk("VEVENT")

    assert [(str(each["status"]), str(each["summary"])) for each in entries] == [
        ("CANCELLED", "Retirada: Habitatge"),
        ("CONFIRMED", "Benvinguda"),
        ("CANCELLED", "CANCEL·LADA: Salut"),
    ]


def test_feed_is_ahead_of_messages_that_were_not_written_yet(app):
    story = _live(CalendarShape.EVENT, until="confirmed")
    story.moved_event()
    before = _sequences(_feed(story))
    story.tell()

    assert before == _sequences(_feed(story)) == story.program.sequences


def test_feed_is_the_same_until_something_changes(app):
    story = _live(CalendarShape.SESSIONS, until="changed_session")

    assert _feed(story) == _feed(story)


def _choose(*names):
    return lambda story: setattr(story, "sessions", [getattr(story, name) for name in names])


def _become(state):
    return lambda story: setattr(story.registration, "state", state)


def _take_other_room(story):
    story.first.room = story.small if story.first.room is not story.small else story.plenary.room


def _take_other_shape(story):
    story.event.calendar_shape = next(shape for shape in SHAPES if shape is not story.event.calendar_shape)


# A whole life, act by act: whatever happens, in whatever order, the calendar ends as it should.
LIFE = {
    "choose first": _choose("first"),
    "choose second": _choose("second"),
    "choose none": _choose(),
    "cancel": _become(RegistrationState.CANCELLED),
    "come back": _become(RegistrationState.CONFIRMED),
    "wait": _become(RegistrationState.WAITING),
    "move event": Story.moved_event,
    "move session": Story.moved_session,
    "change room": _take_other_room,
    "change title": lambda story: setattr(story.first, "title", f"{story.first.title}!"),
    "cancel session": lambda story: setattr(story.first, "cancelled_at", story.now),
    "restore session": lambda story: setattr(story.first, "cancelled_at", None),
    "cancel event": Story.event_cancelled,
    "restore event": Story.event_restored,
    "other shape": _take_other_shape,
    "other language": lambda story: setattr(story.registration, "language", "en"),
    "plenary becomes a workshop": lambda story: setattr(story.plenary, "kind", SessionKind.WORKING),
    "say nothing": lambda _story: None,
}
_HISTORIES = st.lists(st.sampled_from(sorted(LIFE)), max_size=25)


@given(history=_HISTORIES, shape=st.sampled_from(SHAPES), seed=st.integers(0, 2**16))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_history_replayed_leaves_exactly_what_is_attended(app, history, shape, seed):
    with db.session.begin_nested() as savepoint:
        story = Story(shape)
        for act in history:
            LIFE[act](story)
            db.session.flush()
            if act != "say nothing":
                story.tell()
        story.tell()

        late = CalendarProgram(story.program.owner)
        messages = [content for contents in story.sent for content in contents]
        shuffled = messages + messages[::2]
        random.Random(seed).shuffle(shuffled)
        late.receive(shuffled)

        for told in _told_sequences(messages).values():
            assert told == list(range(len(told)))
        expected = _true_items(story)
        assert story.program.items == expected
        assert late.items == expected
        assert read_feed(_feed(story)) == expected
        assert story.tell() == []
        savepoint.rollback()
    db.session.expunge_all()


def _true_items(story):
    """What the person attends, said once more in the words of the test."""
    event, registration = story.event, story.registration
    if registration.state is not RegistrationState.CONFIRMED or event.state is EventState.CANCELLED:
        return []
    where = f"{event.venue}, {event.address}"
    whole = [Item(event.title, where, event.starts_at, event.ends_at)]
    if event.calendar_shape is CalendarShape.EVENT:
        return whole
    everybody = [story.plenary] if story.plenary.kind is SessionKind.PLENARY else []
    mine = [each for each in [*everybody, *story.sessions] if each.cancelled_at is None]
    items = [
        Item(each.title, f"{each.room.name}, {where}", each.starts_at.astimezone(UTC), each.ends_at.astimezone(UTC))
        for each in mine
    ]
    return sorted(items, key=lambda item: (item.starts_at, item.title)) or whole


def _live(shape, *, until):
    story = Story(shape)
    for act in ACTS[: ACTS.index(until) + 1]:
        getattr(story, act)()
        db.session.flush()
        story.tell()
    return story


def _feed(story):
    shown = calendars.list_shown(story.registration, story.sessions)
    return make_feed(story.event, shown, url=calendars.page_url(story.event))


def _sequences(content):
    return {str(each["uid"]): int(each["sequence"]) for each in icalendar.Calendar.from_ical(content).walk("VEVENT")}


def _told_sequences(messages):
    """The sequences told of each UID, in the order of the messages."""
    told = {}
    for content in messages:
        for uid, sequence in _sequences(content).items():
            told.setdefault(uid, []).append(sequence)
    return told
