"""The pages of the bridge to Decidim: what leaves for there, and what comes back."""

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts import audit
from contributions.models import EntryAnswer, EntryState
from core.database import db
from decidim.models import AnswerFile
from events.models import Dimension
from tests import factories

GOLDEN = Path(__file__).parent / "golden"
EVENT = "/gestio/jornades/jornada-1"
PROCESS = "/gestio/processos/impulsem"
EXPORTED = {
    "id": 431,
    "title": {"ca": "Bancs"},
    "body": {"ca": "Més bancs [jornada-1/T1-P-001]"},
    "state": "accepted",
    "answer": {"ca": "<b>Sí</b>, el 2027."},
    "url": "https://decidim.example/431",
}


@pytest.fixture
def event(app):
    return factories.make_event("jornada-1", process_id=factories.make_process("impulsem").id)


@pytest.fixture
def session(event):
    return factories.make_session(event, "T1", dimension=Dimension.INTERNAL)


@pytest.fixture
def proposal(session):
    factories.make_entry(session, text="Tancat a la tarda", topic_name="Horaris", state=EntryState.PUBLISHED)
    return factories.make_entry(
        session, "proposal", "Posar més bancs a la plaça Orfila.", topic_name="Espai", state=EntryState.PUBLISHED
    )


@pytest.fixture
def ada(client, proposal):
    ada = factories.make_staff()
    client.log_in(ada)
    return ada


def upload(client, content, address=f"{EVENT}/decidim/respostes"):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(address, data={"file": (io.BytesIO(data), "export.json")})


def fetch(client, address, **values):
    """Ask for a file, and read and close it as a server does."""
    return client.get(address, buffered=True, **values)


def stored():
    db.session.expire_all()
    return db.session.scalars(select(EntryAnswer)).all()


def test_a_facilitator_takes_nothing_there(client, proposal):
    client.log_in(factories.make_staff("cleo@example.org", role="facilitator"))

    assert client.get(f"{EVENT}/decidim").status_code == 403


def test_what_does_not_fit_is_listed_with_the_way_to_correct_it(client, session, ada):
    factories.make_entry(session, "proposal", "Més bancs", state=EntryState.PUBLISHED)

    page = client.get(f"{EVENT}/decidim").text
    file = fetch(client, f"{EVENT}/decidim/propostes?format=json").json

    assert "1 proposta no hi cap i es queda fora" in page
    assert 'href="/gestio/jornades/jornada-1/ordenacio/T1/P-002"' in page
    assert [each["title"]["ca"] for each in file] == ["Posar més bancs a la plaça Orfila"]


def test_what_is_left_out_stays_out(client, ada):
    address = f"{EVENT}/decidim/propostes?format=csv&without=jornada-1/T1-P-001"

    assert fetch(client, address).data == b"title/ca;body/ca\r\n"


def test_taking_proposals_leaves_a_line_in_the_trail(client, ada):
    fetch(client, f"{EVENT}/decidim/resultats.csv")

    (line,) = audit.list_entries("event", "jornada-1")
    assert (line.act, line.staff_id, line.details) == ("decidim.export", ada.id, {"format": "results", "count": 1})


def test_topics_get_their_numbers_where_they_belong(client, proposal, ada):
    name = f"topic-{proposal.topic_id}"

    client.post(f"{EVENT}/decidim/taxonomies", data={name: "99"})
    of_event = proposal.topic.taxonomy_ids
    client.post(f"{PROCESS}/decidim/taxonomies", data={name: " 12; 15,12"})
    db.session.expire_all()

    assert (of_event, proposal.topic.taxonomy_ids) == ([], [12, 15])
    assert fetch(client, f"{EVENT}/decidim/propostes?format=json").json[0]["taxonomies"] == {"ids": [12, 15]}


@pytest.mark.parametrize("typed", ["x", "0", "12 13"])
def test_what_is_no_number_of_a_topic_is_refused(client, proposal, ada, typed):
    client.post(f"{PROCESS}/decidim/taxonomies", data={f"topic-{proposal.topic_id}": typed})

    db.session.expire_all()
    assert proposal.topic.taxonomy_ids == []


