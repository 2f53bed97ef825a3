"""By what the attendee list is narrowed down, alone and together."""

import pytest

from core.database import db
from events.models import Dimension
from registrations import attendees
from registrations.filters import Answered, Consent, Filter, Order
from registrations.models import RegistrationSource, RegistrationState
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    return factories.make_event()


def make(event, name, **values):
    return factories.make_registration(
        event, first_name=name, last_name="", email=f"{name}@example.org", **{"organisation": "", **values}
    )


def find(event, **wanted):
    rows = db.session.scalars(attendees.select_registrations(event, Filter(**wanted))).all()
    return [row.first_name for row in rows]


def test_by_what_people_said_of_themselves(event):
    make(event, "a", dimension=Dimension.CITIZENS, language="es", image_consent_at=NOW)
    make(event, "b", dimension=Dimension.INTERNAL, source=RegistrationSource.DOOR)
    make(event, "c", organisation="Associació de Veïns")
    make(event, "d", organisation="associacio de veins")
    make(event, "e", organisation="Associació de Veïns del Baró")

    assert find(event, dimension=Dimension.CITIZENS) == ["a"]
    assert find(event, language="es") == ["a"]
    assert find(event, source=RegistrationSource.DOOR) == ["b"]
    assert find(event, consent=Consent.GIVEN) == ["a"]
    assert find(event, consent=Consent.NOT_GIVEN) == ["b", "c", "d", "e"]
    assert find(event, organisation="Associació de Veïns") == ["c", "d"]
    assert find(event, organisation="%") == []


def test_by_invitation_and_one_by_one(event):
    invitation = factories.make_invitation(event)
    a = make(event, "a", invitation_id=invitation.id)
    b = make(event, "b")
    other = make(factories.make_event("other"), "c")

    assert find(event, invitation=invitation) == ["a"]
    assert find(event, people=(a.id, other.id)) == ["a"]
    assert find(event, people=(b.id,), invitation=invitation) == []
    assert find(event, people=()) == []


def test_by_a_word_that_was_chosen(event):
    """Nobody is found who chose another word, however alike the two are written."""
    question = factories.make_question(event, kind="several")
    words = ["Sí", "sí", "no", 'a "b" c', "\\", "a, b", "100%_", "=1+1", "😀", "[", '", "', '"no', 'x", "b', "b"]
    for number, each in enumerate(words):
        factories.make_answer(make(event, f"{number:02}"), question, "x", each, "z")
        factories.make_answer(make(event, f"{number:02} alone"), question, each)
    make(event, "silent")

    found = {word: find(event, answers=(Answered(question, word),)) for word in words}

    assert found == {word: [f"{number:02}", f"{number:02} alone"] for number, word in enumerate(words)}


def test_by_who_left_a_question_open(event):
    one, two = factories.make_question(event, kind="yes_no"), factories.make_question(event, kind="yes_no")
    a, b = make(event, "a"), make(event, "b")
    factories.make_answer(a, one, "yes")
    factories.make_answer(a, two, "no")
    factories.make_answer(b, one, "yes")

    assert find(event, answers=(Answered(one, ""),)) == []
    assert find(event, answers=(Answered(two, ""),)) == ["b"]
    assert find(event, answers=(Answered(one, "yes"), Answered(two, "no"))) == ["a"]


def test_filters_combine(event):
    session = factories.make_session(event)
    for name in "abcd":
        factories.make_registration(
            event,
            session,
            first_name=name,
            last_name="",
            email=f"{name}@example.org",
            language="ca" if name in "ab" else "es",
            dimension=Dimension.CITIZENS if name in "bc" else None,
        )

    assert find(event, session=session, language="ca", dimension=Dimension.CITIZENS) == ["b"]
    assert find(event, session=session, language="ca", state=RegistrationState.CONFIRMED, order=Order.DATE) == [
        "b",
        "a",
    ]


def test_the_trail_keeps_what_was_asked_for_and_nobodys_name(event):
    question, invitation = factories.make_question(event, kind="yes_no"), factories.make_invitation(event)
    wanted = Filter(
        search="Puig",
        dimension=Dimension.CITIZENS,
        organisation="Barri",
        language="ca",
        source=RegistrationSource.FILE,
        consent=Consent.GIVEN,
        invitation=invitation,
        answers=(Answered(question, "yes"),),
        people=(1, 2),
        refuses_mail=True,
    )

    assert wanted.as_details() == {
        "order": "name",
        "search": "yes",
        "mail": "refused",
        "dimension": "citizens",
        "organisation": "Barri",
        "language": "ca",
        "source": "file",
        "consent": "given",
        "invitation": invitation.id,
        "questions": [question.id],
        "people": 2,
    }


def test_organisations_to_choose_from_are_named_once(event):
    for number, name in enumerate(["Zona", "Àgora", "", "Àgora"]):
        make(event, str(number), organisation=name)

    assert attendees.list_organisations(event, 10) == ["Àgora", "Zona"]
    assert attendees.list_organisations(event, 1) == ["Àgora"]
