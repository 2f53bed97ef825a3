from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from core.database import db
from demo import commands, loading
from events.models import Event, Process
from registrations.models import Registration
from tests import factories

COMING = (
    "Estratègia d’inclusió de Sant Andreu, Fòrum Social Metropolità, Xarxes de l’Acord Ciutadà, Acció comunitària, "
    "Pla d’Actuació Municipal 2016–2019"
)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_demo_twice_says_that_it_was_there(app):
    results = [app.test_cli_runner().invoke(args=["demo"]) for _again in range(2)]

    assert [(result.exit_code, result.stdout) for result in results] == [
        (0, f"S’ha carregat la demostració: Impulsem, {COMING}\n"),
        (0, "La demostració ja hi és; no s’ha canviat res.\n"),
    ]


def test_start_with_an_event_loads_nothing(app):
    factories.make_event()

    assert commands.load_first_demo() == []
    assert count(Process) == 0


def test_first_start_in_production_loads_nothing(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], production=True))

    assert commands.load_first_demo() == []
    assert count(Process) == 0


@pytest.mark.both_databases
def test_two_starts_at_once_load_one_demo(own_app, monkeypatch):
    monkeypatch.setattr(loading, "DEMOS", (loading.NETWORKS, loading.COMMUNITY_ACTION))  # the smallest
    together = Barrier(2)
    said = []

    def start():
        with own_app.app_context():
            together.wait()
            said.append(commands.load_first_demo())

    starts = [Thread(target=start) for _each in range(2)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()

    assert sorted(map(len, said)) == [0, 1]
    assert (count(Process), count(Event), count(Registration)) == (2, 2, 3)
