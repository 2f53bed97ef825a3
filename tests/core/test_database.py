"""One place commits; what it commits is whole; instants are aware; both databases keep the same promises."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from accounts.models import Team
from core.database import MAX_ID, db, on_commit, read_id, transaction
from core.mail import OutgoingMail
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.both_databases


def names():
    return sorted(db.session.scalars(select(Team.name)))


def test_transaction_keeps_what_the_block_did(app):
    with transaction():
        db.session.add(Team(name="Ada"))

    db.session.rollback()
    assert names() == ["Ada"]


def test_transaction_keeps_nothing_when_the_block_fails(app):
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.add(Team(name="Ada"))
        db.session.flush()
        raise ZeroDivisionError

    assert names() == []


def test_transaction_keeps_nothing_when_the_database_refuses(app):
    with transaction():
        db.session.add(Team(name="Ada"))

    with pytest.raises(IntegrityError), transaction():
        db.session.add(Team(name="Bob"))
        db.session.add(Team(name="Ada"))

    assert names() == ["Ada"]


def test_transaction_inside_another_is_a_mistake(app):
    with pytest.raises(RuntimeError), transaction(), transaction():
        pass

    with transaction():  # and the next one works again
        db.session.add(Team(name="Ada"))
    assert names() == ["Ada"]


def test_on_commit_runs_once_after_the_commit(app):
    seen = []

    def note():
        seen.append(names())

    with transaction():
        db.session.add(Team(name="Ada"))
        on_commit(note)
        on_commit(note)
        assert seen == []

    assert seen == [["Ada"]]


def test_on_commit_does_not_run_after_a_rollback_nor_later(app):
    seen = []

    with pytest.raises(ZeroDivisionError), transaction():
        on_commit(lambda: seen.append("called"))
        raise ZeroDivisionError
    with transaction():
        pass

    assert seen == []


def test_instant_comes_back_in_utc_whatever_zone_it_was_given_in(app):
    barcelona = timezone(timedelta(hours=1))
    mail = make_mail(datetime(2026, 12, 3, 9, 30, 15, 123456, tzinfo=barcelona))

    db.session.refresh(mail)

    assert mail.created_at == datetime(2026, 12, 3, 8, 30, 15, 123456, tzinfo=UTC)
    assert mail.created_at.tzinfo is UTC
    assert mail.due_at is None


def test_naive_instant_is_refused(app):
    with pytest.raises(StatementError):
        make_mail(datetime(2026, 12, 3, 9, 30))  # noqa: DTZ001 - that is what is tested


def test_foreign_keys_are_enforced(app):
    event = factories.make_event()

    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE event SET team_id = 987654 WHERE id = :id"), {"id": event.id})
    db.session.rollback()


def test_state_is_stored_as_its_text(app):
    factories.make_event()

    assert db.session.scalar(text("SELECT state FROM event")) == "published"


def test_sort_keys_are_compared_by_code_point(app):
    event = factories.make_event()
    for name in ("Zapata", "arús", "Àvila", "Avila"):
        factories.make_registration(event, last_name=name, email=f"{name}@example.org")

    rows = db.session.execute(text("SELECT last_name FROM registration ORDER BY sort_key")).scalars()

    assert list(rows) == ["arús", "Avila", "Àvila", "Zapata"]


def make_mail(created_at):
    mail = OutgoingMail(
        kind="test",
        recipient="bob@example.org",
        language="ca",
        subject="Prova",
        text="Prova",
        message_id="<1@example.org>",
        created_at=created_at,
    )
    db.session.add(mail)
    db.session.flush()
    return mail


def test_the_present_of_the_tests_is_aware():
    assert NOW.tzinfo is UTC


def test_an_id_is_read_from_digits_alone():
    wrong = ["", "-1", "+1", " 1", "1.0", "²", "x", str(MAX_ID + 1), "9" * 5000]

    assert [read_id(text) for text in ("0", "12", str(MAX_ID))] == [0, 12, MAX_ID]
    assert [read_id(text) for text in wrong] == [None] * len(wrong)
