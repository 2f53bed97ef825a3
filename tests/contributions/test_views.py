"""The pages of contributions, without script."""

import io
import re

import pytest
from sqlalchemy import select

from contributions.models import Entry
from core.database import db
from events.models import Dimension, EventState, SessionKind
from tests import factories
from tests.events.views.pages import read_home

CAPTURE = "/gestio/jornades/jornada/aportacions/T1"
JSON = {"Accept": "application/json"}


@pytest.fixture
def session(app):
    return factories.make_session(dimension=Dimension.INTERNAL)


@pytest.fixture
def facilitator(app, client):
    member = factories.make_staff("cleo@example.org", role="facilitator", active=True)
    client.log_in(member)
    return member


def entries():
    db.session.expire_all()
    return db.session.scalars(select(Entry).order_by(Entry.id)).all()


def hidden_line_id(page):
    return re.search(r'name="line_id"[^>]*value="([^"]+)"', page.text)[1]


def test_a_line_is_recorded_and_the_next_can_be_written(client, session, facilitator):
    line = {"kind": "proposal", "topic": "Horaris", "text": "Obrir a la tarda"}

    answer = client.post(CAPTURE, data=line)
    page = client.get(answer.location)

    assert (answer.status_code, answer.location) == (303, f"{CAPTURE}?kind=proposal&topic=Horaris")
    assert [(entry.code, entry.text, entry.topic.name) for entry in entries()] == [
        ("T1-P-001", "Obrir a la tarda", "Horaris")
    ]
    assert re.search(r'<input[^>]*checked[^>]*value="proposal"', page.text)
    assert re.search(r'<input[^>]*name="topic"[^>]*value="Horaris"', page.text)
    assert re.search(r"<input autocomplete=\"off\" autofocus[^>]*name=\"text\"", page.text)


def test_the_capture_page_shows_session_dimension_and_counts(client, session, facilitator):
    factories.make_entry(session)
    factories.make_entry(session, deleted_at=factories.NOW)

    page = client.get(CAPTURE)

    assert "dimension--internal" in page.text
    assert re.findall(r'data-count="(\w+)">(\d+)<', page.text) == [("contribution", "1"), ("proposal", "0")]
    assert re.findall(r'data-entry="([^"]+)"', page.text) == ["T1-A-001"]


def test_a_double_click_records_one_line(client, session, facilitator):
    line = {"kind": "contribution", "text": "Una", "line_id": hidden_line_id(client.get(CAPTURE))}

    for _ in range(2):
        client.post(CAPTURE, data=line)

    assert [entry.text for entry in entries()] == ["Una"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"kind": "contribution", "text": "  "}, "Escriviu què s’ha dit."),
        ({"kind": "contribution"}, "Escriviu què s’ha dit."),
        ({"text": "Una"}, "Trieu si és una aportació o una proposta."),
        ({"kind": "contribution", "text": "x" * 10_001}, "Una aportació o proposta pot tenir fins a 10000 caràcters."),
        ({"kind": "contribution", "text": "Una", "topic": "x" * 201}, "Un eix pot tenir fins a 200 caràcters."),
        ({"kind": "contribution", "text": "Una", "topic": "ﬃ" * 100}, "Un eix pot tenir fins a 200 caràcters."),
    ],
)
def test_a_line_that_says_nothing_or_too_much_is_refused_at_the_field(client, session, facilitator, line, message):
    page = client.post(CAPTURE, data=line)

    assert (page.status_code, message in page.text) == (422, True)
    assert entries() == []


def test_a_kind_that_is_none_is_refused(client, session, facilitator):
    assert client.post(CAPTURE, data={"kind": "other", "text": "Una"}).status_code == 422


def test_a_refused_line_keeps_what_was_typed(client, session, facilitator):
    page = client.post(CAPTURE, data={"kind": "proposal", "text": "Una <b>", "topic": "x" * 201})

    assert 'value="Una &lt;b&gt;"' in page.text


