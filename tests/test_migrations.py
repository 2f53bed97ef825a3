"""Migrations lead from nothing to the models and back, on both databases."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from core.commands import upgrade_schema
from core.database import Model, alembic, db
from core.jobs import Jobs, _make_huey
from tests.conftest import dispose, make_app

pytestmark = pytest.mark.both_databases

UPGRADE = """
from app import create_app
from core.commands import upgrade_schema
with create_app().app_context():
    upgrade_schema()
"""
FOLDER = Path(__file__).resolve().parents[1] / "migrations"


@pytest.fixture
def app(settings, empty_database):
    app = make_app(replace(settings, database_url=empty_database))
    with app.app_context():
        yield app
    dispose(app)


def describe():
    """The schema as the database tells it: columns, keys, constraints and indexes of each table."""
    inspector = inspect(db.engine)
    return {
        table: {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)
            ),
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(
                (
                    k["name"],
                    k["constrained_columns"],
                    k["referred_table"],
                    k["referred_columns"],
                    sorted(k["options"].items()),
                )
                for k in inspector.get_foreign_keys(table)
            ),
            "unique": sorted((u["name"], u["column_names"]) for u in inspector.get_unique_constraints(table)),
            "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in inspector.get_indexes(table)),
            "checks": sorted((c["name"], c["sqltext"]) for c in inspector.get_check_constraints(table)),
        }
        for table in sorted(inspector.get_table_names())
        if table != "alembic_version" and not table.startswith("huey_")
    }


def test_migrations_and_models_agree(app):
    alembic.upgrade()
    migrated = describe()
    differences = alembic.compare_metadata()
    alembic.downgrade("base")
    emptied = describe()

    Model.metadata.create_all(db.engine)

    assert differences == []
    assert emptied == {}
    assert migrated == describe()


def test_upgrading_what_is_up_to_date_changes_nothing(app):
    upgrade_schema()
    before = describe()

    upgrade_schema()

    assert describe() == before
    assert db.session.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_programs_that_start_together_upgrade_one_after_the_other(app, empty_database, tmp_path):
    environ = {**os.environ, "JORNADA_DATABASE_URL": empty_database, "JORNADA_INSTANCE_PATH": str(tmp_path)}

    starts = [subprocess.Popen([sys.executable, "-c", UPGRADE], cwd=FOLDER.parent, env=environ) for _each in range(3)]

    assert [start.wait() for start in starts] == [0, 0, 0]
    assert alembic.compare_metadata() == []


def test_tables_of_the_queue_are_not_ours(app, settings, empty_database, tmp_path):
    alembic.upgrade()
    jobs = Jobs()
    jobs.huey = _make_huey(replace(settings, database_url=empty_database, instance_path=tmp_path), testing=False)
    jobs.make_tables()

    assert alembic.compare_metadata() == []
    jobs.huey.storage.close()


def test_there_is_one_newest_migration(app):
    assert len(alembic.heads()) == 1


def test_migrations_are_named_by_date_revision_and_words():
    wrong = [
        path.name for path in FOLDER.glob("*.py") if not re.fullmatch(r"\d{8}_\d{4}_\w+?_[a-z0-9_]+\.py", path.name)
    ]

    assert wrong == []
