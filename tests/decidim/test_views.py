"""What leaves for elsewhere, through the pages: files of entries, open data, Decidim and back."""

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts import audit
from contributions.models import EntryAnswer, EntryState
from core.database import db
from core.dates import utc_now
from decidim import answer_files
from decidim.models import AnswerFile
from events.models import Dimension
from tests import factories

GOLDEN = Path(__file__).parent / "golden"
EVENT = "/gestio/jornades/jornada-1"
PROCESS = "/gestio/processos/impulsem"
ARCHIVE = "/processos/impulsem/dades-obertes.zip"
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


@pytest.mark.parametrize("format_", ["csv", "xlsx", "ods", "json"])
@pytest.mark.parametrize("place", [EVENT, PROCESS])
def test_a_list_is_downloaded_in_every_format(client, ada, place, format_):
    answer = fetch(client, f"{place}/fitxer-aportacions?format={format_}&kind=proposal")

    name = "jornada-1" if place == EVENT else "impulsem"
    (line,) = audit.list_entries("event" if place == EVENT else "process", name)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}-entries.{format_}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (line.act, line.details["count"], line.details["filter"]) == ("entry.export", 1, {"kind": "proposal"})


def test_the_list_links_to_files_with_its_filters(client, ada):
    page = client.get(f"{EVENT}/aportacions?kind=proposal&q=m%C3%A9s&format=x")

    address = "/gestio/jornades/jornada-1/fitxer-aportacions?format=csv&amp;kind=proposal&amp;q=m%C3%A9s&amp;format=x"
    assert f'href="{address}"' in page.text


def test_an_unknown_format_is_not_found(client, ada):
    assert client.get(f"{EVENT}/fitxer-aportacions?format=pdf").status_code == 404


def test_a_process_gives_only_entries_of_events_one_may_read(client, event, ada):
    other = factories.make_event(
        "altra", process_id=event.process_id, team=factories.make_team("Altres"), starts_at=event.starts_at
    )
    factories.make_entry(factories.make_session(other, "X1"), text="D’un altre equip")

    assert "D’un altre equip" not in fetch(client, f"{PROCESS}/fitxer-aportacions?format=json").text


def test_open_data_are_not_found_until_they_are_published(client, ada):
    before = fetch(client, ARCHIVE).status_code
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    published = fetch(client, ARCHIVE)
    client.post(f"{PROCESS}/dades-obertes/retirada")

    assert (before, published.status_code, fetch(client, ARCHIVE).status_code) == (404, 200, 404)
    assert published.headers["Content-Type"] == "application/zip"
    assert [line.act for line in audit.list_entries("process", "impulsem")] == [
        "open_data.withdraw",
        "open_data.publish",
    ]


def test_who_has_the_last_open_data_is_told_so(client, ada):
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    mark = fetch(client, ARCHIVE).headers["ETag"]

    again = fetch(client, ARCHIVE, headers={"If-None-Match": mark})

    assert (again.status_code, again.data) == (304, b"")


def test_a_process_that_is_not_public_gives_no_open_data(client, event, ada):
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    event.process.is_public = False
    db.session.flush()

    assert fetch(client, ARCHIVE).status_code == 404


def test_the_process_page_links_to_open_data_once_they_are_public(client, ada):
    before = ARCHIVE in client.get("/processos/impulsem").text
    client.post(f"{PROCESS}/dades-obertes/publicacio")
    page = client.get("/processos/impulsem").text

    assert (before, ARCHIVE in page, "CC-BY-4.0" in page) == (False, True, True)


def test_publishing_twice_is_publishing_once(client, ada):
    for _ in range(2):
        assert client.post(f"{PROCESS}/dades-obertes/publicacio").status_code == 303

    assert len(audit.list_entries("process", "impulsem")) == 1


def test_a_facilitator_does_not_publish(client, proposal):
    client.log_in(factories.make_staff("cleo@example.org", role="facilitator"))

    assert client.post(f"{PROCESS}/dades-obertes/publicacio").status_code == 403
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


@pytest.mark.parametrize("typed", ["x", "-1", "0", "99999999999", "1,²", ",".join("1" * 30)])
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


def test_a_file_of_another_place_is_not_found(client, event, ada):
    file = answer_files.keep(event.process, "export.json", b"[]", now=utc_now())

    assert client.get(f"{EVENT}/decidim/respostes/{file.id}").status_code == 404


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


def test_old_files_are_forgotten(app, event):
    answer_files.keep(event, "export.json", b"[]", now=factories.NOW)

    assert answer_files.forget_old_answer_files(factories.NOW + answer_files.KEPT_FOR) == 1
