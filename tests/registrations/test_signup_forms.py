"""The sign-up form with all that an event asks: shown, checked, kept; and invitations, approval, address."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.database import db
from core.dates import utc_now
from core.mail import OutgoingMail
from events.models import Access, Dimension
from registrations.models import Answer, Awaited, Registration, RegistrationState, SupportKind, SupportNeed
from tests import factories

BOB = {"first_name": "Bob", "last_name": "Pla", "email": "bob@example.org", "organisation": "Associació"}
FORM = "/jornades/jornada/inscripcio"


@pytest.fixture
def event(app):
    start = (utc_now() + timedelta(days=14)).replace(microsecond=0)
    event = factories.make_event(
        "jornada", starts_at=start, ends_at=start + timedelta(hours=4), created_at=utc_now(), updated_at=utc_now()
    )
    factories.make_session(event, "T1", starts_at=start, title="Habitatge")
    factories.make_session(event, "T2", starts_at=start + timedelta(hours=1), title="Salut")
    return event


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def only_registration():
    db.session.expire_all()
    return db.session.scalars(select(Registration)).one()


def words():
    return dict(db.session.execute(select(Answer.question_id, Answer.words)).all())


def messages(page):
    return re.findall(r'<p class="field-error"[^>]*>(.*?)</p>', page.text)


# Questions


def test_form_without_questions_has_no_part_for_them(client, event):
    page = client.get(FORM).text

    assert "Les preguntes de l’organització" not in page
    assert "questions.js" not in page


def test_form_asks_in_order_and_says_of_whom(client, event):
    factories.make_question(event, "Com ens heu conegut?", "one", options=["Per la xarxa", "Per un cartell"])
    factories.make_question(event, "Porteu criatures?", "yes_no", sessions=[event.sessions[0]])

    page = client.get(FORM).text

    assert page.index("Com ens heu conegut?") < page.index("Porteu criatures?")
    assert 'data-for-sessions="T1"' in page
    assert "Només si veniu a «Habitatge»." in page


def test_answers_of_every_kind_are_kept(client, event):
    short = factories.make_question(event, "A", "short")
    long = factories.make_question(event, "B", "long")
    one = factories.make_question(event, "C", "one", options=["x", "y"])
    several = factories.make_question(event, "D", "several", options=["x", "y", "z"])
    yes_no = factories.make_question(event, "E", "yes_no")
    typed = {
        f"question-{short.id}": " <b>&\"'=1+1  😀 ",
        f"question-{long.id}": "primera\r\nsegona",
        f"question-{one.id}": "y",
        f"question-{several.id}": ["z", "x", "x"],
        f"question-{yes_no.id}": "no",
    }

    answer = client.post(FORM, data={**BOB, **typed})

    assert answer.status_code == 303
    assert words() == {
        short.id: ["<b>&\"'=1+1 😀"],
        long.id: ["primera\nsegona"],
        one.id: ["y"],
        several.id: ["z", "x"],
        yes_no.id: ["no"],
    }


@pytest.mark.parametrize("kind", ["short", "long", "one", "several", "yes_no"])
def test_required_question_without_answer_is_said_at_its_field(client, event, kind):
    question = factories.make_question(event, "A", kind, is_required=True, options=["x", "y"])

    page = client.post(FORM, data=BOB)

    assert page.status_code == 422
    assert messages(page) == ["Cal omplir aquest camp."]
    assert f'id="question-{question.id}-error"' in page.text
    assert f'href="#question-{question.id}"' in page.text
    assert count(Registration) == 0


def test_question_that_need_not_be_answered_may_be_left(client, event):
    factories.make_question(event, "A", "one", options=["x", "y"])

    assert client.post(FORM, data=BOB).status_code == 303
    assert words() == {}


def test_required_question_of_a_session_counts_only_when_it_is_chosen(client, event):
    question = factories.make_question(event, "A", is_required=True, sessions=[event.sessions[0]])

    with_it = client.post(FORM, data={**BOB, "sessions": "T1"})
    without = client.post(FORM, data={**BOB, "sessions": "T2", f"question-{question.id}": "no em pertoca"})

    assert (with_it.status_code, without.status_code) == (422, 303)
    assert words() == {}


@pytest.mark.parametrize("kind", ["one", "several", "yes_no"])
def test_option_that_is_not_offered_is_refused(client, event, kind):
    question = factories.make_question(event, "A", kind, options=["x", "y"])

    page = client.post(FORM, data={**BOB, f"question-{question.id}": "<script>"})

    assert page.status_code == 422
    assert messages(page) == ["El que heu triat no és, o ja no és, entre les opcions. Torneu a triar."]
    assert count(Registration) == 0


@pytest.mark.parametrize(("kind", "most"), [("short", 300), ("long", 5000)])
def test_answer_that_is_too_long_is_refused(client, event, kind, most):
    question = factories.make_question(event, "A", kind)

    page = client.post(FORM, data={**BOB, f"question-{question.id}": "ç" * (most + 1)})

    assert page.status_code == 422
    assert len(messages(page)) == 1
    assert client.post(FORM, data={**BOB, f"question-{question.id}": "ç" * most}).status_code == 303


def test_question_that_is_withdrawn_forged_or_of_another_event_is_not_answered(client, event):
    withdrawn = factories.make_question(event, "A", withdrawn_at=utc_now())
    foreign = factories.make_question(factories.make_event("altra"), "B")
    typed = {f"question-{each}": "hola" for each in (withdrawn.id, foreign.id, 999999, "x", "-1")}

    assert client.post(FORM, data={**BOB, **typed}).status_code == 303
    assert words() == {}


def test_what_was_typed_stands_in_the_form_again(client, event):
    short = factories.make_question(event, "A", "short")
    several = factories.make_question(event, "B", "several", options=["x", "y"])

    page = client.post(FORM, data={f"question-{short.id}": "<b>hola</b>", f"question-{several.id}": "y"}).text

    assert 'value="&lt;b&gt;hola&lt;/b&gt;"' in page
    assert re.findall(r'value="(x|y)" id="question-[^"]*"( checked)?', page) == [("x", ""), ("y", " checked")]


def test_signing_up_again_answers_anew(client, event):
    question = factories.make_question(event, "A")
    client.post(FORM, data={**BOB, f"question-{question.id}": "abans"})
    token = only_registration().token
    client.post(f"/inscripcions/{token}/cancellacio")

    client.post(FORM, data={**BOB, f"question-{question.id}": "ara"})

    assert words() == {question.id: ["ara"]}


# Supports


def needs():
    db.session.expire_all()
    return [(need.kind, need.details) for need in db.session.scalars(select(SupportNeed).order_by(SupportNeed.kind))]


def test_supports_are_asked_only_where_they_are_offered(client, event):
    before = client.get(FORM).text
    factories.offer_supports(event, "menu")

    after = client.get(FORM).text

    assert ("supports_consent" in before, "supports_consent" in after) == (False, True)


def test_supports_are_kept_with_consent(client, event):
    factories.offer_supports(event, "menu", "hearing_loop", "sign_language")
    typed = {"supports": ["menu", "hearing_loop"], "support-menu": "celíac", "supports_consent": "y"}

    assert client.post(FORM, data={**BOB, **typed}).status_code == 303
    assert needs() == [(SupportKind.HEARING_LOOP, ""), (SupportKind.MENU, "celíac")]


def test_words_without_a_tick_mean_the_same(client, event):
    factories.offer_supports(event, "menu")

    client.post(FORM, data={**BOB, "support-menu": "vegà", "supports_consent": "y"})

    assert needs() == [(SupportKind.MENU, "vegà")]


@pytest.mark.parametrize(
    "typed",
    [
        {"supports": "hearing_loop"},
        {"supports": "menu", "supports_consent": "y"},
        {"supports": "wheelchair_space", "supports_consent": "y"},
        {"supports": "<b>", "supports_consent": "y"},
        {"supports": "menu", "support-menu": "x" * 501, "supports_consent": "y"},
    ],
    ids=["without consent", "menu without words", "not offered", "made up", "too long"],
)
def test_support_that_cannot_be_kept_is_refused(client, event, typed):
    factories.offer_supports(event, "menu", "hearing_loop")

    page = client.post(FORM, data={**BOB, **typed})

    assert page.status_code == 422
    assert len(messages(page)) == 1
    assert (count(Registration), count(SupportNeed)) == (0, 0)


def test_consent_to_nothing_keeps_nothing(client, event):
    factories.offer_supports(event, "menu")

    assert client.post(FORM, data={**BOB, "supports_consent": "y"}).status_code == 303
    assert needs() == []


def test_support_forged_where_none_is_offered_is_not_kept(client, event):
    assert client.post(FORM, data={**BOB, "supports": "menu", "supports_consent": "y"}).status_code == 303
    assert needs() == []


# Where people come from, and invitations


def test_form_asks_where_people_come_from_when_places_are_kept(client, event):
    before = client.get(FORM).text
    factories.reserve_places(event, citizens=2)

    page = client.post(FORM, data=BOB)
    done = client.post(FORM, data={**BOB, "origin": "citizens"})

    assert 'name="origin"' not in before
    assert (page.status_code, messages(page)) == (422, ["Cal omplir aquest camp."])
    assert done.status_code == 303
    assert only_registration().dimension is Dimension.CITIZENS


def test_origin_that_is_none_is_refused(client, event):
    factories.reserve_places(event, citizens=2)

    assert client.post(FORM, data={**BOB, "origin": "<b>"}).status_code == 422


def test_origin_is_not_believed_where_nothing_depends_on_it(client, event):
    client.post(FORM, data={**BOB, "origin": "internal"})

    assert only_registration().dimension is None


def test_invitation_goes_through_the_form(client, event):
    event.access = Access.INVITATION
    factories.reserve_places(event, citizens=2)
    invitation = factories.make_invitation(event, dimension=Dimension.CITIZENS)

    page = client.get(f"{FORM}?invitacio={invitation.token}")
    token = re.search(r'name="invitation" value="([^"]*)"', page.text).group(1)
    done = client.post(FORM, data={**BOB, "invitation": token})

    assert 'name="origin"' not in page.text
    assert done.status_code == 303
    registration = only_registration()
    assert (registration.invitation_id, registration.dimension) == (invitation.id, Dimension.CITIZENS)


@pytest.mark.parametrize("token", ["", "x", "%3Cscript%3E", "a" * 5000])
def test_event_by_invitation_shows_no_form_without_one(client, event, token):
    event.access = Access.INVITATION

    page = client.get(f"{FORM}?invitacio={token}")

    assert page.status_code == 200
    assert 'name="first_name"' not in page.text
    assert 'action="/jornades/jornada/inscripcio/enllac"' in page.text


def test_event_by_invitation_refuses_a_form_without_one(client, event):
    event.access = Access.INVITATION

    page = client.post(FORM, data=BOB)

    assert page.status_code == 409
    assert "Aquesta jornada és per invitació." in page.text
    assert count(Registration) == 0


def test_invitation_that_no_longer_holds_can_be_done_without_where_all_may_come(client, event):
    invitation = factories.make_invitation(event, revoked_at=utc_now())

    page = client.get(f"{FORM}?invitacio={invitation.token}").text

    assert "Aquesta invitació ja no és vàlida." in page
    assert 'name="invitation"' not in page


# After approval


def test_sign_up_after_approval_holds_no_place_and_says_so(client, event):
    event.access, event.capacity = Access.APPROVAL, 1

    answer = client.post(FORM, data={**BOB, "sessions": "T1"})

    registration = only_registration()
    assert (registration.state, registration.awaits) == (RegistrationState.PENDING, Awaited.APPROVAL)
    assert registration.event.places_taken == 0
    assert "Hem rebut la vostra petició." in client.get(answer.location).text
    assert db.session.scalars(select(OutgoingMail.kind)).all() == ["awaiting_approval"]


# The address


def test_address_to_be_confirmed_is_told_the_mailbox_only(client, event):
    event.confirms_address, event.capacity = True, 2

    answer = client.post(FORM, data=BOB)

    registration = only_registration()
    assert answer.location == "/jornades/jornada/inscripcio/correu"
    assert (registration.state, registration.awaits) == (RegistrationState.PENDING, Awaited.ADDRESS)
    assert registration.event.places_taken == 1
    mail = db.session.scalars(select(OutgoingMail)).one()
    assert mail.kind == "address_to_confirm"
    assert f"https://jornades.example.org/inscripcions/{registration.token}/confirmacio" in mail.text


def test_known_address_gets_the_same_answer_when_addresses_are_confirmed(client, event):
    event.confirms_address = True
    first = client.post(FORM, data=BOB)

    again = client.post(FORM, data=BOB)

    assert (again.status_code, again.location) == (first.status_code, first.location)


def test_sign_up_sends_few_statements(client, event, count_queries):
    client.get(FORM)

    statements = count_queries(lambda: client.post(FORM, data={**BOB, "sessions": ["T1", "T2"]}))

    assert statements < 15
