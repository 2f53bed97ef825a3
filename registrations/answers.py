"""What a registration answered, changed afterwards by the person: to the questions, and about supports."""

from collections.abc import Collection, Sequence
from datetime import datetime

from core.database import db
from registrations import changes, questions, supports, trail, waiting_list
from registrations.models import Question, Registration
from registrations.questions import Words
from registrations.supports import Needs


def wanted_codes(registration: Registration) -> Collection[str]:
    """The codes of the sessions the person has or waits for."""
    waited = waiting_list.list_sessions(registration)
    return {session.code for session in [*registration.sessions, *waited]}


def change(registration: Registration, words: Words, needs: Needs, *, asked: Sequence[Question], now: datetime) -> None:
    """Write what the person answers to the questions `asked`, and needs, now; other answers stay. No mail goes out.

    Raises what `changes.begin` raises.
    """
    changes.begin(registration, by=None, now=now)
    questions.keep_answers(registration, words, asked)
    if supports.list_offered(registration.event) or needs:
        supports.keep_needs(registration, needs, now=now)
    registration.updated_at = now
    trail.record("registration.answer", registration, by=None, now=now)
    db.session.flush()
