"""What a person does afterwards: change, answer an offer, leave a list; and the own page that shows how they stand."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from core.web import external_url
from events.models import EventState, Promotion
from registrations import services, waiting_list
from registrations.models import Awaited, RegistrationSource, RegistrationState
from registrations.services import Answers
from registrations.telling import tell_announcements
from tests import factories

ADA = {"first_name": "Ada", "last_name": "Pla", "organisation": "Ateneu", "language": "ca"}


@pytest.fixture
def event(app):
    event = factories.make_event(starts_at=utc_now() + timedelta(days=20))
    starts_at = event.starts_at + timedelta(hours=1)
    factories.make_session(event, "A", capacity=1, title="Habitatge", starts_at=starts_at)
    factories.make_session(event, "B", capacity=1, title="Salut", starts_at=starts_at)
    factories.make_session(event, "C", capacity=1, title="Lleure", starts_at=starts_at + timedelta(hours=1))
    return event


def test_own_page_says_the_number_on_the_list(client, event):
    event.capacity = 1
    _sign_up(event, "bob")
    people = [_sign_up(event, f"p{number}") for number in range(3)]

    page = client.get(f"/inscripcions/{people[1].token}").text

    assert '<h1 class="ticket-state">Sou el número 2 de la llista.</h1>' in page
    assert "Sou el número 2 de 3 a la llista d’espera d’aquesta jornada." in page
    assert "Deixeu la llista d’espera" in page
    assert people[1].code not in page  # nobody shows a code at the door who has no place


def test_own_page_says_how_many_have_come_in_so_far(client, event):
    event.capacity = 1
    first, *people = [_sign_up(event, f"p{number}") for number in range(3)]
    services.cancel(first, now=utc_now())

    page = client.get(f"/inscripcions/{people[1].token}").text

    assert "Fins ara ha entrat 1 persona de la llista." in page


def test_own_page_says_the_number_in_each_session(client, event):
    _sign_up(event, "bob", "A")
    _sign_up(event, "cleo", waiting=["A"])
    person = _sign_up(event, "ada", "B", waiting=["A"])

    page = client.get(f"/inscripcions/{person.token}").text

    assert '<h1 class="ticket-state">Hi sou.</h1>' in page
    assert "sou el número 2 de 2" in page


def test_leaving_the_list_of_a_session_is_one_press(client, event):
    _sign_up(event, "bob", "A")
    person = _sign_up(event, "ada", waiting=["A"])
    page = client.get(f"/inscripcions/{person.token}").text
    address = re.search(r'action="([^"]*/llista/A/baixa)"', page).group(1)

    answer = client.post(address, follow_redirects=True)

    assert waiting_list.list_entries(person) == []
    assert "Ja no sou a la llista d’espera de «Habitatge»." in answer.text


def test_leaving_the_list_of_the_event_is_one_press(client, event):
    event.capacity = 0
    person = _sign_up(event, "ada")
    page = client.get(f"/inscripcions/{person.token}").text
    address = re.search(r'action="([^"]*/cancellacio)"', page).group(1)

    answer = client.post(address, follow_redirects=True)

    assert "La vostra inscripció està cancel·lada." in answer.text
    assert event.people_waiting == 0
    assert _last_mail().subject == "Inscripció cancel·lada: Jornada de treball"
    assert "Heu deixat la llista d’espera d’aquesta jornada:" in _last_mail().text


@pytest.mark.parametrize("path", ["canvi", "oferta/si", "oferta/si/A"])
def test_own_acts_ask_for_the_token(client, event, path):
    assert client.get(f"/inscripcions/{'x' * 32}/{path}").status_code == 404


def test_change_form_shows_what_stands(client, event):
    _sign_up(event, "bob", "A")
    person = _sign_up(event, "ada", "B", waiting=["A"])

    page = client.get(f"/inscripcions/{person.token}/canvi").text

    boxes = {code: re.search(rf'<input[^>]*value="{code}"[^>]*>', page).group() for code in "ABC"}
    assert ["checked" in box for box in boxes.values()] == [True, True, False]
    assert [re.search(r'name="(\w+)"', box).group(1) for box in boxes.values()] == ["waiting", "sessions", "sessions"]
    assert "hi teniu plaça" in page


def test_change_of_everything(client, event):
    person = _sign_up(event, "ada", "A")

    answer = client.post(
        f"/inscripcions/{person.token}/canvi",
        data={**ADA, "language": "es", "sessions": ["B", "C"]},
        follow_redirects=True,
    )

    assert "La vostra inscripció ha canviat, i us n’hem enviat un correu." in answer.text
    assert [session.code for session in person.sessions] == ["B", "C"]
    assert (person.full_name, person.organisation, person.language) == ("Ada Pla", "Ateneu", "es")
    assert _last_mail().subject == "Su inscripción ha cambiado: Jornada de treball"


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"first_name": ""}, 422, "Cal omplir aquest camp."),
        ({"language": "xx"}, 422, "Opció no acceptada"),
        ({"sessions": ["A", "B"]}, 422, "es fan a la mateixa hora"),
        ({"sessions": ["X"]}, 422, "ja no és al programa"),
        ({"sessions": ["C"]}, 422, "Totes les places de «Lleure» estan ocupades."),
    ],
)
def test_change_that_cannot_be_keeps_everything(client, event, changes, status, words):
    _sign_up(event, "bob", "C")
    person = _sign_up(event, "ada", "A")

    answer = client.post(f"/inscripcions/{person.token}/canvi", data={**ADA, "sessions": ["A"], **changes})

    assert answer.status_code == status
    assert words in answer.text
    assert [session.code for session in person.sessions] == ["A"]


def test_change_is_over_at_the_deadline(client, event):
    person = _sign_up(event, "ada", "A")
    event.changes_close_at = utc_now() - timedelta(minutes=1)

    form = client.get(f"/inscripcions/{person.token}/canvi")
    answer = client.post(f"/inscripcions/{person.token}/canvi", data={**ADA, "sessions": ["B"]})
    page = client.get(f"/inscripcions/{person.token}").text

    assert form.status_code == 303
    assert answer.status_code == 409
    assert "Les inscripcions ja no es poden canviar aquí. Escriviu a l’organització." in answer.text
    assert "Canvieu la inscripció" not in page


def test_link_of_an_offer_changes_nothing_until_it_is_pressed(client, event):
    person = _offered(event)

    page = client.get(_path(person, "offer", answer="si"))

    assert page.status_code == 200
    assert person.state is RegistrationState.OFFERED
    assert "Voleu la plaça?" in page.text
    assert "data-press" in page.text


def test_offer_is_accepted(client, event):
    person = _offered(event)

    answer = client.post(_path(person, "answer_offer", answer="si"), follow_redirects=True)

    assert person.state is RegistrationState.CONFIRMED
    assert "La plaça és vostra." in answer.text


def test_offer_is_declined(client, event):
    person = _offered(event)

    answer = client.post(_path(person, "answer_offer", answer="no"), follow_redirects=True)

    assert person.state is RegistrationState.CANCELLED
    assert "La plaça passa a la persona següent. Gràcies." in answer.text


def test_offer_answered_twice_says_that_it_no_longer_stands(client, event):
    person = _offered(event)
    client.post(_path(person, "answer_offer", answer="si"))

    again = client.post(_path(person, "answer_offer", answer="no"), follow_redirects=True)
    link = client.get(_path(person, "offer", answer="no"), follow_redirects=True)

    assert person.state is RegistrationState.CONFIRMED
    for answer in (again, link):
        assert "Aquest oferiment ja no és vigent" in answer.text


def test_offer_of_a_session_is_answered_from_the_own_page(client, event):
    event.promotion = Promotion.OFFER
    bob, person = _sign_up(event, "bob", "A"), _sign_up(event, "ada", "B", waiting=["A"])
    services.cancel(bob, now=utc_now())
    page = client.get(f"/inscripcions/{person.token}").text

    client.post(re.search(r'action="([^"]*/oferta/si/A)"', page).group(1))

    assert "Teniu una plaça a «Habitatge»." in page
    assert [session.code for session in person.sessions] == ["A"]


def test_mail_of_an_offer_leads_to_its_answers(client, event):
    person = _offered(event)
    tell_announcements(utc_now())

    addresses = re.findall(r"https://jornades.example.org(/inscripcions/\S+/oferta/\w+)", _last_mail().text)

    assert [client.get(address).status_code for address in addresses] == [200, 200]
    assert [address.rsplit("/", 1)[1] for address in addresses] == ["si", "no"]
    assert person.state is RegistrationState.OFFERED


@pytest.mark.parametrize(
    ("values", "headline"),
    [
        ({"state": RegistrationState.PENDING, "awaits": Awaited.APPROVAL}, "Hem rebut la vostra petició."),
        ({"state": RegistrationState.PENDING, "awaits": Awaited.ADDRESS}, "Confirmeu l’adreça."),
    ],
)
def test_own_page_says_what_is_awaited(client, event, values, headline):
    held_until = utc_now() + timedelta(hours=1)
    person = factories.make_registration(event, **values, held_until=held_until)

    page = client.get(f"/inscripcions/{person.token}").text

    assert headline in page


def test_nothing_can_be_changed_in_a_cancelled_event(client, event):
    person = _sign_up(event, "ada", "A")
    event.state = EventState.CANCELLED

    answer = client.post(f"/inscripcions/{person.token}/canvi", data={**ADA, "sessions": ["B"]})

    assert answer.status_code == 409
    assert "Aquesta jornada s’ha cancel·lat." in answer.text


def _sign_up(event, name, *codes, waiting=()):
    answers = Answers(name.capitalize(), "Pla", f"{name}@example.org", session_codes=codes, waiting_codes=waiting)
    return services.register(event, answers, source=RegistrationSource.PERSON, language="ca", now=utc_now())


def _offered(event):
    event.capacity, event.promotion = 1, Promotion.OFFER
    first, second = _sign_up(event, "bob"), _sign_up(event, "ada")
    services.cancel(first, now=utc_now())
    return second


def _path(person, endpoint, **values):
    return urlsplit(external_url(f"registration_changes.{endpoint}", token=person.token, **values)).path


def _last_mail():
    return db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(1)).one()


def test_change_form_keeps_the_wishes_of_who_has_no_place_yet(client, event):
    event.capacity = 0
    person = _sign_up(event, "ada", "B", "C")

    page = client.get(f"/inscripcions/{person.token}/canvi").text

    boxes = {code: re.search(rf'<input[^>]*value="{code}"[^>]*>', page).group() for code in "ABC"}
    assert ["checked" in box for box in boxes.values()] == [False, True, True]
