"""The pages of possible duplicates: seen, compared, merged when agreed to, told apart, and all of it taken back."""

import re

import pytest
from sqlalchemy import select

from core.database import db
from core.dates import utc_now
from registrations import duplicates, services
from registrations.models import Registration, RegistrationMerge, RegistrationState
from tests import factories
from tests.registrations.views.pages import HOSTILE, LIST, count, flashed

PAIRS = f"{LIST}/duplicats"
HOME = "/gestio/jornades/jornada"


@pytest.fixture
def people(event):
    """Two registrations of one person, one with a name that tries to break the page, at two workshops at one time."""
    values = {"last_name": HOSTILE, "organisation": "Ateneu"}
    one = factories.make_registration(event, event.sessions[0], **values)
    other = factories.make_registration(
        event, event.sessions[1], email="r@example.org", created_at=utc_now(), **{**values, "organisation": "Casal"}
    )
    return one, other


def to(*people):
    return f"{PAIRS}/{people[0].id}/{people[1].id}"


def test_pairs_are_listed_and_counted_on_the_home(desk, event, people):
    before = desk.get(HOME).text
    page = desk.get(PAIRS)
    home = desk.get(HOME).text

    assert page.status_code == 200
    assert page.text.count('class="twin-pair"') == 1
    assert "el mateix nom" in page.text
    assert "<b>&" not in page.text
    assert "1 parella d’inscripcions pot ser" not in before
    assert "1 parella d’inscripcions pot ser d’una mateixa persona." in home


def test_what_differs_is_chosen_and_seen_before_it_is_done(desk, event, people):
    one, _other = people

    page = desk.get(to(*people))
    preview = desk.post(to(*people), data={"stays-organisation": one.id, "stays-email": "x", "stays-name": "9" * 5000})
    kept = re.findall(r'name="(stays-[^"]*)" value="(\d+)"', preview.text)

    assert page.text.count('<span class="tag tag--warn">diferent</span>') == 2
    assert "Igual en totes dues:" in page.text
    assert (preview.status_code, count(Registration), count(RegistrationMerge)) == (200, 2, 0)
    assert "Es torna una plaça de la jornada." in preview.text
    assert ("stays-organisation", str(one.id)) in kept
    assert "<b>&" not in page.text + preview.text


def test_agreed_to_it_is_done_and_undone(desk, event, people):
    ids = [each.id for each in people]
    address = to(*people)

    done = desk.post(address, data={"agreed": "1"})
    merged_page = desk.get(done.location)
    merge_id = db.session.scalars(select(RegistrationMerge.id)).one()
    preview = desk.get(f"{PAIRS}/fusions/{merge_id}/desfeta")
    still = count(Registration)
    again = desk.post(address, data={"agreed": "1"})
    undone = desk.post(f"{PAIRS}/fusions/{merge_id}/desfeta")

    assert (done.status_code, done.location) == (303, f"{PAIRS}/fusions/{merge_id}")
    assert flashed(merged_page)[0].startswith("Les dues inscripcions de Bob")
    assert "Tornen a ser dues inscripcions, com abans:" in preview.text
    assert (still, again.location) == (1, done.location)
    assert (undone.status_code, sorted(db.session.scalars(select(Registration.id)))) == (303, sorted(ids))
    assert [each.places_taken for each in event.sessions] == [1, 1]
    assert desk.get(f"{PAIRS}/fusions").text.count("tag--muted") == 1


def test_undoing_says_why_not_and_offers_a_place_on_purpose(desk, event, people):
    event.capacity = 2
    desk.post(to(*people), data={"agreed": "1"})
    merge_id = db.session.scalars(select(RegistrationMerge.id)).one()
    factories.make_registration(event, email="c@example.org")
    db.session.commit()
    address = f"{PAIRS}/fusions/{merge_id}/desfeta"

    refused, allowed = desk.get(address).text, desk.get(f"{address}?over_capacity=1").text
    desk.post(address)
    after_refusal = count(Registration)
    desk.post(address, data={"over_capacity": "1"})

    assert ('role="alert"' in refused, 'name="over_capacity"' in refused) == (True, True)
    assert 'role="alert"' not in allowed
    assert (after_refusal, count(Registration)) == (2, 3)


