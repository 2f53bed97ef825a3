"""The board, the page of one entry, and what is published, without script."""

import re

import pytest

from contributions import splits, themes, topics
from contributions.models import Entry, EntryState
from core.database import db
from tests import factories

BOARD = "/gestio/jornades/jornada/ordenacio"
ENTRY = f"{BOARD}/T1/A-001"


@pytest.fixture
def event(app):
    return factories.make_event(process_id=factories.make_process().id)


@pytest.fixture
def session(event):
    return factories.make_session(event)


@pytest.fixture
def ada(app, client):
    member = factories.make_staff()
    client.log_in(member)
    return member


def fresh(entry):
    db.session.expire_all()
    return db.session.get_one(Entry, entry.id)


def codes(page):
    return re.findall(r'data-entry>\s*<input[^>]*aria-label="([^"]+)"', page.text)


def test_the_board_shows_topics_themes_and_entries(client, event, session, ada):
    entry = factories.make_entry(session, text="<b>&\"'=1+1", topic_name="Salut")
    factories.make_entry(session)
    theme = themes.create(event, "<i>Horaris", entry.topic, by=None, now=factories.NOW)

    page = client.get(f"{BOARD}?topic={entry.topic_id}")

    assert codes(page) == ["T1-A-001"]
    assert re.findall(r'data-to="([^"]+)"', page.text) == [f"topic-{entry.topic_id}", f"theme-{theme.id}", "topic-0"]
    assert "&lt;b&gt;&amp;&#34;&#39;=1+1" in page.text
    assert "&lt;i&gt;Horaris" in page.text


def test_chosen_entries_are_moved_and_the_list_stays(client, event, session, ada):
    first, second = factories.make_entry(session), factories.make_entry(session)
    topic = topics.get_or_create(event, "Salut")

    answer = client.post(
        f"{BOARD}/actes?topic=none", data={"act": "move", "to": f"topic-{topic.id}", "entry": first.id}
    )

    assert answer.location == f"{BOARD}?topic=none"
    assert (fresh(first).topic.name, fresh(second).topic) == ("Salut", None)


def test_the_whole_list_is_moved(client, event, session, ada):
    entries = [factories.make_entry(session, text=text) for text in ("Una rosa", "Una altra rosa", "Un clavell")]
    theme = themes.create(event, "Flors", None, by=None, now=factories.NOW)

    client.post(f"{BOARD}/actes?q=rosa", data={"act": "move", "to": f"theme-{theme.id}", "everything": "1"})

    assert [fresh(entry).theme_id for entry in entries] == [theme.id, theme.id, None]


def test_states_change_for_several(client, session, ada):
    entries = [factories.make_entry(session), factories.make_entry(session)]

    client.post(f"{BOARD}/actes", data={"act": "state", "state": "published", "entry": [entry.id for entry in entries]})

    assert [fresh(entry).state for entry in entries] == [EntryState.PUBLISHED] * 2


def test_several_become_one(client, session, ada):
    first, second = factories.make_entry(session), factories.make_entry(session)

    client.post(f"{BOARD}/actes", data={"act": "merge", "entry": [second.id, first.id]})

    assert fresh(second).merged_into_id == first.id


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"act": "move", "to": "topic-0"}, "Trieu almenys una entrada."),
        ({"act": "move", "to": "topic-0", "entry": ["987654", "x", "99999999999"]}, "Trieu almenys una entrada."),
        ({"act": "move", "entry": "own"}, "Trieu on posar-les."),
        ({"act": "merge", "entry": "own"}, "Trieu almenys dues entrades per fer-ne una."),
    ],
)
def test_an_act_that_cannot_be_says_why(client, session, ada, values, message):
    entry = factories.make_entry(session)
    values = {name: str(entry.id) if value == "own" else value for name, value in values.items()}

    page = client.get(client.post(f"{BOARD}/actes", data=values).location)

    assert message in page.text


