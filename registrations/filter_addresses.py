"""The filter of the attendee list as an address says it: read, said in words, and kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.permissions import Permission, may
from core.database import read_id
from core.errors import NotFoundError
from core.languages import NAMES
from core.text import clean_line
from directory import networks
from events.labels import DIMENSIONS
from events.models import Dimension, Event, Session, SessionKind
from events.sessions import get_session
from registrations import invitations, questions
from registrations.filters import Answered, Consent, Filter, Order, Presence
from registrations.labels import REGISTRATION_SOURCES, REGISTRATION_STATES
from registrations.models import Invitation, Question, QuestionKind, RegistrationSource, RegistrationState

Choice = TypeVar("Choice", bound=StrEnum)
T = TypeVar("T", str, list[str])

FILTERED_BY = (
    "q",
    "session",
    "everybody",
    "state",
    "presence",
    "mail",
    "dimension",
    "organisation",
    "network",
    "language",
    "source",
    "consent",
    "invitation",
    "people",
)
"""What of an address says whom a list is of, apart from their order; the answers to questions come besides."""
ANSWER = "answer-"
_GENERAL = frozenset(
    {
        "session",
        "everybody",
        "state",
        "presence",
        "mail",
        "dimension",
        "network",
        "language",
        "source",
        "consent",
        "sort",
        "column",
    }
)
"""What of an address means the same in a copy of the event, if the copy has the session."""
OPEN, WORD = "none", "="
"""How an address asks for those who left a question open, and what stands before a word that was chosen."""
MOST_PEOPLE = 1000
KEPT_LENGTH = 12_000  # the numbers of that many people


@dataclass(frozen=True)
class Part:
    """One thing by which a list is narrowed down, in words, and the names in the address that say it."""

    words: str
    names: tuple[str, ...]


def is_of_filter(name: str) -> bool:
    """Whether this name in an address says whom a list is of."""
    return name in FILTERED_BY or name.startswith(ANSWER)


def keep_filter(args: Mapping[str, str]) -> dict[str, str]:
    """What of an address says whom the list is of."""
    return {name: clean_line(args[name])[:KEPT_LENGTH] for name in args if is_of_filter(name) and args.get(name)}


def carry_over(query: Mapping[str, T], event: Event, asked: Mapping[Question, Question]) -> dict[str, T] | None:
    """Say what an address asks for as the copy of its event does, which asks other questions (`asked`).

    None when it is of people whom nobody could find there (picked one by one, invited, of this name or organisation, or
    by what the copy does not have): without that it would be of everybody.
    """
    names = {f"{ANSWER}{old.id}": f"{ANSWER}{new.id}" for old, new in asked.items()}
    codes = {session.code for session in event.sessions}
    sessions = query.get("session", ())
    if not codes.issuperset([sessions] if isinstance(sessions, str) else sessions):
        return None
    if not query.keys() <= _GENERAL | names.keys():
        return None
    return {names.get(name, name): value for name, value in query.items()}


def read_filter(event: Event, args: Mapping[str, str]) -> Filter:
    """Read what the address asks for; a session, a state, a question there is none of is a page there is none of."""
    return Filter(
        search=clean_line(args.get("q")),
        session=_find_session(event, args.get("session", "")),
        with_everybody=bool(args.get("everybody")),
        state=read_choice(RegistrationState, args, "state"),
        presence=read_choice(Presence, args, "presence"),
        refuses_mail=args.get("mail") == "refused",
        dimension=read_choice(Dimension, args, "dimension"),
        organisation=clean_line(args.get("organisation"))[:300],
        network=networks.get_network(_get_id(args["network"])) if args.get("network") else None,
        language=_read_language(args.get("language", "")),
        source=read_choice(RegistrationSource, args, "source"),
        consent=read_choice(Consent, args, "consent"),
        invitation=_find_invitation(event, args.get("invitation", "")),
        answers=_read_answers(event, args),
        people=_read_people(args.get("people", "")),
        order=read_choice(Order, args, "sort") or Order.NAME,
    )


def read_choice(choices: type[Choice], args: Mapping[str, str], name: str) -> Choice | None:
    """The choice that the address names, if it names one; raises NotFoundError for one there is none of."""
    if not args.get(name):
        return None
    try:
        return choices(args[name])
    except ValueError as error:
        raise NotFoundError from error


def say_filter(wanted: Filter) -> str:
    """Say whom a list is of, in words; nothing when it is everybody's."""
    return " · ".join(part.words for part in list_parts(wanted))


