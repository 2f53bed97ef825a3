"""The mails of an event as its organiser sees them: found, sent again, and their addresses put right."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from accounts import audit
from accounts.models import StaffMember
from core import mail as outgoing
from core.database import MAX_ID, db, flush_or_refuse, on_commit
from core.errors import DomainError, NotFoundError
from core.mail import CalendarFile, MailState, OutgoingMail
from core.text import address_key, clean_line, fold
from events.models import Event
from registrations import aliases, calendars, ical, notifications, places, trail, waiting_list
from registrations.codes import make_token
from registrations.models import Awaited, Registration, RegistrationMail, RegistrationState
from registrations.names import person_values

_MAX_SEARCH_LENGTH = 100
_ANSWERED = (MailState.SENT, MailState.REFUSED)


class MailNotAnswered(DomainError):
    """It leaves by itself, or was withdrawn for good."""

    message = _l("Only a mail that was sent or refused can be sent again.")


class SentAgainAlready(DomainError):
    """A double click, or two desks at once."""

    message = _l("This mail has been sent again already.")


class NoAddress(DomainError):
    """The person has no address any more."""

    message = _l("This person has no address to write to.")


class SameAddress(DomainError):
    """Nothing was corrected."""

    message = _l("This is the address already.")
    field = "email"


class AddressTaken(DomainError):
    """Another registration of the event is known by this address."""

    message = _l("This is the address of another registration of this event: %(name)s (%(code)s).")
    field = "email"


class AddressTakenMeanwhile(DomainError):
    """Another registration took it at the same moment."""

    message = _l("Another registration of this event has just taken this address.")
    field = "email"


@dataclass(frozen=True)
class Picked:
    """Mails that a room above picks out of the list, as its address says: `?message=3`; what they are, and where."""

    name: str
    key: int
    first_ids: Select[int | None]
    words: str
    url: str


Picks = Callable[[Event, int], Picked]
_PICKS: dict[str, Picks] = {}


@dataclass(frozen=True)
class Filter:
    """Which of an event's mails are meant."""

    search: str = ""
    state: MailState | None = None
    kind: str = ""
    picked: Picked | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filter()


@dataclass(frozen=True)
class Counts:
    """How an event's mails stand, whatever is filtered; `to_send_again` are refused and were not sent again."""

    by_state: Mapping[MailState, int]
    kinds: Sequence[str]
    to_send_again: int

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


def picks_mails(name: str) -> Callable[[Picks], Picks]:
    """Have the decorated function say which mails are meant when the address of the list has this name in it."""

    def note(pick: Picks) -> Picks:
        _PICKS[name] = pick
        return pick

    return note


def pick(event: Event, read_number: Callable[[str], int | None]) -> Picked | None:
    """Find what the address picks out of the list, each name with a number; raises NotFoundError for there is none."""
    for name, find in _PICKS.items():
        key = read_number(name)
        if key is not None:
            return find(event, key)
    return None


def select_mails(event: Event, wanted: Filter) -> Select[RegistrationMail]:
    """Make the query for a page of the list, the newest first; the bodies stay where they are."""
    return (
        select(RegistrationMail)
        .join(RegistrationMail.mail)
        .join(RegistrationMail.registration)
        .where(*_conditions(event, wanted))
        .order_by(OutgoingMail.created_at.desc(), OutgoingMail.id.desc())
        .options(
            contains_eager(RegistrationMail.mail).defer(OutgoingMail.text),
            contains_eager(RegistrationMail.mail).defer(OutgoingMail.html),
            contains_eager(RegistrationMail.mail).defer(OutgoingMail.calendars),
            contains_eager(RegistrationMail.registration),
        )
    )


def count_mails(event: Event) -> Counts:
    """Count an event's mails by state, and give the kinds there are."""
    rows = db.session.execute(
        select(OutgoingMail.state, OutgoingMail.kind, func.count())
        .join(RegistrationMail, RegistrationMail.mail_id == OutgoingMail.id)
        .join(Registration, Registration.id == RegistrationMail.registration_id)
        .where(Registration.event_id == event.id)
        .group_by(OutgoingMail.state, OutgoingMail.kind)
    ).all()
    by_state = dict.fromkeys(MailState, 0)
    for state, _kind, count in rows:
        by_state[state] += count
    kinds = sorted({kind for _state, kind, _count in rows})
    return Counts(by_state, kinds, db.session.scalar(count_refused(event)) or 0)