@pytest.mark.parametrize(
    "values", [{"act": "move", "to": "topic-987654"}, {"act": "move", "to": "theme-987654"}, {"act": "state"}]
)
def test_what_is_not_there_is_not_found(client, session, ada, values):
    entry = factories.make_entry(session)

    assert client.post(f"{BOARD}/actes", data={**values, "entry": entry.id}).status_code == 404


def test_themes_are_made_changed_and_deleted(client, event, session, ada):
    topic = topics.get_or_create(event, "Salut")
    client.post(f"{BOARD}/temes/nou", data={"name": "Horaris", "topic": topic.id})
    (theme,) = themes.list_themes(event)
    again = client.post(f"{BOARD}/temes/nou", data={"name": "horaris"})

    client.post(f"{BOARD}/temes/{theme.id}", data={"name": "Horari", "topic": ""})
    db.session.expire_all()
    changed = [(each.name, each.topic) for each in themes.list_themes(event)]
    client.post(f"{BOARD}/temes/{theme.id}/supressio")

    assert (again.status_code, "Ja hi ha un tema amb aquest nom." in again.text) == (422, True)
    assert (changed, themes.list_themes(event)) == ([("Horari", None)], [])


def test_what_may_be_the_same_stands_together(client, session, ada):
    for text in ("Cal obrir a la tarda", "Falten places", "Cal obrir a les tardes"):
        factories.make_entry(session, text=text)

    page = client.get(f"{BOARD}?alike=1")

    assert codes(page) == ["T1-A-001", "T1-A-003"]


def test_an_entry_gets_words_a_state_and_is_withheld(client, session, ada):
    entry = factories.make_entry(session)

    words = {"title": "Títol", "public_text": "Dit d’una altra manera"}
    client.post(f"{ENTRY}/paraules", data={**words, "state": "reviewed"})
    client.post(f"{ENTRY}/retencio", data={"reason": "Ofèn"})
    page = client.get(ENTRY)

    entry = fresh(entry)
    assert (entry.title, entry.public_text, entry.state) == ("Títol", "Dit d’una altra manera", EntryState.REVIEWED)
    assert entry.is_withheld
    assert "Retinguda del públic: Ofèn" in page.text
    client.post(f"{ENTRY}/alliberament")
    assert not fresh(entry).is_withheld


@pytest.mark.parametrize(
    ("act", "values", "message"),
    [
        ("paraules", {"title": "x" * 201}, "És massa llarg: 200 caràcters com a màxim."),
        ("retencio", {"reason": " "}, "Digueu per què es reté."),
        ("divisio", {"parts": "Una de sola"}, "Escriviu almenys dues parts, amb una línia buida entre elles."),
    ],
)
@pytest.mark.usefixtures("ada")
def test_what_cannot_be_is_refused_at_the_field(client, session, act, values, message):
    factories.make_entry(session)

    page = client.post(f"{ENTRY}/{act}", data=values)

    assert (page.status_code, message in page.text) == (422, True)


def test_an_entry_is_split_and_put_together(client, session, ada):
    entry = factories.make_entry(session)

    client.post(f"{ENTRY}/divisio", data={"parts": "Una\n\nDues"})
    parts = [part.text for part in splits.list_parts(entry)]
    page = client.get(ENTRY)
    client.post(f"{ENTRY}/reunio")

    assert parts == ["Una", "Dues"]
    assert "/ordenacio/T1/A-003" in page.text
    assert not fresh(entry).is_deleted


def test_a_merged_entry_is_parted_again(client, session, ada):
    first, second = factories.make_entry(session), factories.make_entry(session)
    client.post(f"{BOARD}/actes", data={"act": "merge", "entry": [first.id, second.id]})

    answer = client.post(f"{BOARD}/T1/A-002/separacio")

    assert (answer.location, fresh(second).merged_into_id) == (ENTRY, None)


def test_a_facilitator_does_not_sort(client, session):
    client.log_in(factories.make_staff("cleo@example.org", role="facilitator"))
    factories.make_entry(session)

    assert [client.get(address).status_code for address in (BOARD, ENTRY)] == [403, 403]