def list_parts(wanted: Filter) -> list[Part]:
    """Everything by which a list is narrowed down, so that each can be said and taken away."""
    return [Part(str(words), names) for say in (_say_stand, _say_person, _say_answers) for words, names in say(wanted)]


def offers_answers(question: Question) -> bool:
    """Whether a list can be narrowed down by the answers to a question: to those that are chosen, not written."""
    return question.kind.has_options or question.kind is QuestionKind.YES_NO


def list_words(question: Question) -> list[tuple[str, str]]:
    """What can be asked for of a question: how the address says it, and in words."""
    words = [questions.YES, questions.NO] if question.kind is QuestionKind.YES_NO else question.options
    return [*((f"{WORD}{word}", questions.say(question, [word])) for word in words), (OPEN, _("not answered"))]


Said = Iterator[tuple[object, tuple[str, ...]]]


def _say_stand(wanted: Filter) -> Said:
    if wanted.search:
        yield f"«{wanted.search}»", ("q",)
    if wanted.session and wanted.state is RegistrationState.WAITING:
        yield _("on the waiting list of this session"), ("state",)
    elif wanted.state:
        yield REGISTRATION_STATES[wanted.state], ("state",)
    if wanted.session:
        yield wanted.session.title, ("session", "everybody")
        if wanted.with_everybody:
            yield _("also those who did not choose this session"), ("everybody",)
    if wanted.presence:
        yield _("came") if wanted.presence is Presence.CAME else _("not recorded"), ("presence",)


def _say_person(wanted: Filter) -> Said:
    if wanted.refuses_mail:
        yield _("address refuses mail"), ("mail",)
    if wanted.dimension:
        yield DIMENSIONS[wanted.dimension], ("dimension",)
    if wanted.organisation:
        yield wanted.organisation, ("organisation",)
    if wanted.network:
        yield wanted.network.name, ("network",)
    if wanted.language:
        yield NAMES[wanted.language], ("language",)
    if wanted.source:
        yield REGISTRATION_SOURCES[wanted.source], ("source",)
    if wanted.consent:
        is_given = wanted.consent is Consent.GIVEN
        yield _("consents to pictures") if is_given else _("does not consent to pictures"), ("consent",)
    if wanted.invitation:
        yield wanted.invitation.label, ("invitation",)
    if wanted.people is not None:
        yield ngettext("%(num)d person chosen", "%(num)d people chosen", len(wanted.people)), ("people",)


def _say_answers(wanted: Filter) -> Said:
    for each in wanted.answers:
        said = questions.say(each.question, [each.word]) if each.word else _("not answered")
        yield f"{each.question.text}: {said}", (f"{ANSWER}{each.question.id}",)


def _find_session(event: Event, code: str) -> Session | None:
    if not code:
        return None
    session = get_session(event, code)
    if session.kind is SessionKind.BREAK:
        raise NotFoundError
    return session


def _read_language(language: str) -> str:
    if language and language not in NAMES:
        raise NotFoundError
    return language


def _find_invitation(event: Event, text: str) -> Invitation | None:
    return invitations.get_invitation(event, _get_id(text)) if text else None


def _read_answers(event: Event, args: Mapping[str, str]) -> tuple[Answered, ...]:
    """What people answered is for who may change their registration: to everybody else there is no such list."""
    wanted = {name: args[name] for name in args if name.startswith(ANSWER) and args[name]}
    if not wanted:
        return ()
    if not may(Permission.EDIT_REGISTRATIONS):
        raise NotFoundError
    return tuple(_read_answer(event, name, value) for name, value in sorted(wanted.items()))


def _read_answer(event: Event, name: str, value: str) -> Answered:
    question = questions.get_question(event, _get_id(name.removeprefix(ANSWER)))
    if value != OPEN and not value.startswith(WORD):
        raise NotFoundError
    return Answered(question, "" if value == OPEN else value.removeprefix(WORD))


def _read_people(text: str) -> tuple[int, ...] | None:
    if not text:
        return None
    return tuple(sorted({_get_id(each) for each in text.split(",")[:MOST_PEOPLE]}))


def _get_id(text: str) -> int:
    number = read_id(text)
    if number is None:
        raise NotFoundError
    return number
