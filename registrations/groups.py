"""Several people of one entity signed up in one go, each with a registration and a mail of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.database import db
from core.errors import DomainError
from events.models import Event
from registrations import invitations, places, services
from registrations.models import Registration, RegistrationSource, RegistrationState
from registrations.services import Answers

MOST = 20


class TooFewPlaces(DomainError):
    """There is no place for everybody, and no list to wait on."""

    message = _l("There are not enough places for all of you. Nobody has been signed up.")


class TooFewInSession(DomainError):
    """A session has places for some of the group, and no list to wait on."""

    message = _l("“%(session)s” does not have places for all of you. Nobody has been signed up.")
    field = "sessions"


class InvitationTooSmall(DomainError):
    """The invitation lets in fewer than there are."""

    message = _l("This invitation is only good for %(left)d more of you. Nobody has been signed up.")


@dataclass(frozen=True)
class Member:
    """One person of a group as they stand in the form: in which row, with sessions of their own or those of all."""

    row: int
    answers: Answers
    has_own_sessions: bool = False

    def field_of(self, error: DomainError) -> str | None:
        """The field in which the person reads what was refused."""
        is_in_row = error.field == "email" or (error.field == "sessions" and self.has_own_sessions)
        return f"{error.field}-{self.row}" if is_in_row else error.field


@dataclass(frozen=True)
class Group:
    """What came of it: who was signed up, in order, and who had been before."""

    made: Sequence[Registration]
    known: Sequence[Registration]


def register_group(  # noqa: PLR0913 - who, by whom, and what is so
    event: Event,
    members: Sequence[Member],
    *,
    signed_up_by: str,
    with_me: bool,
    language: str,
    now: datetime,
) -> Group:
    """Sign these people up in their order, all or nobody; whoever has no place stands on the waiting list.

    Each gets their own mail and may decline. Who is registered already is left as they are and sent their own link
    (docs/adr/0008). `with_me`: the first of them signs up the others. Raises what `services.register` raises, at the
    field of the person it is about.
    """
    places.hold(event)
    made: list[Registration] = []
    known: list[Registration] = []
    me: Registration | None = None
    for number, member in enumerate(members, 1):
        is_me = with_me and number == 1
        registration = services.find_by_address(event, member.answers.email)
        if registration is not None and registration.state is not RegistrationState.CANCELLED:
            services.send_own_link(event, member.answers.email, now=now)
            known.append(registration)
        else:
            answers = member.answers if is_me else replace(member.answers, signed_up_by=signed_up_by)
            try:
                registration = services.register(
                    event, answers, source=RegistrationSource.PERSON, language=language, now=now
                )
            except DomainError as error:
                raise _as_of_a_group(error, member, len(made)) from error
            registration.signed_up_by_id = me.id if me else None
            made.append(registration)
        if is_me:
            me = registration
    db.session.flush()
    return Group(made, known)


def read_group(event: Event, made: Sequence[int], known: Sequence[int]) -> Group:
    """Find the people of a group again by their ids, for the page that says what came of it."""
    people = db.session.scalars(
        select(Registration)
        .where(Registration.event_id == event.id, Registration.id.in_([*made, *known]))
        .options(selectinload(Registration.sessions))
    )
    found = {each.id: each for each in people}
    return Group([found[each] for each in made if each in found], [found[each] for each in known if each in found])


def _as_of_a_group(error: DomainError, member: Member, signed_up: int) -> DomainError:
    """What refused one of them after so many others, in words for all where it means all, at the field it is about."""
    refusal = error
    if isinstance(error, places.EventFull):
        refusal = TooFewPlaces()
    elif signed_up and isinstance(error, places.SessionFull):
        refusal = TooFewInSession(**error.values)
    elif signed_up and isinstance(error, invitations.InvitationUsedUp):
        refusal = InvitationTooSmall(left=signed_up)
    refusal.field = member.field_of(refusal)
    return refusal
