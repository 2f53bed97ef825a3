"""The mails of a registration, one function each, named like its templates."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core import mail
from core.database import db
from core.dates import format_period, is_one_day
from core.mail import OutgoingMail
from core.templating import render_letter
from core.web import external_url
from events.acts import EventWas, Moved
from events.models import Event, Session
from events.timetable import session_time
from registrations import calendars
from registrations.ical import readdress
from registrations.models import Awaited, Registration, RegistrationMail, RegistrationState, WaitingListEntry

_SIGNED_UP = {
    RegistrationState.CONFIRMED: "place_confirmed",
    RegistrationState.WAITING: "waiting",
}
MESSAGE = "message"
"""What the organisers write in their own words, in a room above: it says nothing of how the person stands."""
# What goes to many at once lets those go first that somebody waits for.
_TO_MANY = frozenset(
    {
        "reminder",
        "thanks",
        "event_moved",
        "session_moved",
        "session_cancelled",
        "event_cancelled",
        "event_restored",
        MESSAGE,
        "promoted",
    }
)
_PENDING = {Awaited.ADDRESS: "address_to_confirm", Awaited.APPROVAL: "awaiting_approval"}


@dataclass(frozen=True)
class Draft:
    """A mail that is not written yet, and what it tells the person's calendar."""

    mail: RegistrationMail
    news: calendars.News


@dataclass(frozen=True)
class Offer:
    """A place of the event, or of a session, that is kept for the person until they answer, and where they do."""

    session: Session | None
    until: datetime
    accept_url: str
    decline_url: str


def signed_up(
    registration: Registration,
    sessions: Sequence[Session],
    waiting: Sequence[Session] = (),
    *,
    has_place: bool = True,
    now: datetime,
) -> Draft | None:
    """The one mail of a sign-up, not written yet: that the person has a place, waits, or what is awaited.

    `has_place` says whether one is kept for who has to confirm the address.
    """
    kind = _PENDING[registration.awaits] if registration.awaits else _SIGNED_UP[registration.state]
    return compose(
        f"registrations/mail/{kind}",
        registration,
        sessions,
        language=registration.language,
        now=now,
        waiting=waiting,
        has_place=has_place,
    )


def compose(  # noqa: PLR0913 - what the mail is about, and what it may differ in
    template: str,
    registration: Registration,
    sessions: Sequence[Session],
    *,
    tells_calendar: bool = True,
    language: str,
    now: datetime,
    **context: object,
) -> Draft | None:
    """Make a mail of the kind that its template is named like, not written yet; who gave no address gets none."""
    kind = template.rpartition("/")[2]
    if not registration.email:
        return None
    event = registration.event
    news = calendars.find_news(registration, sessions, now=now) if tells_calendar else calendars.NO_NEWS
    letter = render_letter(
        template,
        language=language,
        registration=registration,
        event=event,
        sessions=sessions,
        session_time=session_time,
        moved_time=_moved_time,
        own_url=external_url("registrations.registration", token=registration.token),
        event_url=calendars.page_url(event),
        files=len(news.files),
        **context,
    )
    composed = mail.compose(
        kind=kind,
        recipient=registration.email,
        recipient_name=registration.full_name,
        sender_name=event.team.name,
        reply_to=event.team.contact_email or None,
        language=language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendars=news.files,
        is_bulk=kind in _TO_MANY,
        now=now,
    )
    return Draft(RegistrationMail(registration=registration, mail=composed), news)


def post(draft: Draft | None) -> OutgoingMail | None:
    """Write a mail that was composed, its bond to the registration, and what their calendar has been told by it."""
    if draft is None:
        return None
    mail.post(draft.mail.mail)
    db.session.add(draft.mail)
    calendars.note(draft.mail.registration, draft.news)
    return draft.mail.mail


def place_confirmed(
    registration: Registration, sessions: Sequence[Session], *, waiting: Sequence[Session] = (), now: datetime
) -> OutgoingMail | None:
    """Tell the person that they have their place, with the invitation for their calendar."""
    return _write("place_confirmed", registration, sessions, now=now, waiting=waiting)


def waiting(registration: Registration, sessions: Sequence[Session], *, now: datetime) -> OutgoingMail | None:
    """Tell the person that they stand on the waiting list of the event, and for which of its sessions too."""
    return _write("waiting", registration, [], now=now, waiting=sessions)


