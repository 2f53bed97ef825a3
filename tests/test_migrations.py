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

UPGRADE_AT_ONCE = """
import os
from app import create_app
from core.commands import upgrade_schema
programs = []
for _each in range(3):
    program = os.fork()
    if not program:
        with create_app().app_context():
            upgrade_schema()
        os._exit(0)
    programs.append(program)
print([os.waitstatus_to_exitcode(os.waitpid(program, 0)[1]) for program in programs])
"""
BEFORE_TEAMS = "1795340531"
AN_INSTANCE = """
INSERT INTO role (id, name) VALUES (1, 'administrator'), (2, 'organiser'), (3, 'door');
INSERT INTO team (id, name, contact_email, place, responsible_body, privacy_purpose, privacy_legal_basis,
    privacy_rights, privacy_url, image_consent_text, certificate_formula, signatory_name, signatory_post)
    VALUES (10, 'Primer', '', '', '', '', '', '', '', '', 'states', '', ''),
    (20, 'Segon', '', '', '', '', '', '', '', '', 'states', '', '');
INSERT INTO staff_member (id, email, active, fs_uniquifier, name, created_at, team_id, role_id)
    VALUES (1, 'ada@example.org', true, 'a', 'Ada', '2026-11-22 09:00:00', NULL, 1),
    (2, 'bob@example.org', true, 'b', 'Bob', '2026-11-22 09:00:00', 20, 2),
    (3, 'cleo@example.org', true, 'c', 'Cleo', '2026-11-22 09:00:00', NULL, 3);
INSERT INTO process (id, slug, title, summary, description, state, is_public)
    VALUES (1, 'un', 'Un', '', '', 'under_way', true), (2, 'dos', 'Dos', '', '', 'under_way', true);
INSERT INTO event (id, slug, process_id, team_id, title, summary, description, objectives, starts_at, ends_at, timezone,
    venue, address, language, state, access, has_waiting_list, promotion, offer_hours, places_kept, confirms_address,
    address_minutes, calendar_shape, reminder_days, sends_thanks, sequence, created_at, updated_at, places_taken,
    extra_places, people_waiting)
    VALUES (1, 'jornada', 1, 20, 'Jornada', '', '', '', '2026-12-03 09:00:00', '2026-12-03 13:00:00', 'Europe/Madrid',
    '', '', 'ca', 'published', 'everyone', true, 'at_once', 24, 0, false, 60, 'event', '[1]', false, 0,
    '2026-11-22 09:00:00', '2026-11-22 09:00:00', 0, 0, 0);
INSERT INTO district (code, name) VALUES ('01', 'Ciutat Vella');
INSERT INTO neighbourhood (code, name, name_key, district_code) VALUES ('01', 'el Raval', 'raval', '01');
INSERT INTO event_neighbourhood (event_id, neighbourhood_code) VALUES (1, '01');
INSERT INTO audit_entry (id, happened_at, staff_id, act, subject_kind, subject_key, details)
    VALUES (1, '2026-11-22 09:00:00', 2, 'event.publish', 'event', 'jornada', '{}')
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


def test_teams_and_roles_are_given_to_who_is_there_and_no_row_is_lost(app):
    alembic.upgrade(BEFORE_TEAMS)
    for statement in AN_INSTANCE.split(";"):
        db.session.execute(text(statement))
    db.session.commit()

    alembic.upgrade("1795352400")

    def read(query):
        return [tuple(row) for row in db.session.execute(text(query))]

    assert read("SELECT id FROM staff_member WHERE is_administrator") == [(1,)]
    assert read("SELECT staff_id, team_id, role FROM team_member ORDER BY staff_id") == [
        (2, 20, "organiser"),
        (3, 10, "door"),
    ]
    assert read("SELECT id, team_id FROM process ORDER BY id") == [(1, 20), (2, 10)]
    assert read("SELECT id, process_id, team_id FROM event ORDER BY id") == [(1, 1, 20)]
    assert read("SELECT id, staff_id FROM audit_entry ORDER BY id") == [(1, 2)]
    assert read("SELECT event_id, neighbourhood_code FROM event_neighbourhood") == [(1, "01")]


def test_upgrading_what_is_up_to_date_changes_nothing(app):
    upgrade_schema()
    before = describe()

    upgrade_schema()

    assert describe() == before
    assert db.session.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_programs_that_start_together_upgrade_one_after_the_other(app, empty_database, tmp_path):
    environ = {**os.environ, "JORNADA_DATABASE_URL": empty_database, "JORNADA_INSTANCE_PATH": str(tmp_path)}

    command = [sys.executable, "-c", UPGRADE_AT_ONCE]
    done = subprocess.run(command, cwd=FOLDER.parent, env=environ, stdout=subprocess.PIPE, text=True, check=True)

    assert done.stdout == "[0, 0, 0]\n"
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
