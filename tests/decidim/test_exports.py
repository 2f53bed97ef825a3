"""Proposals as Decidim imports them, and as decidim.barcelona imports results."""

import io
import json
from pathlib import Path

import pytest
from python_calamine import load_workbook

from contributions.models import EntryAnswer, EntryState
from core.database import db
from decidim import exports
from decidim.exports import Problem, Ready, Remark
from events.models import Event
from tests import factories
from tests.factories import NOW

GOLDEN = Path(__file__).parent / "golden"
LONG = "Cal que els serveis socials obrin a la tarda " * 5


@pytest.fixture
def event(app):
    return factories.make_event("jornada-1")


@pytest.fixture
def session(event):
    return factories.make_session(event, "INT-07")


def propose(session, text="Obrir el casal a les tardes.", **values):
    values = {"state": EntryState.PUBLISHED, **values}
    return factories.make_entry(session, "proposal", text, **values)


def listed(event, ready=Ready.PUBLISHED):
    return exports.list_proposals(Event.id == event.id, ready)


def furnish(session):
    """Five proposals: one with a title and words for publication, one without, one with lines, one there already."""
    propose(
        session,
        "els bancs, més",
        title="Més bancs a la plaça Orfila",
        public_text="Posar més bancs a la plaça Orfila, a l’ombra.",
        topic_name="Espai públic",
    ).topic.taxonomy_ids = [12, 15]
    propose(session, LONG)
    propose(session, "- Menys soroll de nit\n- Més arbres; sobretot, ombra\n\n«D’aigua», també")
    known = propose(session, "Un ajut per al transport: <b>T-jove</b> & T-16")
    db.session.add(EntryAnswer(entry_id=known.id, number=431, state="accepted", read_at=NOW))
    db.session.flush()


def written(proposals, format_, language="ca"):
    file = io.BytesIO()
    exports.write_proposals(proposals, file, format_=format_, language=language)
    return file.getvalue()


def test_only_what_is_ready_goes_out(event, session):
    gone = [
        propose(session, deleted_at=NOW),
        propose(session, withheld_at=NOW),
        propose(session, merged_into_id=propose(session).id),
    ]
    propose(session, state=EntryState.COLLECTED)
    propose(session, state=EntryState.REVIEWED)
    factories.make_entry(session, "contribution", "No és cap proposta.", state=EntryState.PUBLISHED)
    propose(factories.make_session(factories.make_event("altra"), "T1"))

    codes = {ready: [each.name.code for each in listed(event, ready)] for ready in Ready}

    assert len(gone) == 3
    assert codes == {
        Ready.PUBLISHED: ["INT-07-P-003"],
        Ready.REVIEWED: ["INT-07-P-003", "INT-07-P-006"],
        Ready.ALL: ["INT-07-P-003", "INT-07-P-005", "INT-07-P-006"],
    }


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"text": "Més bancs"}, (Problem.TITLE_TOO_SHORT, Problem.BODY_TOO_SHORT)),
        ({"text": "Més bancs", "title": "Més bancs a la plaça"}, (Problem.BODY_TOO_SHORT,)),
        ({"title": "x" * 151}, (Problem.TITLE_TOO_LONG,)),
        ({"title": "x" * 14}, (Problem.TITLE_TOO_SHORT,)),
        ({"title": "=SUMA(A1:A99) de tot"}, (Problem.RUN_BY_SPREADSHEETS,)),
        ({"text": "@ajuntament, més bancs a la plaça"}, (Problem.RUN_BY_SPREADSHEETS,)),
        ({"title": "x" * 15, "text": "y" * 15}, ()),
        ({"title": "x" * 150}, ()),
    ],
)
def test_what_does_not_fit_says_why(event, session, values, problems):
    propose(session, **values)

    (found,) = listed(event)

    assert found.problems == problems


def test_a_proposal_without_title_takes_its_beginning_and_says_so(event, session):
    propose(session, LONG)
    propose(session, "Obrir a la tarda. I els dissabtes, també, fins que calgui.")

    titles = [(each.title, each.remarks) for each in listed(event)]

    assert titles == [
        (f"{LONG[:149].rsplit(' ', 1)[0]}…", (Remark.TITLE_FROM_TEXT,)),
        ("Obrir a la tarda", (Remark.TITLE_FROM_TEXT,)),
    ]


def test_one_that_is_there_already_says_so(event, session):
    furnish(session)

    assert [each.number for each in listed(event) if Remark.ALREADY_THERE in each.remarks] == [431]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Una\nDues", "Una · Dues"),
        ("Una.\n\nDues", "Una. Dues"),
        ("- una\r\n• dues\n3) tres", "una · dues · tres"),
        ("-5 graus a casa", "–5 graus a casa"),
        ("3.000 euros", "3.000 euros"),
        ("\u2028a\u2028b", "a · b"),
    ],
)
def test_lines_are_put_after_one_another(text, line):
    assert exports.one_line(text) == line


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_proposals_are_written_as_decidim_reads_them(event, session, format_):
    furnish(session)

    content = written(listed(event), format_)

    assert content.decode() == (GOLDEN / f"proposals.{format_}").read_bytes().decode()


def test_a_workbook_has_the_same_columns(event, session):
    furnish(session)
    found = listed(event)

    rows = load_workbook(io.BytesIO(written(found, "xlsx", "es"))).get_sheet_by_index(0).to_python()

    assert rows[0] == ["title/es", "body/es", "taxonomies/ids"]
    assert rows[1:] == [[each.title, each.text, ",".join(map(str, each.taxonomies))] for each in found]


def test_no_cell_has_a_line_break_and_every_text_its_reference(event, session):
    furnish(session)

    objects = json.loads(written(listed(event), "json"))

    assert [
        text for each in objects for text in (each["title"]["ca"], each["body"]["ca"]) if len(text.splitlines()) > 1
    ] == []
    assert [exports.REFERENCE.search(each["body"]["ca"])[0] for each in objects] == [
        f"[jornada-1/INT-07-P-00{number}]" for number in range(1, 5)
    ]


def test_results_are_written_as_decidim_barcelona_reads_them(event, session):
    furnish(session)

    content = b"".join(exports.write_results(listed(event), language="ca"))

    assert content.decode() == (GOLDEN / "results.csv").read_bytes().decode()


def test_nothing_is_written_of_an_empty_list(event):
    assert written([], "csv") == b"title/ca;body/ca\r\n"
    assert json.loads(written([], "json")) == []


def test_a_list_makes_the_same_queries_for_one_and_for_many(event, session, count_queries):
    propose(session, topic_name="Eix")
    one = count_queries(lambda: listed(event))
    furnish(session)

    assert count_queries(lambda: listed(event)) == one