def count_of(registration_ids: Collection[int]) -> dict[int, int]:
    """How many mails were written to each of these people."""
    query = select(RegistrationMail.registration_id, func.count()).group_by(RegistrationMail.registration_id)
    return dict(db.session.execute(query.where(RegistrationMail.registration_id.in_(registration_ids))).all())


def count_refused(event: Event) -> Select[int]:
    """Make the query for how many mails were refused and not sent again."""
    return _select_refused(event).order_by(None).with_only_columns(func.count())


def get_mail(event: Event, mail_id: int) -> RegistrationMail:
    """Give the mail of this event with this id; raises NotFoundError."""
    bond = db.session.scalar(
        select(RegistrationMail)
        .join(RegistrationMail.mail)
        .join(RegistrationMail.registration)
        .where(Registration.event_id == event.id, RegistrationMail.mail_id == mail_id)
        .options(contains_eager(RegistrationMail.mail), contains_eager(RegistrationMail.registration))
    )
    if bond is None:
        raise NotFoundError
    return bond


def find_copies(mails: Sequence[OutgoingMail]) -> dict[int, OutgoingMail]:
    """Give the mails as which these were sent again, by the id of the first."""
    ids = [mail.id for mail in mails if mail.id <= MAX_ID]
    copies = db.session.scalars(select(OutgoingMail).where(OutgoingMail.copy_of_id.in_(ids)))
    return {copy.copy_of_id: copy for copy in copies if copy.copy_of_id is not None}


def list_of(registration: Registration, most: int) -> list[RegistrationMail]:
    """The mails written to one registration, the newest first; no more than `most`."""
    query = select_mails(registration.event, Filter()).where(Registration.id == registration.id)
    return list(db.session.scalars(query.limit(most)))


def send_again(bond: RegistrationMail, *, by: StaffMember, now: datetime) -> OutgoingMail:
    """Write a mail that was sent or refused once more, to the address that the person has now."""
    if bond.mail.state not in _ANSWERED:
        raise MailNotAnswered
    if not bond.registration.email:
        raise NoAddress
    copy = _copy(bond, now=now)
    flush_or_refuse(SentAgainAlready)
    trail.record("registration.send_mail_again", bond.registration, by=by, now=now, kind=bond.mail.kind)
    return copy


def send_refused_again(event: Event, *, by: StaffMember, now: datetime) -> int:
    """Write every refused mail of an event once more that has not been; how many there were."""
    places.hold(event)
    bonds = db.session.scalars(_select_refused(event)).all()
    for bond in bonds:
        _copy(bond, now=now)
    flush_or_refuse(SentAgainAlready)
    audit.record(
        "event.send_refused_again", subject_kind="event", subject_key=event.slug, by=by, now=now, mails=len(bonds)
    )
    return len(bonds)


def correct_address(registration: Registration, email: str, *, by: StaffMember, now: datetime) -> list[OutgoingMail]:
    """Put right an address that was mistyped; gives the mails that go to the new one.

    What waits goes there instead, and what was refused goes once more. When mail has reached the wrong address, its
    owner knows the link of the person's page: it gets another, and the person is told anew how they stand, as they are
    when nothing else is on its way. The entries of their calendar keep their names.
    """
    places.hold_with(registration)
    old = registration.email
    if email == old:
        raise SameAddress
    _refuse_if_taken(registration, email)
    for name, value in person_values(
        registration.first_name, registration.last_name, email, registration.organisation
    ).items():
        setattr(registration, name, value)
    registration.updated_at = now
    flush_or_refuse(AddressTakenMeanwhile)
    bonds = _list_bonds(registration, old) if old else []
    went_astray = any(bond.mail.state is MailState.SENT for bond in bonds)
    old_token = registration.token
    if went_astray:
        registration.token = make_token()
        aliases.close_links(registration)
    mails = [_redirect(bond, old_token, now=now) for bond in bonds if bond.mail.state is MailState.WAITING]
    mails += [_copy(bond, old_token=old_token, now=now) for bond in bonds if _is_to_send_again(bond)]
    if (went_astray or not mails) and registration.state is not RegistrationState.CANCELLED:
        mails += _tell_stand(registration, now=now)
    on_commit(outgoing.wake)
    trail.record("registration.correct_address", registration, by=by, now=now)
    db.session.flush()
    return mails


