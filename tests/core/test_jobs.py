"""Sweeps run when woken and by the clock; a queue that is away never breaks the act that wakes it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core import jobs as jobs_module
from core.config import load
from core.database import db
from core.jobs import Jobs, Sweep, _make_huey


@pytest.fixture
def seen(monkeypatch):
    """The instants at which the sweep `note` was run."""
    instants = []
    monkeypatch.setattr(jobs_module, "_SWEEPS", {"note": Sweep("note", instants.append)})
    return instants


@pytest.fixture
def jobs(app, settings, seen):
    before = app.extensions["jobs"]
    jobs = Jobs()
    jobs.init_app(app, settings)
    yield jobs
    app.extensions["jobs"] = before


def test_woken_sweep_runs_once_at_the_present(jobs, seen):
    jobs.wake("note")

    run_all(jobs.huey)

    assert [instant.tzinfo for instant in seen] == [UTC]


def test_sweep_runs_by_the_clock_every_minute(jobs, seen):
    due = [jobs.huey.read_periodic(datetime(2026, 12, 3, 9, minute)) for minute in (0, 1, 37)]  # noqa: DTZ001 - huey's clock

    for tasks in due:
        for task in tasks:
            jobs.huey.execute(task)

    assert len(seen) == 3


def test_failing_sweep_does_not_stop_the_next_run(app, settings, monkeypatch):
    instants = []

    def fail(now):
        instants.append(now)
        raise ZeroDivisionError

    monkeypatch.setattr(jobs_module, "_SWEEPS", {"fail": Sweep("fail", fail)})
    jobs = Jobs()
    jobs.init_app(app, settings)
    jobs.wake("fail")
    jobs.wake("fail")

    run_all(jobs.huey)

    assert len(instants) == 2


def test_queue_in_a_file(jobs, settings, tmp_path):
    jobs.huey = _make_huey(replace(settings, instance_path=tmp_path), testing=False)
    jobs._tasks = {"note": jobs.huey.task(name="note")(lambda: None)}

    jobs.wake("note")

    assert jobs.huey.pending_count() == 1
    jobs.huey.storage.close()


@pytest.mark.both_databases
def test_queue_stands_beside_the_database(own_app, empty_database, settings, tmp_path):
    environ = {"JORNADA_DATABASE_URL": empty_database, "JORNADA_INSTANCE_PATH": str(tmp_path)}
    jobs = Jobs()
    jobs.huey = _make_huey(load(environ), testing=False)
    jobs._tasks = {"note": jobs.huey.task(name="note")(lambda: None)}

    jobs.wake("note")
    jobs.wake("note")

    assert jobs.huey.pending_count() == 2
    if "postgresql" in empty_database:
        assert db.session.scalar(text("SELECT count(*) FROM huey_task")) == 2
    jobs.huey.storage.close()


def test_queue_that_is_away_never_breaks_the_request(app, settings, caplog):
    away = replace(settings, database_url="postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing")
    jobs = Jobs()
    jobs.huey = _make_huey(away, testing=False)
    jobs._tasks = {"note": jobs.huey.task(name="note")(lambda: None)}

    jobs.wake("note")

    assert [record.message for record in caplog.records] == ["wake-up lost"]


def run_all(huey):
    while task := huey.dequeue():
        huey.execute(task)
