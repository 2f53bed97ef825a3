"""Copying an event: its programme and settings on another day, by the clock on the wall, and never its people."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from accounts.models import AuditEntry
from contributions.models import Topic
from core.database import db
from events import event_copies
from events.event_copies import Plan, copy_event, suggest_start
from events.models import Access, CalendarShape, Dimension, Event, EventState, Promotion, Room, Session, SessionKind
from events.services import SlugTaken
from registrations import questions, supports
from registrations.models import Registration, SupportKind
from tests.factories import (
    EVENT_START,
    NOW,
    make_entry,
    make_event,
    make_process,
    make_question,
    make_registration,
    make_room,
    make_session,
    make_staff,
    make_team,
    offer_supports,
    reserve_places,
)

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def copy(event, starts_at=None, **changes):
    values = {"title": event.title, "slug": "copia", "starts_at": starts_at or event.starts_at + WEEK}
    plan = Plan(**{**values, "team": event.team, "process": event.process, **changes})
    return copy_event(event, plan, by=None, now=NOW)[0]


@pytest.mark.both_databases
def test_a_copy_is_a_draft_on_another_day_with_the_whole_programme(app):
    event = make_event(capacity=80, process=make_process(), objectives="Conèixer", state=EventState.CLOSED)
    room = make_room(event, capacity=20)
    make_session(event, "T1", room_id=room.id, capacity=12, dimension=Dimension.CITIZENS, facilitators="Ada")
    make_session(event, "PL", kind=SessionKind.PLENARY, starts_at=event.starts_at)

    made = copy(event, title="Segona")
    db.session.expire_all()

    assert (made.title, made.slug, made.state, made.capacity) == ("Segona", "copia", EventState.DRAFT, 80)
    assert (made.process.slug, made.team, made.objectives) == ("impulsem", event.team, "Conèixer")
    assert [(each.code, each.starts_at - made.starts_at) for each in made.sessions] == [
        ("PL", timedelta()),
        ("T1", timedelta(minutes=30)),
    ]
    first = made.sessions[1]
    assert (first.capacity, first.dimension, first.facilitators) == (12, Dimension.CITIZENS, "Ada")
    assert (first.room.name, first.room.capacity, first.room.event) == ("Sala 1", 20, made)
    assert [each.code for each in event.sessions] == ["PL", "T1"]


@pytest.mark.both_databases
def test_nobody_is_copied(app):
    event = make_event(capacity=1)
    session = make_session(event, capacity=1)
    make_registration(event, session)
    session.people_waiting = event.people_waiting = 3
    session.declared_participants = 40

    made = copy(event)

    counters = [(each.places_taken, each.extra_places, each.people_waiting) for each in (made, *made.sessions)]
    assert counters == [(0, 0, 0), (0, 0, 0)]
    assert made.sessions[0].declared_participants is None
    assert db.session.scalars(select(Registration).where(Registration.event_id == made.id)).all() == []


def test_settings_are_copied_and_registration_moves_along(app):
    kept = {
        "access": Access.APPROVAL,
        "has_waiting_list": False,
        "promotion": Promotion.OFFER,
        "offer_hours": 12,
        "confirms_address": True,
        "address_minutes": 5,
        "calendar_shape": CalendarShape.SESSIONS,
        "reminder_days": [7, 1],
        "sends_thanks": True,
        "writing_days": 30,
        "records_exits": True,
        "tolerance_minutes": 5,
    }
    event = make_event(registration_opens_at=EVENT_START - 30 * DAY, changes_close_at=EVENT_START - DAY, **kept)

    made = copy(event)

    assert {name: getattr(made, name) for name in kept} == kept
    assert made.registration_opens_at == made.starts_at - 30 * DAY
    assert (made.registration_closes_at, made.changes_close_at) == (None, made.starts_at - DAY)
    assert made.reminder_days is not event.reminder_days


@pytest.mark.parametrize(
    ("model", "left"),
    [
        (
            Event,
            {
                *("id", "slug", "title", "starts_at", "ends_at", "process_id", "team_id", "state", "sequence"),
                *("created_at", "updated_at", "places_taken", "extra_places", "people_waiting", "places_kept"),
                "shows_contributions",
            },
        ),
        (
            Session,
            {
                *("id", "event_id", "room_id", "starts_at", "ends_at", "cancelled_at", "source_url"),
                *("declared_participants", "declared_contributions", "declared_proposals"),
                *("places_taken", "extra_places", "people_waiting"),
            },
        ),
        (Room, {"id", "event_id"}),
    ],
)
def test_every_column_is_copied_or_left_behind_on_purpose(model, left):
    copied = {
        Event: event_copies._OF_EVENT - {"neighbourhoods"},
        Session: event_copies._OF_SESSION,
        Room: {"name", "capacity"},
    }[model]

    assert {column.name for column in model.__table__.columns} - left == copied


def test_cancelled_sessions_stay_behind(app):
    event = make_event()
    make_session(event, "T1")
    make_session(event, "T2", cancelled_at=NOW)

    assert [each.code for each in copy(event).sessions] == ["T1"]


@pytest.mark.both_databases
def test_questions_supports_reserved_places_and_topics_come_along(app):
    event = make_event(capacity=50)
    sessions = [make_session(event, "T1"), make_session(event, "T2", cancelled_at=NOW)]
    make_question(event, "Abans", withdrawn_at=NOW)
    make_question(event, "Com?", "one", options=["a", "b"], is_required=True, hint="Trieu", sessions=sessions)
    offer_supports(event, "menu", "hearing_loop")
    reserve_places(event, citizens=10)
    make_entry(sessions[0], topic_name="Habitatge")

    made = copy(event)

    (asked,) = questions.list_questions(made, with_withdrawn=True)
    assert (asked.text, asked.hint, asked.options, asked.is_required) == ("Com?", "Trieu", ["a", "b"], True)
    assert (asked.is_for_some, asked.sessions) == (True, [made.sessions[0]])
    assert supports.list_offered(made) == [SupportKind.HEARING_LOOP, SupportKind.MENU]
    assert [(each.dimension, each.places) for each in made.reserved_places] == [(Dimension.CITIZENS, 10)]
    assert (made.places_kept, made.places_left) == (10, 40)
    assert db.session.scalars(select(Topic.name).where(Topic.event_id == made.id)).all() == ["Habitatge"]


def test_topics_of_a_process_are_there_already(app):
    event = make_event(process=make_process())
    make_entry(make_session(event), topic_name="Habitatge")

    copy(event)

    assert [(each.name, each.event_id) for each in db.session.scalars(select(Topic))] == [("Habitatge", None)]


def test_what_is_taken_along_is_said(app):
    event = make_event(registration_opens_at=EVENT_START - 30 * DAY)
    make_room(event)
    make_session(event)
    make_question(event)
    plan = Plan(event.title, "copia", event.starts_at + WEEK, event.team, None)

    _copy, said = copy_event(event, plan, by=None, now=NOW)

    assert [each.sentence for each in said] == [
        "Els textos, el lloc i com s’hi inscriuen",
        "1 sessió",
        "1 sala",
        "Les inscripcions s’obren el 10 de novembre de 2026, 9.30 h",
        "1 pregunta del formulari d’inscripció",
    ]


def test_the_trail_says_what_was_copied(app):
    event = make_event()

    made = copy(event)

    of_copy = select(AuditEntry).where(AuditEntry.subject_key == made.slug).order_by(AuditEntry.id)
    assert [(each.act, each.details) for each in db.session.scalars(of_copy)] == [
        ("event.create", {}),
        ("event.copy", {"original": "jornada"}),
    ]


def test_an_address_that_is_taken_is_refused(app):
    event = make_event()

    with pytest.raises(SlugTaken):
        copy(event, slug="jornada")


def test_over_the_end_of_summer_time_every_hour_stays(app):
    event = make_event(starts_at=datetime(2026, 10, 20, 7, 30, tzinfo=UTC))
    make_session(event)

    made = copy(event, event.starts_at + WEEK + timedelta(hours=1))

    hours = [each.astimezone(made.zone).strftime("%H:%M") for each in (made.starts_at, made.ends_at)]
    assert hours == ["09:30", "14:00"]
    assert made.sessions[0].starts_at == datetime(2026, 10, 27, 9, 0, tzinfo=UTC)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.integers(-60 * 24 * 400, 60 * 24 * 400),
    offsets=st.lists(st.tuples(st.integers(0, 60 * 40), st.integers(1, 300)), max_size=4),
    zone=st.sampled_from(["Europe/Madrid", "America/St_Johns", "UTC"]),
)
def test_whenever_it_is_copied_to_every_period_is_whole_and_moves_by_the_clock(app, minutes, offsets, zone):
    with db.session.begin_nested() as point:
        event = make_event(timezone=zone)
        for number, (start, length) in enumerate(offsets):
            starts_at = event.starts_at + timedelta(minutes=start)
            make_session(event, f"T{number}", starts_at=starts_at).ends_at = starts_at + timedelta(minutes=length)
        db.session.flush()
        starts_at = event.starts_at + timedelta(minutes=minutes)

        made = copy(event, starts_at)

        assert made.starts_at == starts_at
        before = {each.code: _clock(each, event) for each in event.sessions}
        after = {each.code: _clock(each, made) for each in made.sessions}
        step = _clock(made, made) - _clock(event, event)
        assert all(each.starts_at < each.ends_at for each in (made, *made.sessions))
        # An hour that the clocks skip, or show twice, has no other choice.
        off = {after[code] - before[code] - step for code in before} - {timedelta()}
        assert off <= {timedelta(hours=1), timedelta(hours=-1)}
        point.rollback()
    db.session.expunge_all()


def _clock(period, event):
    return period.starts_at.astimezone(event.zone).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("starts_at", "suggested"),
    [
        (EVENT_START, datetime(2027, 12, 2, 8, 30, tzinfo=UTC)),
        (datetime(2020, 6, 4, 7, 30, tzinfo=UTC), datetime(2027, 5, 27, 7, 30, tzinfo=UTC)),
    ],
)
def test_the_same_day_of_the_week_is_proposed(app, starts_at, suggested):
    assert suggest_start(make_event(starts_at=starts_at), NOW) == suggested


def test_only_what_one_organises_can_be_copied(app):
    mine = make_event("a")
    make_event("b", team=make_team("Altres"))

    assert event_copies.list_to_copy(make_staff()) == [mine]
    assert event_copies.list_to_copy(make_staff("vera@example.org", role="viewer")) == []
