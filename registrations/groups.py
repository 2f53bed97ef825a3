"""Several people of one entity signed up in one go, each with a registration and a mail of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import lazy_gettext as _l

from core.database import db
from core.errors import DomainError
from events.models import Event
from registrations import places, services
from registrations.models import Registration, RegistrationSource, RegistrationState
from registrations.services import Answers

MOST = 20


class TooFewPlaces(DomainError):
    """There is no place for everybody, and no list to wait on."""

    message = _l("There are not enough places for all of you. Nobody has been signed up.")


@dataclass(frozen=True)
class Group:
    """What came of it: who was signed up, in order, and who had been before."""

    made: Sequence[Registration]
    known: Sequence[Registration]


def register_group(  # noqa: PLR0913 - who, by whom, and what is so
    event: Event,
    people: Sequence[Answers],
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
    for number, person in enumerate(people, 1):
        is_me = with_me and number == 1
        registration = services.find_by_address(event, person.email)
        if registration is not None and registration.state is not RegistrationState.CANCELLED:
            services.send_own_link(event, person.email, now=now)
            known.append(registration)
        else:
            answers = person if is_me else replace(person, signed_up_by=signed_up_by)
            registration = _register(event, answers, number, language=language, now=now)
            registration.signed_up_by_id = me.id if me else None
            made.append(registration)
        if is_me:
            me = registration
    db.session.flush()
    return Group(made, known)


def read_group(event: Event, made: Sequence[int], known: Sequence[int]) -> Group:
    """Find the people of a group again by their ids, for the page that says what came of it."""
    found = {each.id: each for each in services.list_by_ids(event, [*made, *known])}
    return Group([found[each] for each in made if each in found], [found[each] for each in known if each in found])


def _register(event: Event, answers: Answers, number: int, *, language: str, now: datetime) -> Registration:
    try:
        return services.register(event, answers, source=RegistrationSource.PERSON, language=language, now=now)
    except places.EventFull as error:
        raise TooFewPlaces from error
    except DomainError as error:
        if error.field == "email":
            error.field = f"email-{number}"
        raise
