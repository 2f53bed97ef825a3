"""What is done to many people at once, and its undoing: places, lists, mails and the trail."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.errors import DomainError
from core.languages import use_language
from core.mail import MailState, OutgoingMail
from events.models import Access, Event, Promotion
from registrations import attendance, bulk, places, promotions, rules, services, standing, supports
from registrations.bulk_acts import SameSession, Task
from registrations.models import (
    Announcement,
    Attendance,
    AttendanceSource,
    Awaited,
    BulkKind,
    Registration,
    RegistrationMail,
    RegistrationSource,
    RegistrationState,
    WaitingListEntry,
)
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def english(app):
    """Have reasons said in English."""
    with use_language("en"):
        yield


@pytest.fixture
def ada(app):
    return factories.make_staff("ada@example.org", name="Ada")


@pytest.fixture
def event(app):
    """Two places, two sessions at the same time with one place each, and one after them without limit."""
    event = factories.make_event(capacity=2)
    at = event.starts_at + timedelta(hours=1)
    factories.make_session(event, "A", capacity=1, starts_at=at)
    factories.make_session(event, "B", capacity=1, starts_at=at)
    factories.make_session(event, "C", starts_at=at + timedelta(hours=1))
    return event


def sign_up(event, name, *codes, waiting=(), email=None):
    address = f"{name}@example.org" if email is None else email
    answers = Answers(name.capitalize(), "Pla", address, session_codes=codes, waiting_codes=waiting)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=NOW)


def session_of(event, code):
    return next(each for each in event.sessions if each.code == code)


def task(event, kind, session=None, target=None, **values):
    found = [code and session_of(event, code) for code in (session, target)]
    return Task(BulkKind(kind), *found, **values)


def do(people, ada, kind, *codes, now=LATER, **values):
    event = people[0].event
    return bulk.do(event, [each.id for each in people], task(event, kind, *codes, **values), by=ada, now=now)


def names(people):
    return [each.name for each in people]


def reasons(outcome):
    return {each.name: each.reason for each in outcome.left}


def look(event):
    """How everybody stands, and what is counted."""
    db.session.expire_all()
    people = bulk.find_people(event, db.session.scalars(select(Registration.id)).all())
    stands = standing.read_standings(people)
    lists = db.session.execute(
        select(WaitingListEntry.session_id, WaitingListEntry.registration_id).order_by(WaitingListEntry.id)
    ).all()
    counters = [(each.places_taken, each.extra_places, each.people_waiting) for each in (event, *event.sessions)]
    return {each.id: stands[each.id].compared for each in people}, lists, counters


def untold():
    rows = db.session.scalars(select(Announcement).where(Announcement.told_at.is_(None)))
    return sorted((row.registration.first_name, row.kind.value) for row in rows)


def kinds_of(registration):
    return list(
        db.session.scalars(
            select(OutgoingMail.kind)
            .join(RegistrationMail, RegistrationMail.mail_id == OutgoingMail.id)
            .where(RegistrationMail.registration_id == registration.id)
            .order_by(OutgoingMail.id)
        )
    )


def acts_of(registration):
    key = f"{registration.event.slug}/{registration.code}"
    query = select(AuditEntry.act).where(AuditEntry.subject_key == key)
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


def test_cancelling_frees_places_and_gives_them_to_the_next(event, ada):
    bob, cleo = sign_up(event, "bob", "A"), sign_up(event, "cleo", "B")
    dan = sign_up(event, "dan", waiting=["A"])

    outcome, act = do([bob, cleo], ada, "cancel")

    assert (names(outcome.done), outcome.others, outcome.told) == (["Bob Pla", "Cleo Pla"], 1, 2)
    assert (act.people, act.kind, act.done_by) == (2, BulkKind.CANCEL, ada)
    assert (dan.is_confirmed, [each.code for each in dan.sessions]) == (True, ["A"])
    assert (event.places_taken, [each.places_taken for each in event.sessions]) == (1, [1, 0, 0])
    assert untold() == [("Bob", "cancelled"), ("Cleo", "cancelled"), ("Dan", "promoted")]
    assert acts_of(bob) == ["registration.cancel"]


def test_who_cannot_be_cancelled_is_named(event, ada):
    bob = sign_up(event, "bob")
    services.cancel(bob, now=NOW)

    outcome, act = do([bob], ada, "cancel")

    assert reasons(outcome) == {"Bob Pla": "Their registration is cancelled."}
    assert (act, outcome.done) == (None, [])


def test_undoing_a_cancellation_before_the_mail_has_left_tells_nobody(event, ada):
    bob, cleo = sign_up(event, "bob", "A", "C"), sign_up(event, "cleo", "B", waiting=["A"])
    before = look(event)
    _outcome, act = do([bob, cleo], ada, "cancel")

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert look(event) == before
    assert (names(outcome.done), outcome.told, untold()) == (["Bob Pla", "Cleo Pla"], 0, [])
    assert acts_of(bob) == ["registration.cancel", "registration.undo_bulk"]


def test_a_mail_that_waits_is_withdrawn_and_one_that_left_is_answered_by_another(event, ada):
    bob, cleo = sign_up(event, "bob"), sign_up(event, "cleo", "A")
    _outcome, act = do([bob, cleo], ada, "cancel")
    db.session.commit()
    tell_announcements(LATER)
    mail = db.session.scalars(
        select(OutgoingMail).where(OutgoingMail.kind == "cancelled_by_organiser", OutgoingMail.recipient.like("cleo%"))
    ).one()
    mail.state = MailState.SENT
    db.session.commit()

    outcome = bulk.undo(act, by=ada, now=LATER)
    db.session.commit()
    tell_announcements(LATER)

    assert outcome.told == 1
    assert kinds_of(cleo) == ["place_confirmed", "cancelled_by_organiser", "place_confirmed"]
    assert kinds_of(bob) == ["place_confirmed", "cancelled_by_organiser"]
    states = db.session.scalars(select(OutgoingMail.state).where(OutgoingMail.recipient.like("bob%")))
    assert MailState.WITHDRAWN in set(states)


def test_a_place_that_went_to_somebody_else_is_not_taken_back(event, ada):
    bob, _cleo, dan = sign_up(event, "bob"), sign_up(event, "cleo"), sign_up(event, "dan")
    _outcome, act = do([bob], ada, "cancel")
    before = look(event)

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert reasons(outcome) == {"Bob Pla": "Their place in the event has gone to somebody else."}
    assert look(event) == before
    assert dan.is_confirmed


def test_on_purpose_everybody_goes_back_above_capacity(event, ada):
    bob, _cleo, _dan = sign_up(event, "bob"), sign_up(event, "cleo"), sign_up(event, "dan")
    _outcome, act = do([bob], ada, "cancel")

    outcome = bulk.undo(act, over_capacity=True, by=ada, now=LATER)

    assert (names(outcome.done), bob.is_confirmed) == (["Bob Pla"], True)
    assert (event.places_taken, event.extra_places) == (3, 1)


def test_a_session_place_that_went_to_somebody_else_is_named(event, ada):
    bob, _cleo = sign_up(event, "bob", "A"), sign_up(event, "cleo", waiting=["A"])
    _outcome, act = do([bob], ada, "cancel")

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert reasons(outcome) == {"Bob Pla": "Their place in “Taller A” has gone to somebody else."}
    assert event.places_taken == 1


def test_who_has_changed_since_is_left_alone(event, ada):
    bob = sign_up(event, "bob")
    _outcome, act = do([bob], ada, "cancel")
    sign_up(event, "bob", "C")

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert reasons(outcome) == {"Bob Pla": "Something else has happened to them since."}


def test_undoing_twice_does_it_once(event, ada):
    bob = sign_up(event, "bob", "A")
    _outcome, act = do([bob], ada, "cancel")
    bulk.undo(act, by=ada, now=LATER)
    before = look(event)

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert (outcome.done, outcome.left) == ([], [])
    assert look(event) == before


def test_who_waited_stands_where_they_stood(event, ada):
    sign_up(event, "ann"), sign_up(event, "bea")
    bob, cleo = sign_up(event, "bob", waiting=["A"]), sign_up(event, "cleo")
    before = look(event)
    _outcome, act = do([bob], ada, "cancel")
    dan = sign_up(event, "dan")

    bulk.undo(act, by=ada, now=LATER)

    line = db.session.scalars(
        select(WaitingListEntry.registration_id)
        .where(WaitingListEntry.session_id.is_(None))
        .order_by(WaitingListEntry.id)
    ).all()
    assert line == [bob.id, cleo.id, dan.id]
    assert look(event)[0][bob.id] == before[0][bob.id]


def test_supports_do_not_come_back(event, ada):
    bob = sign_up(event, "bob")
    factories.make_support_need(bob, "menu", "celíac")
    _outcome, act = do([bob], ada, "cancel")

    bulk.undo(act, by=ada, now=LATER)

    assert (bob.is_confirmed, supports.list_needs(bob)) == (True, [])


def test_moving_takes_the_new_place_before_the_old_one_goes(event, ada):
    event.capacity = None
    bob, cleo, dan = sign_up(event, "bob", "A"), sign_up(event, "cleo", "C"), sign_up(event, "dan", waiting=["A"])

    outcome, _act = do([bob, cleo], ada, "move", "A", "B")

    assert (names(outcome.done), outcome.others) == (["Bob Pla"], 1)
    assert reasons(outcome) == {"Cleo Pla": "They have no place in “Taller A”."}
    assert [[each.code for each in person.sessions] for person in (bob, cleo, dan)] == [["B"], ["C"], ["A"]]
    assert untold() == [("Bob", "changed"), ("Dan", "promoted")]


def test_a_move_is_refused_for_who_finds_no_place_or_is_busy(event, ada):
    event.capacity = None
    session_of(event, "C").starts_at = session_of(event, "A").starts_at
    a = session_of(event, "A")
    places.hold(event)
    a.capacity = 5
    db.session.flush()
    bob, cleo, dan = sign_up(event, "bob", "A"), sign_up(event, "cleo", "A"), sign_up(event, "dan", "B")

    outcome, _act = do([bob, cleo, dan], ada, "move", "A", "B")

    assert reasons(outcome) == {
        "Bob Pla": "All places of “Taller B” are taken.",
        "Cleo Pla": "All places of “Taller B” are taken.",
        "Dan Pla": "They have no place in “Taller A”.",
    }
    assert [each.places_taken for each in event.sessions if each.code != "C"] == [2, 1]


def test_undoing_a_move_puts_everybody_back(event, ada):
    event.capacity = None
    bob, cleo = sign_up(event, "bob", "A", "C"), sign_up(event, "cleo", waiting=["B"])
    before = look(event)
    _outcome, act = do([bob], ada, "move", "A", "C")
    assert act is None
    _outcome, act = do([bob], ada, "move", "C", "B")
    assert act is None
    _outcome, act = do([bob], ada, "move", "A", "B")

    assert act is None  # Cleo waits for B and has it
    assert cleo.sessions == [session_of(event, "B")]
    assert look(event) == before


def test_a_move_above_capacity_is_on_purpose_and_undone(event, ada):
    event.capacity = None
    bob, cleo = sign_up(event, "bob", "A"), sign_up(event, "cleo", "B")
    before = look(event)
    _outcome, act = do([bob], ada, "move", "A", "B", over_capacity=True)
    assert (session_of(event, "B").places_taken, session_of(event, "B").extra_places) == (2, 1)

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert names(outcome.done) == ["Bob Pla"]
    assert look(event) == before
    assert cleo.sessions == [session_of(event, "B")]


def test_confirming_gives_places_in_order_and_above_capacity_only_on_purpose(event, ada):
    sign_up(event, "ann"), sign_up(event, "bea")
    bob, cleo = sign_up(event, "bob", waiting=["A"]), sign_up(event, "cleo")
    before = look(event)

    outcome, act = do([bob, cleo], ada, "confirm")

    assert (act, outcome.done) == (None, [])
    assert set(reasons(outcome).values()) == {"All places of the event are taken."}
    assert look(event) == before

    outcome, act = do([bob, cleo], ada, "confirm", over_capacity=True)

    assert (names(outcome.done), event.places_taken, event.extra_places) == (["Bob Pla", "Cleo Pla"], 4, 2)
    assert ([each.code for each in bob.sessions], event.people_waiting) == (["A"], 0)
    assert untold() == [("Bob", "promoted"), ("Cleo", "promoted")]

    bulk.undo(act, by=ada, now=LATER)

    assert look(event) == before
    assert untold() == []


def test_confirming_is_refused_for_who_has_a_place_or_none_to_have(event, ada):
    event.confirms_address = True
    cleo = sign_up(event, "cleo")
    event.confirms_address = False
    bob = sign_up(event, "bob")
    services.cancel(bob, now=NOW)
    dan = sign_up(event, "dan")

    outcome, _act = do([bob, cleo, dan], ada, "confirm")

    assert reasons(outcome) == {
        "Bob Pla": "Their registration is cancelled.",
        "Cleo Pla": "They have not confirmed their address yet.",
        "Dan Pla": "They have a place already.",
    }


def test_confirming_says_yes_to_who_asked(event, ada):
    event.access = Access.APPROVAL
    bob, cleo, dan = sign_up(event, "bob", "A"), sign_up(event, "cleo", "A"), sign_up(event, "dan")
    before = look(event)

    outcome, act = do([bob, cleo, dan], ada, "confirm")

    assert names(outcome.done) == ["Bob Pla", "Cleo Pla"]
    assert (bob.awaits, dan.awaits) == (None, Awaited.APPROVAL)
    assert acts_of(bob) == ["registration.approve"]
    db.session.commit()
    tell_announcements(LATER)
    assert kinds_of(bob) == ["awaiting_approval", "place_confirmed"]

    bulk.undo(act, by=ada, now=LATER)

    assert look(event) == before


def test_confirming_takes_an_offer_for_somebody(event, ada):
    event.promotion = Promotion.OFFER
    ann, _bea = sign_up(event, "ann"), sign_up(event, "bea")
    bob = sign_up(event, "bob")
    services.cancel(ann, now=NOW)
    assert bob.state is RegistrationState.OFFERED

    outcome, act = do([bob], ada, "confirm")

    assert (names(outcome.done), bob.is_confirmed, event.places_taken) == (["Bob Pla"], True, 2)

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert (bob.state, event.places_taken) == (RegistrationState.OFFERED, 2)


def test_recording_and_taking_it_back(event, ada):
    bob, cleo = sign_up(event, "bob", "C"), sign_up(event, "cleo", "C")
    attendance.check_in(cleo, session_of(event, "C"), source=AttendanceSource.CODE, by=None, now=NOW)

    outcome, act = do([bob, cleo], ada, "attend", "C")

    assert (names(outcome.done), reasons(outcome)) == (
        ["Bob Pla"],
        {"Cleo Pla": "It was recorded already that they came."},
    )
    assert acts_of(bob) == ["attendance.record"]

    bulk.undo(act, by=ada, now=LATER)

    rows = db.session.scalars(select(Attendance.registration_id)).all()
    assert rows == [cleo.id]


def test_a_record_made_again_since_is_not_taken_back(event, ada):
    bob = sign_up(event, "bob", "C")
    _outcome, act = do([bob], ada, "attend", "C")
    attendance.undo([bob.id], session_of(event, "C"), by=ada, now=LATER)
    attendance.check_in(bob, session_of(event, "C"), source=AttendanceSource.CODE, by=None, now=LATER + timedelta(1))

    outcome = bulk.undo(act, by=ada, now=LATER + timedelta(2))

    assert reasons(outcome) == {"Bob Pla": "Something else has happened to them since."}


def test_a_record_with_hours_said_since_is_not_taken_back(event, ada):
    bob = sign_up(event, "bob", "C")
    _outcome, act = do([bob], ada, "attend", "C")
    attendance.state_stays(bob, session_of(event, "C"), ((LATER, None),), by=ada, now=LATER)

    outcome = bulk.undo(act, by=ada, now=LATER)

    assert reasons(outcome) == {"Bob Pla": "Something else has happened to them since."}


def test_people_of_another_event_are_passed_over(event, ada):
    bob = sign_up(event, "bob")
    other = factories.make_registration(factories.make_event("other"), email="x@example.org")

    outcome, _act = do([bob, other], ada, "cancel")

    assert names(outcome.done) == ["Bob Pla"]
    assert other.is_confirmed


def test_nothing_is_done_at_an_event_that_is_over_or_to_too_many(event, ada):
    bob = sign_up(event, "bob")
    after = event.ends_at + timedelta(days=1)

    with pytest.raises(rules.EventOver):
        do([bob], ada, "cancel", now=after)
    with pytest.raises(rules.EventOver):
        do([bob], ada, "confirm", now=after)
    with pytest.raises(SameSession):
        do([bob], ada, "move", "A", "A")
    with pytest.raises(bulk.TooMany):
        bulk.do(event, range(bulk.MOST + 1), Task(BulkKind.CANCEL), by=ada, now=LATER)


def test_who_gave_no_address_is_named_and_not_told(event, ada):
    bob = factories.make_registration(event, email="")

    outcome, _act = do([bob], ada, "cancel")

    assert (outcome.told, names(outcome.nameless), untold()) == (0, ["Bob Pla"], [])


PEOPLE = 6
CODES = ("A", "B", "C")
sign_ups = some.lists(
    some.tuples(
        some.lists(some.sampled_from(CODES), unique=True, max_size=2),
        some.lists(some.sampled_from(CODES[:2]), unique=True, max_size=2),
    ),
    min_size=1,
    max_size=PEOPLE,
)
tasks = some.one_of(
    some.tuples(some.just("cancel"), some.none(), some.none(), some.just(False)),
    some.tuples(some.just("confirm"), some.none(), some.none(), some.booleans()),
    some.tuples(some.just("move"), some.sampled_from(CODES), some.sampled_from(CODES), some.booleans()),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    promotion=some.sampled_from(Promotion),
    people=sign_ups,
    chosen_and_what=some.tuples(some.sets(some.integers(0, PEOPLE - 1), min_size=1), tasks),
)
def test_an_act_that_is_undone_leaves_everything_as_it_was(app, ada, promotion, people, chosen_and_what):
    """Unless a place went to somebody in line: then whoever had it is named, and has lost nothing else."""
    chosen, what = chosen_and_what
    outer = db.session.begin_nested()
    try:
        event = _make_event(promotion)
        made = []
        for number, (sessions, waiting) in enumerate(people):
            try:
                made.append(sign_up(event, f"p{number}", *sessions, waiting=waiting))
            except DomainError:
                continue
        before = look(event)
        ids = [each.id for number, each in enumerate(made) if number in chosen]
        kind, session, target, over_capacity = what
        try:
            outcome, act = bulk.do(
                event, ids, task(event, kind, session, target, over_capacity=over_capacity), by=ada, now=LATER
            )
        except DomainError:
            assert look(event) == before
            return
        between = look(event)
        _check_counters(event)
        if act is None:
            assert outcome.done == []
            assert between == before
            return
        undone = bulk.undo(act, by=ada, now=LATER)
        _check_counters(event)
        after = look(event)
        if not undone.left and not outcome.others and not undone.others:
            assert after == before
        for each in undone.left:
            assert after[0][each.id] == between[0][each.id]
        for each in undone.done:
            if not undone.others:
                assert after[0][each.id] == before[0][each.id]
    finally:
        outer.rollback()
        db.session.expire_all()


def _make_event(promotion) -> Event:
    event = factories.make_event(f"jornada-{promotion.value}", capacity=3, promotion=promotion, offer_hours=2)
    at = event.starts_at + timedelta(hours=1)
    factories.make_session(event, "A", capacity=1, starts_at=at)
    factories.make_session(event, "B", capacity=2, starts_at=at)
    factories.make_session(event, "C", capacity=2, starts_at=at + timedelta(hours=1))
    return event


def _check_counters(event: Event) -> None:
    """Counters equal rows, and nobody in line could have what is free."""
    db.session.expire_all()
    people = bulk.find_people(event, db.session.scalars(select(Registration.id)).all())
    stands = standing.read_standings(people)
    assert event.places_taken == sum(each.has_place for each in stands.values())
    for session in event.sessions:
        assert session.places_taken == sum(session.id in each.held for each in stands.values())
    entries = db.session.scalars(select(WaitingListEntry).where(WaitingListEntry.event_id == event.id)).all()
    assert event.people_waiting == len([each for each in entries if each.session_id is None])
    if event.people_waiting:
        assert event.is_full
    assert promotions.settle(event, reason=promotions.Reason.CAPACITY, now=LATER) == 0
