"""SQLite as a server's database: the pragmas that make it safe are really on, on every connection."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from accounts.models import Team
from core.database import Model, db, is_away, transaction
from tests.conftest import make_app


@pytest.fixture
def file_app(settings, tmp_path):
    app = make_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'jornada.sqlite'}"))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        yield app
        db.engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 20000), ("synchronous", 2)]
)
def test_pragma_is_on_for_every_connection(file_app, pragma, value):
    with db.engine.connect() as first, db.engine.connect() as second:
        values = [connection.scalar(text(f"PRAGMA {pragma}")) for connection in (first, second)]

    assert values == [value, value]


def test_writers_wait_for_each_other_instead_of_failing(file_app):
    failures = []

    def write(number):
        with file_app.app_context():
            try:
                for turn in range(10):
                    with transaction():
                        db.session.add(Team(name=f"{number}-{turn}"))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(db.session.scalars(select(Team.id)).all()) == 40


def test_who_has_read_before_writing_is_not_refused(file_app):
    """In WAL mode a snapshot that is no longer the newest cannot be written from: reading must not hold one."""
    with transaction():
        db.session.add(Team(name="Ada"))
    with transaction():
        team = db.session.scalars(select(Team)).one()
        in_thread(file_app, lambda: db.session.add(Team(name="Bob")))
        team.name = "Cleo"

    assert sorted(db.session.scalars(select(Team.name))) == ["Bob", "Cleo"]


def test_many_who_read_before_they_write_all_come_through(file_app):
    def act(number):
        for turn in range(8):
            names = db.session.scalars(select(Team.name)).all()
            db.session.add(Team(name=f"{number}-{turn}-{len(names)}"))
            db.session.flush()
            db.session.commit()

    failures = [*in_threads(file_app, [lambda number=number: act(number) for number in range(6)])]

    assert failures == []
    assert len(db.session.scalars(select(Team.id)).all()) == 48


def test_database_that_stays_locked_is_an_outage(file_app):
    with db.engine.connect() as holder, db.engine.connect() as other:
        holder.execute(text("INSERT INTO district (code, name) VALUES ('91', 'x')"))
        other.execute(text("PRAGMA busy_timeout = 50"))

        with pytest.raises(OperationalError) as caught:
            other.execute(text("INSERT INTO district (code, name) VALUES ('92', 'y')"))

        other.rollback()
        other.execute(text("PRAGMA busy_timeout = 20000"))
    assert is_away(caught.value)


def in_thread(app, act):
    """Do it as somebody else, in a transaction of its own."""
    assert list(in_threads(app, [act])) == []


def in_threads(app, acts):
    failures = []

    def work(act):
        with app.app_context():
            try:
                act()
                db.session.commit()
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_reader_is_not_held_up_by_a_writer(file_app):
    with db.engine.connect() as writer, db.engine.connect() as reader:
        writer.execute(text("INSERT INTO district (code, name) VALUES ('91', 'x')"))

        assert reader.scalar(text("SELECT count(*) FROM district")) == 0
