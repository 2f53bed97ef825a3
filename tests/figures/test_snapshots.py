"""Frozen figures stay as they were, and tell what was corrected since."""

import hashlib
import json

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import db
from events.models import Dimension, EventState
from figures import figures, snapshots
from figures.models import FigureSnapshot
from registrations.models import Attendance
from tests import factories
from tests.factories import NOW

EVENT = "/gestio/jornades/jornada-1/xifres/congelades"
PROCESS = "/gestio/processos/impulsem/xifres/congelades"


@pytest.fixture
def process(app):
    return factories.make_process("impulsem")


@pytest.fixture
def event(process):
    return factories.make_event("jornada-1", process_id=process.id)


@pytest.fixture
def session(event):
    session = factories.make_session(event, "T1", dimension=Dimension.INTERNAL)
    for number in range(6):
        person = factories.make_registration(event, email=f"p{number}@example.org")
        factories.make_attendance(person, session)
    factories.make_entry(session, topic_name="Habitatge")
    factories.make_entry(session, "proposal")
    return session


@pytest.fixture
def ada(client, session):
    ada = factories.make_staff()
    client.log_in(ada)
    return ada


def freeze(owner, title="Informe"):
    return snapshots.take(owner, title, "", by=None, now=NOW)


def tell(comparison):
    return [(each.place, each.name, each.was, each.now, each.change) for each in comparison.cells]


def test_nothing_is_different_at_once(session, event, process):
    assert snapshots.compare(freeze(event)) == snapshots.Comparison([], [])
    assert snapshots.compare(freeze(process)) == snapshots.Comparison([], [])


@pytest.mark.both_databases
def test_later_corrections_are_differences_with_their_rows(event, session):
    snapshot = freeze(event)

    entry = factories.make_entry(session)
    factories.make_attendance(factories.make_registration(event, email="nova@example.org"), session)

    comparison = snapshots.compare(snapshot)
    assert tell(comparison) == [
        (place, name, was, was + 1, 1)
        for place in ("internal", "total")
        for name, was in (("participants", 6), ("attendances", 6), ("contributions", 1))
    ]
    [of_session] = comparison.sessions
    assert (of_session.code, [each.name for each in of_session.numbers]) == (
        "T1",
        ["participants", "attendances", "contributions"],
    )
    assert (of_session.trace.entries, of_session.trace.entry_count) == ([entry], 1)
    assert (of_session.trace.added, of_session.trace.removed) == (1, 0)


def test_what_was_taken_away_is_told(event, session):
    snapshot = freeze(event)

    db.session.delete(db.session.scalars(select(Attendance)).first())
    db.session.flush()

    [of_session] = snapshots.compare(snapshot).sessions
    assert (of_session.trace.added, of_session.trace.removed) == (0, 1)


def test_unknown_is_not_zero_in_a_difference(event):
    session = factories.make_session(event, "T1", dimension=Dimension.INTERNAL)
    snapshot = freeze(event)

    factories.make_entry(session)

    assert tell(snapshots.compare(snapshot)) == [
        (place, name, None, now, None)
        for place in ("internal", "total")
        for name, now in (("contributions", 1), ("proposals", 0))
    ]


def test_a_session_that_came_and_one_that_went_are_told(event, session):
    snapshot = freeze(event)

    session.cancelled_at = NOW
    factories.make_session(event, "T2", dimension=Dimension.CITIZENS)

    comparison = snapshots.compare(snapshot)
    assert [(each.code, each.session is None) for each in comparison.sessions] == [("T1", True), ("T2", False)]
    assert ("internal", "sessions", 1, None, None) in tell(comparison)
    assert ("citizens", "sessions", None, 1, None) in tell(comparison)


def test_a_snapshot_is_never_changed(event, session):
    snapshot = freeze(event)

    snapshot.title = "Un altre"

    with pytest.raises(RuntimeError, match="never changed: title"):
        db.session.flush()


def test_the_checksum_is_that_of_the_content(event, session):
    snapshot = freeze(event)

    assert snapshots.is_intact(snapshot)
    assert snapshot.checksum == hashlib.sha256(snapshots.to_canonical(snapshot.content)).hexdigest()
    db.session.expire(snapshot)
    assert snapshots.is_intact(snapshot)


def test_who_writes_in_the_database_is_found_out(event, session):
    snapshot = freeze(event)
    table = FigureSnapshot.__table__

    db.session.execute(table.update().values(content={**snapshot.content, "slug": "altra"}))
    db.session.expire(snapshot)

    assert not snapshots.is_intact(snapshot)


