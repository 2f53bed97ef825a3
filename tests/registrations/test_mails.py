"""The mails of an event: sending again, and addresses put right."""

from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import CalendarFile, MailState
from events.models import CalendarShape
from registrations import bounces, ical, mails
from registrations.attendees import Filter, select_registrations
from registrations.models import Awaited, Registration, RegistrationMail, RegistrationState
from tests import factories
from tests.factories import NOW
from tests.registrations.outbox import all_mails, write

HOUR = timedelta(hours=1)
GONE = "550 5.1.1 no such <person>"


@pytest.fixture
def event(app):
    starts_at = utc_now() + timedelta(days=10)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), reminder_days=[7, 1])
    factories.make_session(event, "T1", title="Taller 1")
    return event


@pytest.fixture
def bob(event):
    return factories.make_registration(event, event.sessions[0])


def bond_of(mail):
    return db.session.scalars(select(RegistrationMail).where(RegistrationMail.mail_id == mail.id)).one()


def acts():
    return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def attendees_of(mail):
    return [
        str(component["attendee"])
        for values in mail.calendars
        for component in icalendar.Calendar.from_ical(values["content"]).walk("VEVENT")
    ]


def told(values):
    """What a calendar is told, but for whom."""
    (component,) = icalendar.Calendar.from_ical(values["content"]).walk("VEVENT")
    return str(component["uid"]), int(component["sequence"]), component.decoded("dtstart")


# Sending again.


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [MailState.SENT, MailState.REFUSED])
def test_mail_is_sent_again_as_a_new_one(bob, ada, state):
    first = write(bob, state)

    mails.send_again(bond_of(first), by=ada, now=NOW + HOUR)

    first, second = all_mails()
    assert (second.state, second.recipient, second.due_at) == (MailState.WAITING, "bob@example.org", NOW + HOUR)
    assert (second.subject, second.text, second.html) == (first.subject, first.text, first.html)
    assert second.message_id != first.message_id
    assert bond_of(second).registration == bob
    assert acts() == ["registration.send_mail_again"]


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.WITHDRAWN])
def test_mail_that_waits_or_was_withdrawn_is_not_sent_again(bob, ada, state):
    mail = write(bob, state)

    with pytest.raises(mails.MailNotAnswered):
        mails.send_again(bond_of(mail), by=ada, now=NOW)


def test_mail_is_not_sent_to_nowhere(bob, ada):
    mail = write(bob, MailState.REFUSED)
    bob.email, bob.email_key = "", None

    with pytest.raises(mails.NoAddress):
        mails.send_again(bond_of(mail), by=ada, now=NOW)


@pytest.mark.both_databases
def test_mail_is_sent_again_once(bob, ada):
    mail = write(bob, MailState.REFUSED)
    mails.send_again(bond_of(mail), by=ada, now=NOW)

    with pytest.raises(mails.SentAgainAlready):
        mails.send_again(bond_of(mail), by=ada, now=NOW)


def test_two_desks_at_once_send_a_mail_again_once(own_app, race):
    from core.database import transaction  # noqa: PLC0415

    with transaction():
        ada = factories.make_staff(name="Ada")
        mail_id = write(factories.make_registration(), MailState.REFUSED).id
        staff_id = ada.id

    def act():
        with transaction():
            bond = db.session.scalars(select(RegistrationMail).where(RegistrationMail.mail_id == mail_id)).one()
            return mails.send_again(bond, by=db.session.get_one(type(ada), staff_id), now=NOW).id

    results = race([act] * 3)

    assert sorted(type(result).__name__ for result in results) == ["SentAgainAlready", "SentAgainAlready", "int"]
    assert len(all_mails()) == 2


@pytest.mark.both_databases
def test_all_refused_are_sent_again_once(event, ada):
    people = [factories.make_registration(event, email=f"p{number}@example.org") for number in range(4)]
    for person, state in zip(
        people, [MailState.REFUSED, MailState.REFUSED, MailState.SENT, MailState.WAITING], strict=True
    ):
        write(person, state)
    factories.make_registration(factories.make_event("altra"), email="x@example.org")

    counts = [mails.send_refused_again(event, by=ada, now=NOW + HOUR) for _ in range(2)]

    assert counts == [2, 0]
    assert [mail.recipient for mail in all_mails()[4:]] == ["p0@example.org", "p1@example.org"]


