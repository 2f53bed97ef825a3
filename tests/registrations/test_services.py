"""Signing up and cancelling: every rule that refuses, and what stands afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from accounts.models import AuditEntry
from core.database import db, transaction
from core.errors import NotFoundError
from core.mail import OutgoingMail
from events.models import EventState, SessionKind
from events.services import get_published
from registrations import places, rules, services
from registrations.codes import CODE_LETTERS
from registrations.models import ChosenSession, Registration, RegistrationMail, RegistrationSource, RegistrationState
from registrations.services import Answers
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def test_register_gives_places_and_writes_the_confirmation(app):
    event = factories.make_event(capacity=10)
    session = factories.make_session(event, "T1", capacity=5)

    registration = _register(event, "T1", first_name="Núria", last_name="Àvila i Pla", email="Nuria@Example.org")

    assert registration.state is RegistrationState.CONFIRMED
    assert (registration.email, registration.email_key) == ("Nuria@Example.org", "nuria@example.org")
    assert registration.search_key == "nuria avila i pla nuria@example org associacio"
    assert (event.places_taken, session.places_taken) == (1, 1)
    assert [chosen.code for chosen in registration.sessions] == ["T1"]
    assert _mails() == [("place_confirmed", "Nuria@Example.org", "REQUEST")]
    assert db.session.scalar(select(RegistrationMail.registration_id)) == registration.id


def test_code_has_eight_signs_that_nobody_mixes_up(app):
    registration = _register(factories.make_event())

    assert len(registration.code) == 8
    assert set(registration.code) <= set(CODE_LETTERS)
    assert not set("01OI") & set(CODE_LETTERS)


def test_token_cannot_be_guessed(app):
    event = factories.make_event()

    tokens = {_register(event, email=f"p{number}@example.org").token for number in range(5)}

    assert {len(token) for token in tokens} == {32}
    assert len(tokens) == 5


def test_image_consent_is_kept_with_its_time(app):
    event = factories.make_event()

    refused = _register(event, email="a@example.org")
    given = _register(event, email="b@example.org", image_consent=True)

    assert (refused.image_consent_at, given.image_consent_at) == (None, NOW)


def test_language_and_source_are_kept(app):
    registration = _register(factories.make_event(), language="es", source=RegistrationSource.DOOR)

    assert (registration.language, registration.source) == ("es", RegistrationSource.DOOR)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"state": EventState.DRAFT}, rules.EventNotPublished),
        ({"state": EventState.CANCELLED}, rules.EventCancelled),
        ({"state": EventState.CLOSED}, rules.RegistrationClosed),
        ({"starts_at": NOW - timedelta(days=2), "ends_at": NOW - timedelta(days=1)}, rules.EventOver),
        ({"registration_closes_at": NOW}, rules.RegistrationClosed),
        ({"registration_opens_at": NOW + timedelta(hours=1)}, rules.RegistrationNotYetOpen),
        ({"capacity": 0, "has_waiting_list": False}, places.EventFull),
    ],
)
def test_register_refuses_when_the_event_takes_nobody(app, values, refusal):
    event = factories.make_event(**values)

    with pytest.raises(refusal):
        _register(event)

    assert _count(Registration) == 0


def test_not_yet_open_says_when_in_the_time_of_the_place(app):
    event = factories.make_event(registration_opens_at=NOW + timedelta(hours=1))

    refusal = rules.find_refusal(event, NOW)

    assert str(refusal) == "La inscripció s’obre el 22 de novembre de 2026, 12 h."


def test_register_refuses_unknown_session(app):
    event = factories.make_event()
    factories.make_session(factories.make_event("another"), "X9")

    with pytest.raises(rules.UnknownSession):
        _register(event, "X9")


def test_register_refuses_break(app):
    event = factories.make_event()
    factories.make_session(event, "CAFE", kind=SessionKind.BREAK)

    with pytest.raises(rules.UnknownSession):
        _register(event, "CAFE")


def test_plenary_that_is_named_is_kept(app):
    event = factories.make_event()
    factories.make_session(event, "P0", kind=SessionKind.PLENARY)

    registration = _register(event, "P0")

    assert [chosen.code for chosen in registration.sessions] == ["P0"]


def test_register_refuses_sessions_that_overlap_and_names_both(app):
    event = factories.make_event()
    first = factories.make_session(event, "A", title="Habitatge")
    factories.make_session(event, "B", title="Salut", starts_at=first.ends_at - timedelta(minutes=1))

    with pytest.raises(rules.SessionsOverlap) as refusal:
        _register(event, "A", "B")

    assert str(refusal.value) == "«Habitatge» i «Salut» es fan a la mateixa hora. Trieu-ne una."
    assert refusal.value.field == "sessions"
    assert event.places_taken == 0


def test_sessions_that_follow_each_other_can_both_be_chosen(app):
    event = factories.make_event()
    first = factories.make_session(event, "A")
    factories.make_session(event, "B", starts_at=first.ends_at)

    registration = _register(event, "B", "A")

    assert [chosen.code for chosen in registration.sessions] == ["A", "B"]


def test_register_refuses_session_that_is_over(app):
    event = factories.make_event(starts_at=NOW - timedelta(hours=3), ends_at=NOW + timedelta(hours=3))
    factories.make_session(event, "A", starts_at=NOW - timedelta(hours=1))

    with pytest.raises(rules.SessionOver):
        _register(event, "A")


def test_register_refuses_session_that_is_cancelled(app):
    event = factories.make_event()
    factories.make_session(event, "A", title="Salut", cancelled_at=NOW)

    with pytest.raises(rules.SessionCancelled) as refusal:
        _register(event, "A")

    assert str(refusal.value) == "«Salut» s’ha cancel·lat."
    assert refusal.value.field == "sessions"
    assert event.places_taken == 0


def test_session_named_twice_counts_once(app):
    event = factories.make_event()
    session = factories.make_session(event, "A")

    _register(event, "A", "A")

    assert session.places_taken == 1


def test_full_session_refuses_and_takes_no_place_of_the_event(app):
    event = factories.make_event(capacity=10, has_waiting_list=False)
    factories.make_session(event, "A", capacity=0)

    with pytest.raises(places.SessionFull), transaction():
        _register(event, "A")

    assert (event.places_taken, _count(Registration), _mails()) == (0, 0, [])


def test_same_address_in_another_spelling_is_already_registered(app):
    event = factories.make_event()
    _register(event, email="bob@example.org")

    with pytest.raises(services.AlreadyRegistered):
        _register(event, email="Bob@EXAMPLE.org")

    assert event.places_taken == 1


def test_same_address_for_another_event_is_another_registration(app):
    first, second = factories.make_event("first"), factories.make_event("second")

    _register(first)
    _register(second)

    assert _count(Registration) == 2


def test_refusal_does_not_tell_whether_an_address_is_known(app):
    event = factories.make_event(has_waiting_list=False)
    factories.make_session(event, "A", capacity=0)
    _register(event, email="bob@example.org")

    for email in ("bob@example.org", "cleo@example.org"):
        with pytest.raises(places.SessionFull):
            _register(event, "A", email=email)


def test_cancel_frees_places_and_writes_the_mail(app):
    event = factories.make_event(capacity=1)
    session = factories.make_session(event, "A", capacity=1)
    registration = _register(event, "A")

    services.cancel(registration, now=NOW + timedelta(hours=1))

    assert (registration.state, registration.cancelled_at) == (RegistrationState.CANCELLED, NOW + timedelta(hours=1))
    assert registration.sessions == []
    assert (event.places_taken, session.places_taken, _count(ChosenSession)) == (0, 0, 0)
    assert _mails()[1:] == [("cancelled", "bob@example.org", "CANCEL")]


def test_cancel_leaves_a_trail(app):
    registration = _register(factories.make_event())
    ada = factories.make_staff()

    services.cancel(registration, now=NOW, by=ada)

    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.staff_id) == ("registration.cancel", ada.id)


def test_cancel_twice_frees_once_and_writes_once(app):
    event = factories.make_event(capacity=2)
    _register(event, email="ada@example.org")
    registration = _register(event)

    services.cancel(registration, now=NOW)
    services.cancel(registration, now=NOW)

    assert event.places_taken == 1
    assert [kind for kind, *_rest in _mails()].count("cancelled") == 1


def test_cancel_keeps_attendance(app):
    event = factories.make_event(starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
    session = factories.make_session(event, "A", starts_at=NOW - timedelta(minutes=30))
    registration = _register(event, "A")
    factories.make_attendance(registration, session)

    services.cancel(registration, now=NOW)

    assert services.list_attended_sessions(registration) == [session]


def test_cancel_refuses_once_the_event_is_over(app):
    event = factories.make_event()
    registration = _register(event)

    with pytest.raises(rules.EventOver):
        services.cancel(registration, now=event.ends_at)


def test_place_above_capacity_that_is_cancelled_goes_to_nobody(app):
    event = factories.make_event(capacity=1, has_waiting_list=False)
    registration = _register(event)
    places.take_on_purpose(event, [])

    services.cancel(registration, now=NOW)

    assert (event.places_taken, event.extra_places) == (1, 0)
    with pytest.raises(places.EventFull):
        _register(event, email="cleo@example.org")


def test_cancelled_registration_is_taken_up_again_on_its_row(app):
    event = factories.make_event()
    factories.make_session(event, "A")
    factories.make_session(event, "B")
    first = _register(event, "A", first_name="Bob", image_consent=True)
    key, code, token = first.id, first.code, first.token
    services.cancel(first, now=NOW)

    again = _register(event, "B", first_name="Roberta")

    assert (again.id, again.code, again.first_name) == (key, code, "Roberta")
    assert again.token != token
    assert (again.state, again.cancelled_at, again.image_consent_at) == (RegistrationState.CONFIRMED, None, None)
    assert [chosen.code for chosen in again.sessions] == ["B"]
    assert event.places_taken == 1


def test_old_token_opens_nothing_after_signing_up_again(app):
    event = factories.make_event()
    token = _register(event).token
    services.cancel(services.get_registration(token), now=NOW)
    _register(event)

    with pytest.raises(NotFoundError):
        services.get_registration(token)


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "nul\x00" + "a" * 20, "ç" * 32, "../../../../etc/passwd"])
def test_what_cannot_be_a_token_is_not_found(app, token):
    with pytest.raises(NotFoundError):
        services.get_registration(token)


def test_own_link_goes_to_who_is_registered(app):
    event = factories.make_event()
    registration = _register(event)

    services.send_own_link(event, "BOB@example.org", now=NOW)

    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "own_link")).one()
    assert mail.recipient == "bob@example.org"
    assert f"https://jornades.example.org/inscripcions/{registration.token}" in mail.text


def test_own_link_goes_to_nobody_else(app):
    event = factories.make_event()
    cancelled = _register(event)
    services.cancel(cancelled, now=NOW)

    services.send_own_link(event, "bob@example.org", now=NOW)
    services.send_own_link(event, "cleo@example.org", now=NOW)

    assert "own_link" not in [kind for kind, *_rest in _mails()]


def test_own_link_reaches_a_person_three_times_an_hour_at_most(app):
    event = factories.make_event()
    _register(event)

    for minute in range(6):
        services.send_own_link(event, "bob@example.org", now=NOW + timedelta(minutes=minute))
    services.send_own_link(event, "bob@example.org", now=NOW + timedelta(minutes=61))

    assert [kind for kind, *_rest in _mails()].count("own_link") == 4


def test_signing_up_and_cancelling_over_and_over_stops_writing_to_the_person(app):
    event = factories.make_event()
    for minute in range(services.CONFIRMATIONS_AN_HOUR):
        services.cancel(_register(event, now=NOW + timedelta(minutes=minute)), now=NOW + timedelta(minutes=minute))

    with pytest.raises(services.SignedUpTooOften):
        _register(event, now=NOW + timedelta(minutes=30))

    assert [kind for kind, *_rest in _mails()].count("place_confirmed") == services.CONFIRMATIONS_AN_HOUR
    assert event.places_taken == 0
    assert _register(event, now=NOW + timedelta(minutes=61)).is_confirmed


def test_image_consent_is_withdrawn_and_given(app):
    registration = _register(factories.make_event(), image_consent=True)

    services.set_image_consent(registration, is_given=False, now=NOW)
    withdrawn = registration.image_consent_at
    services.set_image_consent(registration, is_given=True, now=NOW + timedelta(days=1))

    assert (withdrawn, registration.image_consent_at) == (None, NOW + timedelta(days=1))
    assert list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))) == [
        "registration.withdraw_image_consent",
        "registration.give_image_consent",
    ]


def test_sign_up_for_three_sessions_takes_ten_statements(app):
    event = factories.make_event()
    start = event.starts_at
    for code in "ABC":
        start = factories.make_session(event, code, starts_at=start, capacity=9).ends_at
    slug = event.slug
    db.session.commit()
    db.session.expunge_all()
    statements = []

    @sqlalchemy_event.listens_for(db.session.connection(), "before_cursor_execute")
    def note(connection, cursor, statement, *_):
        statements.append(statement.split()[0])

    _register(get_published(slug), "A", "B", "C")

    assert statements.count("SELECT") == 3
    assert statements.count("UPDATE") == 2
    assert len(statements) == 10


def _register(event, *codes, language="ca", source=RegistrationSource.PERSON, now=NOW, **values):
    answers = Answers(
        **{
            "first_name": "Bob",
            "last_name": "Pla",
            "email": "bob@example.org",
            "organisation": "Associació",
            "session_codes": codes,
            **values,
        }
    )
    return services.register(event, answers, source=source, language=language, now=now)


def _mails():
    """Kind, recipient and what each of its calendars asks, of every mail written, in order."""
    return [
        (mail.kind, mail.recipient, *(file["method"] for file in mail.calendars))
        for mail in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    ]


def _count(model):
    return db.session.scalar(select(func.count()).select_from(model))
