"""(f) The list of an event's people in the workspace: the first page of 20,000 takes at most twice that of 50.

Searching, and turning to the last page in another order, look at everybody, and are measured beside the same fifty.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.measure import Measurement, seconds
from benchmarks.seed import SLUG, filled
from benchmarks.servers import database
from core.database import transaction
from tests import factories

FEW = 50
SESSIONS = 6
TIMES = 9
ADDRESS = f"/gestio/jornades/{SLUG}/inscripcions"
PAGES = {
    "first page": f"{ADDRESS}?sort=name",
    "a person by name": f"{ADDRESS}?q=puigdemunt+000007",
    "last page by organisation": f"{ADDRESS}?sort=organisation&page=1000000",
}


def run(*, quick: bool) -> list[Measurement]:
    """Measure each page on SQLite and on PostgreSQL, beside the same page of an event of fifty people."""
    many = 1_000 if quick else 20_000
    measurements = []
    for backend in ("sqlite", "postgresql"):
        ours, floors = _measure(backend, many), _measure(backend, FEW)
        measurements += [
            Measurement(
                f"{page} of {many:,} people, {backend}",
                ours[page],
                floors[page],
                "seconds",
                f"floor: of {FEW} people{most}",
            )
            for page, most in zip(PAGES, ("; at most 2", "", ""), strict=True)
        ]
    return measurements


def _measure(backend: str, people: int) -> dict[str, float]:
    """How long each page takes where the event has so many people."""
    with database(backend) as environ, filled(environ, sessions=SESSIONS, people=people) as app, _desk(app) as client:
        return {page: seconds(lambda path=path: _open(client, path), times=TIMES) for page, path in PAGES.items()}


@contextmanager
def _desk(app: Flask) -> Iterator[FlaskClient]:
    """The browser of somebody who organises."""
    with transaction():
        member = factories.make_staff("ada@example.org", role="organiser", active=True)
    client = app.test_client()
    with client.session_transaction() as kept:
        kept.update(
            {"_user_id": member.fs_uniquifier, "_fresh": True, "fs_cc": "set", "identity.id": member.fs_uniquifier}
        )
    yield client


def _open(client: FlaskClient, path: str) -> None:
    with client.application.app_context():  # of its own, as on a server: nothing is known from the request before
        response = client.get(path)
    if response.status_code != 200 or b"bdi" not in response.data:
        raise RuntimeError(f"{path} answers {response.status_code}")
