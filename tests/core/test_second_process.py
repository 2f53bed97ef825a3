"""A second process: what it does is as if the first had done it, and it is gone when the first is, or goes on alone."""

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from core import second_process
from core.second_process import MOST_GIVEN, MOST_WAITING, beside

ROOT = Path(__file__).resolve().parents[2]
WHO = "__import__('os').getpid()"
"""A job for `eval`, which any process can be asked to do."""


@pytest.fixture
def two_cores(app, monkeypatch):
    monkeypatch.setattr(second_process, "count_cores", lambda: 2)


@pytest.fixture
def second(two_cores):
    """A second process that has practised and waits for jobs to `eval`."""
    with beside(eval, wanted=True) as do_all:
        second = do_all.__self__
        second._give(second_process._Task(WHO))
        second._receive()
        yield second


def has_ended(second):
    return second._process.poll() is not None


def stop(second):
    """Have it stand still, until it is told to go on or is killed."""
    os.kill(second._process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, second._process.pid, os.WSTOPPED)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system says which cores are ours")
def test_cores_are_those_that_we_may_use():
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(ours)})
    try:
        assert second_process.count_cores() == 1
    finally:
        os.sched_setaffinity(0, ours)
    assert second_process.count_cores() == len(ours)


@pytest.mark.parametrize(("cores", "wanted"), [(1, True), (2, False)])
def test_one_process_does_all_with_one_core_or_where_two_are_not_wanted(app, monkeypatch, cores, wanted):
    monkeypatch.setattr(second_process, "count_cores", lambda: cores)

    with beside(eval, wanted=wanted) as do_all:
        assert set(do_all([WHO] * 3)) == {os.getpid()}


def test_where_there_is_no_room_for_another_one_does_all(two_cores, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(second_process.sys, "executable", str(tmp_path / "python"))

    with beside(eval, wanted=True) as do_all:
        assert set(do_all([WHO] * 3)) == {os.getpid()}
    assert [record.message for record in caplog.records] == ["no second process"]


def test_both_work_and_answers_come_in_order(second):
    def jobs():
        """Have the first find the second busy until it has done three itself: else either might do all, by chance."""
        for number in range(60):
            if number == MOST_GIVEN + 3:
                os.kill(second._process.pid, signal.SIGCONT)
            yield f"({number}, {WHO})"

    stop(second)
    answers = list(second.do_all(jobs()))

    assert [number for number, _who in answers] == list(range(60))
    whose = [second._process.pid] * MOST_GIVEN + [os.getpid()] * 3
    assert [who for _number, who in answers[: len(whose)]] == whose


def test_jobs_are_asked_for_as_they_are_done(second):
    asked = count()
    answers = second.do_all(f"({next(asked)}, {WHO})" for _each in range(1000))

    assert [next(answers)[0] for _each in range(5)] == list(range(5))
    assert next(asked) <= 5 + MOST_WAITING + MOST_GIVEN


def test_what_is_large_holds_nobody_up(second):
    """More than a pipe holds, on the way there while there is more than that on the way back."""
    answers = list(second.do_all([repr("x" * 1_000_000)] * 8))

    assert [len(answer) for answer in answers] == [1_000_000] * 8


def test_who_is_killed_leaves_nothing_undone(second, caplog):
    def jobs():
        for number in range(20):
            if number == 5:
                os.kill(second._process.pid, signal.SIGKILL)
            yield str(number)

    assert list(second.do_all(jobs())) == list(range(20))
    assert [record.message for record in caplog.records] == ["second process lost"]


def test_who_does_not_answer_is_not_waited_for(second, monkeypatch, caplog):
    monkeypatch.setattr(second_process, "PATIENCE_SECONDS", 0.02)
    stop(second)

    assert list(second.do_all(map(str, range(40)))) == list(range(40))
    assert [record.error for record in caplog.records] == ["TimeoutError"]


def test_who_takes_nothing_any_more_is_not_waited_for_however_much_is_sent(two_cores, monkeypatch, caplog):
    monkeypatch.setattr(second_process, "PATIENCE_SECONDS", 0.3)
    with beside(eval, wanted=True) as do_all:
        second = do_all.__self__
        second._has_answered = True
        stop(second)

        assert [len(answer) for answer in do_all([repr("x" * 1_000_000)] * 3)] == [1_000_000] * 3

    assert [record.error for record in caplog.records] == ["BlockingIOError"]


def test_what_the_second_cannot_do_the_first_does(second, caplog):
    answers = list(second.do_all([f"{WHO} if {WHO} == {os.getpid()} else 1 / 0"] * 20))

    assert answers == [os.getpid()] * 20
    assert [record.error for record in caplog.records] == ["its own"]


def test_what_nobody_can_do_is_told_as_ever_and_leaves_nobody_behind(two_cores):
    with pytest.raises(ZeroDivisionError), beside(eval, wanted=True) as do_all:
        second = do_all.__self__
        list(do_all(["1 / 0"]))

    assert has_ended(second)


def test_it_speaks_our_languages_and_has_our_settings(second):
    second._line.send("__import__('core.config').config.current().base_url")
    assert second._line.recv() == "https://jornades.example.org"
    second._line.send("__import__('core.languages').languages.current_language()")
    assert second._line.recv() == "ca"


def test_nobody_is_left_when_it_is_done(two_cores):
    with beside(eval, wanted=True) as do_all:
        second = do_all.__self__
        assert not has_ended(second)

    assert has_ended(second)


# Gives the second process a long job and is killed.
DIE = """
import os, signal
from flask import Flask
from core import config, second_process
second_process.count_cores = lambda: 2
app = Flask("app")
app.config["SETTINGS"] = config.load()
with app.app_context(), second_process.beside(eval, wanted=True) as do_all:
    second = do_all.__self__
    second._give(second_process._Task("1"))
    second._receive()
    for job in ("2", "__import__('time').sleep(600)"):
        second._give(second_process._Task(job))
    second._receive()  # and so it has the second of them in its hands
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_whoever_is_killed(tmp_path):
    """Both write into one pipe, which is read to its end: that comes when the last of them has ended."""
    environ = {**os.environ, "JORNADA_INSTANCE_PATH": str(tmp_path)}

    first = subprocess.run(
        [sys.executable, "-c", DIE], check=False, cwd=ROOT, env=environ, stdout=subprocess.PIPE, timeout=60
    )

    assert first.returncode == -signal.SIGKILL
