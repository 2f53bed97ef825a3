"""The names that people typed, on a phone: ticked down a long list, and said in one go which organisation they are."""

from core.database import db
from directory import known_names
from tests import factories
from tests.browser.inspection import inspect


def test_ticked_names_are_one_organisation_without_scrolling_back(site, open_page):
    def fill():
        event = factories.make_event()
        for number in range(12):
            factories.make_registration(
                event, email=f"{number}@example.org", organisation=f"Ateneu, grafia {number:02}"
            )
        db.session.commit()

    site.call(fill)
    page = open_page(role="organiser")
    page.goto("/gestio/entitats/noms?q=ateneu")

    page.get_by_role("checkbox", name="grafia 00").check()
    page.get_by_role("checkbox", name="grafia 05").check()
    called, tall = page.get_by_label("Els marcats són l’entitat"), page.viewport_size["height"]
    box = called.bounding_box()
    barriers = inspect(page)
    called.fill("Ateneu Popular")
    called.press("Enter")
    page.get_by_text("2 noms són «Ateneu Popular». És nova al directori.").wait_for()

    assert (barriers, 0 < box["y"] < tall - box["height"]) == ([], True)
    assert site.call(lambda: known_names.read().tell("Ateneu, grafia 05")[1]) == "Ateneu Popular"
