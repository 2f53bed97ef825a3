"""Messages: whom they go to, sent once and as they were looked at, stopped at once and taken up again."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry, StaffMember
from core.database import db, transaction
from core.mail import MailState, OutgoingMail
from core.mail_delivery import deliver
from events.models import Event, EventState
from messages import audiences, mails, notifications, services
from messages.mails import Progress, count_progress, write_messages
from messages.models import Message, MessageRecipient, MessageState
from messages.services import (
    Confirmed,
    EventIsDraft,
    ListChanged,
    NobodyToWriteTo,
    NotADraft,
    NothingToStop,
    NotStopped,
    TextChanged,
    TextMissing,
)
from registrations import confirmations, expiries, reminders
from registrations import mails as mail_desk
from registrations import services as registrations
from registrations.attendees import Filter
from registrations.models import (
    Awaited,
    RegistrationSource,
    RegistrationState,
)
from registrations.services import cancel
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(minutes=5)
TEXTS = {"ca": {"subject": "Aparcament, {nom}", "text": "Hola, {nom}:\n\n{enllaç}"}}


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "T1")
    return event


@pytest.fixture
def ada(app):
    return factories.make_staff()


def people(event, count, **values):
    return [
        factories.make_registration(event, first_name=f"P{n}", email=f"p{n}@example.org", **values)
        for n in range(count)
    ]


def draft(event, ada, texts=TEXTS, **values):
    return services.create(event, texts, {}, by=ada, now=NOW, **values)


def send(message, ada, wanted=None, now=NOW):
    wanted = wanted or Filter()
    audience = audiences.count_audience(message.event, wanted, with_cancelled=message.with_cancelled)
    return services.send(message, wanted, Confirmed(audience.mark, message.revision), by=ada, now=now)


def written():
    query = select(OutgoingMail).where(OutgoingMail.kind == "message").order_by(OutgoingMail.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def addresses(state=None):
    return sorted(mail.recipient for mail in written() if state is None or mail.state is state)


def progress(message):
    db.session.flush()
    return count_progress([message])[message.id]


@pytest.mark.both_databases
def test_everybody_of_the_list_gets_one_mail_each_as_bulk(event, ada):
    session = event.sessions[0]
    people(event, 3)
    bob = factories.make_registration(event, session)
    message = draft(event, ada)

    count = send(message, ada, Filter(session=session))
    told = (write_messages(LATER), write_messages(LATER))

    (mail,) = written()
    assert (count, told, message.state, message.people) == (1, (1, 0), MessageState.SENT, 1)
    assert (mail.recipient, mail.subject, mail.is_bulk) == (bob.email, "Aparcament, Bob", True)
    assert progress(message) == Progress(waiting=1)


@pytest.mark.both_databases
def test_who_is_not_written_to_is_counted_and_named(event, ada):
    people(event, 2)
    factories.make_registration(event, first_name="Sense", last_name="Adreça", email="")
    factories.make_registration(event, email="c@example.org", state=RegistrationState.CANCELLED)
    factories.make_registration(event, email="d@example.org", state=RegistrationState.PENDING, awaits=Awaited.ADDRESS)
    factories.make_registration(
        event, email="e@example.org", state=RegistrationState.PENDING, awaits=Awaited.APPROVAL, language="es"
    )

    audience = audiences.count_audience(event, Filter(), with_cancelled=False)
    with_cancelled = audiences.count_audience(event, Filter(), with_cancelled=True)

    assert replace(audience, mark="") == audiences.Audience(
        people=3,
        mark="",
        by_language={"ca": 2, "es": 1},
        without_address=1,
        nameless=["Sense Adreça"],
        cancelled=1,
        unconfirmed=1,
        refusing=0,
    )
    assert (with_cancelled.people, with_cancelled.cancelled) == (4, 0)


@pytest.mark.both_databases
def test_who_cancelled_gets_it_only_when_that_was_chosen(event, ada):
    factories.make_registration(event, state=RegistrationState.CANCELLED)
    wanted = Filter(state=RegistrationState.CANCELLED)
    message = draft(event, ada)
    db.session.commit()

    with pytest.raises(NobodyToWriteTo), transaction():
        send(message, ada, wanted)
    count = send(draft(event, ada, with_cancelled=True), ada, wanted)
    write_messages(LATER)

    assert (count, addresses()) == (1, ["bob@example.org"])


@pytest.mark.both_databases
def test_who_never_confirmed_the_address_is_not_written_to_after_the_time_ran_out_either(app, ada):
    event = factories.make_event(confirms_address=True)
    confirmed, _left = [
        registrations.register(
            event,
            registrations.Answers("Bob", "Pla", f"p{number}@example.org"),
            source=RegistrationSource.PERSON,
            language="ca",
            now=NOW,
        )
        for number in range(2)
    ]
    confirmations.confirm(confirmed, now=NOW)
    cancel(confirmed, now=NOW)
    db.session.commit()
    expiries.expire_held_places(NOW + timedelta(days=1))

    audience = audiences.count_audience(event, Filter(), with_cancelled=True)
    send(draft(event, ada, with_cancelled=True), ada)
    write_messages(LATER)

    assert (audience.people, audience.unconfirmed) == (1, 1)
    assert addresses() == [confirmed.email]


def test_a_sample_is_one_of_each_language_and_always_the_same(event, ada):
    people(event, 3)
    spanish = factories.make_registration(event, email="es@example.org", language="es")
    english = factories.make_registration(event, email="en@example.org", language="en")
    sample = partial(audiences.list_sample, event, Filter(), with_cancelled=False)

    assert [each.email for each in sample()] == ["p0@example.org", english.email, spanish.email]
    assert [each.email for each in sample(skip=3)] == ["p1@example.org", "p2@example.org"]


def test_each_gets_it_in_their_language_or_in_that_of_the_event(event, ada):
    for language in ("ca", "es", "en"):
        factories.make_registration(event, email=f"{language}@example.org", language=language)
    texts = {**TEXTS, "es": {"subject": "Aparcamiento, {nombre}", "text": "Hola"}}

    send(draft(event, ada, texts), ada)
    write_messages(LATER)

    assert [(mail.recipient[:2], mail.language, mail.subject) for mail in written()] == [
        ("ca", "ca", "Aparcament, Bob"),
        ("es", "es", "Aparcamiento, Bob"),
        ("en", "ca", "Aparcament, Bob"),
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [EventState.PUBLISHED, EventState.CANCELLED, EventState.CLOSED])
def test_a_cancelled_event_and_one_that_is_over_can_be_written_about(event, ada, state):
    people(event, 1)
    event.state = state

    assert send(draft(event, ada), ada, now=event.ends_at + timedelta(days=1)) == 1


def test_a_draft_of_an_event_cannot(event, ada):
    people(event, 1)
    event.state = EventState.DRAFT

    with pytest.raises(EventIsDraft):
        send(draft(event, ada), ada)


def test_an_event_whose_language_has_changed_needs_a_text_in_it(event, ada):
    people(event, 1)
    message = draft(event, ada)
    event.language = "en"

    with pytest.raises(TextMissing):
        send(message, ada)


@pytest.mark.both_databases
def test_a_list_that_changed_meanwhile_is_to_be_looked_at_again(event, ada):
    first, _second = people(event, 2)
    message = draft(event, ada)
    seen = Confirmed(audiences.count_audience(event, Filter(), with_cancelled=False).mark, message.revision)
    cancel(first, now=NOW)
    factories.make_registration(event, email="new@example.org")
    db.session.commit()

    with pytest.raises(ListChanged) as refusal, transaction():
        services.send(message, Filter(), seen, by=ada, now=NOW)

    assert str(refusal.value.values["people"]) == "2"
    assert (message.state, db.session.scalar(select(func.count()).select_from(MessageRecipient))) == ("draft", 0)


def test_a_text_that_changed_meanwhile_is_to_be_looked_at_again(event, ada):
    people(event, 1)
    message = draft(event, ada)
    mark = audiences.count_audience(event, Filter(), with_cancelled=False).mark
    services.change(message, TEXTS, with_cancelled=False, revision=1, now=LATER)

    with pytest.raises(TextChanged):
        services.send(message, Filter(), Confirmed(mark, 1), by=ada, now=NOW)
    with pytest.raises(TextChanged):
        services.change(message, TEXTS, with_cancelled=False, revision=1, now=LATER)


def test_what_was_sent_is_neither_sent_changed_nor_thrown_away(event, ada):
    people(event, 1)
    message = draft(event, ada)
    send(message, ada)

    for act in (
        lambda: send(message, ada),
        lambda: services.change(message, TEXTS, with_cancelled=False, revision=1, now=LATER),
        lambda: services.discard(message),
    ):
        with pytest.raises(NotADraft):
            act()


def test_a_copy_is_a_draft_with_the_same_text_and_list(event, ada):
    message = services.create(event, TEXTS, {"session": "T1"}, with_cancelled=True, by=ada, now=NOW)

    copy = services.copy(message, by=ada, now=LATER)

    assert (copy.state, copy.texts, copy.wanted, copy.with_cancelled) == ("draft", TEXTS, {"session": "T1"}, False)
    services.discard(message)
    db.session.flush()
    assert services.list_messages(event) == [copy]


def test_the_trail_says_how_many_and_by_which_filter_and_names_nobody(event, ada):
    people(event, 1)
    message = draft(event, ada)
    send(message, ada, Filter(search="P0"))

    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "message.send")).all()
    assert (entry.subject_key, entry.staff_id, entry.details) == (
        "jornada",
        ada.id,
        {"message": message.id, "people": 1, "with_cancelled": False, "wanted": {"order": "name", "search": "yes"}},
    )


@pytest.mark.both_databases
def test_stopped_half_way_nothing_more_leaves_until_it_goes_on(event, ada, monkeypatch):
    monkeypatch.setattr(mails, "BATCH", 2)
    people(event, 6)
    message = draft(event, ada)
    send(message, ada)
    mails._write_batch(message.id, LATER)
    mails._write_batch(message.id, LATER)
    written()[0].state = MailState.SENT
    db.session.flush()

    stopped = services.stop(message, by=ada, now=LATER)

    assert (stopped, write_messages(LATER), progress(message)) == (5, 0, Progress(to_write=2, sent=1, withdrawn=3))
    assert message.state is MessageState.STOPPED

    services.resume(message, by=ada, now=LATER)
    assert (write_messages(LATER), progress(message)) == (5, Progress(waiting=5, sent=1))
    assert [mail.recipient for mail in written() if mail.state is not MailState.WITHDRAWN] == [
        f"p{n}@example.org" for n in range(6)
    ]


def test_what_a_worker_has_leased_does_not_leave_either(event, ada):
    people(event, 2)
    message = draft(event, ada)
    send(message, ada)
    write_messages(NOW)
    for mail in written():
        mail.leased_until = LATER + timedelta(minutes=1)
    db.session.flush()

    services.stop(message, by=ada, now=LATER)
    db.session.commit()
    accepted = deliver(LATER + timedelta(minutes=2))

    assert (accepted, addresses(MailState.WITHDRAWN)) == (0, ["p0@example.org", "p1@example.org"])


def test_a_mail_of_a_stopped_message_can_be_sent_again_on_purpose(event, ada):
    people(event, 2)
    message = draft(event, ada)
    send(message, ada)
    write_messages(NOW)
    written()[0].state, written()[0].due_at = MailState.SENT, None
    db.session.flush()
    services.stop(message, by=ada, now=LATER)
    mail_desk.send_again(mail_desk.get_mail(event, written()[0].id), by=ada, now=LATER)
    db.session.commit()

    deliver(LATER)

    assert addresses(MailState.SENT) == ["p0@example.org", "p0@example.org"]
    picked = mail_desk.Picked("message", message.id, services.select_mails(message), "", "")
    found = db.session.scalars(mail_desk.select_mails(event, mail_desk.Filter(picked=picked))).all()
    assert len(found) == 3


def test_nothing_to_stop_and_nothing_stopped_are_said(event, ada):
    people(event, 1)
    message = draft(event, ada)
    with pytest.raises(NothingToStop):
        services.stop(message, by=ada, now=NOW)
    send(message, ada)
    write_messages(NOW)
    written()[0].state = MailState.SENT
    db.session.commit()

    with pytest.raises(NothingToStop), transaction():
        services.stop(message, by=ada, now=LATER)
    with pytest.raises(NotStopped):
        services.resume(message, by=ada, now=LATER)

    assert message.state is MessageState.SENT


@pytest.mark.both_databases
def test_who_cancels_before_the_mail_leaves_does_not_get_it(event, ada):
    first, second, third = people(event, 3)
    message = draft(event, ada)
    send(message, ada)
    cancel(first, now=NOW)
    write_messages(NOW)
    cancel(second, now=NOW)
    db.session.commit()

    deliver(LATER)

    sent = [mail.recipient for mail in written() if mail.state is MailState.SENT]
    assert (sent, progress(message)) == ([third.email], Progress(sent=1, withdrawn=1, left_out=1))


@pytest.mark.both_databases
def test_worker_killed_half_way_loses_none_and_doubles_none(event, ada, monkeypatch):
    monkeypatch.setattr(mails, "BATCH", 3)
    people(event, 7)
    send(draft(event, ada), ada)
    db.session.commit()
    write, made = notifications.message, []

    def die_at_the_fifth(*args, **kwargs):
        made.append(1)
        if len(made) == 5:
            raise SystemExit
        return write(*args, **kwargs)

    monkeypatch.setattr(notifications, "message", die_at_the_fifth)
    with pytest.raises(SystemExit):
        write_messages(LATER)
    write_messages(LATER)

    assert addresses() == [f"p{n}@example.org" for n in range(7)]


def test_a_message_is_no_reason_to_keep_back_a_reminder(event, ada):
    (bob,) = people(event, 1)
    send(draft(event, ada), ada, now=event.starts_at - timedelta(hours=26))
    write_messages(event.starts_at - timedelta(hours=26))
    at = event.starts_at - timedelta(hours=22)

    reminders.write_reminders(at)
    send(draft(event, ada), ada, now=at)
    write_messages(at)
    db.session.commit()
    deliver(at)

    kinds = db.session.scalars(
        select(OutgoingMail.kind).where(OutgoingMail.state == MailState.SENT, OutgoingMail.recipient == bob.email)
    ).all()
    assert sorted(kinds) == ["message", "message", "reminder"]


def test_as_many_queries_for_twenty_as_for_two(ada, count_queries):
    def tell(count, slug):
        event = factories.make_event(slug)
        session = factories.make_session(event, "T1")
        for number in range(count):
            factories.make_registration(event, session, email=f"{number}@example.org")
        send(draft(event, ada), ada)
        db.session.commit()
        return count_queries(lambda: write_messages(LATER))

    few, many = tell(2, "poca"), tell(20, "molta")

    assert many <= few + 2 * 18  # a mail and its bond: rows, not questions


def test_workers_at_once_write_each_mail_once(own_app, race):
    with own_app.app_context(), transaction():
        event = factories.make_event()
        ada = factories.make_staff()
        people(event, 60)
        send(draft(event, ada), ada)

    results = race([partial(write_messages, LATER)] * 3)

    assert [result for result in results if isinstance(result, Exception)] == []
    with own_app.app_context():
        assert addresses() == sorted(f"p{n}@example.org" for n in range(60))


def test_two_clicks_at_once_send_one(own_app, race):
    with own_app.app_context(), transaction():
        event = factories.make_event()
        people(event, 5)
        message_id = draft(event, factories.make_staff()).id
        event_id = event.id

    def click():
        with transaction():
            event = db.session.get(Event, event_id)
            ada = db.session.scalars(select(StaffMember)).one()
            return send(services.get_message(event, message_id), ada)

    results = race([click] * 3)
    with own_app.app_context():
        write_messages(LATER)

        outcomes = sorted(str(result) if isinstance(result, int) else type(result).__name__ for result in results)
        assert (outcomes, len(addresses())) == (["5", "NotADraft", "NotADraft"], 5)


def test_whoever_stops_it_while_it_is_written_has_it_stopped(own_app, race, monkeypatch):
    monkeypatch.setattr(mails, "BATCH", 5)
    with own_app.app_context(), transaction():
        event = factories.make_event()
        ada = factories.make_staff()
        people(event, 60)
        message = draft(event, ada)
        send(message, ada)
        event_id, message_id = event.id, message.id

    def stop():
        with transaction():
            ada = db.session.scalars(select(StaffMember)).one()
            return services.stop(services.get_message(db.session.get(Event, event_id), message_id), by=ada, now=LATER)

    results = race([partial(write_messages, LATER), partial(write_messages, LATER), stop])

    assert [result for result in results if isinstance(result, Exception)] == []
    with own_app.app_context():
        deliver(LATER)
        message = db.session.get(Message, message_id)
        done = count_progress([message])[message_id]
        assert (results[2], done.sent, done.waiting, done.total) == (60, 0, 0, 60)
