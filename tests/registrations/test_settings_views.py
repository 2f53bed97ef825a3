"""The organiser's pages about signing up: settings, questions, supports, invitations, approvals; and who sees them."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from core.tables import read_table
from events.models import Access, CalendarShape, Dimension, Promotion
from registrations.models import (
    Awaited,
    Invitation,
    Question,
    QuestionKind,
    Registration,
    RegistrationState,
    SupportKind,
)
from registrations.supports import list_offered
from tests import factories

PAGES = "/gestio/jornades/jornada/inscripcio"
HOSTILE = "<b>&\"'=1+1"


@pytest.fixture
def event(app):
    starts_at = (utc_now() + timedelta(days=20)).replace(second=0, microsecond=0)
    event = factories.make_event(starts_at=starts_at, ends_at=starts_at + timedelta(hours=5), capacity=10)
    factories.make_session(event, "T1", title="Taller 1")
    factories.make_session(event, "T2", title="Taller 2", starts_at=starts_at + timedelta(hours=3))
    return event


@pytest.fixture
def desk(client, ada):
    """Ada's browser."""
    client.log_in(ada)
    return client


def messages(page):
    return re.findall(r'<p class="field-error"[^>]*>(.*?)</p>', page.text)


def fresh(row):
    db.session.expire_all()
    return row


# Settings

SETTINGS = {
    "access": "approval",
    "has_waiting_list": "y",
    "promotion": "offer",
    "offer_hours": "48",
    "reserved_citizens": "3",
    "confirms_address": "y",
    "address_minutes": "30",
    "changes_close": "",
    "calendar_shape": "sessions",
    "reminder_days": ["7", "1"],
    "sends_thanks": "y",
}


def test_settings_are_shown_as_they_stand_and_saved(desk, event):
    before = desk.get(PAGES).text
    answer = desk.post(PAGES, data=SETTINGS)
    after = desk.get(PAGES).text

    fresh(event)
    assert answer.status_code == 303
    assert (event.access, event.promotion, event.offer_hours) == (Access.APPROVAL, Promotion.OFFER, 48)
    assert (event.confirms_address, event.address_minutes, event.sends_thanks) == (True, 30, True)
    assert (event.calendar_shape, event.reminder_days) == (CalendarShape.SESSIONS, [7, 1])
    assert ({each.dimension: each.places for each in event.reserved_places}, event.places_kept) == (
        {Dimension.CITIZENS: 3},
        3,
    )
    assert re.findall(r'name="access" value="(\w+)"[^>]* checked', before + after) == ["everyone", "approval"]


def test_saving_the_same_again_leaves_no_line(desk, event):
    desk.post(PAGES, data=SETTINGS)
    lines = len(db.session.scalars(select(AuditEntry)).all())

    desk.post(PAGES, data=SETTINGS)

    assert len(db.session.scalars(select(AuditEntry)).all()) == lines


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("access", "nobody"),
        ("promotion", ""),
        ("offer_hours", "0"),
        ("offer_hours", "many"),
        ("address_minutes", "1"),
        ("address_minutes", ""),
        ("changes_close", "2199-01-01T00:00"),
        ("changes_close", "soon"),
        ("calendar_shape", "<b>"),
        ("reminder_days", "5000"),
        ("reminder_days", "x"),
        ("reserved_citizens", "-1"),
    ],
)
def test_setting_that_makes_no_sense_is_refused_at_its_field(desk, event, name, typed):
    page = desk.post(PAGES, data={**SETTINGS, name: typed})

    assert page.status_code == 422
    assert f'href="#{name}"' in page.text
    assert fresh(event).access is Access.EVERYONE


def test_more_places_kept_than_there_are_saves_nothing_at_all(desk, event):
    page = desk.post(PAGES, data={**SETTINGS, "reserved_internal": "8"})

    assert page.status_code == 422
    assert (fresh(event).access, event.places_kept) == (Access.EVERYONE, 0)


def test_deadline_for_changes_is_in_the_time_of_the_event(desk, event):
    local = (event.starts_at - timedelta(days=1)).astimezone(event.zone)

    desk.post(PAGES, data={**SETTINGS, "changes_close": f"{local:%Y-%m-%dT%H:%M}"})

    assert fresh(event).changes_close_at == event.starts_at - timedelta(days=1)


# Questions


def question_of(**values):
    return {"text": "Com heu vingut?", "kind": "one", "options": "A peu\nEn bici", **values}