@pytest.mark.usefixtures("ada")
def test_the_board_asks_as_much_for_many_entries_as_for_one(client, event, session, count_queries):
    client.get(BOARD)
    asked = []
    for number in range(3):
        topics.get_or_create(event, f"Eix {number}")
        theme = themes.create(event, f"Tema {number}", None, by=None, now=factories.NOW)
        factories.make_entry(
            session, text=f"Cal obrir el centre {number}", topic_name=f"Eix {number}", theme_id=theme.id
        )
        db.session.expire_all()
        asked.append(
            [count_queries(lambda address=address: client.get(address)) for address in (BOARD, f"{BOARD}?alike=1")]
        )

    assert asked[2] == [asked[0][0], asked[1][1]]


# --- In public ---


def test_everybody_reads_what_is_published(client, event, session):
    factories.make_entry(
        session,
        "proposal",
        text="Com es va dir",
        title="<b>Títol",
        public_text="Per llegir",
        state=EntryState.PUBLISHED,
    )
    factories.make_entry(session, text="Per revisar")

    pages = [client.get(address).text for address in ("/jornades/jornada/propostes", "/processos/impulsem/propostes")]

    assert ["Per llegir" in page and "&lt;b&gt;Títol" in page for page in pages] == [True, True]
    assert ["Com es va dir" in page or "Per revisar" in page for page in pages] == [False, False]


@pytest.mark.parametrize("address", ["/jornades/jornada", "/processos/impulsem"])
@pytest.mark.usefixtures("ada")
def test_public_pages_show_the_way_as_soon_as_there_is_one(client, app, session, address):
    entry = factories.make_entry(session)
    before = "/propostes" in client.get(address).text

    client.post(f"{BOARD}/actes", data={"act": "state", "state": "published", "entry": entry.id})

    visitor = app.test_client()
    assert (before, f"{address}/propostes" in visitor.get(address).text) == (False, True)


def test_who_has_read_it_is_told_that_it_is_the_same(client, event, session):
    factories.make_entry(session, state=EntryState.PUBLISHED)
    first = client.get("/jornades/jornada/propostes")

    again = client.get("/jornades/jornada/propostes", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


@pytest.mark.parametrize("query", ["topic=x", "topic=99999999999", "kind=x", "page=x", "page=99"])
def test_an_address_that_says_nothing_sensible_shows_a_page(client, event, session, query):
    factories.make_entry(session, state=EntryState.PUBLISHED)

    assert client.get(f"/jornades/jornada/propostes?{query}").status_code == 200


def test_an_act_that_changes_nothing_says_so(client, event, session, ada):
    entry = factories.make_entry(session, topic_name="Salut")
    chosen = {"entry": entry.id, "to": f"topic-{entry.topic_id}", "state": "collected"}

    said = [
        client.post(f"{BOARD}/actes", data=chosen | {"act": act}, follow_redirects=True) for act in ("move", "state")
    ]

    assert ["S’han mogut 0" in page.text for page in said] == [False, False]
    assert "No s’ha mogut res: ja hi eren." in said[0].text
    assert "No ha canviat res: ja ho eren." in said[1].text


def test_an_entry_leads_to_the_next_that_waits_to_be_published(client, event, session, ada):
    for _each in range(3):
        factories.make_entry(session)
    client.post(f"{BOARD}/T1/A-002/paraules", data={"state": "published"})

    page = client.get(ENTRY)

    assert f'href="{BOARD}/T1/A-003">Següent per publicar: T1-A-003' in page.text
    assert "Següent per publicar" not in client.get(f"{BOARD}/T1/A-003").text


def test_a_published_entry_tells_in_which_session_it_was_said(client, event, session):
    factories.make_entry(session, state=EntryState.PUBLISHED)

    of_event = client.get("/jornades/jornada/propostes").text
    of_process = client.get(f"/processos/{event.process.slug}/propostes").text

    assert f'<span class="muted small"><bdi>{session.title}</bdi></span>' in of_event
    assert f'<span class="muted small">{event.title} · <bdi>{session.title}</bdi></span>' in of_process