def test_closing_figures_are_shown_and_given_to_programs(client, event, session, ada):
    other = factories.make_session(event, "T2", title="Sense recompte", starts_at=session.ends_at)
    for number, organisation in enumerate(["Casal de Barri", "CASAL DE BARRI", "Àmbit", ""]):
        person = factories.make_registration(event, session, email=f"p{number}@example.org", organisation=organisation)
        factories.make_attendance(person, session)
    factories.make_entry(other, text="Una cosa")

    page = client.get(f"{EVENT}/decidim/tancament").text
    content = fetch(client, f"{EVENT}/decidim/tancament.json").data.decode()

    assert "Àmbit, " in page
    assert "no se sap: ningú no les va comptar" in page
    assert content == (GOLDEN / "closing.json").read_bytes().decode()


def test_a_list_and_entries_win_over_what_was_declared_when_a_meeting_is_closed(client, event, ada):
    declared = {"declared_participants": 40, "declared_contributions": 90, "declared_proposals": 12}
    other = factories.make_session(event, "T2", **declared)
    factories.make_attendance(factories.make_registration(event, other), other)
    factories.make_entry(other)

    meetings = fetch(client, f"{EVENT}/decidim/tancament.json").json["meetings"]

    (meeting,) = [each for each in meetings if each["session"] == "T2"]
    assert (meeting["attributes"]["attendeesCount"], meeting["contributionsCount"]) == (1, 1)
    assert "1 aportació i 12 propostes" in meeting["attributes"]["closingReport"]


@pytest.mark.parametrize("place", [EVENT, PROCESS])
def test_answers_are_looked_at_and_then_read(client, proposal, ada, place):
    preview = upload(client, [EXPORTED], f"{place}/decidim/respostes").location
    page = client.get(preview).text
    before = len(stored())
    answer = client.post(preview)

    assert "T1-P-001: acceptada" in page
    assert before == 0
    assert (answer.status_code, answer.location) == (303, f"{place}/decidim")
    assert [(each.entry_id, each.state, each.answers) for each in stored()] == [
        (proposal.id, "accepted", {"ca": "Sí, el 2027."})
    ]
    assert db.session.scalars(select(AnswerFile)).all() == []


def test_pressing_twice_reads_once(client, ada):
    preview = upload(client, [EXPORTED]).location

    statuses = [client.post(preview).status_code for _ in range(2)]

    assert statuses == [303, 404]
    assert len(stored()) == 1


def test_with_a_row_that_cannot_be_read_nothing_is_written(client, ada):
    preview = upload(client, [EXPORTED, {**EXPORTED, "id": "x"}]).location

    page = client.get(preview).text
    answer = client.post(preview)

    assert "1 fila no es pot llegir" in page
    assert answer.location == preview
    assert stored() == []
    assert client.get(preview).status_code == 200


@pytest.mark.parametrize("content", [b"", b"name\nAda\n", b"[" * 9999, b"\xff\xfe\x00"])
def test_a_file_that_is_no_export_is_refused_where_it_was_chosen(client, ada, content):
    answer = upload(client, content)

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_the_rows_can_be_looked_at_by_what_becomes_of_them(client, ada):
    preview = upload(client, [EXPORTED, {"id": 9, "title": {"ca": "D’algú altre"}, "state": ""}]).location

    assert "D’algú altre" in client.get(f"{preview}?fate=not_ours").text
    assert "D’algú altre" not in client.get(f"{preview}?fate=new").text
    assert client.get(f"{preview}?fate=mai&page=-9").status_code == 200


def test_the_list_shows_what_was_answered(client, ada):
    client.post(upload(client, [EXPORTED]).location)

    page = client.get(f"{EVENT}/aportacions").text

    assert "Sí, el 2027." in page
    assert 'href="https://decidim.example/431"' in page


def test_everybody_reads_what_was_answered_to_a_published_proposal(client, ada):
    client.post(upload(client, [EXPORTED]).location)

    page = client.get("/jornades/jornada-1/propostes").text

    assert "acceptada" in page
    assert "Sí, el 2027." in page