def test_question_is_written_changed_and_shown(desk, event):
    empty = desk.get(f"{PAGES}/preguntes").text
    answer = desk.post(f"{PAGES}/preguntes/nova", data=question_of(is_required="y", sessions="T1"))
    question = db.session.scalars(select(Question)).one()
    edited = desk.post(f"{PAGES}/preguntes/{question.id}", data=question_of(text=HOSTILE, hint="Ajuda"))
    page = desk.get(f"{PAGES}/preguntes").text

    fresh(question)
    assert "El formulari només demana el nom" in empty
    assert (answer.status_code, edited.status_code) == (303, 303)
    assert (question.text, question.kind, question.options) == (HOSTILE, QuestionKind.ONE, ["A peu", "En bici"])
    assert (question.is_required, question.is_for_some, question.sessions) == (False, False, [])
    assert "&lt;b&gt;&amp;" in page
    assert "<b>&" not in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"hint": "x" * 501}, "hint"),
        ({"kind": "essay"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"options": "una\nuna\n \n"}, "options"),
        ({"options": "\n".join(f"opció {number}" for number in range(51))}, "options"),
        ({"options": "x" * 201 + "\ny"}, "options"),
        ({"sessions": "T9"}, "sessions"),
    ],
)
def test_question_that_makes_no_sense_is_refused_at_its_field(desk, event, typed, field):
    page = desk.post(f"{PAGES}/preguntes/nova", data=question_of(**typed))

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert db.session.scalars(select(Question)).all() == []


def test_options_are_let_go_where_the_question_has_none(desk, event):
    desk.post(f"{PAGES}/preguntes/nova", data=question_of(kind="short"))

    assert db.session.scalars(select(Question)).one().options == []


def test_question_that_was_answered_offers_to_be_withdrawn_instead_of_deleted(desk, event):
    question = factories.make_question(event)
    factories.make_answer(factories.make_registration(event), question, "Hola")

    page = desk.get(f"{PAGES}/preguntes").text
    refused = desk.post(f"{PAGES}/preguntes/{question.id}/supressio", follow_redirects=True).text
    desk.post(f"{PAGES}/preguntes/{question.id}/retirada")

    assert (f"/preguntes/{question.id}/retirada" in page, f"/preguntes/{question.id}/supressio" in page) == (
        True,
        False,
    )
    assert "Ja hi ha qui ha respost aquesta pregunta." in refused
    assert fresh(question).is_withdrawn
    assert "Ja no es pregunten" in desk.get(f"{PAGES}/preguntes").text


def test_question_is_moved_restored_and_deleted(desk, event):
    first, second = factories.make_question(event, "A"), factories.make_question(event, "B")

    desk.post(f"{PAGES}/preguntes/{second.id}/amunt")
    moved_up = [each.text for each in db.session.scalars(select(Question).order_by(Question.position))]
    desk.post(f"{PAGES}/preguntes/{second.id}/avall")
    moved_down = [each.text for each in db.session.scalars(select(Question).order_by(Question.position))]
    desk.post(f"{PAGES}/preguntes/{first.id}/retirada")
    desk.post(f"{PAGES}/preguntes/{first.id}/restitucio")
    desk.post(f"{PAGES}/preguntes/{second.id}/supressio")

    assert (moved_up, moved_down) == (["B", "A"], ["A", "B"])
    assert [each.text for each in db.session.scalars(select(Question))] == ["A"]
    assert not fresh(first).is_withdrawn


def test_preview_shows_what_people_will_see(desk, event):
    factories.make_question(event, "Com heu vingut?", "one", options=["A peu", "En bici"])
    factories.offer_supports(event, "menu")

    page = desk.get(f"{PAGES}/previsualitzacio").text

    assert ("Com heu vingut?" in page, "En bici" in page, "un menú especial" in page) == (True, True, True)
    assert "<button" not in page[page.index("signup-form") :]


def test_question_of_another_event_is_not_found(desk, event):
    foreign = factories.make_question(factories.make_event("altra"))

    assert desk.get(f"{PAGES}/preguntes/{foreign.id}").status_code == 404
    assert desk.post(f"{PAGES}/preguntes/{foreign.id}/retirada").status_code == 404


# Supports


def test_supports_are_offered_and_counted_and_named(desk, event):
    answer = desk.post(f"{PAGES}/suports", data={"offered": ["menu", "hearing_loop"]})
    factories.make_support_need(factories.make_registration(event), "menu", HOSTILE)

    page = desk.get(f"{PAGES}/suports").text

    assert answer.status_code == 303
    assert list_offered(event) == [SupportKind.HEARING_LOOP, SupportKind.MENU]
    assert "Bob Pla" in page
    assert "&lt;b&gt;&amp;" in page


def test_support_that_there_is_not_is_refused(desk, event):
    desk.post(f"{PAGES}/suports", data={"offered": "unicorn"})

    assert list_offered(event) == []


