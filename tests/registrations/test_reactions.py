"""What follows for people when the organiser moves, cancels or enlarges something, and what they are told of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from core.languages import use_language
from core.mail import MailState, OutgoingMail
from events import rooms, services, sessions
from events.acts import followed
from events.models import EventState, Promotion, SessionKind
from events.signals import count_told
from registrations import calendars, consequences, promotions, waiting_list
from registrations.models import (
    Announcement,
    CalendarEntry,
    ChosenSession,
    RegistrationSource,
    RegistrationState,
    WaitingListEntry,
)
from registrations.services import Answers, register
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

LATER = NOW + timedelta(minutes=5)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_english(app):
    with use_language("en"):
        yield


def test_more_places_go_to_the_first_in_line(app, ada):
    event = factories.make_event(capacity=1)
    for name in ("p0", "p1", "p2", "p3"):
        _sign_up(event, name)

    said = _do(event, lambda: services.update_event(event, {"capacity": 3}, by=ada, now=NOW))

    assert (event.places_taken, event.people_waiting) == (3, 1)
    tell_announcements(LATER)
    assert said == ["2 places go to the first people in line, who are told by mail."]
    assert _mails("promoted") == ["p1", "p2"]


def test_more_places_in_a_session_go_to_its_line(app, ada):
    event = factories.make_event()
    session = factories.make_session(event, "T1", capacity=1)
    _sign_up(event, "p0", "T1")
    _sign_up(event, "p1", "T1")

    _do(event, lambda: sessions.update_session(session, {"capacity": None}, by=ada, now=NOW))

    assert (session.places_taken, session.people_waiting) == (2, 0)
    tell_announcements(LATER)
    assert _mails("promoted") == ["p1"]


def test_more_places_are_offered_where_that_is_the_rule(app):
    event = factories.make_event(capacity=0, promotion=Promotion.OFFER)
    _sign_up(event, "p0")

    said = _do(event, lambda: services.update_event(event, {"capacity": 1}, by=None, now=NOW))

    tell_announcements(LATER)
    assert said == ["1 place is offered by mail to the first person in line."]
    assert _mails("offered") == ["p0"]


def test_fewer_places_put_nobody_out_and_tell_nobody(app):
    event = factories.make_event(capacity=2)
    _sign_up(event, "p0")
    _sign_up(event, "p1")
    db.session.flush()

    said = _do(event, lambda: services.update_event(event, {"capacity": 1}, by=None, now=NOW))

    assert (event.places_taken, event.extra_places, said) == (2, 1, [])


def test_moved_event_is_told_to_everybody_once(app):
    event = _make_event_with_everybody()

    said = _do(event, lambda: _put_off(event, timedelta(days=1)))
    told = tell_announcements(LATER)

    assert said == [
        "2 people with a place are told the new time and place by mail, and their calendars are updated.",
        "1 person who waits for a place or an answer is told too.",
    ]
    assert told == 3
    assert _mails("event_moved") == ["p0", "p1", "p2"]
    assert _calendars("event_moved") == {"p0": ["REQUEST"], "p1": ["REQUEST"], "p2": []}
    assert tell_announcements(LATER) == 0


def test_moved_event_and_six_sessions_are_one_mail(app):
    event = factories.make_event()
    for number in range(6):
        factories.make_session(event, f"T{number}", starts_at=event.starts_at + timedelta(minutes=40 * number))
    _sign_up(event, "p0", "T0", "T2", "T4")

    _do(event, lambda: services.update_event(event, _times(event, HOUR), move_sessions=True, by=None, now=NOW))
    tell_announcements(LATER)

    assert _mails() == [("p0", "place_confirmed"), ("p0", "event_moved")]


def test_moved_session_is_told_to_who_holds_it_and_who_waits_for_it(app):
    event, session = _make_event_with_session()

    said = _do(event, lambda: _move(session, HOUR))
    tell_announcements(LATER)

    assert said == [
        "1 person who comes to “Taller T1” is told its new time and place by mail, and their calendar is updated.",
        "1 person on the waiting list is told too.",
    ]
    assert _mails("session_moved") == ["holder", "waits"]
    assert _calendars("session_moved") == {"holder": ["REQUEST"], "waits": []}


def test_other_room_and_another_name_of_a_room_are_moves(app):
    event, session = _make_event_with_session()
    room = factories.make_room(event)

    first = _do(event, lambda: sessions.update_session(session, {"room": room}, by=None, now=NOW))
    second = _do(event, lambda: rooms.update_room(room, name="Sala gran", capacity=None, now=NOW))
    third = _do(event, lambda: rooms.update_room(room, name="Sala gran", capacity=20, now=NOW))

    assert (len(first), len(second), third) == (2, 2, [])


def test_moved_plenary_is_told_to_everybody(app):
    event = _make_event_with_everybody()
    plenary = factories.make_session(event, "P", kind=SessionKind.PLENARY)

    _do(event, lambda: _move(plenary, HOUR))
    tell_announcements(LATER)

    assert _mails("session_moved") == ["p0", "p1", "p2"]


@pytest.mark.parametrize(
    "values", [{"title": "Una altra"}, {"description": "Nova"}, {"facilitators": "Ada"}, {"declared_participants": 4}]
)
def test_what_concerns_nobody_is_told_to_nobody(app, values):
    event, session = _make_event_with_session()

    said = _do(event, lambda: sessions.update_session(session, values, by=None, now=NOW))

    assert (said, _count(Announcement)) == ([], 0)


def test_moved_break_or_draft_or_past_concerns_nobody(app):
    _event, session = _make_event_with_session(kind=SessionKind.BREAK)
    _draft, of_draft = _make_event_with_session("esborrany", state=EventState.DRAFT)
    _past, of_past = _make_event_with_session("passada", starts_at=NOW - timedelta(days=2))

    said = [_do(each.event, lambda each=each: _move(each, HOUR)) for each in (session, of_draft, of_past)]

    assert said == [[], [], []]


def test_event_put_off_from_the_past_is_told(app):
    event = factories.make_event(starts_at=NOW - timedelta(days=1))
    factories.make_registration(event)

    assert len(_do(event, lambda: _put_off(event, timedelta(days=9)))) == 1


def test_who_gave_no_address_is_named(app):
    event = factories.make_event()
    factories.make_registration(event, email="", first_name="Cleo", last_name="Mas")

    with followed(event, by=None, now=NOW) as said:
        _put_off(event, HOUR)

    assert [(each.sentence, each.is_bad, [who.name for who in each.people]) for each in said] == [
        ("1 person gave no address and gets no mail. Tell them yourself:", True, ["Cleo Mas"])
    ]
    assert count_told(said) == 0


def test_who_cannot_be_at_two_now_is_named_with_the_way_there(app):
    event = factories.make_event()
    one = factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=one.ends_at)
    bob = factories.make_registration(event, *event.sessions)
    factories.make_registration(event, one, email="cleo@example.org")

    with followed(event, by=None, now=NOW) as said:
        _move(one, timedelta(minutes=30))

    assert [(each.sentence, [who.name for who in each.people]) for each in said if each.is_bad] == [
        ("1 person will have two sessions at the same time:", ["Bob Pla"])
    ]
    (clash,) = [each for each in said if each.is_bad]
    assert clash.people[0].url == f"https://jornades.example.org/gestio/jornades/jornada/inscripcions/{bob.id}"


def test_who_was_at_two_before_is_not_named_again(app):
    event = factories.make_event()
    one = factories.make_session(event, "T1")
    factories.make_session(event, "T2", starts_at=one.starts_at)
    factories.make_registration(event, *event.sessions)

    with followed(event, by=None, now=NOW) as said:
        _move(one, timedelta(minutes=10))

    assert [each.sentence for each in said if each.is_bad] == []


def test_long_lists_of_names_are_cut(app):
    event = factories.make_event()
    for number in range(consequences.LONGEST_LIST + 3):
        factories.make_registration(event, email="", first_name=f"P{number:02}", last_name="")

    with followed(event, by=None, now=NOW) as said:
        _put_off(event, HOUR)

    assert [who.name for who in said[0].people][-2:] == ["P19", "and 3 more"]


def test_cancelled_session_is_taken_from_all_who_had_or_awaited_it(app, ada):
    event, session = _make_event_with_session()

    with followed(event, by=ada, now=NOW) as said:
        sessions.cancel_session(session, by=ada, now=NOW)
    tell_announcements(LATER)

    assert [each.sentence for each in said] == [
        (
            "1 person who comes to “Taller T1” is told by mail that it is cancelled and how to choose another, and "
            "their calendar is updated."
        ),
        "1 person on the waiting list is told too.",
    ]
    assert count_told(said) == 2
    assert (session.places_taken, session.extra_places, session.people_waiting) == (0, 0, 0)
    assert (_count(ChosenSession), _count(WaitingListEntry)) == (0, 0)
    assert _mails("session_cancelled") == ["holder", "waits"]
    assert _calendars("session_cancelled") == {"holder": ["REQUEST"], "waits": []}
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "registration.lose_session")).all()
    assert [(line.details, line.staff) for line in lines] == [({"session": "T1"}, ada)] * 2


def test_cancelled_session_taken_up_again_is_empty_and_can_be_chosen(app):
    event, session = _make_event_with_session()
    sessions.cancel_session(session, by=None, now=NOW)

    is_restored = sessions.restore_session(session, by=None, now=NOW)
    cleo = _sign_up(event, "cleo", "T1")

    assert (is_restored, sessions.restore_session(session, by=None, now=NOW)) == (True, False)
    assert (session.places_taken, list(cleo.sessions)) == (1, [session])


def test_session_is_cancelled_once_and_not_when_it_is_over(app):
    _event, session = _make_event_with_session()
    _past, over = _make_event_with_session("passada", starts_at=NOW - timedelta(days=2))

    assert sessions.cancel_session(session, by=None, now=NOW) is True
    assert sessions.cancel_session(session, by=None, now=NOW) is False
    with pytest.raises(sessions.SessionOver):
        sessions.cancel_session(over, by=None, now=NOW)


def test_cancelled_event_is_told_and_leaves_calendars(app):
    event = _make_event_with_everybody()

    said = _do(event, lambda: services.cancel(event, by=None, now=NOW))
    tell_announcements(LATER)

    assert said == [
        "2 people with a place are told by mail that it is cancelled, and it leaves their calendars.",
        "1 person who waits for a place or an answer is told too.",
    ]
    assert _calendars("event_cancelled") == {"p0": ["CANCEL"], "p1": ["CANCEL"], "p2": []}


def test_event_taken_up_again_is_told_to_who_was_told_the_contrary(app):
    event = _make_event_with_everybody()
    services.cancel(event, by=None, now=NOW)
    tell_announcements(LATER)
    _send_everything()

    said = _do(event, lambda: services.publish(event, by=None, now=LATER))
    tell_announcements(LATER + HOUR)

    assert len(said) == 2
    assert _calendars("event_restored") == {"p0": ["REQUEST"], "p1": ["REQUEST"], "p2": []}


def test_event_taken_up_before_anybody_was_told_tells_nobody(app):
    event = _make_event_with_everybody()
    services.cancel(event, by=None, now=NOW)

    said = _do(event, lambda: services.publish(event, by=None, now=NOW))

    assert (said, tell_announcements(LATER)) == ([], 0)


def test_event_taken_up_before_the_mails_left_takes_them_back(app):
    event = _make_event_with_everybody()
    services.cancel(event, by=None, now=NOW)
    tell_announcements(LATER)

    services.publish(event, by=None, now=LATER)
    tell_announcements(LATER)

    states = dict(db.session.execute(select(OutgoingMail.kind, OutgoingMail.state)).all())
    assert states["event_cancelled"] is MailState.WITHDRAWN
    assert "event_restored" not in states


def test_places_freed_while_the_event_was_off_are_given_when_it_is_on_again(app):
    event = factories.make_event(capacity=1)
    first, _second = _sign_up(event, "p0"), _sign_up(event, "p1")
    services.cancel(event, by=None, now=NOW)
    waiting_list.release(first, now=NOW)

    services.publish(event, by=None, now=NOW)

    assert (event.places_taken, event.people_waiting) == (1, 0)


def test_who_could_not_answer_while_the_event_was_off_has_the_whole_time_again(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER, offer_hours=5)
    first, second = _sign_up(event, "p0"), _sign_up(event, "p1")
    waiting_list.release(first, now=NOW)
    promotions.settle(event, reason=promotions.Reason.CANCELLATION, now=NOW)
    services.cancel(event, by=None, now=NOW)
    before = second.held_until

    services.publish(event, by=None, now=before + HOUR)

    assert second.state is RegistrationState.OFFERED
    assert second.held_until >= before + timedelta(hours=6)


def test_sequences_grow_with_every_message(app):
    event, session = _make_event_with_session()
    for number in range(3):
        _do(event, lambda: _move(session, timedelta(minutes=5)))
        tell_announcements(LATER + number * HOUR)
        _send_everything()

    assert sorted(db.session.scalars(select(CalendarEntry.sequence))) == [0, 0, 3]


def test_draft_with_somebody_waiting_cannot_be_had_again(app):
    event = factories.make_event(capacity=0)
    _sign_up(event, "p0")

    with pytest.raises(services.EventHasRegistrations):
        services.withdraw(event, by=None, now=NOW)


def test_session_that_somebody_waits_for_cannot_be_deleted(app):
    event = factories.make_event()
    session = factories.make_session(event, "T1", capacity=0)
    _sign_up(event, "p0", "T1")

    with pytest.raises(sessions.SessionInUse):
        sessions.delete_session(session, by=None, now=NOW)


def _make_event_with_everybody():
    """Two with a place, one who waits."""
    event = factories.make_event(capacity=2)
    for name in ("p0", "p1", "p2"):
        _sign_up(event, name)
    return event


def _make_event_with_session(slug="jornada", *, kind=SessionKind.WORKING, **values):
    """A session of one place: one has it, one waits for it, a third is only at the event."""
    event = factories.make_event(slug, **values)
    session = factories.make_session(event, "T1", capacity=1)
    holder = factories.make_registration(event, session, email=f"holder@{slug}.org")
    waits = factories.make_registration(event, email=f"waits@{slug}.org")
    other = factories.make_registration(event, email=f"other@{slug}.org")
    db.session.add(WaitingListEntry(event_id=event.id, registration=waits, session=session, joined_at=NOW))
    waiting_list.count(event, [session])
    session.kind = kind
    for each in (holder, waits, other):
        calendars.update(each, each.sessions, now=NOW)
    db.session.flush()
    return event, session


def _sign_up(event, name, *codes):
    answers = Answers(name, "", f"{name}@example.org", session_codes=codes)
    return register(event, answers, source=RegistrationSource.PERSON, language="en", now=NOW)


def _do(event, act):
    """Do it as one act, and give what is said of it."""
    with followed(event, by=None, now=NOW) as said:
        act()
    return [each.sentence for each in said]


def _times(event, step):
    return {"starts_at": event.starts_at + step, "ends_at": event.ends_at + step}


def _put_off(event, step):
    services.update_event(event, _times(event, step), by=None, now=NOW)


def _move(session, step):
    sessions.update_session(session, _times(session, step), by=None, now=NOW)


def _mails(kind=None):
    """Who was written to, by the name in the address; and of which kind, when all are asked for."""
    rows = db.session.execute(select(OutgoingMail.recipient, OutgoingMail.kind).order_by(OutgoingMail.id)).all()
    named = [(row.recipient.partition("@")[0], row.kind) for row in rows]
    return [name for name, of_kind in named if of_kind == kind] if kind else named


def _calendars(kind):
    mails = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind).order_by(OutgoingMail.id))
    return {mail.recipient.partition("@")[0]: [each["method"] for each in mail.calendars] for mail in mails}


def _send_everything():
    for mail in db.session.scalars(select(OutgoingMail)):
        mail.state, mail.due_at = MailState.SENT, None
    db.session.flush()


def _count(model):
    return db.session.scalar(select(func.count()).select_from(model))
