"""Reading back what Decidim exports: which of our proposals each row is, and what was answered."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from accounts import audit
from contributions import entry_answers
from contributions.models import EntryAnswer, EntryKind, FormerNumber
from core.database import db
from core.errors import InputError
from decidim import answers
from decidim.answers import Fate
from events.models import Event
from tests import factories
from tests.factories import NOW

HEADER = "id;title/ca;body/ca;state;answer/ca;answer/es;answered_at;url;votes"
URL = "https://decidim.barcelona/processes/x/f/1/proposals/431"


pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    return factories.make_event("jornada-1")


@pytest.fixture
def session(event):
    return factories.make_session(event, "INT-07")


@pytest.fixture
def proposal(session):
    return factories.make_entry(session, "proposal", "Posar més bancs a la plaça Orfila.")


def csv(*rows, header=HEADER):
    return "\n".join([header, *rows]).encode()


def plan(event, data):
    return answers.make_plan(Event.id == event.id, answers.read(data, "export.csv"))


def carry_out(event, data, now=NOW):
    return answers.carry_out(plan(event, data), event, filename="export.csv", by=None, now=now)


def fates(event, data):
    return [match.fate for match in plan(event, data).matches]


def stored():
    db.session.expire_all()
    return db.session.scalars(select(EntryAnswer).order_by(EntryAnswer.entry_id)).all()


SAID = "<p>Sí, el 2027.</p><p>Gràcies &amp; fins aviat.</p>"
ROW = f'431;Bancs;Més bancs [jornada-1/INT-07-P-001];accepted;"{SAID}";;2026-11-20 09:30:00 UTC;{URL};12'


def test_the_reference_finds_the_proposal_and_its_answer_is_kept(event, proposal):
    count = carry_out(event, csv(ROW))

    (answer,) = stored()
    assert count == 1
    assert answer.entry_id == proposal.id
    assert (answer.number, answer.state, answer.url, answer.votes) == (431, "accepted", URL, 12)
    assert answer.answers == {"ca": "Sí, el 2027.\nGràcies & fins aviat."}
    assert answer.answered_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert answer.read_at == NOW


def test_reading_it_leaves_a_line_in_the_trail(event, proposal):
    carry_out(event, csv(ROW))

    (line,) = audit.list_entries("event", "jornada-1")
    assert (line.act, line.details) == ("entry.answers", {"file": "export.csv", "count": 1})


def test_the_same_file_again_changes_nothing(event, proposal):
    carry_out(event, csv(ROW))

    assert fates(event, csv(ROW)) == [Fate.SAME]


def test_what_changed_there_changes_here(event, proposal):
    carry_out(event, csv(ROW))

    rejected = ROW.replace("accepted", "rejected")
    said = plan(event, csv(rejected)).lines[0].details[0]
    carry_out(event, csv(rejected))

    assert said == "INT-07-P-001: acceptada → rebutjada"
    assert [answer.state for answer in stored()] == ["rejected"]


def test_a_number_that_is_known_finds_the_proposal_without_its_reference(event, proposal):
    carry_out(event, csv(ROW))

    assert fates(event, csv("431;Un altre títol;Un altre text;rejected;;;;;")) == [Fate.CHANGED]


def test_a_title_that_only_one_proposal_has_finds_it(event, proposal):
    found = plan(event, csv("9;POSAR MES BANCS A LA PLAÇA ORFILA;;accepted;;;;;"))

    assert [match.entry for match in found.matches] == [proposal]


def test_a_title_that_two_have_finds_neither(event, session, proposal):
    factories.make_entry(session, "proposal", proposal.text)

    assert fates(event, csv("9;Posar més bancs a la plaça Orfila;;accepted;;;;;")) == [Fate.NOT_OURS]


def test_a_reference_of_another_event_is_none_of_ours(event, proposal):
    factories.make_entry(factories.make_session(factories.make_event("altra"), "INT-07"), "proposal", "Una altra cosa.")

    assert fates(event, csv("9;x;text [altra/INT-07-P-001];accepted;;;;;")) == [Fate.NOT_OURS]


def test_a_reference_from_before_the_entry_changed_its_kind_stays_right(event, session, proposal):
    former = FormerNumber(entry_id=proposal.id, kind=EntryKind.CONTRIBUTION, session_id=session.id, number=8)
    db.session.add(former)
    db.session.flush()

    assert [match.entry for match in plan(event, csv("9;x;y [jornada-1/INT-07-A-008];accepted;;;;;")).matches] == [
        proposal
    ]


def test_one_that_was_imported_twice_there_is_refused_and_nothing_written(event, proposal):
    twice = csv(ROW, ROW.replace("431;", "432;", 1))

    with pytest.raises(InputError):
        carry_out(event, twice)

    assert fates(event, twice) == [Fate.REFUSED, Fate.REFUSED]
    assert stored() == []


def test_a_withheld_proposal_keeps_its_answer(event, proposal):
    proposal.withheld_at = NOW

    assert carry_out(event, csv(ROW)) == 1


def test_json_says_the_same_as_a_table(event, proposal):
    exported = {
        "id": 431,
        "title": {"ca": "Bancs"},
        "body": {"ca": "Més bancs [jornada-1/INT-07-P-001]", "machine_translations": {"es": "Más"}},
        "state": "accepted",
        "answer": {"ca": SAID, "es": None},
        "answered_at": "2026-11-20T09:30:00.000Z",
        "url": URL,
        "votes": 12,
        "withdrawn": False,
        "meeting_urls": ["a", "b"],
    }
    carry_out(event, csv(ROW))

    assert fates(event, json.dumps([exported]).encode()) == [Fate.SAME]


def test_one_that_was_withdrawn_says_so(event, proposal):
    exported = {"id": 431, "body": {"ca": "[jornada-1/INT-07-P-001]"}, "state": "accepted", "withdrawn": True}

    carry_out(event, json.dumps([exported]).encode())

    assert [answer.state for answer in stored()] == ["withdrawn"]


@pytest.mark.parametrize("cell", ["'=1+1", "'+1", "'-1", "'@x"])
def test_the_apostrophe_that_decidim_puts_before_formulas_is_taken_away(event, proposal, cell):
    row = f"431;{cell};[jornada-1/INT-07-P-001];accepted;{cell};;;;"

    (found,) = answers.read(csv(row), "export.csv")

    assert (found.titles, found.answers) == ([cell[1:]], {"ca": cell[1:]})


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("x;t;b;accepted;;;;;", "El seu id no és cap número."),
        ("9999999999;t;b;accepted;;;;;", "El seu id no és cap número."),
        ("1;t;b;accepted;;;ahir;;", "«ahir» no és cap hora."),
        (f"1;t;b;accepted;{'x' * 20_001};;;;", "La resposta té més de 20000 caràcters."),
    ],
)
def test_what_cannot_be_read_says_so(event, proposal, row, problem):
    (match,) = plan(event, csv(row)).matches

    assert (match.fate, list(match.details)) == (Fate.REFUSED, [problem])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"name;text\nAda;hola\n",
        b"[]",
        b"[1]",
        b"[" * 100_000,
        b'{"id": ',
        b'[{"id": 1}]',
        b"\x00\x01\x02",
        b"PK\x03\x04nothing",
        b'id;state\n1;"open\n',
    ],
)
def test_a_file_that_is_no_export_is_refused(app, data):
    with pytest.raises(InputError):
        answers.read(data, "export.csv")


@pytest.mark.parametrize(
    ("url", "kept"),
    [("javascript:alert(1)", ""), ("https://x.org/" + "y" * 500, ""), ("http://x.org/1", "http://x.org/1")],
)
def test_only_an_address_of_a_page_is_kept(url, kept):
    (found,) = answers.read(csv(f"1;t;b;accepted;;;;{url};"), "export.csv")

    assert found.url == kept


def test_markup_in_an_answer_is_no_markup():
    text = "<script>alert(1)</script><b>Sí</b> &lt;img src=x onerror=alert(1)&gt;"

    (found,) = answers.read(json.dumps([{"id": 1, "state": "", "answer": {"ca": text}}]).encode(), "x.json")

    assert found.answers == {"ca": "Sí <img src=x onerror=alert(1)>"}


def test_signs_that_no_database_keeps_are_left_out(event, proposal):
    body = {"ca": "[jornada-1/INT-07-P-001]"}
    answer = {"ca": "<p>S\u00ed\ud800\u0000</p>", "x\u0000": "no", "es-419": "Sí"}
    content = json.dumps([{"id": 1, "state": "acc\ud800\u0000epted", "title": {}, "body": body, "answer": answer}])

    carry_out(event, content.encode())

    (kept,) = stored()
    assert (kept.state, kept.answers) == ("accepted", {"ca": "Sí", "es-419": "Sí"})


def test_answers_are_read_in_one_query_for_a_page(event, session, proposal, count_queries):
    carry_out(event, csv(ROW))
    others = [factories.make_entry(session, "proposal", f"Proposta {number}") for number in range(3)]

    queries = count_queries(lambda: entry_answers.read_for([proposal, *others]))

    assert queries == 1
    assert list(entry_answers.read_for([proposal, *others])) == [proposal.id]