@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("door", 403), ("facilitator", 403), ("viewer", 403)]
)
def test_supports_are_seen_by_few(client, event, role, status):
    client.log_in(factories.make_staff(f"{role}@example.org", role=role))

    assert client.get(f"{PAGES}/suports").status_code == status


# Invitations


def test_invitation_is_made_changed_revoked_and_allowed_again(desk, event):
    desk.post(f"{PAGES}/invitacions/nova", data={"label": "Servei de joventut", "quota": "5", "dimension": "internal"})
    invitation = db.session.scalars(select(Invitation)).one()
    page = desk.get(f"{PAGES}/invitacions").text
    desk.post(f"{PAGES}/invitacions/{invitation.id}", data={"label": HOSTILE, "quota": "7", "dimension": ""})
    desk.post(f"{PAGES}/invitacions/{invitation.id}/revocacio")
    revoked = desk.get(f"{PAGES}/invitacions").text
    desk.post(f"{PAGES}/invitacions/{invitation.id}/restitucio")

    link = f"https://jornades.example.org/jornades/jornada/inscripcio?invitacio={invitation.token}"
    assert (link in page, link in revoked) == (True, False)
    assert "0 de 5 usos" in page
    fresh(invitation)
    assert (invitation.label, invitation.quota, invitation.dimension) == (HOSTILE, 7, None)
    assert not invitation.is_revoked


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"quota": "0"}, "quota"),
        ({"quota": "1e9"}, "quota"),
        ({"dimension": "martians"}, "dimension"),
        ({"expires": "tomorrow"}, "expires"),
    ],
)
def test_invitation_that_makes_no_sense_is_refused_at_its_field(desk, event, typed, field):
    page = desk.post(f"{PAGES}/invitacions/nova", data={"label": "Servei", "quota": "5", **typed})

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert db.session.scalars(select(Invitation)).all() == []


def test_quota_below_what_is_used_is_refused_at_its_field(desk, event):
    invitation = factories.make_invitation(event, quota=3)
    for number in range(2):
        factories.make_registration(event, email=f"p{number}@example.org", invitation_id=invitation.id)

    page = desk.post(f"{PAGES}/invitacions/{invitation.id}", data={"label": "Servei", "quota": "1"})

    assert (page.status_code, messages(page)) == (422, ["Ja s’hi han inscrit 2 persones."])


# Approvals


def ask(event, number, **values):
    return factories.make_registration(
        event,
        email=f"p{number}@example.org",
        last_name=f"P{number}",
        state=RegistrationState.PENDING,
        awaits=Awaited.APPROVAL,
        **values,
    )


def test_those_who_ask_are_shown_with_their_answers_and_without_supports(desk, event):
    event.access = Access.APPROVAL
    registration = ask(event, 1, dimension=Dimension.CITIZENS)
    factories.make_answer(registration, factories.make_question(event, "Hi heu vingut mai?", "yes_no"), "yes")
    factories.make_support_need(registration, "menu", "celíac")

    page = desk.get(f"{PAGES}/aprovacions").text

    assert "Bob P1" in page
    assert re.search(r"Hi heu vingut mai\?</dt><dd[^>]*>Sí</dd>", page)
    assert "celíac" not in page


def test_one_is_approved_and_another_declined(desk, event):
    first, second = ask(event, 1), ask(event, 2)

    yes = desk.post(f"{PAGES}/aprovacions/{first.id}")
    asked = desk.get(f"{PAGES}/aprovacions/{second.id}/denegacio")
    no = desk.post(f"{PAGES}/aprovacions/{second.id}/denegacio", data={"reason": "Aforament limitat."})

    fresh(event)
    assert (yes.status_code, asked.status_code, no.status_code) == (303, 200, 303)
    assert (first.state, second.state) == (RegistrationState.CONFIRMED, RegistrationState.CANCELLED)
    mails = dict(db.session.execute(select(OutgoingMail.kind, OutgoingMail.text)).all())
    assert list(mails) == ["place_confirmed", "not_approved"]
    assert "Aforament limitat." in mails["not_approved"]


def test_all_shown_are_approved(desk, event):
    people = [ask(event, number) for number in range(3)]

    answer = desk.post(
        f"{PAGES}/aprovacions", data={"registration": [each.id for each in people[:2]] + ["x"]}, follow_redirects=True
    )

    fresh(event)
    assert [each.state.value for each in people] == ["confirmed", "confirmed", "pending"]
    assert "2 persones tenen plaça." in answer.text


def test_second_answer_says_why_not(desk, event):
    registration = ask(event, 1)
    desk.post(f"{PAGES}/aprovacions/{registration.id}")

    again = desk.post(f"{PAGES}/aprovacions/{registration.id}/denegacio", follow_redirects=True)

    assert "Aquesta petició ja s’ha respost o retirat." in again.text
    assert fresh(registration).state is RegistrationState.CONFIRMED


