"""Two registrations of one person side by side: what differs, what stays by default, what somebody has to choose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from core.database import db
from core.mail import MailState, OutgoingMail
from events.models import Session
from registrations.models import Answer, Awaited, Question, Registration, RegistrationMail, RegistrationState
from registrations.standing import Standing

Choice = Mapping[str, int]
"""For each part that somebody chose, by its name in the form, the id of the registration whose value stays."""


class Part(StrEnum):
    """A part of a registration of which one value stays."""

    NAME = "name"
    EMAIL = "email"
    ORGANISATION = "organisation"
    DIMENSION = "dimension"
    LANGUAGE = "language"
    IMAGE_CONSENT = "image_consent"


COLUMNS: Mapping[Part, Sequence[str]] = {
    Part.NAME: ("first_name", "last_name"),
    Part.EMAIL: ("email",),
    Part.ORGANISATION: ("organisation",),
    Part.DIMENSION: ("dimension",),
    Part.LANGUAGE: ("language",),
    Part.IMAGE_CONSENT: ("image_consent_at",),
}


@dataclass(frozen=True)
class Difference:
    """A part, or an answer to a `question`, of which the two say something else; `default` is whose value stays."""

    key: str
    default: int
    part: Part | None = None
    question: Question | None = None
    values: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Clash:
    """Sessions at one time, of which the two hold different ones: those of one of them stay."""

    key: str
    default: int
    sessions: Mapping[int, Sequence[Session]]


@dataclass(frozen=True)
class Comparison:
    """What the two have alike and what not. `main` is the one whose link and code are shown from now on."""

    main: Registration
    other: Registration
    same: Sequence[Part]
    differences: Sequence[Difference]
    clashes: Sequence[Clash]

    def choose(self, choice: Choice) -> dict[str, int]:
        """Whose value stays of each part that differs: as chosen, or by default; a choice of anybody else is none."""
        ids = {self.main.id, self.other.id}
        parts: list[Difference | Clash] = [*self.differences, *self.clashes]
        return {part.key: chosen if (chosen := choice.get(part.key)) in ids else part.default for part in parts}


_RANKS = {
    RegistrationState.CONFIRMED: 5,
    RegistrationState.OFFERED: 4,
    RegistrationState.WAITING: 2,
    RegistrationState.PENDING: 1,
    RegistrationState.CANCELLED: 0,
}
_WITH_PLACE_UNCONFIRMED = 3
SEVERAL = 2


def rank(stand: Standing) -> int:
    """How good it is to stand like this, so that the better of two stays."""
    is_kept = stand.state is RegistrationState.PENDING and stand.awaits is Awaited.ADDRESS and stand.has_place
    return _WITH_PLACE_UNCONFIRMED if is_kept else _RANKS[stand.state]


def compare(one: Registration, other: Registration, stands: Mapping[int, Standing]) -> Comparison:
    """Put two registrations of an event side by side."""
    both = sorted((one, other), key=lambda each: (-rank(stands[each.id]), each.created_at, each.id))
    main, second = both
    differences = [*_compare_parts(main, second), *_compare_answers(main, second)]
    unlike = {each.part for each in differences}
    return Comparison(
        main=main,
        other=second,
        same=[part for part in Part if part not in unlike],
        differences=differences,
        clashes=_find_clashes(main, second, stands),
    )


def _compare_parts(main: Registration, other: Registration) -> Iterable[Difference]:
    """What differs; the newer value stays unless it is empty, and the address at which mail arrives."""
    newest_first = sorted((main, other), key=lambda each: (each.created_at, each.id), reverse=True)
    for part, columns in COLUMNS.items():
        values = {each.id: _read_value(each, part, columns) for each in (main, other)}
        if values[main.id] == values[other.id]:
            continue
        by_preference = newest_first
        if part is Part.EMAIL:
            arrived = _count_arrived([main.id, other.id])
            by_preference = sorted(newest_first, key=lambda each: (-arrived.get(each.id, 0), each is not main))
        elif part is Part.DIMENSION:  # a place that is kept for a group stays theirs
            by_preference = sorted(newest_first, key=lambda each: not each.has_reserved_place)
        elif part is Part.IMAGE_CONSENT:  # what they said last, also when that was no
            yield Difference(part.value, newest_first[0].id, part)
            continue
        yield Difference(part.value, next((each.id for each in by_preference if any(values[each.id])), main.id), part)


def _read_value(registration: Registration, part: Part, columns: Sequence[str]) -> tuple[Any, ...]:
    if part is Part.IMAGE_CONSENT:
        return (registration.image_consent_at is not None,)
    return tuple(getattr(registration, column) for column in columns)


def _count_arrived(registration_ids: Sequence[int]) -> dict[int, int]:
    """How many mails the mail server took for each of these people."""
    return dict(
        db.session.execute(
            select(RegistrationMail.registration_id, func.count())
            .join(OutgoingMail, OutgoingMail.id == RegistrationMail.mail_id)
            .where(RegistrationMail.registration_id.in_(registration_ids), OutgoingMail.state == MailState.SENT)
            .group_by(RegistrationMail.registration_id)
        ).all()
    )


def _compare_answers(main: Registration, other: Registration) -> Iterable[Difference]:
    """The questions to which both gave an answer, and not the same; the newer one stays."""
    rows = db.session.execute(
        select(Answer.registration_id, Answer.words, Question)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.registration_id.in_([main.id, other.id]))
        .order_by(Question.position, Question.id)
    ).all()
    said: dict[Question, dict[int, list[str]]] = {}
    for registration_id, words, question in rows:
        said.setdefault(question, {})[registration_id] = list(words)
    newer = max((main, other), key=lambda each: (each.created_at, each.id))
    for question, answers in said.items():
        if len(answers) == SEVERAL and answers[main.id] != answers[other.id]:
            values = (answers[main.id], answers[other.id])
            yield Difference(f"answer-{question.id}", newer.id, question=question, values=values)


def _find_clashes(main: Registration, other: Registration, stands: Mapping[int, Standing]) -> list[Clash]:
    """Groups of sessions that cannot both be held; those of the one who stands better stay by default."""
    by_id = {session.id: session for session in main.event.sessions}
    mine, theirs = ([by_id[key] for key in sorted(stands[each.id].sessions) if key in by_id] for each in (main, other))
    groups: list[tuple[set[Session], set[Session]]] = []
    for session in mine:
        over = {each for each in theirs if each is not session and each.overlaps(session)}
        if not over:
            continue
        joined: tuple[set[Session], set[Session]] = ({session}, over)
        for group in [each for each in groups if each[1] & over]:
            joined = (joined[0] | group[0], joined[1] | group[1])
            groups.remove(group)
        groups.append(joined)
    return [
        Clash(
            f"clash-{min(each.id for each in first | second)}",
            main.id,
            {main.id: _in_time(first), other.id: _in_time(second)},
        )
        for first, second in groups
    ]


def _in_time(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: (session.starts_at, session.code))
