"""A programme from a file: shown first, saved when asked for, refused with every problem named."""

import io

from sqlalchemy import select

from core.database import db
from events.models import Event
from tests.events.views.pages import only, post


def test_import_shows_first_and_saves_when_asked(desk):
    text = '[event]\nslug="prova"\ntitle="Prova"\nstarts=2026-12-03T09:30:00\nends=2026-12-03T14:00:00\n'

    preview = post(desk, "/gestio/importacio", file=(io.BytesIO(text.encode()), "p.toml"))
    assert "jornada prova creada" in preview.text
    assert db.session.scalars(select(Event)).all() == []

    saved = post(desk, "/gestio/importacio", {"text": text, "import": "1"})
    assert saved.location == "/gestio/jornades/prova/programa"
    assert only(Event).slug == "prova"


def test_import_names_the_problems_and_keeps_the_text(desk):
    response = post(desk, "/gestio/importacio", text="[event]\ntitle = 3 <b>\n")

    assert response.status_code == 422
    assert "línia 2:" in response.text
    assert "title = 3 &lt;b&gt;" in response.text
