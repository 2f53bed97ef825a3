"""How people sign up to an event of the demo, from its `signup.toml`: the settings, and people who do it one by one.

They go through the same services as anybody else, so that places, lists and mails are those the program would give.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from core import config
from core.database import db
from core.mail import MailState, OutgoingMail, take_back
from events import services as events
from events.models import Access, CalendarShape, Dimension, Event, Promotion
from events.values import EventValues
from registrations import announcements, invitations, questions, reservations, services, supports
from registrations.models import (
    AnnouncementKind,
    Invitation,
    Question,
    QuestionKind,
    Registration,
    RegistrationMail,
    RegistrationSource,
    SupportKind,
)

Table = Mapping[str, Any]

_KINDS = {"access": Access, "promotion": Promotion, "calendar_shape": CalendarShape}


def set_up(event: Event, file: Path, *, now: datetime) -> None:
    """Give the event its settings, its questions and the places it keeps, and let the people of the file sign up."""
    content = tomllib.loads(file.read_text("utf-8"))
    events.update_event(event, _read_settings(content.get("settings", {})), by=None, now=now)
    reserved = {Dimension(name): count for name, count in content.get("reserved", {}).items()}
    reservations.keep_places(event, reserved, by=None, now=now)
    supports.offer(event, _read_supports(content.get("supports", {}).get("offered", ())), by=None, now=now)
    asked = [_ask(event, table, now=now) for table in content.get("question", ())]
    invitation = _invite(event, content["invitation"], now=now) if "invitation" in content else None
    for person in content.get("person", ()):
        _sign_up(event, person, asked, invitation, now=now)


def cancel(event: Event, file: Path, *, now: datetime) -> None:
    """Have people of the file cancel: what they had goes to the first in line."""
    for table in tomllib.loads(file.read_text("utf-8")).get("cancellation", ()):
        registration = services.find_by_address(event, table["email"])
        if registration is not None:
            services.cancel(registration, now=now)


def spread(event: Event, *, now: datetime) -> None:
    """Have people signed up over the weeks since registration opened, in their order, most of them soon."""
    opened_at = event.registration_opens_at
    if opened_at is None or opened_at >= now:
        return
    query = select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
    people = db.session.scalars(query).all()
    for number, registration in enumerate(people):
        registration.created_at = opened_at + (now - opened_at) * ((number + 0.5) / len(people)) ** 2
    db.session.flush()


def keep_mail_at_home(event: Event, *, now: datetime) -> None:
    """Withdraw every mail to the invented people of an event where a real server would carry them off.

    What is still to be written to them is not written either.
    """
    if config.current().mail_server:
        written = select(RegistrationMail.mail_id).join(Registration).where(Registration.event_id == event.id)
        take_back(db.session.scalars(written).all(), now=now)
        announcements.drop(event, tuple(AnnouncementKind), now=now)


def _read_settings(table: Table) -> EventValues:
    values = {name: _KINDS[name](value) if name in _KINDS else value for name, value in table.items()}
    return cast("EventValues", values)


def _read_supports(names: Sequence[str]) -> list[SupportKind]:
    return [SupportKind(name) for name in names]


def _ask(event: Event, table: Table, *, now: datetime) -> Question:
    codes = table.get("sessions", ())
    values: questions.QuestionValues = {
        "kind": QuestionKind(table["kind"]),
        "text": table["text"],
        "hint": table.get("hint", ""),
        "options": table.get("options", []),
        "is_required": table.get("is_required", False),
        "is_for_some": bool(codes),
        "sessions": [session for session in event.sessions if session.code in codes],
    }
    return questions.create(event, values, by=None, now=now)


def _invite(event: Event, table: Table, *, now: datetime) -> Invitation:
    values: invitations.InvitationValues = {
        "label": table["label"],
        "quota": table["quota"],
        "dimension": Dimension(table["dimension"]),
        "expires_at": None,
    }
    return invitations.create(event, values, by=None, now=now)


def _sign_up(
    event: Event, person: Table, asked: Sequence[Question], invitation: Invitation | None, *, now: datetime
) -> None:
    answers = services.Answers(
        person["first_name"],
        person["last_name"],
        person["email"],
        person.get("organisation", ""),
        person.get("sessions", ()),
        person.get("waiting", ()),
        words={question.id: words for question, words in zip(asked, person.get("answers", ()), strict=False) if words},
        needs=dict.fromkeys(_read_supports(person.get("supports", ())), ""),
        invitation=invitation.token if invitation and person.get("is_invited") else "",
    )
    registration = services.register(event, answers, source=RegistrationSource.PERSON, language=event.language, now=now)
    if "refused" in person:
        _refuse_mail(registration, person["refused"], now=now)


def _refuse_mail(registration: Registration, words: str, *, now: datetime) -> None:
    """Have the mails to a person be refused, as a server does that knows no such address."""
    query = select(OutgoingMail).join(RegistrationMail).where(RegistrationMail.registration_id == registration.id)
    for mail in db.session.scalars(query):
        mail.state, mail.due_at = MailState.REFUSED, None
        mail.attempts, mail.tried_at, mail.response = 1, now, words
