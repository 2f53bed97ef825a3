"""Sweeps run when woken and by the clock; a queue that is away never breaks the act that wakes it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from huey import MemoryHuey
from sqlalchemy import text

from core import jobs as jobs_module
from core import serving
from core.config import load
from core.database import db
from core.jobs import Jobs, Sweep, _make_huey, work_off


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


def test_a_wake_up_that_nobody_has_taken_up_is_enough(jobs, seen):
    """It will find what is committed by then; one that was taken up may have looked before."""
    for _ in range(100):
        jobs.wake("note")
    waiting = jobs.huey.pending_count()
    task = jobs.huey.dequeue()
    jobs.wake("note")

    jobs.huey.execute(task)
    run_all(jobs.huey)

    assert (waiting, len(seen)) == (1, 2)


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
    for _ in range(2):
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

    assert jobs.huey.pending_count() == 1
    if "postgresql" in empty_database:
        assert db.session.scalar(text("SELECT count(*) FROM huey_task")) == 1
    jobs.huey.storage.close()


def test_queue_that_is_away_never_breaks_the_request(app, settings, caplog):
    away = replace(settings, database_url="postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing")
    jobs = Jobs()
    jobs.huey = _make_huey(away, testing=False)
    jobs._tasks = {"note": jobs.huey.task(name="note")(lambda: None)}

    jobs.wake("note")

    assert [record.message for record in caplog.records] == ["wake-up lost"]


def test_wake_up_survives_a_connection_that_has_died(app, settings, monkeypatch, caplog):
    jobs = Jobs()
    jobs.huey = MemoryHuey(results=False)
    task, tries = jobs.huey.task(name="note")(lambda: None), []

    def enqueue():
        tries.append(1)
        if len(tries) == 1:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        task()

    jobs._tasks = {"note": enqueue}

    jobs.wake("note")

    assert (jobs.huey.pending_count(), caplog.records) == (1, [])


def test_worker_waits_for_a_queue_that_is_away(monkeypatch, caplog):
    answers = [psycopg.OperationalError("away"), psycopg.OperationalError("away"), None]
    monkeypatch.setattr(serving, "QUEUE_PAUSE_SECONDS", 0)

    def make_tables():
        answer = answers.pop(0)
        if answer:
            raise answer

    monkeypatch.setattr(serving.jobs, "make_tables", make_tables)

    serving._wait_for_queue()

    assert answers == []
    assert [record.message for record in caplog.records] == ["queue away"] * 2


def test_work_is_done_item_by_item_until_nothing_is_left():
    left, woken = {1: [3, 2], 2: [], 3: [1]}, []

    done = work_off(left, lambda item: left[item].pop(0) if left[item] else 0, wake_again=lambda: woken.append(1))

    assert (done, left, woken) == (6, {1: [], 2: [], 3: []}, [])


def test_work_that_outlasts_its_turn_is_asked_for_again(monkeypatch):
    monkeypatch.setattr(jobs_module, "TURN", timedelta(0))
    left, woken = {1: [3, 2], 2: [1]}, []

    done = work_off(left, lambda item: left[item].pop(0) if left[item] else 0, wake_again=lambda: woken.append(1))

    assert (done, left, woken) == (3, {1: [2], 2: [1]}, [1])


def run_all(huey):
    while task := huey.dequeue():
        huey.execute(task)
