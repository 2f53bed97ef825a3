"""Places that come to people in an act of somebody else: given at once, told afterwards, in one mail each."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from core.database import db, transaction
from core.mail import MailState, OutgoingMail
from events import services as events
from events import sessions
from events.acts import followed
from events.models import Event, EventState, Promotion
from registrations import changes, notifications, offers, services, telling
from registrations.changes import Change
from registrations.models import CalendarEntry, Registration, RegistrationState
from registrations.models import RegistrationSource as Source
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.both_databases


def test_who_gets_a_place_is_told_by_the_sweep_and_once(app):
    event = factories.make_event(capacity=1)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))

    services.cancel(first, now=NOW)
    before = _mails("p1")
    told = tell_announcements(LATER), tell_announcements(LATER)

    assert (second.state, before) == (RegistrationState.CONFIRMED, ["waiting"])
    assert told == (1, 0)
    assert _mails("p1") == ["waiting", "promoted"]
    assert _calendars("p1") == [[], ["REQUEST"]]


def test_place_in_the_event_and_in_a_session_is_one_mail(app):
    event = factories.make_event(capacity=1)
    session = factories.make_session(event, "A", capacity=1)
    _sign_up(event, "p0", "A")
    second = _sign_up(event, "p1", "A")

    with followed(event, by=None, now=NOW):
        events.update_event(event, {"capacity": 2}, by=None, now=NOW)
        sessions.update_session(session, {"capacity": 2}, by=None, now=NOW)
    with followed(event, by=None, now=LATER):
        sessions.update_session(session, {"capacity": 3}, by=None, now=LATER)
    tell_announcements(LATER)

    assert [each.code for each in second.sessions] == ["A"]
    assert _mails("p1") == ["waiting", "promoted"]
    assert "Taller A" in _last("p1").text


def test_two_sessions_at_once_are_one_mail_that_names_both(app):
    event = _make_event_with_two_full_sessions()
    _sign_up(event, "p0", "A", "C")

    with followed(event, by=None, now=NOW):
        for session in event.sessions:
            sessions.update_session(session, {"capacity": 1}, by=None, now=NOW)
    tell_announcements(LATER)

    assert _mails("p0") == ["place_confirmed", "promoted"]
    assert _last("p0").subject == "You have a place in “Taller A”, “Taller C”"
    assert _calendars("p0") == [["REQUEST"], ["REQUEST"]]


@pytest.mark.parametrize(
    ("promotion", "has_left", "news"),
    [
        (Promotion.OFFER, False, "offered"),
        (Promotion.OFFER, True, "event_restored"),
        (Promotion.AT_ONCE, False, "promoted"),
        (Promotion.AT_ONCE, True, "event_restored"),
    ],
)
def test_place_that_came_before_the_event_was_cancelled_is_told_when_it_is_restored(app, promotion, has_left, news):
    """Who had been told of the cancellation is told of the place with the restoration; the others of the place."""
    event = factories.make_event(capacity=1, promotion=promotion)
    first, _second = (_sign_up(event, f"p{n}") for n in range(2))
    services.cancel(first, now=NOW)
    ada = factories.make_staff()
    events.cancel(event, by=ada, now=NOW)
    tell_announcements(NOW)
    if has_left:
        _last("p1").state = MailState.SENT

    events.publish(event, by=ada, now=LATER)
    tell_announcements(LATER)

    assert _mails("p1")[2:] == [news]
    if promotion is Promotion.OFFER:
        assert "/oferta/si" in _last("p1").text


def test_two_sessions_offered_at_once_are_one_question_with_two_answers(app):
    event = _make_event_with_two_full_sessions(promotion=Promotion.OFFER)
    _sign_up(event, "p0", "A", "C")

    with followed(event, by=None, now=NOW):
        for session in event.sessions:
            sessions.update_session(session, {"capacity": 1}, by=None, now=NOW)
    tell_announcements(LATER)

    assert _mails("p0") == ["place_confirmed", "offered"]
    assert [f"/oferta/si/{code}" in _last("p0").text for code in "AC"] == [True, True]


def test_what_is_left_for_a_parallel_session_is_named(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=5)
    b = factories.make_session(event, "B", capacity=0)
    person = _sign_up(event, "p0", "A", waiting=["B"])

    with followed(event, by=None, now=NOW):
        sessions.update_session(b, {"capacity": 1}, by=None, now=NOW)
    tell_announcements(LATER)

    assert [each.code for each in person.sessions] == ["B"]
    assert "As you asked, you leave “Taller A”" in _last("p0").text


def test_second_place_before_the_mail_has_left_is_told_along(app):
    event = _make_event_with_two_full_sessions()
    _sign_up(event, "p0", "A", "C")

    for number, session in enumerate(event.sessions):
        with followed(event, by=None, now=NOW + timedelta(minutes=number)):
            sessions.update_session(session, {"capacity": 1}, by=None, now=NOW + timedelta(minutes=number))
        tell_announcements(NOW + timedelta(minutes=number))

    states = [(mail.kind, mail.state) for mail in _list("p0")][1:]
    assert states == [("promoted", MailState.WITHDRAWN), ("promoted", MailState.WAITING)]
    assert _last("p0").subject == "You have a place in “Taller A”, “Taller C”"
    assert db.session.scalars(select(CalendarEntry.sequence)).all() == [2]


def test_place_that_was_left_before_it_was_told_is_not_told(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)
    bob = _sign_up(event, "bob", "A")
    ada = _sign_up(event, "ada", waiting=["A"])
    services.cancel(bob, now=NOW)

    changes.change(ada, Change("ada", "", "", "en", ()), now=NOW)
    tell_announcements(LATER)

    assert _mails("ada") == ["place_confirmed", "changed"]


def test_who_cancels_and_comes_back_is_not_told_of_the_place_they_had(app):
    event = factories.make_event(capacity=1)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))
    services.cancel(first, now=NOW)
    services.cancel(second, now=NOW)
    _sign_up(event, "p1", now=LATER)

    tell_announcements(LATER)

    assert _mails("p1") == ["waiting", "cancelled", "place_confirmed"]


def test_offer_that_was_answered_before_it_was_told_is_not_asked(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))
    services.cancel(first, now=NOW)
    offers.accept(second, None, now=NOW)

    tell_announcements(LATER)

    assert _mails("p1") == ["waiting", "promoted"]


def test_place_of_an_event_that_was_cancelled_meanwhile_is_not_told(app):
    event = factories.make_event(capacity=1)
    first, _second = (_sign_up(event, f"p{n}") for n in range(2))
    services.cancel(first, now=NOW)
    events.cancel(event, by=None, now=NOW)

    tell_announcements(LATER)

    assert event.state is EventState.CANCELLED
    assert _mails("p1") == ["waiting", "event_cancelled"]


def test_who_gave_no_address_gets_the_place_and_no_mail(app):
    event = factories.make_event(capacity=1)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))
    second.email, second.email_key = "", None

    services.cancel(first, now=NOW)

    assert (second.state, tell_announcements(LATER)) == (RegistrationState.CONFIRMED, 0)


def test_offers_are_written_before_all_else_and_leave_before_what_goes_to_many(app, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 1)
    moved = factories.make_event("primera")
    for number in range(3):
        factories.make_registration(moved, email=f"m{number}@example.org")
    event = factories.make_event("segona", capacity=1, promotion=Promotion.OFFER)
    first, _second = (_sign_up(event, f"p{n}") for n in range(2))
    events.update_event(moved, {"venue": "Una altra"}, by=None, now=NOW)
    services.cancel(first, now=NOW)

    tell_announcements(LATER)

    written = [(mail.kind, mail.is_bulk) for mail in _list() if mail.created_at == LATER]
    assert written == [("offered", False)] + [("event_moved", True)] * 3


def test_many_places_are_given_with_few_questions_and_written_later(app, count_queries):
    def raise_for(people, slug):
        event = factories.make_event(slug, capacity=0)
        factories.make_session(event, "A", starts_at=event.starts_at, capacity=people)
        for number in range(people):
            _sign_up(event, f"{slug}{number}", "A")
        db.session.commit()
        event = db.session.get(Event, event.id)

        def act():
            with followed(event, by=None, now=NOW):
                events.update_event(event, {"capacity": people}, by=None, now=NOW)

        mails = len(_list())
        queries = count_queries(act)
        assert len(_list()) == mails
        assert {each.state for each in _people(event)} == {RegistrationState.CONFIRMED}
        return queries

    few, many = raise_for(3, "poca"), raise_for(23, "molta")

    assert many - few <= 20 * 2 + 4  # a place of the event and one of the session each; the rest is for all at once


def test_worker_killed_half_way_tells_each_once(app, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 3)
    event = factories.make_event(capacity=0)
    for number in range(7):
        _sign_up(event, f"p{number}")
    events.update_event(event, {"capacity": 7}, by=None, now=NOW)
    db.session.commit()
    write, written = notifications.promoted, []

    def die_at_the_fifth(*args, **kwargs):
        written.append(1)
        if len(written) == 5:
            raise SystemExit
        return write(*args, **kwargs)

    monkeypatch.setattr(notifications, "promoted", die_at_the_fifth)
    with pytest.raises(SystemExit):
        tell_announcements(LATER)
    tell_announcements(LATER)

    assert [_mails(f"p{number}") for number in range(7)] == [["waiting", "promoted"]] * 7


def test_rolled_back_promotion_tells_nobody(app):
    event = factories.make_event(capacity=0)
    _sign_up(event, "p0")
    savepoint = db.session.begin_nested()
    events.update_event(event, {"capacity": 1}, by=None, now=NOW)
    savepoint.rollback()
    db.session.expire_all()

    assert (tell_announcements(LATER), _mails("p0")) == (0, ["waiting"])


def test_workers_at_once_and_people_who_cancel_leave_one_mail_for_each(own_app, race):
    with own_app.app_context(), transaction():
        event = factories.make_event(capacity=0)
        for number in range(20):
            _sign_up(event, f"p{number}")
        events.update_event(event, {"capacity": 10}, by=None, now=NOW)
        event_id = event.id

    def leave(number):
        with transaction():
            event = db.session.get(Event, event_id)
            services.cancel(services.find_by_address(event, f"p{number}@example.org"), now=NOW)

    results = race([partial(tell_announcements, LATER)] * 3 + [partial(leave, number) for number in range(4)])

    assert [result for result in results if isinstance(result, Exception)] == []
    with own_app.app_context():
        tell_announcements(LATER)
        confirmed = [each for each in _people(db.session.get(Event, event_id)) if each.is_confirmed]
        assert len(confirmed) == 10
        assert [_mails(each.first_name).count("promoted") for each in confirmed] == [1] * 10


def _make_event_with_two_full_sessions(**values):
    event = factories.make_event(**values)
    starts_at = event.starts_at
    for number, code in enumerate("AC"):
        factories.make_session(event, code, starts_at=starts_at + timedelta(hours=number), capacity=0)
    return event


def _sign_up(event, name, *codes, waiting=(), now=NOW):
    answers = Answers(name, "", f"{name}@example.org", session_codes=codes, waiting_codes=waiting)
    return services.register(event, answers, source=Source.PERSON, language="en", now=now)


def _list(name=None):
    query = select(OutgoingMail).order_by(OutgoingMail.id).execution_options(populate_existing=True)
    return db.session.scalars(query.where(OutgoingMail.recipient == f"{name}@example.org") if name else query).all()


def _last(name):
    return _list(name)[-1]


def _mails(name):
    return [mail.kind for mail in _list(name)]


def _calendars(name):
    return [[file["method"] for file in mail.calendars] for mail in _list(name)]


def _people(event):
    return db.session.scalars(
        select(Registration).where(Registration.event_id == event.id).execution_options(populate_existing=True)
    ).all()