def test_two_people_are_remembered_and_doubted(desk, event, people):
    desk.get(PAIRS)

    desk.post(f"{to(*people)}/diferents")
    possible, apart = desk.get(PAIRS).text, desk.get(f"{PAIRS}/diferents").text
    compared = desk.get(to(*people)).text
    doubted = desk.post(f"{to(*people)}/dubte")

    assert ("Per mirar (0)" in possible, "Dues persones (1)" in possible) == (True, True)
    assert apart.count('class="twin-pair"') == 1
    assert "Es va dir que eren dues persones." in compared
    assert doubted.status_code == 303
    assert "Per mirar (1)" in desk.get(PAIRS).text


def test_the_other_one_is_looked_for_from_the_person(desk, event, people):
    one, _other = people
    far = factories.make_registration(event, first_name="Joaquim", last_name="Vila", email="q@example.org")

    person = desk.get(f"{LIST}/{one.id}").text
    found = desk.get(f"{PAIRS}/cerca/{one.id}?q=vila").text
    nobody = desk.get(f"{PAIRS}/cerca/{one.id}?q=zzz").text

    assert f"{PAIRS}/cerca/{one.id}" in person
    assert to(one, far) in found
    assert 'class="twin"' not in nobody
    assert desk.get(to(one, far)).status_code == 200


def test_of_another_event_or_of_oneself(desk, event, people):
    one, _other = people
    stranger = factories.make_registration(factories.make_event("altra"))

    answers = [
        desk.get(to(one, stranger)).status_code,
        desk.post(to(one, stranger), data={"agreed": "1"}).status_code,
        desk.post(f"{to(one, stranger)}/diferents").status_code,
        desk.post(f"{to(one, stranger)}/dubte").status_code,
        desk.get(f"{PAIRS}/{one.id}/99999999999999999999").status_code,
        desk.get(f"{PAIRS}/fusions/1").status_code,
        desk.get(to(one, one)).status_code,
    ]

    assert answers == [404, 404, 404, 404, 404, 404, 303]


def test_what_people_need_is_for_who_may_see_it_and_the_old_link_goes_on(desk, client, event, people):
    factories.make_support_need(people[1], "menu", "vegana")
    shown = desk.get(to(*people)).text
    token = people[1].token

    desk.post(to(*people), data={"agreed": "1"})
    own = client.get(f"/inscripcions/{token}")

    assert "vegana" in shown
    assert own.status_code == 200
    assert client.get(f"/inscripcions/{token}/calendari.ics").status_code == 200


def test_as_many_queries_for_three_pairs_as_for_one(desk, event, people, count_queries):
    desk.get(PAIRS)
    with_one = count_queries(lambda: desk.get(PAIRS))
    for number in range(4):
        factories.make_registration(
            event, first_name=f"Anna{'ab'[number % 2]}", email=f"x{number}@example.org", state=RegistrationState.WAITING
        )
    duplicates.refresh(event)

    assert desk.get(PAIRS).text.count('class="twin-pair"') == 3
    assert count_queries(lambda: desk.get(PAIRS)) == with_one


def test_a_former_link_tells_no_other_and_is_nobody_elses_when_the_merge_was_wrong(desk, client, event, people):
    tokens = [each.token for each in people]
    ids = [each.id for each in people]
    desk.post(to(*people), data={"agreed": "1"})

    pages = [client.get(f"/inscripcions/{token}").text for token in tokens]
    (merge,) = db.session.scalars(select(RegistrationMerge))
    desk.post(f"{PAIRS}/fusions/{merge.id}/desfeta")
    parted = [services.get_registration(token).id for token in tokens]

    assert [[token in page for token in tokens] for page in pages] == [[True, False], [False, True]]
    assert parted == ids


def test_mails_tell_an_address_no_link_but_its_own(desk, event, people):
    tokens = {each.email: each.token for each in people}
    desk.post(to(*people), data={"stays-email": people[0].id, "agreed": "1"})

    kept = db.session.scalars(select(Registration)).one()

    assert kept.token == tokens[kept.email]
