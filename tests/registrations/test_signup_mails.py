"""The mails of signing up that await somebody, and of being signed up by a colleague: golden files, three languages."""

from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from registrations import notifications
from registrations.models import Awaited, RegistrationState
from tests import factories
from tests.factories import EVENT_START, NOW
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden"
KINDS = ["address_to_confirm", "awaiting_approval", "not_approved", "signed_up_by_colleague"]


@pytest.fixture
def registration(app):
    event = factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")
    session = factories.make_session(event, "T1", title="Habitatge, salut i col·laboració")
    return factories.make_registration(event, session, first_name="Núria", code="ABCD2345", token="t" * 32)


@pytest.mark.parametrize("language", ["ca", "es", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_mail_is_as_agreed(registration, kind, language):
    registration.language = language

    mail = _write(kind, registration)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"{kind}.{language}.txt", text)


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_as_agreed(registration, kind):
    mail = _write(kind, registration)

    assert mail.html == golden(GOLDEN / f"{kind}.ca.html", mail.html)


def test_no_without_a_sentence_has_no_room_for_one(registration):
    notifications.not_approved(registration, "", now=NOW)
    db.session.flush()

    mail = db.session.scalars(select(OutgoingMail)).one()
    assert "L’organització us diu" not in mail.text + mail.html


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_typed_is_never_markup(registration, kind):
    registration.signed_up_by_name = "<b>&\"'"

    mail = _write(kind, registration, reason="<i>no</i>")

    assert ("<b>&" in mail.html, "<i>no" in mail.html) == (False, False)


def _write(kind, registration, reason="Aquesta vegada és per a equips\nque ja hi treballen."):
    if kind == "not_approved":
        notifications.not_approved(registration, reason, now=NOW)
    elif kind == "signed_up_by_colleague":
        registration.signed_up_by_name = registration.signed_up_by_name or "Maria Puig"
        notifications.post(notifications.signed_up(registration, registration.sessions, now=NOW))
    else:
        registration.state = RegistrationState.PENDING
        registration.awaits = Awaited.ADDRESS if kind == "address_to_confirm" else Awaited.APPROVAL
        registration.held_until = EVENT_START if kind == "address_to_confirm" else None
        notifications.post(notifications.signed_up(registration, registration.sessions, now=NOW))
    db.session.flush()
    return db.session.scalars(select(OutgoingMail)).one()
