"""Every number of a page of figures leads to exactly as many rows."""

import html
import re
from functools import partial

import pytest
from sqlalchemy import select

from contributions import revisions
from core.database import db, transaction
from events import processes
from events.models import Dimension, EventState, Session, SessionKind
from tests import factories

EVENT = "/gestio/jornades/jornada-1/xifres"
PROCESS = "/gestio/processos/impulsem/xifres"


@pytest.fixture
def app(furnished):
    """The application with the town."""
    return furnished


@pytest.fixture
def town(app):
    return processes.get_process("impulsem")


def furnish():
    """A process of two events in which every way to count, and not to count, happens."""
    process = factories.make_process("impulsem")
    for number in (1, 2):
        event = factories.make_event(f"jornada-{number}", process_id=process.id, capacity=None)
        internal = factories.make_session(event, "T1", dimension=Dimension.INTERNAL, capacity=None)
        citizens = factories.make_session(event, "T2", dimension=Dimension.CITIZENS, capacity=None)
        visit = factories.make_session(event, "V1", kind=SessionKind.VISIT)
        lunch = factories.make_session(event, "P1")
        gone = factories.make_session(event, "T9", dimension=Dimension.INTERNAL)
        factories.make_session(event, "D1", dimension=Dimension.CITIZENS, declared_participants=12 * number)
        factories.make_session(
            event, "D2", dimension=Dimension.OTHER_AGENTS, declared_contributions=7, declared_proposals=0
        )
        factories.make_session(event, "D3", dimension=Dimension.OTHER_AGENTS)
        for person in range(55 if number == 1 else 3):
            registration = factories.make_registration(event, email=f"p{person}@example.org")
            factories.make_attendance(registration, internal)
            if person % 2:
                factories.make_attendance(registration, citizens)
            factories.make_attendance(registration, lunch)
        factories.make_attendance(factories.make_registration(event, email=""), visit)
        write_down(internal, citizens, lunch, gone)
        # Afterwards: nobody writes anything down in a break.
        lunch.kind, gone.cancelled_at = SessionKind.BREAK, factories.NOW
        db.session.flush()


def write_down(internal, citizens, lunch, gone):
    kept = factories.make_entry(internal, topic_name="Habitatge")
    factories.make_entry(internal, topic_name="Salut")
    factories.make_entry(internal, merged_into_id=kept.id)
    factories.make_entry(internal, deleted_at=factories.NOW)
    factories.make_entry(internal, "proposal", withheld_at=factories.NOW, topic_name="Salut")
    factories.make_entry(citizens, "proposal")
    factories.make_entry(lunch)
    factories.make_entry(gone)


@pytest.fixture
def ada(client, town):
    ada = factories.make_staff()
    client.log_in(ada)
    return ada


def links_of(page):
    """What each number leads to: the number as written, the address, and whether it was only declared."""
    found = re.findall(r'(<span class="figure-declared">)?<a class="figure-link" href="([^"]+)">([^<]+)</a>', page.text)
    return {(html.unescape(address), int(re.sub(r"\D", "", text)), bool(declared)) for declared, address, text in found}


def body_rows(page, name):
    """The cells of each row of the table of this class."""
    table = re.search(rf'<table class="data {name}"[^>]*>.*?<tbody[^>]*>(.*?)</tbody>', page, re.DOTALL)
    return re.findall(r"<tr[^>]*>(.*?)</tr>", table[1], re.DOTALL) if table else []


def count_rows(client, address, *, is_declared):
    """How many rows are behind the address, on all of its pages; headcounts and what was declared are added up."""
    pages = [client.get(address).text]
    for number in re.findall(r'\?[^"]*page=(\d+)"', pages[0])[-1:]:
        more = range(2, int(number) + 1)
        pages += [client.get(f"{address}{'&' if '?' in address else '?'}page={each}").text for each in more]
    if "/aportacions" in address:
        return sum(len(re.findall(r'<li class="entry', page)) for page in pages)
    if "/sessions" in address:
        rows = body_rows(pages[0], "figure-sessions")
        return sum(declared_in(row, address) for row in rows) if is_declared else len(rows)
    headcounts = [int(re.findall(r'class="number">(\d+)<', row)[0]) for row in body_rows(pages[0], "figure-headcounts")]
    return sum(len(body_rows(page, "figure-people")) for page in pages) + sum(headcounts)