def promoted(  # noqa: PLR0913 - what they have now, what came, what went, what is still awaited
    registration: Registration,
    sessions: Sequence[Session],
    *,
    gained: Sequence[Session] = (),
    left: Sequence[Session] = (),
    waiting: Sequence[Session] = (),
    now: datetime,
) -> OutgoingMail | None:
    """Tell the person that a place has come to them from a list: that of the event, or those of the `gained`."""
    return _write("promoted", registration, sessions, now=now, gained=gained, left=left, waiting=waiting)


def offered(registration: Registration, offers: Sequence[Offer], *, now: datetime) -> OutgoingMail | None:
    """Ask the person whether they take what is kept for them: a place of the event, or of one session or several."""
    return _write("offered", registration, [], tells_calendar=False, now=now, offers=offers)


def list_offers(registration: Registration, now: datetime) -> list[Offer]:
    """What the person has been offered and can still answer: the place of the event, then those of sessions."""
    until = registration.held_until if registration.state is RegistrationState.OFFERED else None
    entries = db.session.scalars(
        select(WaitingListEntry)
        .where(WaitingListEntry.registration_id == registration.id, WaitingListEntry.offered_until > now)
        .order_by(WaitingListEntry.id)
    )
    of_sessions = [
        _make_offer(registration, each.session, each.offered_until) for each in entries if each.offered_until
    ]
    return [*([_make_offer(registration, None, until)] if until and until > now else []), *of_sessions]


def offer_expired(registration: Registration, session: Session | None, *, now: datetime) -> None:
    """Tell the person that the place went on to the next because no answer came."""
    _write("offer_expired", registration, [], tells_calendar=False, now=now, session=session)


def changed(
    registration: Registration, sessions: Sequence[Session], *, waiting: Sequence[Session] = (), now: datetime
) -> OutgoingMail | None:
    """Tell the person what their registration is after a change, and their calendar too."""
    return _write("changed", registration, sessions, now=now, waiting=waiting)


def not_approved(registration: Registration, reason: str, *, now: datetime) -> None:
    """Tell the person that the organiser says no, with the organiser's own sentence if there is one."""
    _write("not_approved", registration, [], tells_calendar=False, now=now, reason=reason)


def merged(
    registration: Registration, address: str, token: str, *, waiting: Sequence[Session] = (), now: datetime
) -> OutgoingMail | None:
    """Tell the address that does not stay, and its calendar, that what it signed up is part of another registration.

    Under the link that it knows: if they turn out to be two people, it knows no other.
    """
    draft = compose(
        "registrations/mail/merged",
        registration,
        registration.sessions,
        tells_calendar=False,
        language=registration.language,
        now=now,
        waiting=waiting,
        offers=list_offers(registration, now),
    )
    if draft is None:
        return None
    news = calendars.find_doubled(registration, now=now)
    written = draft.mail.mail
    written.text = written.text.replace(registration.token, token)
    written.html = written.html and written.html.replace(registration.token, token)
    written.recipient = address
    written.calendars = [asdict(readdress(file, address)) for file in news.files]
    return post(replace(draft, news=news))


def own_link(registration: Registration, *, now: datetime) -> None:
    """Send the person the link of their own page again, with what is still asked of them."""
    offers = list_offers(registration, now)
    _write("own_link", registration, registration.sessions, tells_calendar=False, now=now, offers=offers)


def address_corrected(
    registration: Registration, sessions: Sequence[Session], *, waiting: Sequence[Session] = (), now: datetime
) -> OutgoingMail | None:
    """Tell the person at the address that the organiser put right how they stand; their calendar too."""
    offers = list_offers(registration, now)
    return _write("address_corrected", registration, sessions, now=now, waiting=waiting, offers=offers)


def cancelled(registration: Registration, sessions: Sequence[Session], *, had_place: bool, now: datetime) -> None:
    """Tell the person that their registration is cancelled, and their calendar too if it ever heard of it."""
    _write("cancelled", registration, sessions, now=now, had_place=had_place)


def cancelled_by_organiser(
    registration: Registration, sessions: Sequence[Session], *, had_place: bool, now: datetime
) -> OutgoingMail | None:
    """Tell the person that the organiser has cancelled their registration, and their calendar too."""
    return _write("cancelled_by_organiser", registration, sessions, now=now, had_place=had_place)