def test_reason_that_is_too_long_is_refused(desk, event):
    registration = ask(event, 1)

    page = desk.post(f"{PAGES}/aprovacions/{registration.id}/denegacio", data={"reason": "x" * 501})

    assert page.status_code == 422
    assert fresh(registration).state is RegistrationState.PENDING


# Exports

LIST = "/gestio/jornades/jornada/inscripcions/llista"


@pytest.fixture
def answered(event):
    asked = factories.make_question(event, "=Com?", "several", options=["a b", "c"])
    withdrawn = factories.make_question(event, "Abans", withdrawn_at=utc_now())
    factories.make_question(event, "Mai", withdrawn_at=utc_now())
    registration = factories.make_registration(event)
    factories.make_answer(registration, asked, "a b", "c")
    factories.make_answer(registration, withdrawn, "=1+1")
    factories.make_support_need(registration, "menu", "celíac")
    factories.make_registration(event, email="c@example.org", last_name="Zet")
    return asked, withdrawn


def rows(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_full_list_has_a_column_for_each_question_and_none_for_supports(desk, event, answered):
    header, bob, zet = rows(desk.get(f"{LIST}?format=csv"))

    assert header[-2:] == ["'=Com?", "Abans"]
    assert (bob[-2:], zet[-2:]) == (["a b · c", "'=1+1"], ["", ""])
    assert "celíac" not in str([header, bob, zet])


def test_supports_come_along_on_purpose_and_the_trail_says_so(desk, event, answered):
    header, bob, zet = rows(desk.get(f"{LIST}?format=csv&supports=1"))

    assert (header[-1], bob[-1], zet[-1]) == ("Suports", "un menú especial: celíac", "")
    assert db.session.scalars(select(AuditEntry)).one().details["supports"] is True


def test_trail_of_a_list_without_supports_does_not_speak_of_them(desk, event, answered):
    desk.get(f"{LIST}?format=csv")
    desk.get(f"{LIST}?format=csv&profile=door&supports=1")

    assert [entry.details.get("supports") for entry in db.session.scalars(select(AuditEntry))] == [None, None]


def test_catering_gets_numbers_and_no_names(desk, event, answered):
    without = desk.get(f"{LIST}?format=csv&profile=catering")
    with_needs = rows(desk.get(f"{LIST}?format=csv&profile=catering&supports=1"))

    assert "celíac" not in without.text
    assert with_needs[-1] == ["", "un menú especial: celíac", "", "1", ""]


@pytest.mark.parametrize("format_", ["xlsx", "ods"])
def test_full_list_with_answers_is_written_in_every_format(desk, event, answered, format_):
    with desk.get(f"{LIST}?format={format_}&supports=1") as answer:
        table = read_table(answer.data, f"list.{format_}", {"question": ["Com"], "supports": ["Suports"]}, ["supports"])

    assert [row.values["supports"] for row in table] == ["un menú especial: celíac", ""]


def test_json_keeps_answers_apart(app, event, answered):
    result = app.test_cli_runner().invoke(args=["registrations", "export", "jornada", "--format", "json", "--supports"])

    asked, withdrawn = answered
    bob, zet = json.loads(result.stdout)
    assert (bob[f"question-{asked.id}"], bob[f"question-{withdrawn.id}"]) == (["a b", "c"], "=1+1")
    assert (zet[f"question-{asked.id}"], zet["supports"]) == (None, "")


def test_list_makes_the_same_number_of_queries_with_one_and_three(desk, event, answered, count_queries):
    few = count_queries(lambda: desk.get(f"{LIST}?format=csv&supports=1"))
    for number in range(3):
        registration = factories.make_registration(event, email=f"q{number}@example.org")
        factories.make_answer(registration, answered[0], "c")

    assert count_queries(lambda: desk.get(f"{LIST}?format=csv&supports=1")) == few


# The attendee's page


def bob():
    return db.session.scalars(select(Registration).where(Registration.email == "bob@example.org")).one()


def test_attendees_page_shows_answers_and_supports_to_who_may(desk, event, answered):
    page = desk.get(f"/gestio/jornades/jornada/inscripcions/{bob().id}").text

    assert ("a b · c" in page, "celíac" in page) == (True, True)


def test_attendees_page_shows_no_supports_to_the_door(client, event, answered):
    client.log_in(factories.make_staff("door@example.org", role="door"))

    page = client.get(f"/gestio/jornades/jornada/inscripcions/{bob().id}")

    assert ("a b · c" in page.text, "celíac" in page.text) == (True, False)
