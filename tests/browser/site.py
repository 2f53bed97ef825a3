"""The application on this machine for a browser: on a file of its own, with its forms protected."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort
from playwright.sync_api import BrowserContext
from sqlalchemy import event, select
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from accounts.models import StaffMember
from core.config import Settings
from core.database import Model, db
from core.error_pages import EXPLANATIONS
from directory.models import District, Neighbourhood
from tests import factories
from tests.browser.inspection import AXE, AXE_ADDRESS
from tests.conftest import dispose, lay_ground, make_app

BAD_PAGE = """<!doctype html><title></title><body bgcolor="#999999" text="#aaaaaa"><h1>Una</h1><h1>Dues</h1>
<table width="2000"><tr><td>Res<img src="/static/icon.svg"></table><script>document.title = "Executat"</script>"""
# Two texts, the second in a part of its own: legible on a bright ground and not on a dark one.
TEXTS_ON = """<!doctype html><html lang="ca"><title>Textos</title><body bgcolor="{ground}" text="#333333">
<main><h1>Una</h1><table bgcolor="{ground}"><tr><td>Dues</table></main>"""
TERRITORY = {District.__table__, Neighbourhood.__table__}
GROUNDS = {"clara": "#eeeeee", "fosca": "#444444"}


@dataclass
class Site:
    """A served application; `call` runs a function in it, away from the browser's event loop.

    `names` is what addresses are made of: slugs, tokens and numbers of what stands in its database.
    """

    app: Flask
    address: str
    names: dict[str, object] = field(default_factory=dict)

    def call(self, function: Callable[..., Any], *args: object) -> Any:
        """Give what `function` gives, inside the application, after committing what it did."""

        def run() -> Any:
            with self.app.app_context():
                result = function(*args)
                db.session.commit()
                return result

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run).result()

    def log_in(self, context: BrowserContext, role: str) -> None:
        """Have the browser's context be logged in as a member of staff with this role."""

        def make_cookie() -> str:
            client = self.app.test_client()
            email = f"{role}@example.org"
            member = db.session.scalar(select(StaffMember).where(StaffMember.email == email))
            client.log_in(member or factories.make_staff(email, role=role, active=True, name="Ada"))
            return str(client.get_cookie("session").value)

        context.add_cookies([{"name": "session", "value": self.call(make_cookie), "url": self.address}])

    def empty(self) -> None:
        """Take every row out of every table; the territory stays."""

        def delete() -> None:
            for table in reversed(Model.metadata.sorted_tables):
                if table not in TERRITORY:
                    db.session.execute(table.delete())

        self.call(delete)


@contextmanager
def serve(settings: Settings, folder: Path) -> Iterator[Site]:
    """Serve the application on an empty database in `folder`."""
    own = replace(settings, database_url=f"sqlite:///{folder / 'site.sqlite'}", instance_path=folder)
    app = make_app(own, WTF_CSRF_ENABLED=True, PROPAGATE_EXCEPTIONS=False)
    _add_pages_of_trial(app)
    app.wsgi_app = _answer_whole(app.wsgi_app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    site = Site(app, f"http://127.0.0.1:{server.port}")
    app.config["SETTINGS"] = replace(own, base_url=site.address)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        site.call(_make_tables)
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        site.call(dispose, app)


def _answer_whole(app: WSGIApplication) -> WSGIApplication:
    """Read every answer to its end and close it: when a browser goes on, this server leaves files open."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


def _make_tables() -> None:
    @event.listens_for(db.engine, "connect")
    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")  # what a power cut would do is tested elsewhere

    lay_ground(db.engine)


def _add_pages_of_trial(app: Flask) -> None:
    """One page per error that a browser can be shown, those with faults that an inspection looks for, and axe."""
    for code in EXPLANATIONS:
        app.add_url_rule(f"/prova/{code}", f"trial_{code}", lambda code=code: abort(code))
    app.add_url_rule("/prova/dolenta", "trial_bad", lambda: BAD_PAGE)
    for name, colour in GROUNDS.items():
        app.add_url_rule(f"/prova/{name}", f"trial_{name}", lambda colour=colour: TEXTS_ON.format(ground=colour))
    app.add_url_rule(AXE_ADDRESS, "trial_axe", _give_axe)


def _give_axe() -> Response:
    return Response(AXE, mimetype="text/javascript", headers={"Cache-Control": "public, max-age=3600, immutable"})
