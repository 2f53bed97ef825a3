"""What a copy of an event takes along: questions, supports, reserved places, own lists, saved views; no person."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from flask_babel import ngettext

from accounts.models import StaffMember
from core.database import db
from events import signals
from events.models import Event, Session
from events.signals import Consequence
from registrations import list_profiles, questions, reservations, saved_views, supports
from registrations.models import Question


@signals.copied.connect
def take_along(
    event: Event, *, original: Event, sessions: Mapping[Session, Session], by: StaffMember | None, now: datetime
) -> list[Consequence]:
    """Ask, offer and keep with the copy what the original does."""
    asked = _copy_questions(event, original, sessions)
    offered = supports.list_offered(original)
    supports.offer(event, offered, by=by, now=now)
    lists_kept = list_profiles.copy_all(original, event, asked, now=now)
    views_kept = saved_views.copy_all(original, event, asked, by=by, now=now)
    kept = {each.dimension: each.places for each in original.reserved_places}
    reservations.keep_places(event, kept, by=by, now=now)
    said = [*_say(len(asked), len(offered), sum(kept.values())), *_say_lists(lists_kept, views_kept)]
    return [Consequence(sentence) for sentence in said]


def _copy_questions(event: Event, original: Event, sessions: Mapping[Session, Session]) -> dict[Question, Question]:
    """Copy the questions that are still asked, each about what its sessions became, and give which became which."""
    copies: dict[Question, Question] = {}
    for position, question in enumerate(questions.list_questions(original), 1):
        copies[question] = Question(
            event=event,
            position=position,
            kind=question.kind,
            text=question.text,
            hint=question.hint,
            options=list(question.options),
            is_required=question.is_required,
            is_for_some=question.is_for_some,
            sessions=[sessions[session] for session in question.sessions if session in sessions],
        )
    db.session.add_all(copies.values())
    db.session.flush()
    return copies


def _say_lists(own: int, views: int) -> Iterator[str]:
    if own:
        yield ngettext("%(num)d list of its own", "%(num)d lists of its own", own)
    if views:
        yield ngettext("%(num)d saved view of the list", "%(num)d saved views of the list", views)


def _say(asked: int, offered: int, kept: int) -> Iterator[str]:
    if asked:
        yield ngettext("%(num)d question of the sign-up form", "%(num)d questions of the sign-up form", asked)
    if offered:
        yield ngettext("%(num)d support offered", "%(num)d supports offered", offered)
    if kept:
        yield ngettext("%(num)d place kept for groups", "%(num)d places kept for groups", kept)