def event_moved(  # noqa: PLR0913 - what they have now, what was before, what is still awaited
    registration: Registration,
    sessions: Sequence[Session],
    *,
    was: EventWas | None,
    moved: Sequence[Moved] = (),
    waiting: Sequence[Session] = (),
    now: datetime,
) -> OutgoingMail | None:
    """Tell the person when and where the event is now, and what it was before; their calendar too."""
    zone = ZoneInfo(was.timezone) if was else None
    return _write("event_moved", registration, sessions, now=now, was=was, was_zone=zone, moved=moved, waiting=waiting)


def session_moved(
    registration: Registration,
    sessions: Sequence[Session],
    *,
    moved: Sequence[Moved],
    waiting: Sequence[Session] = (),
    now: datetime,
) -> OutgoingMail | None:
    """Tell the person that sessions they hold or wait for have another time or room; their calendar too."""
    return _write("session_moved", registration, sessions, now=now, moved=moved, waiting=waiting)


def session_cancelled(
    registration: Registration,
    sessions: Sequence[Session],
    *,
    gone: Sequence[Session],
    waiting: Sequence[Session] = (),
    now: datetime,
) -> OutgoingMail | None:
    """Tell the person that sessions they held or waited for will not be held; their calendar too."""
    return _write("session_cancelled", registration, sessions, now=now, gone=gone, waiting=waiting)


def event_cancelled(registration: Registration, *, now: datetime) -> OutgoingMail | None:
    """Tell the person that the event will not be held, and take it out of their calendar."""
    return _write("event_cancelled", registration, [], now=now)


def event_restored(
    registration: Registration, sessions: Sequence[Session], *, waiting: Sequence[Session] = (), now: datetime
) -> OutgoingMail | None:
    """Tell the person that a cancelled event will be held after all, and put it back into their calendar."""
    offers = list_offers(registration, now)
    return _write("event_restored", registration, sessions, now=now, waiting=waiting, offers=offers)


def reminder(registration: Registration, *, days: int, now: datetime) -> OutgoingMail | None:
    """Remind the person that the event is in so many days, counted as people do: 0 is today, 1 tomorrow."""
    return _write("reminder", registration, registration.sessions, tells_calendar=False, now=now, days=days)


def thanks(registration: Registration, attended: Sequence[Session], *, now: datetime) -> OutgoingMail | None:
    """Thank the person for having come, and say where their certificate is."""
    return _write("thanks", registration, attended, tells_calendar=False, now=now)


def count_recent(registration: Registration, kinds: Collection[str], now: datetime) -> int:
    """Count the mails of these kinds that were written to the person within the last hour."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RegistrationMail)
            .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
            .where(
                RegistrationMail.registration_id == registration.id,
                OutgoingMail.kind.in_(kinds),
                OutgoingMail.created_at > now - timedelta(hours=1),
            )
        )
        or 0
    )


def _make_offer(registration: Registration, session: Session | None, until: datetime) -> Offer:
    address = {"token": registration.token, **({"code": session.code} if session else {})}
    endpoint = f"registration_changes.{'session_' if session else ''}offer"
    accept_url, decline_url = (external_url(endpoint, answer=answer, **address) for answer in ("si", "no"))
    return Offer(session, until, accept_url, decline_url)


def _write(
    kind: str,
    registration: Registration,
    sessions: Sequence[Session],
    *,
    tells_calendar: bool = True,
    now: datetime,
    **context: object,
) -> OutgoingMail | None:
    """Render the mail into the transaction, and its bond to the registration; who gave no address gets none.

    A mail that tells the person's calendar what is new names all `sessions` that the registration holds.
    """
    return post(
        compose(
            f"registrations/mail/{kind}",
            registration,
            sessions,
            tells_calendar=tells_calendar,
            language=registration.language,
            now=now,
            **context,
        )
    )


def _moved_time(event: Event, where: Session | Moved, move: Moved) -> str:
    """When a session is or was; with the day in front when that is what has changed."""
    if is_one_day(move.starts_at, move.session.starts_at, event.zone):
        return session_time(event, where)
    return format_period(where.starts_at, where.ends_at, event.zone)