# Addresses.


@pytest.mark.both_databases
def test_waiting_mail_goes_to_the_corrected_address(bob, ada):
    mail = write(bob, attempts=3, due_at=NOW + 5 * HOUR, response="451 later")
    token, uid = bob.token, told(mail.calendars[0])

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    (mail,) = all_mails()
    assert (mail.recipient, mail.due_at, mail.state) == ("robert@example.org", NOW + HOUR, MailState.WAITING)
    assert attendees_of(mail) == ["mailto:robert@example.org"]
    assert told(mail.calendars[0]) == uid
    assert (bob.email, bob.email_key, bob.token) == ("robert@example.org", "robert@example.org", token)
    assert bob.search_key == "bob pla robert@example org associacio de veins"
    assert acts() == ["registration.correct_address"]


@pytest.mark.both_databases
def test_refused_mail_goes_once_more_to_the_corrected_address(bob, ada):
    write(bob, MailState.REFUSED, GONE)

    sent = mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    first, second = all_mails()
    assert sent == [second]
    assert (first.recipient, first.state) == ("bob@example.org", MailState.REFUSED)
    assert (second.recipient, second.state) == ("robert@example.org", MailState.WAITING)
    assert attendees_of(second) == ["mailto:robert@example.org"]
    assert attendees_of(first) == ["mailto:bob@example.org"]


def test_what_was_sent_again_already_is_not_sent_a_third_time(bob, ada):
    mails.send_again(bond_of(write(bob, MailState.REFUSED, GONE)), by=ada, now=NOW)
    _first, second = all_mails()
    second.state = MailState.REFUSED

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    assert [mail.copy_of_id for mail in all_mails()[2:]] == [second.id]


def test_mail_that_went_astray_takes_the_link_from_whoever_got_it(bob, ada):
    sent = write(bob, MailState.SENT)
    waiting = write(bob, kind="own_link")
    old = bob.token

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    first, second, third = all_mails()
    assert (first, second) == (sent, waiting)
    assert bob.token != old
    assert old in first.text
    assert old not in second.text + second.html + third.text + third.html
    assert bob.token in second.text
    assert bob.token in second.html
    assert (third.kind, third.recipient) == ("address_corrected", "robert@example.org")


@pytest.mark.parametrize("shape", CalendarShape)
def test_calendar_at_the_corrected_address_gets_all_entries_under_their_names(bob, ada, shape):
    bob.event.calendar_shape = shape
    first = write(bob, MailState.SENT)
    before = [told(values) for values in first.calendars]

    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW + HOUR)

    second = all_mails()[-1]
    assert [told(values) for values in second.calendars] == [
        (uid, sequence + 1, starts_at) for uid, sequence, starts_at in before
    ]
    assert attendees_of(second) == ["mailto:robert@example.org"] * len(before)


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        (RegistrationState.CONFIRMED, ["address_corrected"]),
        (RegistrationState.WAITING, ["address_corrected"]),
        (RegistrationState.OFFERED, ["address_corrected"]),
        (RegistrationState.CANCELLED, []),
    ],
)
def test_who_had_no_mail_is_told_how_they_stand(event, ada, state, kinds):
    registration = factories.make_registration(event, email="", state=state)

    mails.correct_address(registration, "robert@example.org", by=ada, now=NOW)

    assert [(mail.kind, mail.recipient) for mail in all_mails()] == [(kind, "robert@example.org") for kind in kinds]


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [RegistrationState.CONFIRMED, RegistrationState.CANCELLED])
def test_address_of_another_registration_is_said_to_be_so(event, bob, ada, state):
    factories.make_registration(
        event, first_name="Cleo", last_name="Mas", email="cleo@example.org", code="CLEO2345", state=state
    )

    with pytest.raises(mails.AddressTaken) as refusal:
        mails.correct_address(bob, "Cleo@Example.org", by=ada, now=NOW)

    assert "Cleo Mas (CLEO2345)" in str(refusal.value)
    assert refusal.value.field == "email"


def test_address_of_another_event_is_free(event, bob, ada):
    factories.make_registration(factories.make_event("altra"), email="cleo@example.org")

    mails.correct_address(bob, "cleo@example.org", by=ada, now=NOW)

    assert bob.email == "cleo@example.org"


