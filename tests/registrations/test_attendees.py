"""The attendee list: searched, filtered, sorted as Catalan sorts, read in batches."""

from datetime import timedelta

import pytest

from core.database import db
from core.errors import NotFoundError
from core.text import sort_key
from events.models import SessionKind
from registrations import attendees
from registrations.attendees import Filter, Order, Presence
from registrations.models import RegistrationState
from tests import factories


def find(event, **wanted):
    rows = db.session.scalars(attendees.select_registrations(event, Filter(**wanted))).all()
    return [row.full_name for row in rows]


def make_people(event, *names, **values):
    return [
        factories.make_registration(
            event, first_name=first, last_name=last, email=f"{number}@example.org", organisation="", **values
        )
        for number, (first, last) in enumerate(names)
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("puig", ["Àngels Puig"]),
        ("ANGELS PUIG", ["Àngels Puig"]),
        ("àngels", ["Àngels Puig"]),
        ("gallega", ["Núria Gal·lega"]),
        ("gal·lega", ["Núria Gal·lega"]),
        ("veins baro", ["Àngels Puig"]),
        ("nuria@example.org", ["Núria Gal·lega"]),
        ("ÀNGELS@", ["Àngels Puig"]),
        ("angelscode", ["Àngels Puig"]),
        ("100%", ["Joan 100%_\\/"]),
        ("%", ["Joan 100%_\\/"]),
        ("_", ["Joan 100%_\\/"]),
        ("\\", ["Joan 100%_\\/"]),
        ("'; DROP TABLE registration; --", []),
        ("\x00", ["Joan 100%_\\/", "Núria Gal·lega", "Àngels Puig"]),
        ("—", []),
        ("x" * 10_000, []),
        ("puig zzz", []),
    ],
)
def test_search_finds_without_accents_and_takes_no_sign_for_another(app, search, found):
    event = factories.make_event()
    factories.make_registration(
        event,
        first_name="Àngels",
        last_name="Puig",
        email="angels@example.org",
        organisation="Associació de Veïns del Baró de Viver",
        code="ANGELSCODE",
    )
    factories.make_registration(
        event, first_name="Núria", last_name="Gal·lega", email="nuria@example.org", organisation=""
    )
    factories.make_registration(
        event, first_name="Joan", last_name="100%_\\/", email="joan@example.org", organisation=""
    )
    factories.make_registration(factories.make_event("other"), first_name="Altra", last_name="Puig Baró Veïns")

    assert find(event, search=search) == found


@pytest.mark.both_databases
def test_names_sort_as_catalan_sorts_them(app):
    event = factories.make_event()
    names = ["Zamora", "Àlvarez", "Alvarez", "Puig", "Çelik", "Celma", "Il·la", "Illa", "Illes", "Ñíguez", "Nualart"]
    make_people(event, *(("Anna", name) for name in names))

    found = [name.removeprefix("Anna ") for name in find(event)]

    assert found == [
        "Alvarez",
        "Àlvarez",
        "Çelik",
        "Celma",
        "Illa",
        "Il·la",
        "Illes",
        "Ñíguez",
        "Nualart",
        "Puig",
        "Zamora",
    ]


@pytest.mark.both_databases
def test_organisations_and_dates_sort(app):
    event = factories.make_event()
    for number, organisation in enumerate(["Zona", "Àgora", "", "Barri"]):
        factories.make_registration(
            event,
            first_name=organisation or "cap",
            last_name="",
            email=f"{number}@example.org",
            organisation=organisation,
            created_at=factories.NOW + timedelta(minutes=number),
        )

    assert find(event, order=Order.ORGANISATION) == ["cap", "Àgora", "Barri", "Zona"]
    assert find(event, order=Order.DATE) == ["Barri", "cap", "Àgora", "Zona"]