def declared_in(row, address):
    """What was declared of a session, in the column that the address is about."""
    cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
    names = ["participants", "attendances", "contributions", "proposals"]
    column = names.index(re.search(r"known=declared_([a-z]+)", address)[1])
    declared = re.search(r'figure-declared">.*?>\D*(\d+)', cells[column], re.DOTALL)
    return int(declared[1])


@pytest.mark.parametrize("address", [EVENT, PROCESS, PROCESS.removesuffix("/xifres"), f"{PROCESS}/sessions"])
def test_every_number_leads_to_as_many_rows(client, ada, address):
    links = links_of(client.get(address))

    counted = {
        (link, count_rows(client, link, is_declared=is_declared), is_declared) for link, _number, is_declared in links
    }

    assert len(links) > 20
    assert counted == links


def test_there_is_no_number_that_leads_nowhere(client, ada):
    page = client.get(EVENT)

    cells = re.findall(r'<td class="number"[^>]*>(.*?)</td>', page.text, re.DOTALL)
    plain = {" ".join(re.sub(r"<a .*?</a>|<[^>]+>", " ", cell, flags=re.DOTALL).split()) for cell in cells}
    assert plain <= {"", "0", "— no se sap", "— no es van anotar"}


@pytest.mark.both_databases
def test_the_figures_of_the_walk_are_those_that_were_made(client, ada):
    page = client.get(EVENT)

    assert (f"{EVENT}/participants", 55 + 1 + 12, False) in links_of(page)
    assert (f"{EVENT}/assistencies", 55 + 27 + 1 + 12, False) in links_of(page)
    assert count_rows(client, f"{EVENT}/assistencies", is_declared=False) == 55 + 27 + 1 + 12


@pytest.mark.both_databases
def test_a_person_of_two_events_is_one_row_of_the_process(client, ada):
    page = client.get(f"{PROCESS}/participants")

    assert "57 en llistes" in " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.mark.parametrize("role", ["viewer", "facilitator"])
def test_who_may_not_see_people_sees_how_many_there_were(client, town, role):
    client.log_in(factories.make_staff("cleo@example.org", role=role))

    for address in (EVENT, PROCESS):
        for rows in ("participants", "assistencies"):
            page = client.get(f"{address}/{rows}")
            assert page.status_code == 200
            assert "example.org</bdi>" not in page.text
            assert "/inscripcions/" not in page.text
            assert body_rows(page.text, "figure-people") == []
            assert len(body_rows(page.text, "figure-nameless")) == (6 if address == EVENT else 12)


def test_drafts_of_a_process_count_as_soon_as_something_was_recorded(client, ada, town):
    draft = factories.make_event("esborrany", process_id=town.id, state=EventState.DRAFT)
    factories.make_session(draft, "T1", dimension=Dimension.INTERNAL)
    db.session.flush()

    rows = body_rows(client.get(f"{PROCESS}/sessions").text, "figure-sessions")

    assert len(rows) == 12


@pytest.mark.parametrize("rows", ["sessions", "participants", "assistencies"])
def test_an_address_that_makes_no_sense_is_answered(client, ada, rows):
    for query in ("dimension=cap", "known=cap", "session=" + "x" * 9000, "page=-1", "event=<b>"):
        assert client.get(f"{EVENT}/{rows}?{query}").status_code == 200


def test_more_rows_take_no_more_queries(client, ada, count_queries):
    with transaction():
        revisions.hold(db.session.scalars(select(Session.id)))  # so that there is a count of each of them
    for address in (f"{where}/{rows}" for where in (EVENT, PROCESS) for rows in ("sessions", "participants")):
        asking = [partial(client.get, f"{address}?session={code}") for code in ("V1", "T1")]
        counts = [(ask(), count_queries(ask))[1] for ask in asking]

        assert counts[0] == counts[1], address
