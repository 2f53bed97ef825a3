"""The trail: every act has words, lines are found by whom, what, to whom and when, and taken as a file."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from accounts import audit
from core.database import db
from core.languages import NAMES, use_language
from registrations import services, trail, trail_search
from registrations.trail_search import Wanted
from tests import factories
from tests.factories import NOW

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "events", "registrations", "door", "messages", "contributions", "certificates")
RECORDS = {"record", "record_all", "_record", "note", "_note"}
ACT = re.compile(r"[a-z_]+\.[a-z_]+")
# What the code puts together from two words.
MADE_UP = {
    *(f"{place}.{act}" for place in ("team", "event") for act in ("add_member", "change_role", "take_out_member")),
    *(f"event.{each}" for each in ("publish", "withdraw", "cancel", "close")),
    *(f"document.{each}" for each in ("create", "update", "replace", "publish", "withdraw", "move", "delete")),
}


def list_recorded() -> set[str]:
    """Every act that the code records under its own name, also one that is chosen just before."""
    found = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name_of(node) in RECORDS and node.args:
                found |= _list_acts(node.args[0])
            if isinstance(node, ast.Assign) and any(_is_act(target) for target in node.targets):
                found |= _list_acts(node.value)
    return found


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_act(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.lower() == "act"


def _list_acts(expression: ast.expr) -> set[str]:
    constants = (each.value for each in ast.walk(expression) if isinstance(each, ast.Constant))
    return {each for each in constants if isinstance(each, str) and ACT.fullmatch(each)}


def test_every_act_that_is_recorded_has_words(app):
    recorded = list_recorded() | MADE_UP

    assert len(recorded) > 70
    assert recorded - audit.list_named_acts() == set()


@pytest.mark.parametrize("language", ["ca", "es"])
def test_every_act_is_said_in_every_language(app, language):
    assert language in NAMES
    with use_language("en"):
        english = {act: audit.say_act(act) for act in audit.list_named_acts()}
    with use_language(language):
        same = {act for act, words in english.items() if audit.say_act(act) == words}

    assert same == set()


@pytest.fixture
def event(app):
    event = factories.make_event()
    factories.make_session(event, "T1")
    return event


@pytest.fixture
def ada(app):
    return factories.make_staff("ada@example.org", name="Ada")


def find(event, **wanted):
    entries = db.session.scalars(trail_search.select_lines(event, Wanted(**wanted))).all()
    return [line.sentence for line in trail_search.read_lines(event, entries)]


@pytest.mark.both_databases
def test_lines_are_found_by_whom_what_to_whom_and_when(event, ada):
    bob = factories.make_registration(event, first_name="Àngels", last_name="Puig")
    cleo = factories.make_registration(event, email="c@example.org", first_name="Cleo")
    audit.record("event.publish", subject_kind="event", subject_key="jornada", by=ada, now=NOW)
    trail.record("registration.cancel", bob, by=ada, now=NOW + timedelta(hours=1))
    trail.record("registration.give_image_consent", cleo, by=None, now=NOW + timedelta(days=1))
    other = factories.make_registration(factories.make_event("jornada-2"), email="o@example.org")
    trail.record("registration.cancel", other, by=ada, now=NOW)
    audit.record("team.update", subject_kind="team", subject_key="1", by=ada, now=NOW)
    db.session.flush()

    with use_language("en"):
        assert find(event) == ["Agreed to pictures", "Cancelled", "Event published"]
        assert find(event, staff_id=ada.id) == ["Cancelled", "Event published"]
        assert find(event, staff_id=0) == ["Agreed to pictures"]
        assert find(event, act="event.publish") == ["Event published"]
        assert find(event, search="angels") == find(event, search=bob.code) == ["Cancelled"]
        assert find(event, search="%") == []
        assert find(event, since=NOW + timedelta(hours=1)) == ["Agreed to pictures", "Cancelled"]
        assert find(event, until=NOW + timedelta(hours=1)) == ["Event published"]
        assert find(event, since=NOW + timedelta(days=3)) == []
    assert [member.shown_name for member in trail_search.list_doers(event)] == ["Ada"]
    assert trail_search.list_acts(event) == ["event.publish", "registration.cancel", "registration.give_image_consent"]


def test_a_slug_is_no_pattern(app, ada):
    event, other = factories.make_event("a-b"), factories.make_event("axb")
    trail.record("registration.cancel", factories.make_registration(other), by=ada, now=NOW)
    db.session.flush()

    assert find(event) == []


def test_sentences_say_what_they_are_about(event, ada):
    details = {
        "registration.export": {"profile": "door", "format": "csv", "count": 12, "filter": {"search": "yes"}},
        "session.update": {"session": "T1", "changed": ["title"]},
        "question.create": {"question": "=Com?"},
        "event.do_bulk": {"kind": "move", "session": "T1", "target": "T2", "people": 3, "bulk": 1},
        "gone.act": {},
    }
    for minute, (act, values) in enumerate(details.items()):
        at = NOW - timedelta(minutes=minute)
        audit.record(act, subject_kind="event", subject_key="jornada", by=ada, now=at, **values)
    db.session.flush()

    with use_language("en"):
        assert find(event) == [
            "List taken as a file · Door · 12",
            "Session changed · T1",
            "Question added · =Com?",
            "Done to several people at once · T1 · T2 · 3",
            "gone.act",
        ]


def test_what_people_need_is_never_said(event, ada):
    bob = factories.make_registration(event)
    factories.make_support_need(bob, "menu", "celíac")
    services.cancel(bob, now=NOW, by=ada)

    rows = b"".join(trail_search.stream_csv(event, Wanted())).decode()

    assert "celíac" not in rows
    assert "menu" not in rows


def test_the_file_holds_the_lines_and_runs_nothing(event, ada):
    bob = factories.make_registration(event, first_name="=1+1", last_name="<b>")
    trail.record("registration.cancel", bob, by=ada, now=NOW)
    db.session.flush()

    with use_language("en"):
        rows = b"".join(trail_search.stream_csv(event, Wanted())).decode("utf-8-sig").splitlines()

    assert rows == ["When;Who;What;To whom;Code", f"2026-11-22 11:00:00;Ada;Cancelled;'=1+1 <b>;{bob.code}"]


def test_many_lines_take_a_few_queries(event, ada, count_queries, monkeypatch):
    monkeypatch.setattr(trail_search, "_BATCH", 4)
    for number in range(10):
        trail.record(
            "registration.cancel", factories.make_registration(event, email=f"{number}@x.org"), by=ada, now=NOW
        )
    db.session.flush()

    assert (
        count_queries(lambda: list(trail_search.stream_csv(event, Wanted()))) == 1 + 3 * 2
    )  # whom they are about, and who has a former code
