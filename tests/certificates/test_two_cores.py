"""Certificates drawn by two processes: the same files as one draws, whoever is killed, stopped on the way or signs."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from certificates import papers, run_files, run_work, runs
from certificates.models import CertificatePrint, CertificateRun, RunKind
from core import second_process
from core.database import db, transaction
from core.dates import utc_now
from tests import factories
from tests.certificates.samples import make_issued, make_picture

PEOPLE = 24


@pytest.fixture
def started(app, monkeypatch):
    """Two cores, which any number of files is worth; the second processes that were started."""
    started = []
    start = second_process._start

    def start_and_note(act):
        started.append(start(act))
        return started[-1]

    monkeypatch.setattr(second_process, "count_cores", lambda: 2)
    monkeypatch.setattr(second_process, "_start", start_and_note)
    monkeypatch.setattr(papers, "WORTH_TWO", 1)
    return started


@pytest.fixture
def practised(started, monkeypatch):
    """The same, but the first process waits until the second is of use, for which there are too few files here."""
    start = second_process._start

    def start_and_practise(act):
        second = start(act)
        second._give(second_process._Task(make_issued()))
        second._receive()
        return second

    monkeypatch.setattr(second_process, "_start", start_and_practise)
    return started


@pytest.fixture
def event(app):
    event = factories.make_event(
        starts_at=utc_now() - timedelta(days=1, hours=4), ends_at=utc_now() - timedelta(days=1)
    )
    session = factories.make_session(event)
    for number in range(PEOPLE):
        name = {"first_name": f"P{number:03}", "email": f"p{number}@example.org", "code": f"P{number:03}"}
        factories.make_attendance(factories.make_registration(event, session, **name), session)
    return event


def start(event):
    with transaction():
        run_id = runs.start(event, RunKind.ARCHIVE, {}, of=None, by=None, now=utc_now()).id
    run_work._do_batch(run_id, utc_now())
    return run_id


def get(run_id):
    return db.session.get_one(CertificateRun, run_id, populate_existing=True)


def read_file(run_id):
    return b"".join(run_files.read(get(run_id)))


def has_ended(second):
    return second._process.poll() is not None


def draw_on_one_core(event, monkeypatch):
    with monkeypatch.context() as one_core:
        one_core.setattr(second_process, "count_cores", lambda: 1)
        run_id = start(event)
        run_work._make_file(run_id, utc_now())
    return read_file(run_id)


def test_two_draw_what_one_draws(practised):
    """Languages, names that need other glyphs, and pictures; drawn by the second alone, and among others."""
    picture = make_picture()
    wanted = [
        replace(make_issued(language=language, name=name), logo=picture, signature=picture)
        for language in ("ca", "es", "en")
        for name in ("Núria Col·lell", "Θεοδώρα Жукова", "Nguyễn Thị Bích", "名")
    ]
    alone = [papers.draw_certificate(each) for each in wanted]

    with papers.drawing(len(wanted)) as draw_all:
        (second,) = practised
        for certificate, document in zip(wanted, alone, strict=True):
            second._line.send(certificate)
            assert second._line.recv() == document
        assert list(draw_all(wanted)) == alone


def test_archive_is_the_same_on_two_cores(practised, event, monkeypatch):
    on_one = draw_on_one_core(event, monkeypatch)
    run_id = start(event)

    run_work._make_file(run_id, utc_now())

    assert read_file(run_id) == on_one
    assert [has_ended(second) for second in practised] == [True]
    assert db.session.scalar(select(func.count()).select_from(CertificatePrint)) == PEOPLE


def test_archive_is_whole_when_the_second_is_killed(practised, event, monkeypatch):
    on_one = draw_on_one_core(event, monkeypatch)
    run_id = start(event)
    monkeypatch.setattr(run_work, "BATCH", 5)
    read = run_work._read_certificates

    def read_and_kill(run_id, last):
        if last >= 10:
            practised[0]._process.kill()
        return read(run_id, last)

    monkeypatch.setattr(run_work, "_read_certificates", read_and_kill)
    run_work._make_file(run_id, utc_now())

    assert read_file(run_id) == on_one


def test_stopped_on_the_way_leaves_nobody_behind(started, event):
    run_id = start(event)
    attempt = run_work._begin(run_id, utc_now())
    with transaction():
        runs.stop(get(run_id), by=None, now=utc_now())

    with pytest.raises(run_work.NotOursAnyMore):
        run_work._draw(attempt, io.BytesIO())

    assert [has_ended(second) for second in started] == [True]


def test_command_writes_the_same_files_on_two_cores(started, event, tmp_path, monkeypatch, app):
    db.session.commit()
    run = app.test_cli_runner()
    for folder, cores in (("one", 1), ("two", 2)):
        monkeypatch.setattr(second_process, "count_cores", lambda cores=cores: cores)
        assert run.invoke(args=["certificates", "issue", "jornada", "-o", str(tmp_path / folder)]).exit_code == 0

    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert len(one) == PEOPLE
    assert one == two
    assert [has_ended(second) for second in started] == [True]


def test_files_made_while_somebody_waits_are_drawn_by_one():
    """What answers requests starts no other process."""
    assert papers.WORTH_TWO > runs.AT_ONCE
