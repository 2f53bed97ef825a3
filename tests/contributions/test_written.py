"""What people write by themselves: about what they attended, counted at once, read before it is shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from contributions import entry_lists, notebooks, own_entries, publications, services, sorting, splits, written
from contributions.models import Entry, EntryAuthor, EntryKind, EntrySource, EntryState
from contributions.notebooks import Notetaker
from contributions.own_entries import Stand
from contributions.written import ReadAlready, TooManyWritten, WritingOver
from core.database import db
from core.dates import utc_now
from core.errors import NotFoundError
from events.models import Event, Session
from registrations import signals
from registrations.models import Registration
from tests import factories


@dataclass
class Person:
    """Somebody who was at a session yesterday."""

    registration: Registration
    session: Session
    now: datetime

    @property
    def event(self) -> Event:
        return self.session.event

    @property
    def address(self) -> str:
        return f"/inscripcions/{self.registration.token}/aportacions"

    def write(self, text="Cal més temps.", kind=EntryKind.CONTRIBUTION, **values):
        now = values.pop("now", self.now)
        return written.write(self.registration, self.session, kind, text, now=now, **values)

    def post(self, client, **values):
        sent = {"session": self.session.code, "kind": "proposal", "topic": "", "text": "Fem-ho junts.", **values}
        return client.post(self.address, data=sent)


def own(person):
    return own_entries.list_own(person.registration)


@pytest.fixture
def bob(app):
    now = utc_now()
    event = factories.make_event(starts_at=now - timedelta(days=1), ends_at=now - timedelta(hours=18))
    session = factories.make_session(event, starts_at=now - timedelta(days=1), ends_at=now - timedelta(hours=20))
    registration = factories.make_registration(event, email="bob@example.org", first_name="Bob", last_name="Roca")
    factories.make_attendance(registration, session)
    return Person(registration, session, now)


# --- Writing ---


@pytest.mark.both_databases
def test_what_a_person_writes_counts_at_once_and_is_nobodys_by_name(bob):
    entry = bob.write("  Cal   més temps. ", topic=factories.make_topic(bob.event, "Temps"))

    assert (entry.reference, entry.text, entry.topic.name) == ("A-001", "Cal   més temps.", "Temps")
    assert (entry.source, entry.state) == (EntrySource.WRITTEN, EntryState.COLLECTED)
    assert entry_lists.count_by_kind(bob.session)[EntryKind.CONTRIBUTION] == 1
    assert [(each.registration_id, each.name) for each in db.session.scalars(select(EntryAuthor))] == [
        (bob.registration.id, None)
    ]


def test_who_asks_for_it_is_named(bob):
    entry = bob.write(is_credited=True)

    assert publications.list_credits([entry]) == {entry.id: "Bob Roca"}


def test_sent_twice_it_is_one(bob):
    first, again = bob.write(line_id="a"), bob.write(line_id="a")

    assert (again.id, len(own(bob))) == (first.id, 1)
    assert bob.write(line_id="b").id != first.id


def test_a_closed_notebook_takes_it_and_does_not_call_it_late(bob):
    notebooks.close(bob.session, by=factories.make_staff(), now=bob.now)

    entry = bob.write(now=bob.now + timedelta(minutes=1))

    assert (entry.reference, notebooks.count_late(bob.session, bob.now)) == ("A-001", 0)


def test_who_was_not_there_cannot_write(bob):
    other = factories.make_session(bob.event, code="T2", starts_at=bob.session.starts_at)

    with pytest.raises(NotFoundError):
        written.write(bob.registration, other, EntryKind.PROPOSAL, "Jo també", now=bob.now)


def test_before_its_start_nobody_writes_about_a_session(bob):
    assert written.list_sessions(bob.registration, bob.session.starts_at - timedelta(seconds=1)) == []
    assert written.list_sessions(bob.registration, bob.session.starts_at) == [bob.session]


def test_after_the_last_day_nobody_writes(bob):
    until = written.writable_until(bob.event)

    assert written.is_open(bob.event, until - timedelta(seconds=1))
    with pytest.raises(WritingOver):
        bob.write(now=until)


def test_nobody_writes_when_no_days_are_given(bob):
    bob.event.writing_days = 0

    with pytest.raises(WritingOver):
        bob.write()


def test_one_person_does_not_fill_a_notebook(bob):
    for number in range(written.MOST):
        bob.write(f"Línia {number}")
    written.withdraw(own(bob)[0], now=bob.now)

    with pytest.raises(TooManyWritten):
        bob.write("Una més")


# --- Afterwards ---


def test_it_can_be_changed_until_somebody_has_read_it(bob):
    entry = bob.write()
    (mine,) = own(bob)
    seen = services.list_act_keys(entry)

    written.change(
        mine, kind=EntryKind.PROPOSAL, text="Fem-ho.", topic_name="", is_credited=True, seen=seen, now=bob.now
    )
    (changed,) = own(bob)
    sorting.set_state([entry], EntryState.REVIEWED, by=factories.make_staff(), now=bob.now)

    assert (entry.reference, entry.text, changed.is_credited) == ("P-001", "Fem-ho.", True)
    with pytest.raises(ReadAlready):
        written.withdraw(own(bob)[0], now=bob.now)
    with pytest.raises(ReadAlready):
        written.change(
            mine, kind=EntryKind.PROPOSAL, text="No.", topic_name="", is_credited=False, seen=(), now=bob.now
        )


def test_what_is_withdrawn_counts_no_more(bob):
    bob.write()

    written.withdraw(own(bob)[0], now=bob.now)
    written.withdraw(own(bob)[0], now=bob.now)

    assert entry_lists.count_by_kind(bob.session)[EntryKind.CONTRIBUTION] == 0
    assert own(bob)[0].stand is Stand.WITHDRAWN


def test_the_person_is_told_how_it_stands(bob):
    entry, ada = bob.write(), factories.make_staff()
    stands = [own(bob)[0].stand]

    for state in (EntryState.REVIEWED, EntryState.PUBLISHED):
        sorting.set_state([entry], state, by=ada, now=bob.now)
        stands.append(own(bob)[0].stand)
    publications.withhold(entry, "insults", by=ada, now=bob.now)
    stands.append(own(bob)[0].stand)

    assert stands == [Stand.RECEIVED, Stand.REVIEWED, Stand.PUBLISHED, Stand.NOT_SHOWN]
    assert entry_lists.count_by_kind(bob.session)[EntryKind.CONTRIBUTION] == 1


def test_what_was_merged_stands_as_the_whole_does(bob):
    first, second = bob.write("Temps"), bob.write("Més temps")
    ada = factories.make_staff()
    sorting.merge([first, second], by=ada, now=bob.now)
    sorting.set_state([first], EntryState.PUBLISHED, by=ada, now=bob.now)

    assert [(each.entry.reference, each.stand, each.may_change) for each in own(bob)] == [
        ("A-002", Stand.PUBLISHED, False),
        ("A-001", Stand.PUBLISHED, False),
    ]


def test_the_parts_of_what_was_split_are_still_theirs(bob):
    entry = bob.write("Temps\n\nEspais", is_credited=True)

    parts = splits.split(entry, entry.text, by=factories.make_staff(), now=bob.now)

    assert publications.list_credits(parts) == dict.fromkeys((part.id for part in parts), "Bob Roca")


def test_when_the_persons_data_go_the_name_goes_and_the_text_stays(bob):
    entry = bob.write(is_credited=True)

    db.session.delete(bob.registration)
    db.session.flush()
    db.session.expire_all()

    assert publications.list_credits([entry]) == {}
    assert db.session.scalars(select(Entry.text)).all() == ["Cal més temps."]


def test_what_two_registrations_of_one_person_wrote_is_together(bob):
    bob.write()
    kept = factories.make_registration(bob.event, email="bob2@example.org")

    signals.merged.send(kept, gone=bob.registration, by=None, now=bob.now)

    assert [each.entry.text for each in own_entries.list_own(kept)] == ["Cal més temps."]


# --- Pages ---


def test_the_way_to_it_stands_on_their_own_page(client, bob):
    page = f"/inscripcions/{bob.registration.token}"
    shown = f'href="{bob.address}"'

    there = shown in client.get(page).text
    bob.event.writing_days = 0
    closed = shown in client.get(page).text

    assert (there, closed) == (True, False)


def test_a_person_writes_changes_and_withdraws_on_their_page(client, bob):
    hostile = "<b>&\"'=1+1 🙂"
    sent = bob.post(client, text=hostile, is_credited="y")
    page = client.get(bob.address)
    changed = client.post(f"{bob.address}/T1/P-001", data={"kind": "proposal", "topic": "", "text": "Calma."})
    after = [(each.entry.text, each.is_credited) for each in own(bob)]
    withdrawn = client.post(f"{bob.address}/T1/P-001/retirada")

    assert [each.status_code for each in (sent, page, changed, withdrawn)] == [303, 200, 303, 303]
    assert "&lt;b&gt;&amp;&#34;&#39;=1+1 🙂" in page.text
    assert after == [("Calma.", False)]
    assert own(bob)[0].stand is Stand.WITHDRAWN


@pytest.mark.parametrize(
    "wrong", [{"text": " "}, {"text": "x" * 3001}, {"session": "T9"}, {"kind": "novel"}, {"topic": "7"}]
)
def test_what_is_wrong_is_said_at_the_field(client, bob, wrong):
    answer = bob.post(client, **wrong)

    assert (answer.status_code, 'id="errors"' in answer.text, own(bob)) == (422, True, [])


def test_what_cannot_be_taken_any_more_is_said_and_not_lost(client, bob):
    bob.event.writing_days = 0

    answer = bob.post(client)

    assert (answer.status_code, own(bob)) == (409, [])
    assert "S’ha acabat el termini per escriure." in answer.text


def test_nobody_touches_what_another_wrote(client, bob):
    bob.write()
    cleo = factories.make_registration(bob.event, email="cleo@example.org")
    factories.make_attendance(cleo, bob.session)
    base = f"/inscripcions/{cleo.token}/aportacions/T1/A-001"

    statuses = [
        client.get(base).status_code,
        client.post(base).status_code,
        client.post(f"{base}/retirada").status_code,
    ]

    assert statuses == [404, 404, 404]
    assert own(bob)[0].stand is Stand.RECEIVED


def test_what_was_read_cannot_be_changed_on_the_page(client, bob):
    entry = bob.write()
    entry.state = EntryState.REVIEWED

    page = client.get(f"{bob.address}/T1/A-001")
    answer = client.post(f"{bob.address}/T1/A-001", data={"kind": "proposal", "topic": "", "text": "No."})

    assert (page.status_code, answer.status_code, entry.text) == (303, 422, "Cal més temps.")


def test_when_the_time_is_over_nothing_is_changed_and_all_is_still_shown(client, bob):
    bob.write("Encara hi és")
    bob.event.writing_days = 0

    page, form = client.get(bob.address), client.get(f"{bob.address}/T1/A-001")
    answer = client.post(f"{bob.address}/T1/A-001/retirada")

    assert (page.status_code, form.status_code, answer.status_code) == (200, 303, 303)
    assert ["Encara hi és" in page.text, "/retirada" in page.text] == [True, False]
    assert own(bob)[0].stand is Stand.RECEIVED


def test_the_team_is_told_what_waits_and_reads_it_on_the_board(client, bob):
    bob.write("Per llegir")
    services.record(bob.session, EntryKind.PROPOSAL, "Anotada", by=Notetaker(), now=bob.now)
    client.log_in(factories.make_staff(role="organiser"))

    home = client.get("/gestio/jornades/jornada").text
    board = client.get("/gestio/jornades/jornada/ordenacio?source=written&state=collected").text

    assert "1 aportació escrita per una persona participant espera que la llegiu." in home
    assert ["Per llegir" in board, "Anotada" in board, "escrita per qui hi va participar" in board] == [
        True,
        False,
        True,
    ]


def test_the_team_says_until_when(client, bob):
    client.log_in(factories.make_staff(role="organiser"))
    address = "/gestio/jornades/jornada/aportacions-escrites"

    wrong, right = client.post(address, data={"days": "366"}), client.post(address, data={"days": "0"})

    assert (wrong.status_code, right.status_code, bob.event.writing_days) == (422, 303, 0)
    assert "Ara: ningú no pot escriure." in client.get(address).text


def test_facilitators_do_not_say_until_when(client, bob):
    client.log_in(factories.make_staff(role="facilitator"))

    assert client.post("/gestio/jornades/jornada/aportacions-escrites", data={"days": "0"}).status_code == 403
