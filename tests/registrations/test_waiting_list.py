"""Waiting lists: who stands where, who gets the place that is free, and what can never happen whatever people do."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.mail import OutgoingMail
from events.capacity import set_capacity
from events.models import Access, Dimension, EventState, Promotion, Session
from registrations import approvals, changes, offers, places, promotions, rules, services, waiting_list
from registrations.changes import Change
from registrations.expiries import expire_held_places
from registrations.models import Registration, RegistrationSource, RegistrationState
from registrations.promotions import Reason
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def test_full_event_takes_people_on_its_list_in_order(app):
    event = factories.make_event(capacity=1)

    people = [_sign_up(event, f"p{n}") for n in range(3)]

    assert [person.state.value for person in people] == ["confirmed", "waiting", "waiting"]
    assert [_position(person) for person in people[1:]] == [(1, 2), (2, 2)]
    assert (event.places_taken, event.people_waiting) == (1, 2)
    assert _mails() == [("p0", "place_confirmed"), ("p1", "waiting"), ("p2", "waiting")]


def test_full_event_without_a_list_refuses(app):
    event = factories.make_event(capacity=1, has_waiting_list=False)
    _sign_up(event, "p0")

    with pytest.raises(places.EventFull):
        _sign_up(event, "p1")


def test_full_session_without_a_list_refuses_and_is_not_waited_for(app):
    event = factories.make_event(has_waiting_list=False)
    factories.make_session(event, "T1", capacity=0)

    with pytest.raises(places.SessionFull):
        _sign_up(event, "p0", "T1")
    with pytest.raises(rules.NoWaitingList):
        _sign_up(event, "p0", waiting=["T1"])


def test_person_holds_one_session_and_waits_for_others(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=5)
    factories.make_session(event, "B", capacity=0)
    factories.make_session(event, "C", capacity=0)

    person = _sign_up(event, "p0", "A", waiting=["B", "C"])

    assert person.state is RegistrationState.CONFIRMED
    assert _sessions(person) == ["A"]
    assert _waits_for(person) == ["B", "C"]


def test_session_that_is_full_by_now_is_waited_for(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)
    _sign_up(event, "p0", "A")

    person = _sign_up(event, "p1", "A")

    assert (person.state, _sessions(person), _waits_for(person)) == (RegistrationState.CONFIRMED, [], ["A"])


def test_list_ticked_for_a_session_that_is_free_by_now_gives_the_place(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)

    person = _sign_up(event, "p0", waiting=["A"])

    assert (_sessions(person), _waits_for(person)) == (["A"], [])
    assert _mails() == [("p0", "place_confirmed")]


def test_cancellation_gives_the_place_to_the_first_in_line_and_what_they_wished_for(app):
    event = factories.make_event(capacity=1)
    factories.make_session(event, "A", capacity=1)
    first, second, third = (_sign_up(event, f"p{n}", "A") for n in range(3))

    services.cancel(first, now=NOW)

    assert [each.state.value for each in (first, second, third)] == ["cancelled", "confirmed", "waiting"]
    assert (_sessions(second), _waits_for(second)) == (["A"], [])
    assert _position(third) == (1, 1)
    assert (event.places_taken, event.people_waiting) == (1, 1)
    assert second.promoted_at == NOW
    assert _mails()[3:] == [("p0", "cancelled"), ("p1", "promoted")]


def test_promotion_is_written_down_with_its_reason(app):
    event = factories.make_event(capacity=1)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))

    services.cancel(first, now=NOW)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "registration.promote")).one()
    assert (entry.subject_key, entry.details) == (f"jornada/{second.code}", {"reason": "cancellation"})


def test_who_gets_a_parallel_session_leaves_theirs_to_the_next(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)
    factories.make_session(event, "B", capacity=1)
    bob = _sign_up(event, "bob", "B")
    ada = _sign_up(event, "ada", "A", waiting=["B"])
    _sign_up(event, "cleo", waiting=["A"])
    bob_waits = _sign_up(event, "dora", waiting=["B"])
    ada_holds = _sessions(ada)

    services.cancel(bob, now=NOW)

    assert ada_holds == ["A"]
    assert _sessions(ada) == ["B"]
    assert _sessions(_find("cleo")) == ["A"]
    assert _waits_for(bob_waits) == ["B"]


def test_waiting_for_two_parallel_sessions_ends_with_the_first_that_comes(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)
    factories.make_session(event, "B", capacity=0)
    holder = _sign_up(event, "bob", "A")
    person = _sign_up(event, "ada", waiting=["A", "B"])

    services.cancel(holder, now=NOW)

    assert (_sessions(person), _waits_for(person)) == (["A"], [])


def test_session_goes_past_who_has_no_place_in_the_event(app):
    event = factories.make_event(capacity=2)
    factories.make_session(event, "A", capacity=1)
    holder, other = _sign_up(event, "bob", "A"), _sign_up(event, "ada")
    without_place = _sign_up(event, "cleo", "A")
    changes.change(other, _change(other, waiting=["A"]), now=NOW)

    changes.change(holder, _change(holder), now=NOW)

    assert _sessions(other) == ["A"]
    assert without_place.state is RegistrationState.WAITING


def test_who_comes_in_with_a_freed_place_does_not_pass_those_in_line_for_its_session(app):
    event = factories.make_event(capacity=2)
    factories.make_session(event, "A", capacity=1)
    holder = _sign_up(event, "bob", "A")
    in_line = _sign_up(event, "ada", "A")
    without_place = _sign_up(event, "cleo", "A")

    services.cancel(holder, now=NOW)

    assert _sessions(in_line) == ["A"]
    assert (without_place.state, _waits_for(without_place)) == (RegistrationState.CONFIRMED, ["A"])


def test_who_comes_in_with_a_freed_place_keeps_the_turn_in_the_line_of_its_session(app):
    event = factories.make_event(capacity=2)
    factories.make_session(event, "A", capacity=1)
    holder, other = _sign_up(event, "bob", "A"), _sign_up(event, "ada")
    without_place = _sign_up(event, "cleo", "A")
    changes.change(other, _change(other, waiting=["A"]), now=NOW)

    services.cancel(holder, now=NOW)

    assert (_sessions(without_place), _sessions(other)) == (["A"], [])


def test_those_who_come_in_together_get_sessions_in_the_order_of_their_lines(app):
    event = factories.make_event(capacity=0)
    factories.make_session(event, "A", capacity=1)
    first = _sign_up(event, "ada")
    second = _sign_up(event, "bob", "A")
    changes.change(first, _change(first, waiting=["A"]), now=NOW)

    places.hold(event)
    set_capacity(event, 2)
    promotions.settle(event, reason=Reason.CAPACITY, now=NOW)

    assert (_sessions(first), _sessions(second)) == ([], ["A"])


def test_those_approved_together_pass_nobody_who_would_rather_have_another_session(app):
    event = factories.make_event(access=Access.APPROVAL)
    factories.make_session(event, "A", capacity=1)
    factories.make_session(event, "B", capacity=1)
    first, second = _sign_up(event, "ada", waiting=["A", "B"]), _sign_up(event, "bob", "B")

    approvals.approve_all(event, [first.id, second.id], by=factories.make_staff(), now=NOW)

    assert (_sessions(first), _sessions(second)) == (["B"], [])
    assert _waits_for(second) == ["B"]


def test_what_came_before_somebody_signed_up_again_is_not_told_with_what_comes_now(app):
    event = factories.make_event(capacity=2)
    factories.make_session(event, "A", capacity=1)
    holder, other, person = _sign_up(event, "ada", "A"), _sign_up(event, "bob"), _sign_up(event, "cleo")
    services.cancel(other, now=NOW)
    services.cancel(person, now=NOW + timedelta(minutes=1))
    _sign_up(event, "cleo", "A", now=NOW + timedelta(minutes=2))
    services.cancel(holder, now=NOW + timedelta(minutes=3))

    tell_announcements(NOW + timedelta(minutes=4))

    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "promoted")).one()
    assert mail.subject == "Teniu plaça a «Taller A»"
    assert _sessions(_find("cleo")) == ["A"]


def test_raised_capacity_goes_to_those_in_line(app):
    event = factories.make_event(capacity=0)
    people = [_sign_up(event, f"p{n}") for n in range(3)]

    places.hold(event)
    set_capacity(event, 2)
    promotions.settle(event, reason=Reason.CAPACITY, now=NOW)

    assert [person.state.value for person in people] == ["confirmed", "confirmed", "waiting"]


def test_lowered_capacity_throws_nobody_out_and_promotes_nobody(app):
    event = factories.make_event(capacity=3)
    people = [_sign_up(event, f"p{n}") for n in range(3)]
    waiting = _sign_up(event, "late")
    set_capacity(event, 1)

    services.cancel(people[0], now=NOW)

    assert [each.state.value for each in (*people, waiting)] == ["cancelled", "confirmed", "confirmed", "waiting"]


def test_nobody_is_promoted_into_what_is_off_or_over(app):
    event = factories.make_event(capacity=1)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))
    event.state = EventState.CANCELLED

    services.cancel(first, now=NOW)
    promotions.settle(event, reason=Reason.CAPACITY, now=event.ends_at)

    assert second.state is RegistrationState.WAITING


# Offers


def test_offer_keeps_the_place_until_it_is_answered(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    first, second, third = (_sign_up(event, f"p{n}") for n in range(3))

    services.cancel(first, now=NOW)

    assert (second.state, third.state) == (RegistrationState.OFFERED, RegistrationState.WAITING)
    assert second.held_until == NOW + timedelta(hours=34)  # 24 hours of the day from 11 h, not of the night
    assert (event.places_taken, event.people_waiting) == (1, 1)
    assert _mails()[3:] == [("p0", "cancelled"), ("p1", "offered")]


def test_accepted_offer_is_a_place(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    factories.make_session(event, "A", capacity=9)
    first, second = (_sign_up(event, f"p{n}", "A") for n in range(2))
    services.cancel(first, now=NOW)

    offers.accept(second, None, now=NOW)

    assert (second.state, second.held_until, _sessions(second)) == (RegistrationState.CONFIRMED, None, ["A"])
    assert _mails()[-1] == ("p1", "promoted")
    with pytest.raises(offers.NothingOffered):
        offers.accept(second, None, now=NOW)


def test_declined_offer_goes_to_the_next(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    first, second, third = (_sign_up(event, f"p{n}") for n in range(3))
    services.cancel(first, now=NOW)

    offers.decline(second, None, now=NOW)

    assert (second.state, third.state) == (RegistrationState.CANCELLED, RegistrationState.OFFERED)
    assert event.places_taken == 1
    with pytest.raises(offers.NothingOffered):
        offers.decline(second, None, now=NOW)


def test_offer_that_nobody_answered_goes_to_the_next(own_app):
    with own_app.app_context():
        event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
        first, second, third = (_sign_up(event, f"p{n}") for n in range(3))
        services.cancel(first, now=NOW)
        until = second.held_until
        db.session.commit()
        tell_announcements(NOW)

        early = expire_held_places(until - timedelta(seconds=1))
        due = expire_held_places(until)
        again = expire_held_places(until)

        assert (early, due, again) == (0, 1, 0)
        assert (second.state, third.state) == (RegistrationState.CANCELLED, RegistrationState.OFFERED)
        assert _mails()[-2:] == [("p1", "offer_expired"), ("p2", "offered")]


def test_late_answer_finds_no_offer(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))
    services.cancel(first, now=NOW)

    with pytest.raises(offers.NothingOffered):
        offers.accept(second, None, now=second.held_until)


def test_offer_of_a_session_keeps_what_the_person_has_until_they_accept(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    factories.make_session(event, "A", capacity=1)
    b = factories.make_session(event, "B", capacity=1)
    bob, ada = _sign_up(event, "bob", "B"), _sign_up(event, "ada", "A", waiting=["B"])
    services.cancel(bob, now=NOW)
    before = _sessions(ada), b.places_taken

    offers.accept(ada, b, now=NOW)

    assert before == (["A"], 1)
    assert (_sessions(ada), _waits_for(ada), b.places_taken) == (["B"], [], 1)


def test_declined_offer_of_a_session_goes_to_the_next(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    a = factories.make_session(event, "A", capacity=1)
    bob = _sign_up(event, "bob", "A")
    ada, cleo = _sign_up(event, "ada", waiting=["A"]), _sign_up(event, "cleo", waiting=["A"])
    services.cancel(bob, now=NOW)

    offers.decline(ada, a, now=NOW)

    assert (_waits_for(ada), _offers(cleo)) == ([], ["A"])
    assert a.places_taken == 1


def test_offer_of_a_session_expires(own_app):
    with own_app.app_context():
        event = factories.make_event(promotion=Promotion.OFFER)
        factories.make_session(event, "A", capacity=1)
        bob = _sign_up(event, "bob", "A")
        ada, cleo = _sign_up(event, "ada", waiting=["A"]), _sign_up(event, "cleo", waiting=["A"])
        services.cancel(bob, now=NOW)
        db.session.commit()
        tell_announcements(NOW)

        expire_held_places(NOW + timedelta(days=3))

        assert ada.state is RegistrationState.CONFIRMED
        assert (_waits_for(ada), _offers(cleo)) == ([], ["A"])


def test_who_has_an_offer_and_cancels_leaves_it_to_the_next(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    a = factories.make_session(event, "A", capacity=1)
    bob = _sign_up(event, "bob", "A")
    ada, cleo = _sign_up(event, "ada", waiting=["A"]), _sign_up(event, "cleo", waiting=["A"])
    services.cancel(bob, now=NOW)

    services.cancel(ada, now=NOW)

    assert _offers(cleo) == ["A"]
    assert (a.places_taken, event.places_taken) == (1, 1)


def test_who_has_an_offer_may_simply_choose_the_session(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    a = factories.make_session(event, "A", capacity=1)
    bob, ada = _sign_up(event, "bob", "A"), _sign_up(event, "ada", waiting=["A"])
    services.cancel(bob, now=NOW)

    changes.change(ada, _change(ada, "A"), now=NOW)

    assert (_sessions(ada), _waits_for(ada), a.places_taken) == (["A"], [], 1)


def test_offer_nobody_was_told_of_does_not_run_out(own_app):
    with own_app.app_context():
        event = factories.make_event(capacity=1, promotion=Promotion.OFFER, offer_hours=2)
        factories.make_session(event, "A", capacity=1)
        holder, person = (_sign_up(event, name, "A") for name in ("ada", "bob"))
        services.cancel(holder, now=NOW)
        db.session.commit()
        late = NOW + timedelta(hours=5)

        expired = expire_held_places(late)
        tell_announcements(late)

        person = _find("bob")
        assert (expired, person.state) == (0, RegistrationState.OFFERED)
        assert person.held_until == late + timedelta(hours=2)
        assert _kinds("bob") == ["waiting", "offered"]
        assert expire_held_places(person.held_until) == 1


def test_offer_of_a_session_nobody_was_told_of_does_not_run_out(own_app):
    with own_app.app_context():
        event = factories.make_event(promotion=Promotion.OFFER, offer_hours=2)
        factories.make_session(event, "A", capacity=1)
        holder = _sign_up(event, "ada", "A")
        _sign_up(event, "bob", "A")
        services.cancel(holder, now=NOW)
        db.session.commit()
        late = NOW + timedelta(hours=5)

        expired = expire_held_places(late)
        tell_announcements(late)

        [entry] = waiting_list.list_entries(_find("bob"))
        assert (expired, entry.offered_until) == (0, late + timedelta(hours=2))
        assert expire_held_places(entry.offered_until) == 1


def test_who_gave_no_address_gets_the_place_at_once(app):
    event = factories.make_event(promotion=Promotion.OFFER)
    factories.make_session(event, "A", capacity=1)
    holder = _sign_up(event, "ada", "A")
    person = factories.make_registration(event, email="")
    changes.change(person, _change(person, waiting=["A"]), by=factories.make_staff(), now=NOW)

    services.cancel(holder, now=NOW)

    assert (_sessions(person), _waits_for(person)) == (["A"], [])


def test_offer_made_while_a_change_is_under_way_is_given_back_by_it(own_app):
    with own_app.app_context():
        event = factories.make_event(promotion=Promotion.OFFER)
        factories.make_session(event, "A", capacity=1)
        _sign_up(event, "ada", "A")
        _sign_up(event, "bob", "A")
        db.session.commit()
        person = _find("bob")
        wanted = _change(person)
        known = waiting_list.list_sessions(person)
        with own_app.app_context(), transaction():
            services.cancel(_find("ada"), now=NOW)

        with transaction():
            changes.change(person, wanted, now=NOW)

        assert [session.code for session in known] == ["A"]
        assert db.session.scalars(select(Session.places_taken)).all() == [0]


def test_shortly_before_the_start_the_place_is_given_at_once(app):
    event = factories.make_event(capacity=1, promotion=Promotion.OFFER)
    first, second = (_sign_up(event, f"p{n}") for n in range(2))

    services.cancel(first, now=event.starts_at - timedelta(minutes=30))

    assert second.state is RegistrationState.CONFIRMED


def test_leaving_a_list_moves_the_others_up(app):
    event = factories.make_event()
    a = factories.make_session(event, "A", capacity=0)
    ada, bob = _sign_up(event, "ada", waiting=["A"]), _sign_up(event, "bob", waiting=["A"])

    changes.leave_list(ada, a, now=NOW)
    changes.leave_list(ada, a, now=NOW)

    assert (_waits_for(ada), _position(bob, "A"), a.people_waiting) == ([], (1, 1), 1)


# Places kept for groups


def test_group_takes_the_places_kept_for_it_and_then_open_ones(app):
    event = _with_reserved(capacity=3, citizens=1)

    citizens = [_sign_up(event, f"c{n}", dimension=Dimension.CITIZENS) for n in range(3)]
    staff = [_sign_up(event, f"s{n}", dimension=Dimension.INTERNAL) for n in range(2)]

    assert [each.has_reserved_place for each in citizens] == [True, False, False]
    assert [each.state.value for each in (*citizens, *staff)] == ["confirmed"] * 3 + ["waiting"] * 2
    assert (event.places_taken, event.places_kept) == (3, 0)


def test_others_leave_the_kept_places_alone(app):
    event = _with_reserved(capacity=2, citizens=1)

    staff = [_sign_up(event, f"s{n}", dimension=Dimension.INTERNAL) for n in range(2)]
    citizen = _sign_up(event, "c0", dimension=Dimension.CITIZENS)

    assert [each.state.value for each in (*staff, citizen)] == ["confirmed", "waiting", "confirmed"]


def test_kept_place_that_is_freed_goes_to_the_line_of_its_group(app):
    event = _with_reserved(capacity=2, citizens=1)
    staff = _sign_up(event, "s0", dimension=Dimension.INTERNAL)
    citizen = _sign_up(event, "c0", dimension=Dimension.CITIZENS)
    first_in_line = _sign_up(event, "s1", dimension=Dimension.INTERNAL)
    of_the_group = _sign_up(event, "c1", dimension=Dimension.CITIZENS)

    services.cancel(citizen, now=NOW)
    after_kept = first_in_line.state.value, of_the_group.state.value, of_the_group.has_reserved_place
    services.cancel(staff, now=NOW)

    assert after_kept == ("waiting", "confirmed", True)
    assert first_in_line.state is RegistrationState.CONFIRMED
    assert (event.places_taken, event.places_kept) == (2, 0)


def test_reservation_cannot_be_larger_than_the_event(app):
    event = factories.make_event(capacity=2)

    with pytest.raises(places.MoreReservedThanPlaces):
        places.reserve(event, {Dimension.CITIZENS: 3}, {})


# Changes


def test_change_of_session_takes_the_new_place_first(app):
    event = factories.make_event()
    a, b = factories.make_session(event, "A", capacity=1), factories.make_session(event, "B", capacity=1)
    person = _sign_up(event, "ada", "A")

    is_different = changes.change(person, _change(person, "B"), now=NOW)

    assert is_different
    assert (_sessions(person), a.places_taken, b.places_taken) == (["B"], 0, 1)
    assert _mails()[-1] == ("ada", "changed")


def test_change_into_a_full_session_keeps_the_old_place(app):
    event = factories.make_event()
    a = factories.make_session(event, "A", capacity=1)
    factories.make_session(event, "B", capacity=0)
    person = _sign_up(event, "ada", "A")

    with pytest.raises(places.SessionFull):
        changes.change(person, _change(person, "B"), now=NOW)

    assert (_sessions(person), a.places_taken) == (["A"], 1)


def test_place_left_by_a_change_goes_to_the_first_in_line(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)
    factories.make_session(event, "B", capacity=1)
    ada, bob = _sign_up(event, "ada", "A"), _sign_up(event, "bob", waiting=["A"])

    changes.change(ada, _change(ada, "B"), now=NOW)

    assert (_sessions(ada), _sessions(bob)) == (["B"], ["A"])


def test_change_of_nothing_writes_nothing(app):
    event = factories.make_event()
    factories.make_session(event, "A", capacity=1)
    person = _sign_up(event, "ada", "A")

    assert changes.change(person, _change(person, "A"), now=NOW) is changes.Outcome.SAME

    assert _mails() == [("ada", "place_confirmed")]


def test_change_after_the_deadline_is_for_staff(app):
    event = factories.make_event(changes_close_at=NOW)
    person = _sign_up(event, "ada")
    wanted = Change("Ada", "Pla", "", "es", ())

    with pytest.raises(rules.ChangesClosed):
        changes.change(person, wanted, now=NOW)
    with pytest.raises(rules.ChangesClosed):
        services.cancel(person, now=NOW)
    changes.change(person, wanted, by=factories.make_staff(), now=NOW)

    assert (person.full_name, person.organisation, person.language) == ("Ada Pla", "", "es")
    assert person.sort_key.startswith("pla ! ada")


def test_who_waits_changes_what_they_wait_for(app):
    event = factories.make_event(capacity=0)
    factories.make_session(event, "A", capacity=5)
    factories.make_session(event, "B", capacity=5)
    person = _sign_up(event, "ada", "A")

    changes.change(person, _change(person, "B"), now=NOW)

    assert (person.state, _sessions(person), _waits_for(person)) == (RegistrationState.WAITING, [], ["B"])


def test_cancelled_registration_cannot_be_changed(app):
    person = _sign_up(factories.make_event(), "ada")
    services.cancel(person, now=NOW)

    with pytest.raises(changes.NothingToChange):
        changes.change(person, _change(person), now=NOW)


def test_signing_up_again_stands_at_the_end_of_the_list(app):
    event = factories.make_event(capacity=1)
    first, second, third = (_sign_up(event, f"p{n}") for n in range(3))
    services.cancel(second, now=NOW)

    again = _sign_up(event, "p1")

    assert [_position(person) for person in (third, again)] == [(1, 2), (2, 2)]
    assert first.state is RegistrationState.CONFIRMED


def _sign_up(event, name, *codes, waiting=(), dimension=None, now=NOW):
    answers = Answers(
        "Bob", "Pla", f"{name}@example.org", session_codes=codes, waiting_codes=waiting, dimension=dimension
    )
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=now)


def _change(person, *codes, waiting=()):
    return Change(person.first_name, person.last_name, person.organisation, person.language, codes, waiting)


def _find(name):
    return db.session.scalars(select(Registration).where(Registration.email_key == f"{name}@example.org")).one()


def _sessions(person):
    db.session.expire(person, ["sessions"])
    return [session.code for session in person.sessions]


def _waits_for(person):
    return [entry.session.code for entry in waiting_list.list_entries(person) if entry.session]


def _offers(person):
    return [entry.session.code for entry in waiting_list.list_entries(person) if entry.offered_until]


def _position(person, code=None):
    entries = {entry.session.code if entry.session else None: entry for entry in waiting_list.list_entries(person)}
    position = waiting_list.find_position(entries[code])
    return position.number, position.total


def _with_reserved(capacity, citizens):
    event = factories.make_event(capacity=capacity)
    places.hold(event)
    places.reserve(event, {Dimension.CITIZENS: citizens}, {})
    db.session.flush()
    return event


def _mails():
    """Who was written to of what, once those whom others gave a place are told too."""
    tell_announcements(NOW)
    rows = db.session.execute(select(OutgoingMail.recipient, OutgoingMail.kind).order_by(OutgoingMail.id))
    return [(recipient.partition("@")[0], kind) for recipient, kind in rows]


def _kinds(name):
    """The kinds of the mails written to somebody, in order."""
    query = select(OutgoingMail.kind).where(OutgoingMail.recipient == f"{name}@example.org").order_by(OutgoingMail.id)
    return list(db.session.scalars(query))
