"""The open data of a process: what is in the archive, what is not, and that the same data give the same bytes."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from contributions.models import EntryAnswer, EntryAuthor, EntryKind, EntryState, FormerNumber, ProposalOrigin
from core.database import db
from events.models import Dimension, EventState, Session, SessionKind
from figures import open_data, open_data_archive
from tests import factories
from tests.factories import NOW

GOLDEN = Path(__file__).parent / "golden" / "open_data"
PUBLISHED = EntryState.PUBLISHED


@pytest.fixture
def process(app):
    """A process with two events that were held, a draft, and entries of every state."""
    process = factories.make_process("impulsem", title="Impulsem «els serveis»")
    first = factories.make_event("jornada-1", process_id=process.id, title="Primera jornada")
    internal = factories.make_session(first, "INT-01", title="Taller, 1", dimension=Dimension.INTERNAL)
    citizens = factories.make_session(
        first, "CIT-01", dimension=Dimension.CITIZENS, declared_participants=3, starts_at=first.starts_at
    )
    factories.make_session(first, "PA", kind=SessionKind.BREAK)
    draft = factories.make_event("esborrany", process_id=process.id, state=EventState.DRAFT)
    second = factories.make_event(
        "jornada-2", process_id=process.id, starts_at=first.starts_at + timedelta(days=30), title="Segona"
    )
    factories.make_session(second, "T1", dimension=Dimension.INTERNAL, declared_participants=40)
    for number in range(12):
        person = factories.make_registration(first, internal, email=f"p{number}@example.org")
        factories.make_attendance(person, internal)
    said = factories.make_entry(internal, text="Tancat\n«a la tarda», diu", state=PUBLISHED, topic_name="Horaris")
    said.topic.names = {"es": "Horarios", "en": "Opening hours"}
    proposal = factories.make_entry(
        internal, "proposal", "Que obrin d’una punyetera vegada", title="Obrir a la tarda", state=PUBLISHED, supports=9
    )
    proposal.public_text = "Obrir els casals a la tarda."
    db.session.add(ProposalOrigin(proposal_id=proposal.id, contribution_id=said.id))
    for hidden in (
        factories.make_entry(citizens, text="Ocult: només recollida", topic_name="Ocult: ningú no l’ha llegit"),
        factories.make_entry(citizens, text="Ocult: retinguda", state=PUBLISHED, withheld_at=NOW),
        factories.make_entry(citizens, text="Ocult: esborrada", state=PUBLISHED, deleted_at=NOW),
        factories.make_entry(citizens, text="Ocult: fusionada", state=PUBLISHED, merged_into_id=said.id),
        factories.make_entry(factories.make_session(draft, "T1"), text="Ocult: esborrany", state=PUBLISHED),
    ):
        db.session.add(ProposalOrigin(proposal_id=proposal.id, contribution_id=hidden.id))
    factories.make_entry(citizens, text='=1+1 <b>&"', state=PUBLISHED, is_of_several=True)
    db.session.add(EntryAuthor(entry_id=said.id, name="Ada Pla"))
    db.session.add(FormerNumber(entry_id=proposal.id, kind=EntryKind.CONTRIBUTION, session_id=internal.id, number=9))
    db.session.add(
        EntryAnswer(
            entry_id=proposal.id,
            number=431,
            url="https://decidim.example/431",
            state="accepted",
            answers={"ca": "Sí."},
            read_at=NOW,
        )
    )
    db.session.flush()
    return process


def written(process):
    file = io.BytesIO()
    open_data_archive.write(process, file)
    return file.getvalue()


def unpack(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def files(process):
    return unpack(written(process))


@pytest.mark.both_databases
def test_the_archive_reads_as_it_should(files):
    """Except for the numbers of topics and what depends on them, which the database gives."""
    assert sorted(files) == sorted(path.name for path in GOLDEN.iterdir())
    for name in ("sessions.csv", "origins.csv", "figures.csv", "README.ca.md", "README.en.md"):
        assert (name, files[name].decode()) == (name, (GOLDEN / name).read_bytes().decode())


def test_the_dictionary_reads_as_it_should(files):
    described, golden = (
        json.loads(content) for content in (files["datapackage.json"], (GOLDEN / "datapackage.json").read_bytes())
    )
    for package in (described, golden):
        for resource in package["resources"]:
            del resource["bytes"], resource["hash"]

    assert described == golden


def test_the_same_data_give_the_same_bytes(process):
    assert written(process) == written(process)


def test_a_correction_gives_other_bytes(process):
    before = written(process)
    process.title = "Un altre títol"
    db.session.flush()

    assert written(process) != before


def test_nothing_that_is_not_public_is_told(files):
    everything = b"".join(files.values()).decode()

    assert [word for word in ("Ocult", "punyetera", "Ada Pla", "example.org", "esborrany") if word in everything] == []


def test_a_proposal_is_told_in_the_words_for_publication_with_its_answer(files):
    (row,) = csv.DictReader(io.StringIO(files["proposals.csv"].decode()))

    assert row == {
        "id": "jornada-1/INT-01-P-001",
        "code": "INT-01-P-001",
        "session": "jornada-1/INT-01",
        "date": "2026-12-03",
        "topic": "",
        "theme": "",
        "title": "Obrir a la tarda",
        "text": "Obrir els casals a la tarda.",
        "supports": "9",
        "of_several": "false",
        "former_ids": "jornada-1/INT-01-A-009",
        "answer_state": "accepted",
        "answer": "Sí.",
        "url": "https://decidim.example/431",
    }


def test_topics_have_their_names_in_three_languages(files):
    (row,) = csv.DictReader(io.StringIO(files["topics.csv"].decode()))

    assert [row[name] for name in ("name", "name_ca", "name_es", "name_en")] == [
        *("Horaris", "Horaris"),
        *("Horarios", "Opening hours"),
    ]


def test_every_table_is_as_the_dictionary_says(files):
    package = json.loads(files["datapackage.json"])
    tables = {}
    for resource in package["resources"]:
        content = files[resource["path"]]
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        tables[resource["name"]] = rows
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        assert content.decode().split("\r\n")[0].split(",") == list(fields)
        for row in rows:
            assert [name for name in fields if not fits(row[name], fields[name], resource["schema"])] == []
        keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys)
    for resource in package["resources"]:
        for link in resource["schema"]["foreignKeys"]:
            ids = {row["id"] for row in tables[link["reference"]["resource"]]}
            assert {row[link["fields"][0]] for row in tables[resource["name"]]} - {""} <= ids
    assert {name: len(rows) for name, rows in tables.items()} == {
        "sessions": 3,
        "topics": 1,
        "contributions": 2,
        "proposals": 1,
        "origins": 1,
        "figures": 8,
    }


def fits(text, field, schema):
    constraints = field.get("constraints", {})
    if text in schema["missingValues"]:
        return not constraints.get("required")
    if "enum" in constraints and text not in constraints["enum"]:
        return False
    if field["type"] == "integer":
        return text.isdigit()
    return field["type"] != "boolean" or text in {"true", "false"}


def test_few_people_are_not_told_nor_what_they_could_be_worked_out_from(files):
    rows = list(csv.DictReader(io.StringIO(files["figures.csv"].decode())))

    people = {(row["event"], row["dimension"]): row["participants"] for row in rows}
    assert people["jornada-1", "citizens"] == "c"
    assert people["", "citizens"] == "c"
    assert people["jornada-2", "total"] == people["jornada-2", "internal"]
    for slug in ("", "jornada-1"):
        assert sum(count == "c" for (event, _dimension), count in people.items() if event == slug) >= 2


def test_what_is_in_and_what_is_left_out_is_counted(process):
    assert open_data.count(process) == open_data.Contents(contributions=2, proposals=1, not_published=1, withheld=1)


def test_more_entries_take_no_more_queries(process, count_queries):
    few = count_queries(lambda: written(process))
    session = db.session.scalars(select(Session).where(Session.code == "INT-01")).one()
    for _ in range(3):
        factories.make_entry(session, "proposal", state=PUBLISHED)
        factories.make_entry(session, state=PUBLISHED, topic_name="Horaris")

    assert count_queries(lambda: written(process)) <= few