def test_the_table_comes_out_as_it_went_in(event, session, process):
    assert snapshots.read_table(freeze(event)) == figures.for_event(event)
    assert snapshots.read_table(freeze(process)) == figures.for_process(process, is_public=True)


def test_a_process_freezes_what_everybody_may_see(process, event, session):
    draft = factories.make_event("esborrany", process_id=process.id, state=EventState.DRAFT)
    factories.make_attendance(factories.make_registration(draft), factories.make_session(draft))

    assert freeze(process).content["total"]["participants"] == 6


def test_one_snapshot_of_a_process_is_shown(process, session):
    one, two = freeze(process, "U"), freeze(process, "Dos")

    snapshots.show(one, by=None, now=NOW)
    snapshots.show(two, by=None, now=NOW)

    assert [each.title for each in (one, two) if each.shown_at] == ["Dos"]
    assert snapshots.find_shown(process) is two
    snapshots.conceal(two, by=None, now=NOW)
    assert snapshots.find_shown(process) is None


def post(client, address, **data):
    return client.post(address, data=data)


def test_freezing_looking_and_taking_the_file(client, ada, event):
    answer = post(client, EVENT, title="Informe <b>", note="Dades a 22 de novembre")

    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "Informe &lt;b&gt;" in page.text
    assert "Res: les xifres són les mateixes avui." in page.text
    file = client.get(f"{answer.location}/xifres.json")
    snapshot = db.session.scalars(select(FigureSnapshot)).one()
    assert hashlib.sha256(file.data).hexdigest() == snapshot.checksum
    assert json.loads(file.data)["total"]["participants"] == 6
    assert client.get(f"{answer.location}/xifres.csv").data.startswith("\ufeffdimension;".encode())
    assert "Informe" in client.get(EVENT).text


def test_differences_link_to_what_changed(client, ada, session):
    answer = post(client, EVENT, title="Informe")

    factories.make_entry(session)

    page = client.get(answer.location)
    assert "/aportacions/T1/A-002/historial" in page.text
    assert "+1" in page.text


def test_a_snapshot_needs_a_title(client, ada):
    assert post(client, EVENT, title=" ").status_code == 422
    assert post(client, EVENT, title="x" * 201).status_code == 422
    assert db.session.scalars(select(FigureSnapshot)).all() == []


def test_the_public_page_shows_the_frozen_figures_with_their_date(client, ada, event, session):
    answer = post(client, PROCESS, title="Informe", note="Sense el taller 9.")
    assert post(client, f"{answer.location}/publicacio").status_code == 303

    for _each in range(3):
        factories.make_entry(session)

    assert "+3" in client.get(answer.location).text
    assert "Informe" in client.get(PROCESS).text
    page = client.get("/processos/impulsem")
    assert "Xifres publicades el" in page.text
    assert "Sense el taller 9." in page.text
    assert ">4<" not in page.text
    post(client, f"{answer.location}/retirada")
    assert "Xifres publicades el" not in client.get("/processos/impulsem").text
    acts = [each.act for each in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert [act for act in acts if act.startswith("figures.")] == ["figures.freeze", "figures.show", "figures.conceal"]


def test_an_event_has_no_figures_in_public(client, ada):
    answer = post(client, EVENT, title="Informe")

    assert post(client, f"{answer.location}/publicacio").status_code == 404


def test_frozen_figures_are_few_too(client, ada, event, process):
    for attendance in db.session.scalars(select(Attendance)).all()[:3]:
        db.session.delete(attendance)
    db.session.flush()
    snapshots.show(freeze(process), by=None, now=NOW)

    assert "menys de cinc persones" in client.get("/processos/impulsem").text


def test_whoever_sees_only_some_events_of_a_process_does_not_see_its_snapshots(client, process, event, session):
    other = factories.make_team("Una altra")
    factories.make_event("aliena", process_id=process.id, team=other)
    client.log_in(factories.make_staff("cleo@example.org", role="organiser"))

    assert client.get(PROCESS).status_code == 403


@pytest.mark.parametrize("address", [EVENT, PROCESS])
def test_another_owners_snapshot_is_not_found(client, ada, event, process, address):
    other = freeze(process if address == EVENT else event)

    assert client.get(f"{address}/{other.id}").status_code == 404
    assert client.get(f"{address}/{other.id}/xifres.json").status_code == 404


def test_a_viewer_looks_and_freezes_nothing(client, event, session):
    client.log_in(factories.make_staff("cleo@example.org", role="viewer"))

    assert client.get(EVENT).status_code == 200
    assert post(client, EVENT, title="Informe").status_code == 403
