"""One person of the list: how they stand, what staff do for them, and what the list says of who waits."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events.models import SessionKind
from registrations import history
from registrations.models import Registration, RegistrationSource
from registrations.services import Answers, cancel, register
from registrations.telling import tell_announcements
from tests import factories

LIST = "/gestio/jornades/jornada/inscripcions"


@pytest.fixture
def event(app):
    """A coming event of two places with two sessions side by side, of which T2 is full."""
    event = factories.make_event(capacity=2, starts_at=utc_now() + timedelta(days=9))
    factories.make_session(event, "T1")
    factories.make_session(event, "T2", capacity=0, starts_at=event.starts_at + timedelta(hours=2))
    return event


def test_page_says_how_somebody_stands(desk, event):
    _sign_up(event, "p0", "T1", waiting=["T2"])
    _sign_up(event, "p1", waiting=["T2"])

    page = _show(desk, "p1")

    assert page.status_code == 200
    assert re.findall(r"<dd>(\d+ de \d+) · des del ", page.text) == ["2 de 2"]
    assert "confirmada" in page.text


def test_page_of_who_waits_offers_a_place_on_purpose(desk, event, ada):
    for name in ("p0", "p1", "p2", "p3"):
        _sign_up(event, name)
    page = _show(desk, "p3")
    assert "2 de 2" in page.text

    response = desk.post(f"{LIST}/{_id('p3')}/placa")

    assert response.status_code == 303
    assert [_get(name).state.value for name in ("p2", "p3")] == ["waiting", "confirmed"]
    assert (_get("p3").event.places_taken, _get("p3").event.extra_places) == (3, 1)
    (line,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "registration.promote")).all()
    assert (line.details, line.staff_id) == ({"reason": "on_purpose"}, ada.id)
    tell_announcements(utc_now())
    tell_announcements(utc_now())
    assert _mails("p3")[-1] == "promoted"
    assert "donada expressament" in _show(desk, "p3").text


def test_who_has_a_place_is_given_no_other(desk, event):
    _sign_up(event, "p0")

    response = desk.post(f"{LIST}/{_id('p0')}/placa", follow_redirects=True)

    assert "Aquesta persona ja no és a la llista d’espera." in response.text
    assert _get("p0").event.places_taken == 1


def test_staff_change_names_and_sessions_and_the_person_is_told(desk, event):
    _sign_up(event, "p0")

    response = desk.post(f"{LIST}/{_id('p0')}", data=_form(first_name="Núria", language="es", sessions=["T1"]))

    bob = _get("p0")
    assert response.status_code == 303
    assert (bob.first_name, bob.language, [each.code for each in bob.sessions]) == ("Núria", "es", ["T1"])
    assert _mails("p0") == ["place_confirmed", "changed"]


def test_what_is_not_different_tells_nobody(desk, event):
    _sign_up(event, "p0", "T1")

    desk.post(f"{LIST}/{_id('p0')}", data=_form(sessions=["T1"]))

    assert _mails("p0") == ["place_confirmed"]


def test_full_session_is_refused_at_its_field_and_given_on_purpose_with_a_line(desk, event):
    _sign_up(event, "p0")

    refused = desk.post(f"{LIST}/{_id('p0')}", data=_form(sessions=["T2"]))
    assert refused.status_code == 422
    assert "Totes les places de «Taller T2» estan ocupades." in refused.text
    assert list(_get("p0").sessions) == []

    given = desk.post(f"{LIST}/{_id('p0')}", data=_form(sessions=["T2"], over_capacity="1"))
    assert given.status_code == 303
    assert [(each.code, each.places_taken, each.extra_places) for each in _get("p0").sessions] == [("T2", 1, 1)]
    assert "per damunt de l’aforament, expressament" in _show(desk, "p0").text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first_name": " "}, "Cal omplir aquest camp."),
        ({"first_name": "x" * 121}, "És massa llarg"),
        ({"language": "xx"}, "field-error"),
        ({"sessions": ["T9"]}, "Una de les sessions triades ja no és al programa."),
    ],
)
def test_bad_input_is_answered_at_the_field(desk, event, changes, message):
    _sign_up(event, "p0")

    page = desk.post(f"{LIST}/{_id('p0')}", data=_form(**changes))

    assert page.status_code == 422
    assert message in page.text
    assert _get("p0").first_name == "p0"


def test_overlap_is_said_at_the_sessions(desk, event):
    factories.make_session(event, "T3")
    _sign_up(event, "p0")

    page = desk.post(f"{LIST}/{_id('p0')}", data=_form(sessions=["T1", "T3"]))

    assert (page.status_code, "es fan a la mateixa hora" in page.text) == (422, True)


def test_wishes_of_who_waits_can_be_changed(desk, event):
    for name in ("p0", "p1", "p2"):
        _sign_up(event, name)

    response = desk.post(f"{LIST}/{_id('p2')}", data=_form(first_name="p2", waiting=["T2"], sessions=["T1"]))

    assert response.status_code == 303
    assert "voldria: T1, T2" in desk.get(f"{LIST}?state=waiting").text.replace("\n", "")


def test_registration_of_another_event_is_not_found(desk, event):
    other = factories.make_registration(factories.make_event("altra"))

    for address in (f"{LIST}/{other.id}", f"{LIST}/{other.id}/placa", f"{LIST}/999999"):
        assert desk.post(address, data=_form()).status_code == 404


def test_door_sees_the_person_and_changes_nothing(client, event):
    _sign_up(event, "p0")
    client.log_in(factories.make_staff("dora@example.org", role="door"))

    assert client.get(f"{LIST}/{_id('p0')}").status_code == 200
    assert "<form" not in re.search(r"<main.*</main>", client.get(f"{LIST}/{_id('p0')}").text, re.DOTALL)[0]
    assert client.post(f"{LIST}/{_id('p0')}", data=_form(first_name="x")).status_code == 403
    assert client.post(f"{LIST}/{_id('p0')}/placa").status_code == 403


def test_viewer_sees_no_person(client, event):
    _sign_up(event, "p0")
    client.log_in(factories.make_staff("vera@example.org", role="viewer"))

    assert client.get(f"{LIST}/{_id('p0')}").status_code == 403


def test_page_shows_hostile_names_as_typed_and_a_cancelled_one_without_form(desk, event):
    bob = factories.make_registration(event, first_name="<b>&\"'=1+1", last_name="")
    cancel(bob, now=utc_now())

    page = desk.get(f"{LIST}/{bob.id}")

    assert "&lt;b&gt;&amp;" in page.text
    assert "Canvieu la inscripció" not in page.text


def test_list_shows_who_waits_in_the_order_of_the_line(desk, event):
    for name in ("p0", "p1", "zoe", "ada"):
        _sign_up(event, name)

    page = desk.get(f"{LIST}?state=waiting").text

    assert re.findall(r"<bdi>(zoe|ada)</bdi></a>", page) == ["zoe", "ada"]
    assert re.findall(r"número (\d+) a la llista", page) == ["1", "2"]


def test_list_of_a_session_shows_who_waits_for_it_whatever_their_state(desk, event):
    for name, waits in (("zoe", ["T2"]), ("ada", []), ("pau", ["T2"])):
        _sign_up(event, name, waiting=waits)

    page = desk.get(f"{LIST}?state=waiting&session=T2").text

    assert re.findall(r"<bdi>(zoe|ada|pau)</bdi></a>", page) == ["zoe", "pau"]


def test_list_takes_as_many_queries_for_one_as_for_three(desk, event, count_queries):
    _sign_up(event, "p0", "T1", waiting=["T2"])
    one = count_queries(lambda: desk.get(LIST))
    for name in ("p1", "p2"):
        _sign_up(event, name, "T1", waiting=["T2"])

    assert count_queries(lambda: desk.get(LIST)) == one


def test_list_of_a_cancelled_session_is_not_of_everybody(desk, event):
    _sign_up(event, "p0")
    session = next(each for each in event.sessions if each.code == "T1")
    session.cancelled_at = utc_now()

    assert "No hi ha cap inscripció així." in desk.get(f"{LIST}?session=T1").text


def test_every_act_on_a_registration_has_words(app):
    acts = set()
    for path in _sources():
        acts |= set(re.findall(r'"((?:registration|attendance)\.[a-z_]+)", (?:registration|subject|entry|found)', path))
    acts |= {"registration.lose_session", "attendance.undo", "registration.change", "registration.answer"}

    assert acts - set(history.ACTS) <= {"registration.promote"}


@pytest.mark.parametrize("kind", [SessionKind.BREAK])
def test_breaks_are_not_offered(desk, event, kind):
    factories.make_session(event, "PAUSA", kind=kind)
    _sign_up(event, "p0")

    assert "PAUSA" not in _show(desk, "p0").text


def _sources():
    folder = Path(history.__file__).parent
    return [path.read_text() for path in folder.glob("*.py")]


def _form(**changes):
    return {"first_name": "p0", "last_name": "", "organisation": "", "language": "ca", **changes}


def _sign_up(event, name, *codes, waiting=()):
    answers = Answers(name, "", f"{name}@example.org", session_codes=codes, waiting_codes=tuple(waiting))
    registration = register(event, answers, source=RegistrationSource.PERSON, language="ca", now=utc_now())
    db.session.flush()
    return registration


def _get(name):
    db.session.expire_all()
    return db.session.scalars(select(Registration).where(Registration.email == f"{name}@example.org")).one()


def _id(name):
    return _get(name).id


def _show(desk, name):
    return desk.get(f"{LIST}/{_id(name)}")


def _mails(name):
    query = select(OutgoingMail.kind).where(OutgoingMail.recipient == f"{name}@example.org").order_by(OutgoingMail.id)
    return list(db.session.scalars(query))
