"""Files of contributions and proposals: all rows or none, each only once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from contributions import services
from contributions.imports import import_entries
from contributions.models import Entry, EntryKind, ProposalOrigin
from contributions.notebooks import Notetaker
from core.database import db
from core.errors import InputError
from events.models import SessionKind
from tests import factories
from tests.factories import NOW

CONTRIBUTION, PROPOSAL = EntryKind.CONTRIBUTION, EntryKind.PROPOSAL

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "INT-01")
    factories.make_session(event, "CIT-01")
    factories.make_session(event, "P1", kind=SessionKind.BREAK)
    return event


def load(event, text, *, kind=CONTRIBUTION, filename="f.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return import_entries(event, data, filename, kind=kind, by=None, now=NOW)


def problems_of(event, text, *, kind=CONTRIBUTION):
    with pytest.raises(InputError) as caught:
        load(event, text, kind=kind)
    assert db.session.scalars(select(Entry)).all() == []
    return caught.value.problems


def entries():
    return db.session.scalars(select(Entry).order_by(Entry.id)).all()


def test_rows_become_entries_in_their_order(event):
    outcome = load(
        event,
        "session,topic,text,recorded_at\n"
        "INT-01,Eix 1,Una,2016-02-01T09:50:00\n"
        "CIT-01,eix 1,Dues,2016-07-01T09:50:00\n"
        "INT-01,,Tres,\n",
    )

    assert (outcome.added, outcome.known) == (3, 0)
    assert [(entry.code, entry.topic and entry.topic.name, entry.text, entry.recorded_at) for entry in entries()] == [
        ("INT-01-A-001", "Eix 1", "Una", datetime(2016, 2, 1, 8, 50, tzinfo=UTC)),
        ("CIT-01-A-001", "Eix 1", "Dues", datetime(2016, 7, 1, 7, 50, tzinfo=UTC)),
        ("INT-01-A-002", None, "Tres", NOW),
    ]


@pytest.mark.parametrize(
    "header", ["session;topic;text;recorded_at", "Sessió;Eix;Aportació;Data i hora", "SESIÓN;Eje;Texto;Fecha y hora"]
)
def test_headings_are_known_in_three_languages(event, header):
    load(event, f"{header}\nINT-01;Eix;Una;2016-02-01 09:50\n".encode("cp1252"))

    assert [(entry.code, entry.topic.name, entry.text) for entry in entries()] == [("INT-01-A-001", "Eix", "Una")]


@pytest.mark.parametrize(
    "text",
    [
        "2016-02-01T09:50:00",
        "2016-02-01T09:50",
        "2016-02-01 09:50",
        "2016-02-01T08:50:00Z",
        "2016-02-01T03:50:00-05:00",
        "01/02/2016 09:50",
        "1/2/2016 9:50",
        "01/02/2016 9.50",
    ],
)
def test_times_are_local_in_the_zone_of_the_event_unless_they_say_theirs(event, text):
    load(event, f"session,text,recorded_at\nINT-01,Una,{text}\n")

    assert entries()[0].recorded_at == datetime(2016, 2, 1, 8, 50, tzinfo=UTC)


def test_the_same_file_twice_changes_nothing(event):
    twin = "INT-01,E,Igual,2016-02-01T09:50\n"
    text = f"session,topic,text,recorded_at\n{twin}{twin}CIT-01,E,Igual,\n"

    outcomes = [load(event, text) for _ in range(2)]

    assert [(outcome.added, outcome.known) for outcome in outcomes] == [(3, 0), (0, 3)]
    assert [entry.code for entry in entries()] == ["INT-01-A-001", "INT-01-A-002", "CIT-01-A-001"]


def test_a_longer_file_adds_what_is_new(event):
    load(event, "session,text\nINT-01,Igual\n")

    outcome = load(event, "session,text\nINT-01,Igual\nINT-01,Igual\nINT-01,Nova\n")

    assert (outcome.added, outcome.known) == (2, 1)
    assert [entry.number for entry in entries()] == [1, 2, 3]


def test_the_same_id_twice_changes_nothing_even_with_other_words(event):
    load(event, "id,session,text\na1,INT-01,Una\n")

    outcome = load(event, "id,session,text\na1,INT-01,Una altra\na1,CIT-01,Una\n")

    assert (outcome.added, outcome.known) == (1, 1)
    assert [(entry.code, entry.text) for entry in entries()] == [("INT-01-A-001", "Una"), ("CIT-01-A-001", "Una")]


def test_the_two_kinds_do_not_know_each_other(event):
    text = "id,session,text\na1,INT-01,Una\n"
    load(event, text)

    load(event, text, kind=PROPOSAL)

    assert [entry.code for entry in entries()] == ["INT-01-A-001", "INT-01-P-001"]


def test_what_was_deleted_does_not_come_back(event, ada):
    text = "session,text\nINT-01,Una\n"
    load(event, text)
    services.delete(entries()[0], by=Notetaker(staff=ada), now=NOW)

    outcome = load(event, text)

    assert (outcome.added, outcome.known) == (0, 1)
    assert entries()[0].is_deleted


def test_numbers_go_on_after_those_of_the_capture(event):
    session = event.sessions[0]
    services.record(session, CONTRIBUTION, "Escrita a mà", now=NOW)

    load(event, f"session,text\n{session.code},Del fitxer\n")
    services.record(session, CONTRIBUTION, "Escrita després", now=NOW)

    assert [entry.number for entry in entries()] == [1, 2, 3]


def test_session_codes_are_known_in_any_case(event):
    load(event, "session,text\nint-01,Una\n")

    assert entries()[0].code == "INT-01-A-001"


def test_hostile_text_stays_text(event):
    load(event, 'session,topic,text\nINT-01,"=1+1","<b>&""\'=HYPERLINK(1) 😀 \u202eRTL\nsegona"\n')

    assert (entries()[0].topic.name, entries()[0].text) == ("=1+1", "<b>&\"'=HYPERLINK(1) 😀 RTL\nsegona")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("INT-99,Eix,Una,,", "la jornada no té cap sessió «INT-99»"),
        (",Eix,Una,,", "no diu cap sessió"),
        ("P1,Eix,Una,,", "«P1» és una pausa: no s’hi recull res"),
        ("INT-01,Eix, ,,", "escriviu què s’ha dit"),
        (f"INT-01,Eix,{'x' * 10_001},,", "una aportació o proposta pot tenir fins a 10000 caràcters"),
        (f"INT-01,{'x' * 201},Una,,", "un eix pot tenir fins a 200 caràcters"),
        ("INT-01,Eix,Una,ahir,", "«ahir» no és una data i hora com ara 2026-12-03T09:30"),
        ("INT-01,Eix,Una,2016-03-27T02:30,", "«2016-03-27T02:30» no és una data i hora com ara 2026-12-03T09:30"),
        ("INT-01,Eix,Una,0001-01-01T00:00,", "«0001-01-01T00:00» no és una data i hora com ara 2026-12-03T09:30"),
        ("INT-01,Eix,Una,32/01/2016 10:00,", "«32/01/2016 10:00» no és una data i hora com ara 2026-12-03T09:30"),
        (f"INT-01,Eix,Una,,{'x' * 201}", "l’id té més de 200 caràcters"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(event, row, reason):
    problems = problems_of(event, f"session,topic,text,recorded_at,id\nINT-01,Eix,Bona,,\n{row}\n")

    assert problems == [f"Fila 3: {reason}"]


def test_every_bad_row_is_named_at_once(event):
    problems = problems_of(event, "session,text,recorded_at\nX,,ahir\nINT-01,Bona,\nY,Una,\n")

    assert [problem.split(":")[0] for problem in problems] == ["Fila 2", "Fila 2", "Fila 2", "Fila 4"]


def test_an_id_stands_once_in_a_session_of_a_file(event):
    problems = problems_of(event, "id,session,text\na1,INT-01,Una\na1,CIT-01,Dues\na1,INT-01,Tres\n")

    assert problems == ["Fila 4: té el mateix id que la fila 2"]


@pytest.mark.parametrize("text", ["", "topic,text\nE,Una\n", "session,text\n"])
def test_a_file_that_is_no_such_table_is_refused(event, text):
    assert len(problems_of(event, text)) == 1


def test_proposals_are_built_on_contributions(event):
    load(event, "id,session,text\na1,INT-01,Una\na2,CIT-01,Dues\na3,INT-01,Tres\na3,CIT-01,Tres\n")

    load(event, "id,session,text,from\np1,INT-01,Fer-ho,a1 a2\n,CIT-01,Fer-ho,a3;a3\n", kind=PROPOSAL)

    links = [
        (db.session.get(Entry, link.proposal_id).code, db.session.get(Entry, link.contribution_id).code)
        for link in db.session.scalars(select(ProposalOrigin))
    ]
    assert sorted(links) == [
        ("CIT-01-P-001", "CIT-01-A-002"),
        ("INT-01-P-001", "CIT-01-A-001"),
        ("INT-01-P-001", "INT-01-A-001"),
    ]


def test_a_proposal_on_nothing_known_is_a_bad_row(event):
    assert problems_of(event, "session,text,from\nINT-01,Fer-ho,a9\n", kind=PROPOSAL) == [
        "Fila 2: la jornada no té cap aportació «a9»"
    ]


def test_a_proposal_on_one_of_several_is_a_bad_row(event):
    factories.make_session(event, "CIT-02")
    load(event, "id,session,text\na1,INT-01,Una\na1,CIT-01,Una\n")

    with pytest.raises(InputError) as caught:
        load(event, "session,text,from\nCIT-02,Fer-ho,a1\n", kind=PROPOSAL)

    assert caught.value.problems == ["Fila 2: diverses sessions tenen una aportació «a1», i aquesta no"]


def test_a_contribution_is_built_on_nothing(event):
    problems = problems_of(event, "session,text,from\nINT-01,Una,a1\n")

    assert problems == ["Fila 2: només les propostes surten d’aportacions"]


def test_the_contributions_of_another_event_are_not_known(event):
    other = factories.make_event("altra")
    factories.make_session(other, "INT-01")
    load(other, "id,session,text\na1,INT-01,Una\n")

    with pytest.raises(InputError):
        load(event, "session,text,from\nINT-01,Fer-ho,a1\n", kind=PROPOSAL)
