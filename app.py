"""Put the application together: configuration, extensions, blueprints, commands, error pages; nothing else."""

import gc
import sys
from collections.abc import Mapping
from typing import Any

from flask import Flask

from accounts import commands as accounts_commands
from accounts import security
from accounts import views as accounts_views
from certificates import commands as certificates_commands
from certificates import views as certificates_views
from contributions import commands as contributions_commands
from contributions import views as contributions_views
from core import commands as core_commands
from core import (
    config,
    copies,
    database,
    error_pages,
    health,
    languages,
    limits,
    logs,
    mailbox,
    offline,
    shortcut,
    templating,
    web,
)
from core.config import ConfigurationError, Settings
from core.database import ALEMBIC, ALEMBIC_CONTEXT, READING, alembic, engine_options, reading_options
from core.jobs import jobs
from decidim import views as decidim_views
from demo import commands as demo_commands
from directory import commands as directory_commands
from directory import views as directory_views
from door import views as door_views
from events import commands as events_commands
from events import views as events_views
from figures import commands as figures_commands
from figures import views as figures_views
from messages import views as messages_views
from registrations import commands as registrations_commands
from registrations import views as registrations_views

# The order is that of the tabs an event shows in the workspace.
VIEWS = (
    accounts_views,
    events_views,
    directory_views,
    registrations_views,
    messages_views,
    door_views,
    contributions_views,
    figures_views,
    decidim_views,
    certificates_views,
)
COMMANDS = (
    core_commands,
    accounts_commands,
    directory_commands,
    events_commands,
    registrations_commands,
    contributions_commands,
    figures_commands,
    certificates_commands,
    demo_commands,
)
MAX_REQUEST_BYTES = 16 * 1024 * 1024

# What is imported lasts as long as the program. The collector need not look through it, least of all when a program
# ends, which took longer than what most commands do.
gc.freeze()


def create_app(settings: Settings | None = None, overrides: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; without `settings` they are read from the environment, and a wrong one ends the program."""
    if settings is None:
        try:
            settings = config.load()
        except ConfigurationError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(2) from error
    app = logs.Application(__name__, instance_path=str(settings.instance_path))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        ALEMBIC=dict(ALEMBIC),
        ALEMBIC_CONTEXT=dict(ALEMBIC_CONTEXT),
        SQLALCHEMY_ENGINES={
            "default": engine_options(settings.database_url),
            READING: reading_options(settings.database_url),
        },
        RATELIMIT_STORAGE_URI=limits.storage_uri(settings.ratelimit_storage),
        WTF_CSRF_TIME_LIMIT=None,  # a form left open on a phone over lunch must still be sendable
    )
    app.config.update(overrides or {})
    logs.init_app(app, settings)
    database.init_app(app)
    alembic.init_app(app)
    jobs.init_app(app, settings)
    languages.init_app(app)
    web.init_app(app, settings)
    copies.init_app(app)
    templating.init_app(app)
    security.init_app(app, settings)
    error_pages.init_app(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(offline.blueprint)
    if not settings.production:
        app.register_blueprint(mailbox.blueprint)
    web.order_blocks([views.__name__.partition(".")[0] for views in VIEWS])
    for views in VIEWS:
        for blueprint in views.BLUEPRINTS:
            app.register_blueprint(blueprint)
    for commands in COMMANDS:
        for command in commands.COMMANDS:
            app.cli.add_command(command)
    shortcut.init_app(app, settings)
    return app
