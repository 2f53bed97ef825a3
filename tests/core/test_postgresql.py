"""A PostgreSQL server that says nothing is noticed within seconds; one that is only busy is waited for."""

import select
import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from core import postgresql
from core.database import db, engine_options, is_away, reading_options
from core.jobs import _make_huey
from core.postgresql import Door, connect
from tests.conftest import dispose, make_app


class Wire:
    """Carries bytes between a port of its own and the server's socket; while it is cut it keeps them."""

    def __init__(self, path):
        self._path = path
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._whole = threading.Event()
        self._whole.set()
        self._threads = []
        self._is_closed = False
        self._start(self._listen)

    def cut(self):
        self._whole.clear()

    def mend(self):
        self._whole.set()

    def close(self):
        self._is_closed = True
        self.mend()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, work, *words):
        thread = threading.Thread(target=work, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self):
        with suppress(OSError):
            while True:
                self._start(self._carry, self._door.accept()[0])

    def _carry(self, client):
        with closing(client), socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._path)
            ends = {client: server, server: client}
            while not self._is_closed:
                ready = select.select(list(ends), [], [], 0.1)[0]
                self._whole.wait()
                for end in ready:
                    words = end.recv(65536)
                    if not words:
                        return
                    ends[end].sendall(words)


@pytest.fixture(autouse=True)
def short_patience(monkeypatch):
    monkeypatch.setattr(postgresql, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(postgresql, "KNOWN_SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(postgresql, "KNOCK_SECONDS", 1)
    monkeypatch.setattr(postgresql, "REST_SECONDS", 0.5)


@pytest.fixture
def wire(postgresql_url):
    wire = Wire(f"{make_url(postgresql_url).query['host']}/.s.PGSQL.5432")
    yield wire
    wire.close()


@pytest.fixture
def address(wire):
    return f"postgresql://postgres@127.0.0.1:{wire.port}/postgres"


@pytest.fixture
def engine(address):
    options = engine_options(address.replace("postgresql:", "postgresql+psycopg:"))
    engine = create_engine(options.pop("url"), **options)
    yield engine
    engine.dispose()


def ask(engine, question="SELECT 1"):
    with engine.connect() as connection:
        return connection.scalar(text(question))


def seconds(act):
    started = time.monotonic()
    with suppress(OperationalError, psycopg.OperationalError):
        act()
    return time.monotonic() - started


def test_slow_answer_is_waited_for(engine):
    assert ask(engine, "SELECT 7 FROM pg_sleep(1.5)") == 7


def test_silent_server_is_an_error_within_seconds(engine, wire):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        wire.cut()
        started = time.monotonic()

        with pytest.raises(OperationalError) as caught:
            connection.execute(text("SELECT 1"))

        assert 0.5 <= time.monotonic() - started < 4
        assert (caught.value.connection_invalidated, is_away(caught.value)) == (True, True)


def test_while_it_is_known_to_be_away_nobody_waits(engine, wire, monkeypatch):
    monkeypatch.setattr(postgresql, "REST_SECONDS", 10)
    ask(engine)
    wire.cut()
    first = seconds(lambda: ask(engine))

    others = [seconds(lambda: ask(engine)) for _ in range(5)]

    assert first > 0.5
    assert max(others) < 0.1


def test_while_it_is_away_one_tries_for_all(engine, wire):
    ask(engine)
    wire.cut()
    seconds(lambda: ask(engine))
    time.sleep(postgresql.REST_SECONDS)
    first = threading.Thread(target=seconds, args=(lambda: ask(engine),))
    first.start()
    time.sleep(0.1)

    waited = [seconds(lambda: ask(engine)) for _ in range(3)]

    first.join()
    assert max(waited) < 0.1


def test_it_recovers_by_itself(engine, wire):
    ask(engine)
    wire.cut()
    with pytest.raises(OperationalError):
        ask(engine)

    wire.mend()
    time.sleep(postgresql.REST_SECONDS)

    assert ask(engine) == 1


def test_many_who_wait_knock_once(engine, wire, address, monkeypatch):
    knocks = []
    knock = psycopg.connect
    monkeypatch.setattr(psycopg, "connect", lambda address: [knocks.append(address), knock(address)][1])
    threads = [threading.Thread(target=ask, args=(engine, "SELECT pg_sleep(0.9)")) for _ in range(6)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 <= len(knocks) < 6


def test_server_that_refuses_a_guest_is_there(address):
    assert Door(address.replace("/postgres", "/nothing")).opens()


def test_nobody_at_the_door():
    assert not Door("postgresql://postgres@127.0.0.1:1/postgres?connect_timeout=1").opens()


def test_connection_that_is_refused_is_an_error_of_the_driver():
    with pytest.raises(psycopg.OperationalError):
        connect("postgresql://postgres@127.0.0.1:1/postgres")


@pytest.mark.parametrize(("name", "value"), [("lock_timeout", "20s"), ("idle_in_transaction_session_timeout", "10min")])
def test_limit_holds_on_every_connection(engine, name, value):
    assert ask(engine, f"SHOW {name}") == value


def test_limits_outlive_a_rollback(engine):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()

        assert connection.scalar(text("SHOW lock_timeout")) == "20s"


def test_reading_engine_opens_no_transaction(address):
    options = reading_options(address.replace("postgresql:", "postgresql+psycopg:"))
    engine = create_engine(options.pop("url"), **options)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        status = connection.connection.dbapi_connection.info.transaction_status

    engine.dispose()
    assert status == TransactionStatus.IDLE


def test_lock_that_is_waited_for_too_long_is_an_outage_to_the_person(engine):
    with engine.connect() as holder, engine.connect() as other:
        holder.execute(text("SELECT pg_advisory_xact_lock(7)"))
        other.execute(text("SET lock_timeout = '0.2s'"))

        with pytest.raises(OperationalError) as caught:
            other.execute(text("SELECT pg_advisory_xact_lock(7)"))

        assert is_away(caught.value)


def test_mistake_in_a_statement_is_no_outage(engine):
    with pytest.raises(Exception, match="nothing") as caught:
        ask(engine, "SELECT * FROM nothing")

    assert not is_away(caught.value)


def test_answer_stands_when_the_server_goes_before_the_request_has_ended(settings, address, wire):
    app = make_app(replace(settings, database_url=address.replace("postgresql:", "postgresql+psycopg:")))

    @app.get("/proves/resposta")
    def answer():
        db.session.execute(text("SELECT 1"))
        wire.cut()
        return "done"

    app.test_client_class = None
    response = app.test_client().get("/proves/resposta")

    wire.mend()
    dispose(app)
    assert (response.status_code, response.text) == (200, "done")


def test_queue_notices_too_and_recovers(settings, address, wire, tmp_path):
    huey = _make_huey(replace(settings, database_url=address, instance_path=tmp_path), testing=False)
    huey.storage.initialize_schema()
    huey.storage.enqueue(b"first")
    wire.cut()
    waited = seconds(lambda: huey.storage.enqueue(b"second"))
    wire.mend()
    time.sleep(postgresql.REST_SECONDS)

    huey.storage.enqueue(b"third")

    assert waited < 4
    assert b"third" in huey.storage.enqueued_items()
    huey.storage.flush_all()
    huey.storage.close()
