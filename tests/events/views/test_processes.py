"""Processes on the desk."""

from events.models import Process
from tests.events.views.pages import only, post


def test_processes_are_created_and_edited(desk):
    created = post(desk, "/gestio/nou-proces", title="Pla d’acció", state="under_way", is_public="y")
    edited = post(desk, "/gestio/processos/pla-d-accio/dades", title="Pla", state="finished", slug="pla")

    process = only(Process)
    assert (created.location, edited.location) == ("/gestio/processos/pla-d-accio", "/gestio/processos/pla")
    assert (process.title, process.state.value, process.is_public) == ("Pla", "finished", False)
    assert desk.get("/gestio/processos/pla").status_code == 200
