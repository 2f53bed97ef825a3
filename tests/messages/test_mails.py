"""The mails of a message: golden files in three languages, hostile words in both bodies, and the test to oneself."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import db
from core.mail import OutgoingMail
from events.models import EventState
from messages import mails
from registrations import notifications
from registrations.models import RegistrationState
from tests import factories
from tests.factories import NOW
from tests.golden import golden

GOLDEN = Path(__file__).parent / "golden"
TEXTS = {
    "ca": {
        "subject": "{nom}, porteu calçat còmode",
        "text": "Hola, {nom} {cognoms}:\n\nPassejarem pel barri i ens trobarem a {lloc}. "
        "Més informació a https://example.org/barri?a=1&b=2.\nLes vostres sessions:\n{sessions}\n\n"
        "Si no podeu venir, aviseu-nos aquí:\n{enllaç}\n\nFins aviat, {{equip}}",
    },
    "es": {
        "subject": "{nombre}, traiga calzado cómodo",
        "text": "Hola, {nombre}:\n\nSesiones: {sesiones}. Su código: {código}. Su página: {enlace}",
    },
    "en": {"subject": "{name}, wear comfortable shoes", "text": "{event}, {when}\n\n{programme}"},
}
HOSTILE = "<b>&\"'=1+1 {enllaç} www.example.org"


@pytest.fixture
def event(app):
    event = factories.make_event(title="Jornada de treball a Sant Andreu", venue="Centre cívic de Baró de Viver")
    first = factories.make_session(event, "T1", title="Habitatge, salut i col·laboració")
    first.room = factories.make_room(event, "Sala d’actes")
    factories.make_session(event, "T2", starts_at=first.ends_at, title="Cloenda")
    return event


@pytest.fixture
def nuria(event):
    return factories.make_registration(
        event, *event.sessions, first_name="Núria", last_name="Pla", code="ABCD2345", token="t" * 32
    )


@pytest.fixture
def message(event):
    return factories.make_message(event, texts=TEXTS)


def mail_to(message, person, now=NOW):
    return mails.compose(message, person, now=now).mail.mail


@pytest.mark.parametrize("language", ["ca", "es", "en"])
def test_mail_is_as_agreed(message, nuria, language):
    nuria.language = language

    mail = mail_to(message, nuria)

    text = f"{mail.subject}\n\n{mail.text}"
    assert text == golden(GOLDEN / f"message.{language}.txt", text)
    assert mail.html == golden(GOLDEN / f"message.{language}.html", mail.html)


@pytest.mark.parametrize(
    ("state", "now", "why", "ends"),
    [
        ("confirmed", NOW, "Rebeu aquest correu perquè teniu una inscripció a", "cancel·leu-la"),
        ("waiting", NOW, "Rebeu aquest correu perquè sou a la llista d’espera de", "cancel·leu-la"),
        ("pending", NOW, "Rebeu aquest correu perquè heu demanat plaça a", "cancel·leu-la"),
        ("cancelled", NOW, "Rebeu aquest correu perquè us vau inscriure a", "digueu-nos-ho: equip@example.org"),
        (
            "confirmed",
            NOW + timedelta(days=30),
            "Rebeu aquest correu perquè teniu una inscripció a",
            "digueu-nos-ho: equip@example.org",
        ),
    ],
)
def test_each_mail_says_why_it_comes_from_whom_and_how_to_get_no_more(  # noqa: PLR0917 - as pytest hands them over
    message, nuria, state, now, why, ends
):
    nuria.state = RegistrationState(state)

    mail = mail_to(message, nuria, now=now)

    for body in (mail.text, mail.html):
        found = [words in body for words in (why, "l’escriu l’equip que l’organitza: Equip d’inclusió", ends)]
        assert found == [True, True, True]


def test_of_a_cancelled_event_there_is_nothing_to_cancel(message, nuria):
    message.event.state = EventState.CANCELLED

    assert "cancel·leu-la" not in mail_to(message, nuria).text


def test_hostile_words_stay_words_and_what_people_are_called_links_nowhere(event, message):
    event.sessions[0].title = HOSTILE
    mallory = factories.make_registration(event, event.sessions[0], first_name=HOSTILE, organisation=HOSTILE)
    words = "{nom} {entitat} <script>alert(1)</script> javascript:alert(1) {{nom}}\n{sessions}"
    message.texts = {"ca": {"subject": f"{{nom}} {HOSTILE.replace('{enllaç}', '')}", "text": words}}

    mail = mail_to(message, mallory)

    assert mail.html.count("&lt;b&gt;&amp;&#34;&#39;=1+1 {enllaç} www.example.org") == 4
    assert [
        tag for tag in ("<b>", "<script", 'href="http://www.example.org', 'href="javascript') if tag in mail.html
    ] == []
    assert (
        f"{HOSTILE} {HOSTILE} <script>alert(1)</script> javascript:alert(1) {{nom}}\n- 10–11 h · {HOSTILE}" in mail.text
    )
    assert mail.subject == f"{HOSTILE} <b>&\"'=1+1 www.example.org"


def test_who_has_no_session_and_no_place_is_told_so(event, message):
    bob = factories.make_registration(event, state=RegistrationState.WAITING, language="es")

    assert "Sesiones: ninguna. Su código: todavía ninguno." in mail_to(message, bob).text


def test_a_test_goes_to_oneself_marked_and_opens_nobodys_page(message, nuria):
    ada = factories.make_staff(name="Ada")

    mails.send_test(message, nuria, by=ada, now=NOW)

    (mail,) = db.session.scalars(select(OutgoingMail)).all()
    assert (mail.recipient, mail.subject, mail.is_bulk) == (ada.email, "[prova] Núria, porteu calçat còmode", False)
    assert [nuria.token in body for body in (mail.text, mail.html)] == [False, False]
    assert "https://jornades.example.org/jornades/jornada" in mail.text


def test_what_is_looked_at_writes_nothing(message, nuria):
    mail_to(message, nuria)
    db.session.flush()

    assert db.session.scalars(select(OutgoingMail)).all() == []
    assert "message" in notifications._TO_MANY
