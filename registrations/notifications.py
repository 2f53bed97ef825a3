"""The mails of a registration, one function each, named like its templates."""

from collections.abc import Sequence
from datetime import datetime

from core.database import db
from core.languages import use_language
from core.mail import enqueue, sender_address
from core.templating import render_letter
from core.web import external_url
from events.ical import Person
from events.models import Session
from events.timetable import session_time
from registrations.ical import CalendarFile, make_cancellation, make_invitation
from registrations.models import Registration, RegistrationMail


def place_confirmed(registration: Registration, sessions: Sequence[Session], *, now: datetime) -> None:
    """Tell the person that they have their place, with the invitation for their calendar."""
    with use_language(registration.language):
        calendar = make_invitation(registration, sessions, organiser=_organiser(registration), url=_url(registration))
    _write("place_confirmed", registration, sessions, calendar, now=now)


def own_link(registration: Registration, *, now: datetime) -> None:
    """Send the person the link of their own page again."""
    _write("own_link", registration, registration.sessions, None, now=now)


def cancelled(registration: Registration, sessions: Sequence[Session], *, now: datetime) -> None:
    """Tell the person that their registration is cancelled, and their calendar too."""
    with use_language(registration.language):
        calendar = make_cancellation(registration, sessions, organiser=_organiser(registration), url=_url(registration))
    _write("cancelled", registration, sessions, calendar, now=now)


def _organiser(registration: Registration) -> Person:
    """Who invites: the address the mail comes from, as some calendars ask, under the team's name."""
    return Person(sender_address(), registration.event.team.name)


def _url(registration: Registration) -> str:
    return external_url("events.programme", slug=registration.event.slug)


def _write(
    kind: str,
    registration: Registration,
    sessions: Sequence[Session],
    calendar: CalendarFile | None,
    *,
    now: datetime,
) -> None:
    """Render the mail into the transaction, and its bond to the registration; who gave no address gets none."""
    if not registration.email:
        return
    event = registration.event
    letter = render_letter(
        f"registrations/mail/{kind}",
        language=registration.language,
        registration=registration,
        event=event,
        sessions=sessions,
        session_time=session_time,
        own_url=external_url("registrations.registration", token=registration.token),
        event_url=_url(registration),
    )
    mail = enqueue(
        kind=kind,
        recipient=registration.email,
        recipient_name=registration.full_name,
        sender_name=event.team.name,
        reply_to=event.team.contact_email or None,
        language=registration.language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendar=calendar.content if calendar else None,
        calendar_method=calendar.method if calendar else None,
        now=now,
    )
    db.session.add(RegistrationMail(registration=registration, mail=mail))
