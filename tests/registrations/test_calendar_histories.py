"""Whole lives of registrations through the real acts: the mails that were written leave calendars as they should be."""

import itertools
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from core.database import db
from core.errors import DomainError
from core.mail import MailState, OutgoingMail, build_message
from events import services as events
from events import sessions as programme
from events.capacity import set_capacity
from events.models import CalendarShape, EventState, Promotion, SessionKind
from registrations import calendars, changes, offers, services, telling
from registrations.changes import Change
from registrations.ical import make_feed
from registrations.models import RegistrationSource
from registrations.services import Answers
from tests import factories
from tests.calendar_programs import CalendarProgram, Item, read_feed
from tests.factories import NOW

pytestmark = pytest.mark.both_databases

CODES = ("A", "B", "C")  # A and B at the same time, C after them; P is for all
PEOPLE = ("bob@example.org", "cleo@example.org", "dana@example.org")
NUMBERS = itertools.count()

people = some.sampled_from(PEOPLE)
wishes = some.lists(some.sampled_from(CODES), unique=True, max_size=3)
acts = some.one_of(
    some.tuples(some.just("sign_up"), people, wishes),
    some.tuples(some.just("cancel"), people),
    some.tuples(some.just("change"), people, wishes),
    some.tuples(some.just("accept"), people, some.sampled_from((None, *CODES))),
    some.tuples(some.just("move"), some.sampled_from((None, *CODES, "P")), some.integers(1, 20)),
    some.tuples(some.just("cancel_session"), some.sampled_from(CODES)),
    some.tuples(some.just("restore_session"), some.sampled_from(CODES)),
    some.tuples(some.just("cancel_event")),
    some.tuples(some.just("restore_event")),
    some.tuples(some.just("tell")),
    some.tuples(some.just("deliver")),
    some.tuples(some.just("shape")),
    some.tuples(some.just("raise_capacity")),
)


class World:
    """An event with one place in each session, and those who want to come."""

    def __init__(self, shape, promotion):
        self.event = event = factories.make_event(
            f"jornada-{next(NUMBERS)}", capacity=2, calendar_shape=shape, promotion=promotion
        )
        self.event.ends_at += timedelta(hours=6)
        hour = timedelta(hours=1)
        factories.make_session(event, "P", kind=SessionKind.PLENARY, starts_at=event.starts_at)
        for number, code in enumerate(CODES):
            starts_at = event.starts_at + (3 if number == 2 else 1) * hour
            factories.make_session(event, code, starts_at=starts_at, capacity=1)
        self.now = NOW
        self.slug = event.slug

    def session(self, code):
        return next(session for session in self.event.sessions if session.code == code)

    def find(self, email):
        return services.find_by_address(self.event, email)

    def sign_up(self, email, codes):
        answers = Answers("Bob", "Pla", email, session_codes=codes)
        services.register(self.event, answers, source=RegistrationSource.PERSON, language="ca", now=self.now)

    def cancel(self, email):
        if registration := self.find(email):
            services.cancel(registration, now=self.now)

    def change(self, email, codes):
        if registration := self.find(email):
            changes.change(registration, Change("Bob", "Pla", "", "ca", codes), now=self.now)

    def accept(self, email, code):
        if registration := self.find(email):
            offers.accept(registration, self.session(code) if code else None, now=self.now)

    def move(self, code, minutes):
        if code is None:
            events.update_event(self.event, {"venue": f"Centre {minutes}"}, by=None, now=self.now)
        else:
            session, step = self.session(code), timedelta(minutes=minutes)
            values = {"starts_at": session.starts_at + step, "ends_at": session.ends_at + step}
            programme.update_session(session, values, by=None, now=self.now)

    def cancel_session(self, code):
        programme.cancel_session(self.session(code), by=None, now=self.now)

    def restore_session(self, code):
        programme.restore_session(self.session(code), by=None, now=self.now)

    def cancel_event(self):
        events.cancel(self.event, by=None, now=self.now)

    def restore_event(self):
        events.publish(self.event, by=None, now=self.now)

    def tell(self):
        telling.tell_announcements(self.now)

    def deliver(self):
        for mail in db.session.scalars(select(OutgoingMail).where(OutgoingMail.state == MailState.WAITING)):
            mail.state = MailState.SENT

    def shape(self):
        self.event.calendar_shape = next(each for each in CalendarShape if each is not self.event.calendar_shape)

    def raise_capacity(self):
        set_capacity(self.session("A"), 3)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shape=some.sampled_from(CalendarShape),
    promotion=some.sampled_from(Promotion),
    history=some.lists(acts, max_size=20),
)
def test_mails_of_a_whole_life_leave_exactly_what_is_attended(app, shape, promotion, history):
    world = World(shape, promotion)

    for act, *words in history:
        _do(world, act, words)
    world.tell()

    for email in PEOPLE:
        registration = world.find(email)
        if registration is None:
            continue
        program = CalendarProgram(email)
        program.receive(_read_calendars(registration))
        told = program.items
        last = calendars.update(registration, registration.sessions, now=world.now)
        program.receive(file.content.encode() for file in last)
        assert program.items == _true_items(world.event, registration)
        assert read_feed(_feed(registration)) == program.items
        if not any(act == "shape" for act, *_words in history):
            assert told == program.items


def _do(world, act, words):
    """Do an act an hour after the last; a rule may refuse it, and then nothing of it stays."""
    world.now += timedelta(hours=1)
    savepoint = db.session.begin_nested()
    try:
        getattr(world, act)(*words)
        if savepoint.is_active:
            savepoint.commit()
    except DomainError:
        savepoint.rollback()
    db.session.expire_all()


def _read_calendars(registration):
    """The calendars attached to the mails of a person that left or will, in order, as they travel."""
    query = select(OutgoingMail).where(
        OutgoingMail.recipient == registration.email,
        OutgoingMail.state != MailState.WITHDRAWN,
    )
    for mail in db.session.scalars(query.order_by(OutgoingMail.id)):
        message = BytesParser(policy=policy.default).parsebytes(build_message(mail, sender="a@example.org").as_bytes())
        for part in message.iter_attachments():
            content = part.get_payload(decode=True)
            if f"registration-{registration.event_id}-".encode() in content:
                yield content


def _true_items(event, registration):
    if not registration.is_confirmed or event.state is EventState.CANCELLED:
        return []
    where = f"{event.venue}, {event.address}"
    whole = [Item(event.title, where, event.starts_at, event.ends_at)]
    if event.calendar_shape is CalendarShape.EVENT:
        return whole
    mine = {session.code for session in registration.sessions} | {"P"}
    items = [
        Item(session.title, where, session.starts_at, session.ends_at)
        for session in event.sessions
        if session.code in mine and not session.is_cancelled
    ]
    return sorted(items, key=lambda item: (item.starts_at, item.title))


def _feed(registration):
    shown = calendars.list_shown(registration, registration.sessions)
    return make_feed(registration.event, shown, url="https://example.org")