def _conditions(event: Event, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    yield Registration.event_id == event.id
    search = clean_line(wanted.search)[:_MAX_SEARCH_LENGTH]
    if search:
        words = [Registration.search_key.contains(word, autoescape=True) for word in fold(search).split()]
        yield or_(
            and_(*words) if words else Registration.code == "",
            Registration.code == search.upper(),
            Registration.id.in_(aliases.select_by_code(event, search.upper())),
            OutgoingMail.recipient == search,
        )
    if wanted.state:
        yield OutgoingMail.state == wanted.state
    if wanted.kind:
        yield OutgoingMail.kind == wanted.kind
    if wanted.picked:
        yield OutgoingMail.id.in_(_with_copies(wanted.picked.first_ids))


def _with_copies(first_ids: Select[int | None]) -> Select[int]:
    """The ids of these mails, and of those as which they were sent again."""
    mails = select(first_ids.subquery().c[0].label("id")).cte("picked", recursive=True)
    copies = select(OutgoingMail.id).join(mails, OutgoingMail.copy_of_id == mails.c.id)
    return select(mails.union(copies).c.id)


def is_to_send_again() -> tuple[ColumnElement[bool], ...]:
    """The conditions that a mail was refused and not sent again, for a query that joins it to its registration."""
    copy = aliased(OutgoingMail)
    return (
        Registration.email != "",
        OutgoingMail.state == MailState.REFUSED,
        ~select(copy.id).where(copy.copy_of_id == OutgoingMail.id).exists(),
    )


def _select_refused(event: Event) -> Select[RegistrationMail]:
    return (
        select(RegistrationMail)
        .join(RegistrationMail.mail)
        .join(RegistrationMail.registration)
        .where(Registration.event_id == event.id, *is_to_send_again())
        .order_by(OutgoingMail.id)
        .options(contains_eager(RegistrationMail.mail), contains_eager(RegistrationMail.registration))
    )


def _list_bonds(registration: Registration, recipient: str) -> Sequence[RegistrationMail]:
    """The mails written to the registration at an address, in the order they were; no worker stamps them meanwhile."""
    return db.session.scalars(
        select(RegistrationMail)
        .join(RegistrationMail.mail)
        .where(RegistrationMail.registration_id == registration.id, OutgoingMail.recipient == recipient)
        .order_by(OutgoingMail.id)
        .options(contains_eager(RegistrationMail.mail))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _is_to_send_again(bond: RegistrationMail) -> bool:
    return bond.mail.state is MailState.REFUSED and not find_copies([bond.mail])


def _refuse_if_taken(registration: Registration, email: str) -> None:
    other = db.session.scalar(
        select(Registration).where(
            Registration.event_id == registration.event_id,
            Registration.email_key == address_key(email),
            Registration.id != registration.id,
        )
    )
    if other is not None:
        raise AddressTaken(name=other.full_name, code=other.code)


def _redirect(bond: RegistrationMail, old_token: str, *, now: datetime) -> OutgoingMail:
    """Have a mail that waits go to the address the registration has now, at once; one in hand goes there too."""
    mail = bond.mail
    _make_out_to(mail, bond.registration, old_token)
    if mail.held_up_since is None:  # the pause was for the address, and not for our own server
        mail.due_at = now
    return mail


def _copy(bond: RegistrationMail, *, old_token: str = "", now: datetime) -> OutgoingMail:
    """Write a mail once more, to the address the registration has now."""
    registration = bond.registration
    copy = outgoing.copy_mail(bond.mail, recipient=registration.email, recipient_name=registration.full_name, now=now)
    _make_out_to(copy, registration, old_token)
    db.session.add(RegistrationMail(registration=registration, mail=copy))
    return copy


def _make_out_to(mail: OutgoingMail, registration: Registration, old_token: str) -> None:
    """Write the registration's own address and link into a mail made out to another."""
    mail.recipient = registration.email
    mail.calendars = [asdict(ical.readdress(CalendarFile(**file), registration.email)) for file in mail.calendars]
    if old_token and old_token != registration.token:
        mail.text = mail.text.replace(old_token, registration.token)
        mail.html = mail.html and mail.html.replace(old_token, registration.token)


def _tell_stand(registration: Registration, *, now: datetime) -> list[OutgoingMail]:
    """Write to an address that has had no mail how the registration stands, and to its calendar all of it.

    Who has to confirm the address has the whole time for the right one.
    """
    calendars.forget(registration)
    if registration.awaits is Awaited.ADDRESS:
        registration.held_until = now + timedelta(minutes=registration.event.address_minutes)
    waiting = waiting_list.list_sessions(registration)
    mail = notifications.address_corrected(registration, registration.sessions, waiting=waiting, now=now)
    return [mail] if mail else []
