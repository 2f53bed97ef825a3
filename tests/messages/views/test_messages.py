"""Writing to people in the workspace: from the list to the progress, who may, and what is said when a rule refuses."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from core.mail import MailState, OutgoingMail
from messages.mails import write_messages
from messages.models import Message, MessageState
from registrations.models import RegistrationState
from tests import factories
from tests.registrations.views.pages import HOSTILE, LIST, flashed, fresh

MESSAGES = "/gestio/jornades/jornada/missatges"
TEXT = {"subject_ca": "Avís, {nom}", "text_ca": "Hola, {nom}:\n\n{enllaç}", "revision": 1}
ROUTES = [
    ("GET", ""),
    ("GET", "/nou"),
    ("GET", "/{message}"),
    ("GET", "/{message}/text"),
    ("GET", "/{message}/html/{person}"),
    ("GET", "/{message}/enviament"),
    ("POST", "/nou"),
    ("POST", "/{message}/text"),
    ("POST", "/{message}/prova/{person}"),
    ("POST", "/{message}/enviament"),
    ("POST", "/{message}/aturada"),
    ("POST", "/{message}/represa"),
    ("POST", "/{message}/copia"),
    ("POST", "/{message}/descart"),
]


@pytest.fixture
def event(app):
    event = factories.make_event(starts_at=utc_now() + timedelta(days=10))
    factories.make_session(event, "T1", title="Taller 1")
    factories.make_session(event, "T2", title="Taller 2", starts_at=event.starts_at + timedelta(hours=3))
    return event


@pytest.fixture
def desk(client, ada):
    client.log_in(ada)
    return client


@pytest.fixture
def bob(event):
    return factories.make_registration(event, event.sessions[0])


@pytest.fixture
def message(event, bob):
    return factories.make_message(event)


def mails():
    return db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()


def said(response):
    return [
        html.unescape(re.sub(r"<[^>]*>", "", words))
        for words in re.findall(r'field-error"[^>]*>(.*?)</p>', response.text)
    ]


def send(desk, message):
    """Look at the number and say yes."""
    address = f"{MESSAGES}/{message.id}/enviament"
    page = desk.get(address).text
    values = dict(re.findall(r'type="hidden" name="(mark|revision)" value="([^"]*)"', page))
    return desk.post(address, data=values)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("role", ["administrator", "organiser", "facilitator", "door", "viewer"])
def test_only_who_organises_writes_to_people(client, message, bob, role, method, path):  # noqa: PLR0917 - as pytest hands them over
    client.log_in(factories.make_staff(role=role))

    response = client.open(MESSAGES + path.format(message=message.id, person=bob.id), method=method, data=TEXT)

    wanted = {200, 303, 409} if role in {"administrator", "organiser"} else {403, 404}
    assert response.status_code in wanted


@pytest.mark.parametrize("path", ["/999999", "/999999/text", "/nou?session=T9", "/nou?text_of=99999999999999999999"])
def test_what_there_is_not_is_404(event, desk, path):
    assert desk.get(MESSAGES + path).status_code == 404


def test_messages_and_people_of_another_event_cannot_be_reached(desk, message):
    other = factories.make_event("other")
    theirs, person = factories.make_message(other), factories.make_registration(other)

    assert desk.get(f"{MESSAGES}/{theirs.id}").status_code == 404
    assert desk.get(f"{MESSAGES}/{message.id}/html/{person.id}").status_code == 404
    assert desk.post(f"{MESSAGES}/{message.id}/prova/{person.id}").status_code == 404


def test_from_the_filtered_list_to_everybody_of_it(desk, event, bob):
    factories.make_registration(event, event.sessions[1], email="other@example.org")
    page = desk.get(f"{LIST}?session=T1&page=1")
    (link,) = re.findall(r'href="([^"]*/missatges/nou[^"]*)">Escriviu a aquesta persona…', page.text)

    response = desk.post(html.unescape(link), data=TEXT)
    (message,) = db.session.scalars(select(Message)).all()
    draft = desk.get(response.location)
    sent = send(desk, message)
    write_messages(utc_now())

    assert (message.wanted, message.texts) == (
        {"session": "T1"},
        {"ca": {"subject": "Avís, {nom}", "text": TEXT["text_ca"]}},
    )
    assert ("Taller 1: <strong>1 persona</strong>" in draft.text, "Avís, Bob" in draft.text) == (True, True)
    assert flashed(desk.get(sent.location)) == ["El missatge va cap a 1 persona."]
    assert [(mail.recipient, mail.subject) for mail in mails()] == [(bob.email, "Avís, Bob")]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"subject_ca": "", "text_ca": ""}, ["Cal omplir-ho.", "Cal omplir-ho."]),
        ({"text_ca": "Hola\n{cognom}"}, ["Línia 2: {cognom} no és cap camp. Volíeu dir {cognoms}?"]),
        ({"subject_es": "Aviso"}, ["Cal omplir-ho."]),
        ({"text_ca": "x" * 10_001}, ["És massa llarg: 10000 caràcters com a màxim."]),
        ({"subject_ca": "x" * 201}, ["És massa llarg: 200 caràcters com a màxim."]),
    ],
)
def test_what_is_wrong_is_said_at_its_field(desk, bob, typed, errors):
    response = desk.post(f"{MESSAGES}/nou", data={**TEXT, **typed})

    assert (response.status_code, len(said(response))) == (422, len(errors))
    if "no és cap camp" in errors[0]:
        assert said(response) == errors


def test_hostile_words_are_shown_as_words(desk, event):
    person = factories.make_registration(event, first_name=HOSTILE, email="h@example.org")
    factories.make_registration(event, first_name=HOSTILE, email="")
    desk.post(f"{MESSAGES}/nou?q={HOSTILE}", data={**TEXT, "subject_ca": HOSTILE, "text_ca": f"{HOSTILE} {{nom}}"})
    message = factories.make_message(event, texts={"ca": {"subject": HOSTILE, "text": f"{HOSTILE} {{nom}}"}})

    pages = [
        desk.get(MESSAGES + path).text
        for path in ("", "/nou", f"/{message.id}", f"/{message.id}/enviament", f"/{message.id}/html/{person.id}")
    ]

    assert [("<b>&" in page, "&lt;b&gt;" in page) for page in pages] == [(False, True)] * 5


def test_the_frame_can_neither_run_nor_load_anything(desk, message, bob):
    response = desk.get(f"{MESSAGES}/{message.id}/html/{bob.id}")

    assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_earlier_text_is_begun_with_and_three_others_are_shown_in_turn(desk, event, message):
    for number in range(5):
        factories.make_registration(event, first_name=f"Persona {number}", email=f"p{number}@example.org")

    begun = desk.get(f"{MESSAGES}/nou?text_of={message.id}")
    pages = [desk.get(f"{MESSAGES}/{message.id}?skip={skip}").text for skip in (0, 3, 6, 10**30)]

    assert 'value="Avís per a {nom}"' in begun.text
    shown = [re.findall(r"person=\d+[^>]*><bdi>(.*?)</bdi>", page) for page in pages]
    assert shown[:3] == [
        ["Bob Pla", "Persona 0 Pla", "Persona 1 Pla"],
        ["Persona 2 Pla", "Persona 3 Pla", "Persona 4 Pla"],
        ["Bob Pla", "Persona 0 Pla", "Persona 1 Pla"],
    ]


def test_a_test_goes_to_whoever_asks(desk, ada, message, bob):
    desk.post(f"{MESSAGES}/{message.id}/prova/{bob.id}")

    (mail,) = mails()
    assert (mail.recipient, mail.subject) == (ada.email, "[prova] Avís per a Bob")


def test_a_list_that_changed_is_confirmed_again(desk, event, message):
    page = desk.get(f"{MESSAGES}/{message.id}/enviament").text
    seen = dict(re.findall(r'type="hidden" name="(mark|revision)" value="([^"]*)"', page))
    factories.make_registration(event, email="new@example.org")

    refused = desk.post(f"{MESSAGES}/{message.id}/enviament", data=seen)
    state = fresh(message).state
    sent = send(desk, message)

    assert (refused.status_code, state) == (409, MessageState.DRAFT)
    assert "La llista ha canviat des que l’heu mirada. Ara en són 2" in refused.text
    assert (sent.status_code, fresh(message).people) == (303, 2)


def test_a_second_click_sends_nothing_more(desk, message):
    page = desk.get(f"{MESSAGES}/{message.id}/enviament").text
    seen = dict(re.findall(r'type="hidden" name="(mark|revision)" value="([^"]*)"', page))

    desk.post(f"{MESSAGES}/{message.id}/enviament", data=seen)
    again = desk.post(f"{MESSAGES}/{message.id}/enviament", data=seen)

    assert flashed(desk.get(again.location))[-1] == "Aquest missatge ja s’ha enviat. S’envia una sola vegada."
    write_messages(utc_now())
    assert len(mails()) == 1


@pytest.mark.parametrize("revision", ["", "2", "x", "9" * 40])
def test_what_nobody_looked_at_is_not_sent(desk, message, revision):
    mark = f"1-{message.id}"

    response = desk.post(f"{MESSAGES}/{message.id}/enviament", data={"mark": mark, "revision": revision})

    assert (response.status_code, fresh(message).state) == (303, MessageState.DRAFT)


def test_it_is_stopped_and_taken_up_again(desk, message, bob):
    send(desk, message)
    write_messages(utc_now())
    under_way = desk.get(f"{MESSAGES}/{message.id}")
    stopped = desk.get(desk.post(f"{MESSAGES}/{message.id}/aturada").location)
    again = desk.get(desk.post(f"{MESSAGES}/{message.id}/represa").location)

    assert ("data-under-way" in under_way.text, "data-under-way" in stopped.text) == (True, False)
    assert flashed(stopped) == ["Aturat: 1 persona no el rebrà."]
    assert flashed(again) == ["El missatge torna a sortir, cap a qui no l’ha rebut."]
    assert [mail.state for mail in mails()] == [MailState.WITHDRAWN]


def test_its_mails_are_found_in_the_mail_desk(desk, event, message, bob):
    send(desk, message)
    write_messages(utc_now())
    factories.make_registration(event, email="other@example.org")

    page = desk.get(f"/gestio/jornades/jornada/correus?message={message.id}")

    assert ("Avís per a Bob" in page.text, "d’un missatge" in page.text) == (True, True)
    assert desk.get("/gestio/jornades/jornada/correus?message=999999").status_code == 404


def test_a_session_that_left_the_programme_leaves_no_list(desk, event, bob):
    message = factories.make_message(event, wanted={"session": "T9"})

    pages = [desk.get(f"{MESSAGES}/{message.id}{path}") for path in ("", "/text", "/enviament")]

    assert [page.status_code for page in pages] == [200, 200, 303]
    assert "ja no és al programa" in pages[0].text
    assert desk.post(f"{MESSAGES}/{message.id}/enviament", data={"mark": "1-1", "revision": 1}).status_code == 303
    assert fresh(message).state is MessageState.DRAFT


def test_two_who_edit_at_once_do_not_overwrite_each_other(desk, message):
    edit = f"{MESSAGES}/{message.id}/text"

    desk.post(edit, data={**TEXT, "subject_ca": "Primera"})
    second = desk.post(edit, data={**TEXT, "subject_ca": "Segona"})

    assert flashed(desk.get(second.location)) == ["Mentrestant algú ha canviat aquest missatge. Torneu-lo a mirar."]
    assert fresh(message).texts["ca"]["subject"] == "Primera"


def test_a_copy_and_throwing_away(desk, message):
    address = f"{MESSAGES}/{message.id}"

    copied = desk.post(f"{address}/copia").location
    gone = desk.post(f"{address}/descart").location

    assert (desk.get(copied).status_code, gone) == (200, MESSAGES)
    assert desk.get(address).status_code == 404


def test_who_cancelled_is_counted_out(desk, event, message):
    factories.make_registration(event, email="c@example.org", state=RegistrationState.CANCELLED)

    page = desk.get(f"{MESSAGES}/{message.id}/enviament").text

    assert "1 persona de la llista ha cancel·lat i no el rebrà." in page
    assert "Voleu enviar-lo a 1 persona?" in page


def test_one_message_and_ten_take_the_same_number_of_queries(desk, event, message, count_queries):
    desk.get(MESSAGES)
    one = count_queries(lambda: desk.get(MESSAGES))
    for _number in range(9):
        factories.make_message(event)

    assert count_queries(lambda: desk.get(MESSAGES)) == one


@pytest.mark.parametrize("number", ["-" + "9" * 30, "9" * 30])
def test_numbers_that_no_row_can_have_are_no_error(desk, message, bob, number):
    sent = {**TEXT, "revision": number, "mark": "1-1"}

    assert desk.get(f"{MESSAGES}/nou?text_of={number}").status_code == 404
    assert desk.get(f"/gestio/jornades/jornada/correus?message={number}").status_code == 404
    assert desk.get(f"{MESSAGES}/{message.id}?skip={number}&person={number}").status_code == 200
    for page in ("text", "enviament"):
        assert desk.post(f"{MESSAGES}/{message.id}/{page}", data=sent).status_code == 303
    assert message.state is MessageState.DRAFT