def test_same_address_corrects_nothing(bob, ada):
    with pytest.raises(mails.SameAddress):
        mails.correct_address(bob, "bob@example.org", by=ada, now=NOW)


def test_other_case_of_the_same_address_is_a_correction(bob, ada):
    mails.correct_address(bob, "Bob@example.org", by=ada, now=NOW)

    assert (bob.email, bob.email_key) == ("Bob@example.org", "bob@example.org")


def test_who_has_to_confirm_the_address_has_the_whole_time_for_the_right_one(event, ada):
    event.address_minutes = 30
    registration = factories.make_registration(
        event, email="", state=RegistrationState.PENDING, awaits=Awaited.ADDRESS, held_until=NOW + timedelta(minutes=1)
    )

    mails.correct_address(registration, "robert@example.org", by=ada, now=NOW)

    (mail,) = all_mails()
    assert registration.held_until == NOW + timedelta(minutes=30)
    assert f"/inscripcions/{registration.token}/confirmacio" in mail.text


@pytest.mark.both_databases
def test_address_that_another_takes_at_the_same_moment_is_said_to_be_taken(event, bob, ada):
    """The other's row is written after our look for it and before our own: the database's constraint decides."""
    other = factories.make_registration(event, email="cleo@example.org")

    with db.session.no_autoflush, pytest.raises(mails.AddressTakenMeanwhile) as refusal:
        other.email_key = "one@example.org"
        mails.correct_address(bob, "one@example.org", by=ada, now=NOW)

    assert refusal.value.field == "email"


def test_two_people_corrected_to_one_address_at_once(own_app, race):
    from core.database import transaction  # noqa: PLC0415

    with transaction():
        event = factories.make_event()
        ids = [factories.make_registration(event, email=f"p{number}@example.org").id for number in range(3)]
        staff_id, staff_type = factories.make_staff().id, type(factories.make_staff("b@example.org"))

    def correct(registration_id):
        with transaction():
            registration = db.session.get_one(Registration, registration_id)
            by = db.session.get_one(staff_type, staff_id)
            return len(mails.correct_address(registration, "one@example.org", by=by, now=NOW))

    results = race([lambda key=key: correct(key) for key in ids])

    assert sorted(map(type, results), key=str) == sorted([int, mails.AddressTaken, mails.AddressTaken], key=str)
    assert db.session.scalar(select(func.count()).where(Registration.email == "one@example.org")) == 1


def test_message_to_another_address_is_otherwise_the_same(bob):
    (values,) = write(bob).calendars

    file = ical.readdress(CalendarFile(**values), "robert.with.a.very.long.name@an.even.longer.example.org")
    back = ical.readdress(file, "bob@example.org")

    assert "robert.with.a.very.long.name@an.even.longer.example.org" in file.content.replace("\r\n ", "")
    assert back == CalendarFile(**values)


# Bounces.


@pytest.mark.both_databases
def test_address_refuses_mail_until_one_is_accepted(event, bob):
    other = factories.make_registration(event, email="cleo@example.org")
    write(bob, MailState.SENT)
    write(bob, MailState.REFUSED, "550 no such person")
    write(bob)
    write(other, MailState.SENT)

    refused = bounces.read_words([bob.id, other.id])
    count = bounces.count_refusing(event)
    found = list(db.session.scalars(select_registrations(event, Filter(refuses_mail=True))))
    write(bob, MailState.SENT)

    assert refused == {bob.id: "550 no such person"}
    assert (count, found) == (1, [bob])
    assert bounces.read_words([bob.id]) == {}
    assert bounces.count_refusing(event) == 0


def test_corrected_address_refuses_nothing_yet(bob, ada):
    write(bob, MailState.REFUSED, GONE)
    mails.correct_address(bob, "robert@example.org", by=ada, now=NOW)

    assert bounces.read_words([bob.id]) == {}


def test_every_kind_of_mail_has_a_word():
    from registrations.labels import MAIL_KINDS  # noqa: PLC0415
    from tests.test_translations import ROOT  # noqa: PLC0415

    folders = [ROOT / "templates" / room / "mail" for room in ("certificates", "messages", "registrations")]
    templates = {path.stem for folder in folders for path in folder.glob("[a-z]*.txt")}

    assert set(MAIL_KINDS) == templates