@pytest.mark.both_databases
def test_filters_by_session_state_and_attendance(app):
    event = factories.make_event()
    one, two = factories.make_session(event, "T1"), factories.make_session(event, "T2")
    a = factories.make_registration(event, one, first_name="A", last_name="", email="a@example.org")
    factories.make_registration(event, one, first_name="B", last_name="", email="b@example.org")
    c = factories.make_registration(event, two, first_name="C", last_name="", email="c@example.org")
    cancelled = RegistrationState.CANCELLED
    factories.make_registration(event, first_name="D", last_name="", email="d@example.org", state=cancelled)
    factories.make_attendance(a, one)
    factories.make_attendance(c, one)

    assert find(event) == ["A", "B", "C", "D"]
    assert find(event, session=one) == ["A", "B", "C"]
    assert find(event, session=one, with_everybody=True) == ["A", "B", "C", "D"]
    assert find(event, session=two) == ["C"]
    assert find(event, state=cancelled) == ["D"]
    assert find(event, presence=Presence.CAME) == ["A", "C"]
    assert find(event, presence=Presence.NOT_YET) == ["B", "D"]
    assert find(event, session=one, presence=Presence.CAME) == ["A", "C"]
    assert find(event, session=one, presence=Presence.NOT_YET) == ["B"]
    assert find(event, session=two, presence=Presence.NOT_YET) == ["C"]


def test_a_session_that_nobody_chooses_is_everybodys(app):
    event = factories.make_event()
    plenary = factories.make_session(event, "P", kind=SessionKind.PLENARY)
    factories.make_registration(event, first_name="A", last_name="")

    assert find(event, session=plenary) == ["A"]


def test_everybody_expected_are_those_with_a_place_and_not_recorded(app):
    session = factories.make_session()
    event = session.event
    a = factories.make_registration(event, session, email="a@example.org")
    b = factories.make_registration(event, session, email="b@example.org")
    factories.make_registration(event, email="c@example.org", state=RegistrationState.WAITING)
    factories.make_attendance(a, session)

    assert attendees.list_expected_ids(event, Filter(), session) == [b.id]
    assert attendees.count_expected(event, Filter(), session) == 1


def test_ids_of_another_event_are_left_out(app):
    event = factories.make_event()
    own = factories.make_registration(event)
    other = factories.make_registration(factories.make_event("other"))

    assert attendees.list_own_ids(event, [own.id, other.id, 999_999]) == [own.id]
    with pytest.raises(NotFoundError):
        attendees.get_registration(event, other.id)


def test_counts_are_of_the_whole_event(app):
    session = factories.make_session()
    bob = factories.make_registration(session.event, session)
    factories.make_registration(session.event, email="c@example.org", state=RegistrationState.CANCELLED)
    factories.make_attendance(bob, session)

    counts = attendees.count_registrations(session.event)

    assert counts.by_state == {RegistrationState.CONFIRMED: 1, RegistrationState.CANCELLED: 1}
    assert (counts.total, counts.came) == (2, 1)


@pytest.mark.both_databases
def test_reading_many_takes_a_few_queries_for_each_thousand(app, monkeypatch, count_queries):
    monkeypatch.setattr(attendees, "_BATCH", 4)
    event = factories.make_event()
    session = factories.make_session(event)
    for number in range(10):
        bob = factories.make_registration(event, session, email=f"{number}@example.org")
        factories.make_attendance(bob, session)
    people = []

    queries = count_queries(lambda: people.extend(attendees.read_attendees(event, Filter())))

    assert [(person.sessions, person.attended) for person in people] == [(("T1",), ("T1",))] * 10
    assert queries == 1 + 3 * 3


def test_the_trail_never_keeps_the_words_of_a_search(app):
    session = factories.make_session()
    wanted = Filter(search="Puig", session=session, state=RegistrationState.CONFIRMED, presence=Presence.CAME)

    assert wanted.as_details() == {
        "order": "name",
        "search": "yes",
        "session": "T1",
        "state": "confirmed",
        "presence": "came",
    }


def test_the_sort_key_of_a_registration_follows_the_last_name(app):
    bob = factories.make_registration(first_name="Bob", last_name="Pla")

    assert bob.sort_key == sort_key("Pla", "Bob")
