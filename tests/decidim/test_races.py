"""One file of answers confirmed by several at once: with real threads, on a file SQLite and on PostgreSQL."""

import json

import pytest
from sqlalchemy import func, select

from accounts.models import AuditEntry
from contributions.models import EntryAnswer
from core.database import db
from core.dates import utc_now
from decidim import answer_files
from decidim.models import AnswerFile
from tests import factories

TIMES = 6
EXPORTED = {"id": 7, "title": {"ca": "Obrir els dissabtes"}, "state": "accepted", "answer": {"ca": "Sí, el 2027."}}


@pytest.fixture
def waiting(own_app):
    """Browsers of one member of staff; a proposal, and a file with its answer that waits to be confirmed."""
    with own_app.app_context():
        event = factories.make_event()
        factories.make_entry(factories.make_session(event), "proposal", "Obrir els dissabtes")
        member = factories.make_staff()
        file = answer_files.keep(event, "export.json", json.dumps([EXPORTED]).encode(), now=utc_now())
        clients = [own_app.test_client() for _ in range(TIMES)]
        for client in clients:
            client.log_in(member)
        db.session.commit()
        return clients, f"/gestio/jornades/jornada/decidim/respostes/{file.id}"


def test_a_file_confirmed_by_many_at_once_is_read_once(own_app, waiting, race):
    clients, address = waiting

    statuses = race([lambda client=client: client.post(address).status_code for client in clients])

    assert sorted(statuses, key=str) == [303] + [404] * (TIMES - 1)
    with own_app.app_context():
        read = select(func.count()).where(AuditEntry.act == "entry.answers")
        assert [db.session.scalar(read), db.session.scalars(select(EntryAnswer.state)).all()] == [1, ["accepted"]]
        assert db.session.scalars(select(AnswerFile)).all() == []
