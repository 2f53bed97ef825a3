"""Capture: what devices ask for and send, with an account and with a link, and the pages that do it by forms."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from accounts.models import AuditEntry
from contributions import capture_links, notebooks, services, splits
from contributions.models import CaptureLink, Entry, EntryAct, EntryState
from contributions.notebooks import Notetaker
from contributions.reports import MAX_BYTES
from contributions.views import notebooks as notebook_views
from core.database import Model, db
from core.dates import utc_now
from core.web import limiter
from events.models import SessionKind
from tests import factories
from tests.conftest import make_app
from tests.contributions.samples import act, batch, new_key, write

BASE = "/gestio/jornades/jornada/aportacions/T1"
LINKED = "/captura/jornades/jornada/T1"


@pytest.fixture
def session(app):
    """A session that is being held now."""
    starts_at = utc_now() - timedelta(minutes=30)
    return factories.make_session(factories.make_event(starts_at=starts_at), "T1", starts_at=starts_at)


@pytest.fixture
def facilitator(client):
    member = factories.make_staff("fina@example.org", role="facilitator", active=True, name="Fina")
    client.log_in(member)
    return member


@pytest.fixture
def link(client, session):
    """A capture link that this browser has opened."""
    link = capture_links.create(session, "Taula 1", None, by=None, now=utc_now())
    client.get(f"/captura/{link.token}")
    return link


def send(client, *acts, base=BASE, since=0, **values):
    sent = batch(*acts, since=since, clock=utc_now(), **values)
    return client.post(f"{base}/actes", data=sent, content_type="application/json")


def line(*args, **values):
    return write(*args, at=utc_now(), **values)


def ask(client, since=0, base=BASE):
    return client.get(f"{base}/canvis?since={since}", headers={"Accept": "application/json"})


def entries():
    return list(db.session.scalars(select(Entry).order_by(Entry.id).execution_options(populate_existing=True)))


# --- What devices are told ---


def test_who_asks_first_is_told_everything(client, session, facilitator):
    one = line("Una", topic="Eix", is_of_several=True)
    send(client, one, act("support", one, change=2, key="1" * 32))

    answer = ask(client).json

    assert (answer["revision"], answer["closed_at"], answer["closed_by"]) == (2, None, "")
    assert answer["counts"] == {"contribution": 1, "proposal": 0}
    assert [topic["name"] for topic in answer["topics"]] == ["Eix"]
    assert answer["by"] == {"late": 0}
    assert answer["entries"] == [
        {
            "key": one["key"],
            "ref": "A-001",
            "former": [],
            "kind": "contribution",
            "text": "Una",
            "topic": "Eix",
            "several": True,
            "supports": 2,
            "origins": [],
            "acts": [one["key"], "1" * 32],
            "deleted": False,
            "into": None,
            "merged": [],
            "withheld": False,
            "state": "collected",
            "source": "noted",
            "at": entries()[0].recorded_at.isoformat(),
            "url": f"{BASE}/A-001/historial",
        }
    ]


def test_who_asks_again_is_told_what_changed(client, session, facilitator):
    one, other = line("Una"), line("Dues")
    seen = send(client, one, other).json["revision"]
    nothing = ask(client, seen).json
    send(client, act("edit", other, at=utc_now(), sets={"kind": "proposal"}))

    answer = ask(client, seen).json

    assert sorted(nothing) == ["clock", "closed_at", "closed_by", "csrf_token", "entries", "revision"]
    assert (nothing["revision"], nothing["entries"]) == (seen, [])
    assert [(each["ref"], each["former"]) for each in answer["entries"]] == [("P-001", ["A-002"])]
    assert answer["counts"] == {"contribution": 1, "proposal": 1}


def test_an_empty_notebook_has_a_first_revision(client, session, facilitator):
    first = ask(client).json

    assert (first["revision"], first["entries"], ask(client, 1).json["revision"]) == (1, [], 1)
    assert send(client, line(), since=1).json["revision"] == 2


def test_versions_merges_and_links_are_told(client, session, facilitator):
    one, other, proposal = line("Una"), line("Dues"), line("Tres", "proposal")
    send(client, one, other, proposal)
    first = act("edit", one, at=utc_now(), sets={"text": "Una!"})
    second = act("edit", one, at=utc_now() + timedelta(seconds=1), sets={"text": "Una?"})
    send(client, first, device="Mòbil")
    send(client, second, act("merge", other, at=utc_now(), other=one["key"]))
    send(client, act("link", proposal, at=utc_now(), other=other["key"]))

    told = {each["ref"]: each for each in ask(client).json["entries"]}

    assert {version["act"]: (version["text"], version["by"]) for version in told["A-001"]["versions"]} == {
        first["key"]: ("Una!", "Fina"),
        second["key"]: ("Una?", "Fina"),
    }
    assert told["A-001"]["merged"] == [{"key": other["key"], "ref": "A-002", "text": "Dues"}]
    assert (told["A-002"]["into"], told["P-001"]["origins"]) == (one["key"], [other["key"]])
    assert "versions" not in told["P-001"]


def test_an_entry_from_a_file_has_acts_too(client, session, facilitator):
    entry = Entry(session=session, kind="contribution", number=1, text="Una", search_key="una", recorded_at=utc_now())
    db.session.add(entry)
    db.session.flush()

    told = ask(client).json["entries"]

    assert [each["acts"] for each in told] == [[entry.key]]


def test_asking_takes_as_many_queries_for_three_entries_as_for_one(client, session, facilitator, count_queries):
    send(client, one := line("Una", topic="Eix"), line("P", "proposal"))
    few = count_queries(lambda: ask(client))
    send(client, line("Dues", topic="Eix 2"), third := line("Tres"), act("merge", third, other=one["key"]))
    many = count_queries(lambda: ask(client))

    nothing = count_queries(lambda: ask(client, ask(client).json["revision"])) - many

    assert many == few
    assert nothing < many


def test_an_answer_of_two_hundred_acts_takes_as_many_queries_as_one_of_two(client, session, facilitator, count_queries):
    few = count_queries(lambda: send(client, line(topic="Eix"), line(topic="Eix")))

    many = count_queries(lambda: send(client, *[line(topic="Eix") for _ in range(200)]))

    assert many <= few + 2  # rows go in by hundreds
    assert len(entries()) == 202


# --- What devices send ---


def test_each_act_is_answered(client, session, facilitator):
    one, empty = line("Una"), line(" ")
    early = act("edit", new_key(), at=utc_now(), sets={"text": "Dues"})
    send(client, one)

    answer = send(client, one, empty, early, device="x" * 1000)

    assert answer.json["answers"] == {
        one["key"]: {"outcome": "known"},
        empty["key"]: {"outcome": "refused", "message": "Escriviu què s’ha dit."},
        early["key"]: {"outcome": "early"},
    }
    assert [each["text"] for each in answer.json["entries"]] == ["Una"]
    assert max(len(each) for each in db.session.scalars(select(EntryAct.device))) == 100


def test_a_batch_that_is_none_is_refused(client, session, facilitator):
    assert client.post(f"{BASE}/actes", data=b"x").status_code == 400
    assert client.post(f"{BASE}/actes", data=b" " * (MAX_BYTES + 1)).status_code == 413


def test_in_a_break_everything_is_refused(client, facilitator):
    factories.make_session(kind=SessionKind.BREAK)

    answer = send(client, one := line())

    assert answer.json["answers"][one["key"]]["outcome"] == "refused"


def test_a_device_that_does_not_show_the_token_changes_nothing(app, client, session, facilitator):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        refused = send(client, line()).status_code
        token = ask(client).json["csrf_token"]
        sent = batch(line(), clock=utc_now())
        accepted = client.post(
            f"{BASE}/actes",
            data=sent,
            headers={"X-CSRFToken": token, "Referer": "https://localhost/"},
            base_url="https://localhost",
        )
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert (refused, accepted.status_code, len(entries())) == (400, 200, 1)


def test_a_closed_notebook_takes_what_comes_late_and_says_so(client, session, facilitator):
    client.post(f"{BASE}/tancament")
    send(client, line())

    told = ask(client).json
    page = client.get(f"{BASE}/tancament")

    assert (told["closed_at"] is not None, told["closed_by"], told["by"]) == (True, "Fina", {"late": 1})
    assert "1 entrada ha arribat després de tancar" in page.text
    assert "Fina va tancar el quadern el " in client.get(BASE).text


def test_what_counts_in_its_parts_is_brought_back_by_no_device_and_no_form(client, session, facilitator):
    send(client, one := line("Una i dues"))
    (whole,) = entries()
    splits.split(whole, "Una\n\nDues", by=facilitator, now=utc_now())
    back = act("restore", one, at=utc_now(), seen=services.list_act_keys(whole))
    why = (
        "T1-A-001 es va dividir en T1-A-002, T1-A-003, que són les que ara compten. A «Ordenació» es pot tornar a unir."
    )

    answer = send(client, back, other := line("Una altra"))
    page = client.post(f"{BASE}/A-001/recuperacio", follow_redirects=True)

    assert answer.json["answers"] == {
        back["key"]: {"outcome": "refused", "message": why},
        other["key"]: {"outcome": "accepted"},
    }
    assert (page.status_code, why in page.text) == (200, True)
    assert [each.text for each in entries() if not each.is_deleted] == ["Una", "Dues", "Una altra"]


def test_a_long_history_has_pages_the_newest_first(client, session, facilitator, count_queries):
    one = line("Text 0")
    send(client, one, *[act("edit", one, at=utc_now(), sets={"text": f"Text {number}"}) for number in range(1, 60)])

    pages = [client.get(f"{BASE}/A-001/historial?page={number}").text for number in (1, 2)]

    said = [re.findall(r"<blockquote[^>]*>Text (\d+)</blockquote>", page) for page in pages]
    assert [len(each) for each in said] == [50, 10]
    assert said[1][-1] == "0"
    assert sorted(map(int, said[0] + said[1])) == list(range(60))


# --- Links ---


def test_a_link_opens_the_notebook_of_its_session_and_no_other(client, session, link):
    other = factories.make_session(session.event, "T2")

    answer = send(client, line("Una"), base=LINKED)

    assert answer.json["entries"][0]["url"] == f"{LINKED}/A-001/historial"
    (row,) = db.session.scalars(select(EntryAct))
    assert (row.link_id, row.device, row.staff_id) == (link.id, "Mòbil", None)
    assert ask(client, base=LINKED.replace("T1", other.code)).status_code == 401
    assert ask(client).status_code in {302, 401}


def test_a_link_leaves_its_token_out_of_the_address(client, session):
    link = capture_links.create(session, "Taula 1", None, by=None, now=utc_now())

    answer = client.get(f"/captura/{link.token}")

    assert (answer.status_code, answer.location) == (303, LINKED)
    assert link.token not in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["", "/A-001", "/A-001/historial"])
def test_with_a_link_the_pages_are_the_same(client, session, link, path):
    send(client, line("Una"), base=LINKED)

    page = client.get(LINKED + path)

    assert (page.status_code, "Una" in page.text, "/gestio/jornades" in page.text) == (200, True, False)


def test_with_a_link_the_forms_do_the_same(client, session, link):
    client.post(LINKED, data={"kind": "contribution", "text": "Una"})
    client.post(f"{LINKED}/A-001", data={"kind": "proposal", "text": "Dues"})
    client.post(f"{LINKED}/P-001/supressio")
    client.post(f"{LINKED}/A-001/recuperacio")

    assert [(each.reference, each.text, each.is_deleted) for each in entries()] == [("P-001", "Dues", False)]
    assert {each.writer for each in db.session.scalars(select(EntryAct))} == {"Taula 1"}


@pytest.mark.parametrize("path", ["tancament", "reobertura"])
def test_a_link_does_not_close_the_notebook(client, session, link, path):
    assert client.post(f"{LINKED}/{path}").status_code in {404, 405}


def test_without_a_link_nothing_is_shown(client, session):
    assert client.get(LINKED).status_code == 401
    assert ask(client, base=LINKED).json == {"reason": "no_link"}
    assert send(client, line(), base=LINKED).status_code == 401
    assert client.get(f"/captura/{'x' * 32}").status_code == 404
    assert client.get("/captura/x").status_code == 404


@pytest.mark.parametrize("cookie", ["x", "1", "x.y.z"])
def test_a_cookie_that_somebody_made_up_opens_nothing(client, session, link, cookie):
    client.set_cookie(f"captura_{session.id}", cookie)

    assert client.get(LINKED).status_code == 401


def test_the_cookie_of_a_link_to_another_session_opens_nothing(client, session, link):
    other = factories.make_session(session.event, "T2")
    cookie = client.get_cookie(f"captura_{session.id}")
    client.set_cookie(f"captura_{other.id}", cookie.value)

    assert client.get(LINKED.replace("T1", "T2")).status_code == 401


def test_a_revoked_link_opens_and_takes_nothing(client, session, link):
    capture_links.revoke(link, by=None, now=utc_now())

    assert client.get(LINKED).status_code == 403
    assert ask(client, base=LINKED).json == {"reason": "revoked"}
    assert send(client, line(), base=LINKED).status_code == 403
    assert client.get(f"/captura/{link.token}").status_code == 410


def test_an_expired_link_takes_what_was_written_before_for_two_days(client, session, link):
    link.expires_at = utc_now() - timedelta(hours=47)
    before = write("Una", at=utc_now() - timedelta(hours=48))
    after = line("Dues")

    answer = send(client, before, after, base=LINKED)

    assert client.get(LINKED).status_code == 403
    assert ask(client, base=LINKED).json == {"reason": "expired"}
    assert answer.json == {
        "answers": {
            before["key"]: {"outcome": "accepted"},
            after["key"]: {"outcome": "refused", "message": "L’enllaç havia caducat quan es va escriure."},
        }
    }


def test_an_expired_link_takes_nothing_after_two_days(client, session, link):
    link.expires_at = utc_now() - timedelta(hours=49)

    assert send(client, line(), base=LINKED).status_code == 403


def test_a_device_forgets_its_link(client, session, link):
    client.post(f"{LINKED}/sortida")

    assert client.get(LINKED).status_code == 401


LINKS = "/gestio/jornades/jornada/captura/enllacos"


def test_staff_make_links_show_their_code_and_revoke_them(client, session, facilitator):
    made = client.post(LINKS, data={"session": "T1", "label": "Taula <1>"})
    page = client.get(LINKS)
    (link,) = db.session.scalars(select(CaptureLink))
    client.post(f"{LINKS}/{link.id}/revocacio")

    assert made.status_code == 303
    assert f"https://jornades.example.org/captura/{link.token}" in page.text
    assert "<svg" in page.text
    assert "Taula &lt;1&gt;" in page.text
    assert link.expires_at == session.ends_at + timedelta(hours=24)
    assert link.token not in client.get(LINKS).text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"session": "T1"}, "Cal omplir aquest camp."),
        ({"session": "T9", "label": "x"}, "errors"),
        ({"session": "T1", "label": "x", "expires": "2040-01-01T10:00"}, "fins a una setmana després"),
        ({"session": "T1", "label": "x", "expires": "2020-01-01T10:00"}, "Aquest moment ja ha passat."),
        ({"session": "T1", "label": "x", "expires": "demà"}, "errors"),
        ({"session": "T1", "label": "x" * 201}, "És massa llarg"),
    ],
)
def test_a_link_that_cannot_be_is_refused(client, session, facilitator, data, message):
    page = client.post(LINKS, data=data)

    assert (page.status_code, message in page.text) == (422, True)
    assert db.session.scalars(select(CaptureLink)).all() == []


def test_a_link_of_another_event_is_not_found(client, session, facilitator):
    elsewhere = factories.make_session(factories.make_event("altra"), "T1")
    link = capture_links.create(elsewhere, "x", elsewhere.ends_at, by=None, now=factories.NOW)

    assert client.post(f"{LINKS}/{link.id}/revocacio").status_code == 404


# --- Closing ---


def test_the_checklist_says_what_is_missing(client, session, facilitator):
    one, proposal = line("Una", topic="Eix"), line("Dues", "proposal")
    send(client, one, proposal, act("edit", one, sets={"text": "x"}), act("edit", one, sets={"text": "y"}))

    page = client.get(f"{BASE}/tancament")

    texts = re.findall(r'checklist-item">.*?<span>(.*?)</span></li>', page.text, re.DOTALL)
    assert texts == [
        "Ningú no ha dit quanta gent hi havia",
        "1 entrada no té eix",
        "1 proposta no està lligada a cap aportació",
        "1 entrada té dues versions per triar",
    ]


def test_a_notebook_with_nothing_missing_says_so(client, session, facilitator):
    one, proposal, same = line("Una", topic="Eix"), line("Dues", "proposal", topic="Eix"), line("2", "proposal")
    send(client, one, proposal, same, act("link", same, other=one["key"]), act("merge", same, other=proposal["key"]))
    session.declared_participants = 20

    page = client.get(f"{BASE}/tancament")

    assert page.text.count("checklist-item--clear") == 4


def test_a_notebook_is_closed_and_opened_again(client, session, facilitator):
    client.post(f"{BASE}/tancament")
    closed = ask(client).json["closed_at"]
    refused = client.post(BASE, data={"kind": "contribution", "text": "Una"})
    client.post(f"{BASE}/reobertura")

    assert closed is not None
    assert (refused.status_code, "El quadern d’aquesta sessió està tancat" in refused.text) == (422, True)
    assert client.post(BASE, data={"kind": "contribution", "text": "Una"}).status_code == 303


# --- History ---


def test_the_history_shows_the_versions_and_puts_one_back(client, session, facilitator):
    one = line("Una")
    send(client, one, act("edit", one, sets={"text": "<b>Dues</b>"}), act("edit", one, sets={"text": "Tres"}))
    page = client.get(f"{BASE}/A-001/historial")
    keys = re.findall(r'name="act" value="(\w+)"', page.text)

    answer = client.post(f"{BASE}/A-001/versio", data={"act": one["key"]})

    assert "&lt;b&gt;Dues&lt;/b&gt;" in page.text
    assert len(keys) == 3
    assert (answer.status_code, entries()[0].text, entries()[0].has_conflict) == (303, "Una", False)
    assert client.post(f"{BASE}/A-001/versio", data={"act": "x"}).status_code == 404


def test_who_corrects_by_a_form_what_another_changed_is_asked_to_choose(client, session, facilitator):
    entry = factories.make_entry(session, text="Una")
    form = client.get(f"{BASE}/A-001").text
    seen = re.search(r'name="seen"[^>]* value="([^"]*)"', form)[1]
    services.edit(entry, text="Dues", by=Notetaker("Mòbil"), now=utc_now())

    answer = client.post(f"{BASE}/A-001", data={"kind": "contribution", "text": "Tres", "seen": seen})

    assert answer.location == f"{BASE}/A-001/historial"
    assert "sense saber" in client.get(answer.location).text


def test_a_form_that_closed_notebook_shows_still_corrects(client, session, facilitator):
    factories.make_entry(session, text="Una")
    notebooks.close(session, by=facilitator, now=utc_now())

    client.post(f"{BASE}/A-001", data={"kind": "contribution", "text": "Dues"})

    assert json.dumps([each.text for each in entries()]) == '["Dues"]'


# --- What is published ---


@pytest.mark.parametrize("sets", [{"text": "Ningú no ho ha llegit"}, {"topic": "Ningú no ho ha llegit"}])
def test_what_a_link_changes_of_what_is_published_waits_for_the_team_again(client, session, link, sets):
    entry = factories.make_entry(session, state=EntryState.PUBLISHED)
    before = client.get("/jornades/jornada/propostes").text

    send(client, act("edit", entry.key, at=utc_now(), sets=sets), base=LINKED)

    page = client.get("/jornades/jornada/propostes").text
    (line,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "entry.take_back"))
    assert "Cal més temps." in before
    assert "Cal més temps." not in page
    assert "Ningú no ho ha llegit" not in page
    assert entries()[0].state is EntryState.COLLECTED
    assert (line.staff_id, line.subject_key, line.details["capture_link"]) == (None, entry.code, "Taula 1")


def test_what_the_team_put_into_other_words_stays_public_when_a_link_changes_what_was_said(client, session, link):
    entry = factories.make_entry(session, state=EntryState.PUBLISHED, public_text="En paraules de l’equip")

    send(client, act("edit", entry.key, at=utc_now(), sets={"text": "Ningú no ho ha llegit"}), base=LINKED)

    page = client.get("/jornades/jornada/propostes").text
    assert "En paraules de l’equip" in page
    assert "Ningú no ho ha llegit" not in page


def test_what_staff_change_of_what_is_published_is_public_at_once(client, session, facilitator):
    entry = factories.make_entry(session, state=EntryState.PUBLISHED)

    send(client, act("edit", entry.key, at=utc_now(), sets={"text": "Cal més temps i espai."}))

    assert "Cal més temps i espai." in client.get("/jornades/jornada/propostes").text


def test_a_link_that_gets_the_number_of_one_that_went_is_another(client, session, link):
    number, session_id = link.id, session.id
    db.session.delete(link)
    db.session.flush()

    other = capture_links.create(session, "Taula 2", None, by=None, now=utc_now())
    db.session.execute(update(CaptureLink).values(id=number))

    assert (other.session_id, ask(client, base=LINKED).status_code) == (session_id, 401)


# --- How much ---


def test_a_link_sends_so_much_an_hour_and_staff_are_not_counted(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", limiter.enabled)  # one object for all applications: put back afterwards
    monkeypatch.setattr(notebook_views, "SENT_WITH_LINK", "5 per hour")
    own = replace(settings, database_url=f"sqlite:///{tmp_path / 'own.sqlite'}")
    app = make_app(own, RATELIMIT_ENABLED=True)
    with app.app_context():
        Model.metadata.create_all(db.engine)
        session = factories.make_session(factories.make_event(), "T1")
        link = capture_links.create(session, "Taula 1", utc_now() + timedelta(days=1), by=None, now=utc_now())
        member = factories.make_staff("fina@example.org", role="facilitator", active=True)
        db.session.commit()
        client = app.test_client()
        client.get(f"/captura/{link.token}")
        client.log_in(member)

        small = send(client, line("Una"), base=LINKED)
        large = send(client, line("x" * 5000), base=LINKED)
        by_staff = send(client, line("x" * 5000))
        asked = ask(client, base=LINKED)

        assert [each.status_code for each in (small, large, by_staff, asked)] == [200, 429, 200, 200]
        assert len(entries()) == 2
        db.engine.dispose()