def test_whoever_is_not_logged_in_records_nothing(client, session):
    answers = [
        client.post(CAPTURE, data={"kind": "contribution", "text": "Una"}),
        client.post(f"{CAPTURE}/actes", headers=JSON),
        client.get(f"{CAPTURE}/canvis", headers=JSON),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert entries() == []


def test_nothing_is_recorded_in_a_break(client, facilitator):
    factories.make_session(kind=SessionKind.BREAK)

    answers = [client.get(CAPTURE), client.post(CAPTURE, data={"kind": "contribution", "text": "Una"})]

    assert [answer.status_code for answer in answers] == [409, 422]
    assert entries() == []


def test_an_entry_is_corrected_on_its_page(client, session, facilitator):
    factories.make_entry(session, text="Una csa", topic_name="Eix")

    page = client.get(f"{CAPTURE}/A-001")
    answer = client.post(f"{CAPTURE}/A-001", data={"kind": "contribution", "text": "Una cosa\r\nllarga", "topic": ""})

    assert "Una csa</textarea>" in page.text
    assert (answer.status_code, answer.location) == (303, CAPTURE)
    assert [(entry.text, entry.topic) for entry in entries()] == [("Una cosa\nllarga", None)]


def test_deleting_offers_to_undo_it(client, session, facilitator):
    factories.make_entry(session)

    answer = client.post(f"{CAPTURE}/A-001/supressio")
    page = client.get(answer.location)
    was_deleted = entries()[0].is_deleted
    client.post(re.search(r'action="([^"]+/recuperacio)"', page.text)[1])

    assert (was_deleted, entries()[0].is_deleted) == (True, False)


@pytest.mark.parametrize("path", ["A-999", "X-001", "A-001/res"])
def test_an_entry_that_is_not_there_is_not_found(client, session, facilitator, path):
    factories.make_entry(session)

    assert client.get(f"{CAPTURE}/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["cap/aportacions/T1", "jornada/aportacions/T9", "cap/aportacions", "cap/captura", "cap/xifres"]
)
def test_what_is_not_there_is_not_found(client, session, facilitator, path):
    assert client.get(f"/gestio/jornades/{path}").status_code == 404


RIGHTS = {
    "administrator": (True, True),
    "organiser": (True, True),
    "facilitator": (True, True),
    "viewer": (True, False),
    "door": (False, False),
}


@pytest.mark.parametrize(("role", "rights"), RIGHTS.items())
def test_who_may_see_and_who_may_write(client, session, role, rights):
    factories.make_entry(session)
    session.event.process_id = factories.make_process().id
    client.log_in(factories.make_staff(role=role, active=True))
    may_see, may_write = rights
    here = "/gestio/jornades/jornada"
    seen = [f"{here}/aportacions", f"{here}/captura", f"{here}/xifres", "/gestio/processos/impulsem/aportacions"]
    parts = ["", "/canvis", "/tancament", "/A-001", "/A-001/historial"]
    written = [*(CAPTURE + part for part in parts), f"{here}/importacio-aportacions", f"{here}/captura/enllacos"]
    parts = ["", "/actes", "/tancament", "/reobertura"]
    parts += ["/A-001", "/A-001/supressio", "/A-001/recuperacio", "/A-001/versio"]
    acts = [*(CAPTURE + part for part in parts), f"{here}/captura/enllacos"]

    assert {client.get(path).status_code for path in seen} == {200 if may_see else 403}
    assert {client.get(path).status_code for path in written} == {200 if may_write else 403}
    assert all((client.post(path, data={}).status_code == 403) is not may_write for path in acts)


@pytest.fixture
def listed(app):
    """Two sessions with a contribution and a proposal each, one deleted contribution."""
    event = factories.make_event(process_id=factories.make_process().id)
    first = factories.make_session(event, "T1", dimension=Dimension.INTERNAL)
    second = factories.make_session(event, "T2")
    factories.make_entry(first, text="Massa burocràcia", topic_name="Tràmits")
    factories.make_entry(first, "proposal", "Cita prèvia", topic_name="Tràmits")
    factories.make_entry(second, text="Poc transport")
    factories.make_entry(second, "proposal", "Més 100% d’autobusos")
    factories.make_entry(second, text="Suprimida", deleted_at=factories.NOW)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("session=T2", ["T2-A-001", "T2-P-001"]),
        ("kind=proposal", ["T1-P-001", "T2-P-001"]),
        ("kind=nothing", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("dimension=internal", ["T1-A-001", "T1-P-001"]),
        ("dimension=none&kind=contribution", ["T2-A-001"]),
        ("q=BUROCRACIA+massa", ["T1-A-001"]),
        ("q=100%25", ["T2-P-001"]),
        ("q=_%25_", []),
        ("deleted=1", ["T2-A-002"]),
        ("session=T9", []),
        ("topic=999999999999999999999", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("page=x", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
        ("page=999999999999999999999", ["T1-A-001", "T1-P-001", "T2-A-001", "T2-P-001"]),
    ],
)
@pytest.mark.usefixtures("facilitator", "listed")
def test_the_list_shows_what_the_filters_leave(client, query, codes):
    pages = [client.get(f"/gestio/{path}/aportacions?{query}") for path in ("jornades/jornada", "processos/impulsem")]

    assert [re.findall(r'data-entry="([^"]+)"', page.text) for page in pages] == [codes, codes]


def test_the_list_filters_by_topic(client, facilitator, listed):
    topic = entries()[0].topic_id

    page = client.get(f"/gestio/jornades/jornada/aportacions?topic={topic}")

    assert re.findall(r'data-entry="([^"]+)"', page.text) == ["T1-A-001", "T1-P-001"]


def test_a_long_list_has_pages(client, session, facilitator):
    for number in range(51):
        factories.make_entry(session, text=f"Línia {number}")

    pages = [client.get(f"/gestio/jornades/jornada/aportacions?page={number}") for number in (1, 2)]

    assert [len(re.findall("data-entry=", page.text)) for page in pages] == [50, 1]


def test_the_list_makes_the_same_queries_for_one_row_and_for_three(client, session, facilitator, count_queries):
    factories.make_entry(session, topic_name="Eix")
    one = count_queries(lambda: client.get("/gestio/jornades/jornada/aportacions"))
    other = factories.make_session(session.event, "T2")
    for number in range(2):
        factories.make_entry(other, topic_name=f"Eix {number}")

    three = count_queries(lambda: client.get("/gestio/jornades/jornada/aportacions"))

    assert three == one


def test_sessions_are_listed_with_their_counts_and_without_breaks(client, session, facilitator):
    factories.make_session(session.event, "P1", kind=SessionKind.BREAK)
    factories.make_entry(session)

    page = client.get("/gestio/jornades/jornada/captura")

    assert re.findall(r'href="[^"]+/aportacions/(\w+)"', page.text) == ["T1"]
    assert re.findall(r'<td class="number">(?:<a[^>]*>)?(\d+)', page.text) == ["1", "0"]


@pytest.mark.parametrize("is_test", [True, False])
def test_a_file_is_imported_or_only_checked(client, session, facilitator, is_test):
    file = (io.BytesIO(b"session,text\nT1,Una\nT1,Dues\n"), "f.csv")
    data = {"kind": "proposal", "file": file, **({"check_only": "y"} if is_test else {})}

    answer = client.post("/gestio/jornades/jornada/importacio-aportacions", data=data)

    assert answer.status_code == 303
    assert len(entries()) == (0 if is_test else 2)
    assert "2 propostes afegides, 0 ja hi eren" in client.get(answer.location).text


def test_a_file_with_bad_rows_is_refused_and_each_is_named(client, session, facilitator):
    file = (io.BytesIO(b"session,text\nT1,Una\nT9,<b>\n"), "f.csv")

    page = client.post("/gestio/jornades/jornada/importacio-aportacions", data={"kind": "proposal", "file": file})

    assert page.status_code == 422
    assert "Fila 3: la jornada no té cap sessió «T9»" in page.text
    assert entries() == []


def test_an_import_without_a_file_is_refused(client, session, facilitator):
    page = client.post("/gestio/jornades/jornada/importacio-aportacions", data={"kind": "proposal"})

    assert (page.status_code, "Trieu un fitxer." in page.text) == (422, True)


def cells(page):
    """The rows of the table of dimensions."""
    table = re.search(r'<table class="data figures".*?</table>', page.text, re.DOTALL)
    rows = re.findall(r'<tr role="row">(.*?)</tr>', table[0], re.DOTALL)[1:] if table else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.fixture
def counted(app):
    event = factories.make_event(process_id=factories.make_process().id)
    session = factories.make_session(event, dimension=Dimension.INTERNAL)
    factories.make_session(event, "T2", dimension=Dimension.CITIZENS)
    factories.make_attendance(factories.make_registration(event), session)
    factories.make_entry(session)
    return event


def test_the_figures_of_an_event_link_to_their_rows(client, facilitator, counted):
    page = client.get("/gestio/jornades/jornada/xifres")

    assert cells(page) == [
        "interna 1 1 1 1 0",
        "ciutadania 1 — no se sap — no se sap — no es van anotar — no es van anotar",
        "total 2 1 1 1 0",
    ]
    assert "aportacions?dimension=internal&amp;kind=contribution&amp;counted=1" in page.text
    assert "1 sessió no té llista d’assistència ni recompte" in page.text


def test_the_public_process_page_shows_the_figures_without_links(client, facilitator, counted):
    session = counted.sessions[0]
    for number in range(4):
        factories.make_attendance(factories.make_registration(counted, email=f"p{number}@example.org"), session)

    page = client.get("/processos/impulsem")

    assert cells(page) == [
        "interna 1 5 5 1 0",
        "ciutadania 1 — no se sap — no se sap — no es van anotar — no es van anotar",
        "total 2 5 5 1 0",
    ]
    assert "/gestio/processos" not in page.text
    assert "style=" not in page.text


def test_the_public_process_page_does_not_tell_of_few_people(client, counted):
    page = client.get("/processos/impulsem")

    assert cells(page)[0] == "interna 1 * no es diu * no es diu 1 0"
    assert cells(page)[2] == "total 2 * no es diu * no es diu 1 0"
    assert "menys de cinc persones" in page.text


def test_the_public_figures_leave_drafts_out(client, counted):
    counted.state = EventState.DRAFT

    assert cells(client.get("/processos/impulsem")) == []


def test_figures_with_nothing_recorded_say_so(client):
    factories.make_session(factories.make_event(process_id=factories.make_process().id))

    page = client.get("/processos/impulsem")

    assert cells(page) == []
    assert "Encara no hi ha xifres" in page.text


def test_the_home_of_an_event_says_in_how_many_sessions_something_was_written_down(client, ada):
    client.log_in(ada)
    event = factories.make_event(starts_at=factories.EVENT_START.replace(year=2020))
    sessions = [
        factories.make_session(event, "T1"),
        factories.make_session(event, "T2"),
        factories.make_session(event, "PL", kind=SessionKind.PLENARY),
    ]
    factories.make_entry(sessions[0])
    assert read_home(client).next_step == "Dir de què tracta i on es fa"
    assert "Anotar què s’hi ha dit 1 sessions de treball de 2" in read_home(client).due

    factories.make_entry(sessions[1])

    assert "Anotar què s’hi ha dit 2 sessions de treball de 2" in read_home(client).done
