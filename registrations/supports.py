"""Supports that people need: which an event offers, who needs what, how many of each.

They may tell of a person's health, which the law guards above all (GDPR art. 9.2.a): asked for only where the organiser
offers them, kept only with the person's explicit consent, seen only by who prepares them, and deleted when the
registration is cancelled or the event has been over for `KEPT_FOR`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import StaffMember
from core.database import db, transaction
from core.jobs import sweep
from events.models import Event
from registrations import trail
from registrations.models import (
    OfferedSupport,
    Registration,
    RegistrationMerge,
    RegistrationState,
    SupportKind,
    SupportNeed,
)

DETAILS_LENGTH = 500
KEPT_FOR = timedelta(days=30)

Needs = Mapping[SupportKind, str]
"""The supports somebody needs, each with their own words, which may be none."""


@dataclass(frozen=True)
class NeedCount:
    """How many people need a support, in these words when words belong to it: what catering and room must know."""

    kind: SupportKind
    details: str
    people: int


def list_offered(event: Event) -> list[SupportKind]:
    """The supports that the form of the event offers, in the order in which they are always named."""
    offered = set(db.session.scalars(select(OfferedSupport.kind).where(OfferedSupport.event_id == event.id)))
    return [kind for kind in SupportKind if kind in offered]


def offer(event: Event, kinds: Collection[SupportKind], *, by: StaffMember | None, now: datetime) -> bool:
    """Offer these supports and no others, and say whether that is new; who asked for another before still needs it."""
    before = list_offered(event)
    after = [kind for kind in SupportKind if kind in kinds]
    if before == after:
        return False
    for row in db.session.scalars(select(OfferedSupport).where(OfferedSupport.event_id == event.id)):
        if row.kind not in after:
            db.session.delete(row)
    db.session.add_all(OfferedSupport(event_id=event.id, kind=kind) for kind in after if kind not in before)
    db.session.flush()
    offered = [kind.value for kind in after]
    audit.record("event.offer_supports", subject_kind="event", subject_key=event.slug, by=by, now=now, offered=offered)
    return True


def keep_needs(registration: Registration, needs: Needs, *, now: datetime) -> None:
    """Write what the person needs now in place of what they needed before, with the moment of their consent."""
    if registration.id is not None:
        _delete_of(registration.id)
    db.session.add_all(
        SupportNeed(registration=registration, kind=kind, details=details, consented_at=now)
        for kind, details in needs.items()
    )


def forget_needs(registration: Registration) -> None:
    """Delete what the person needed: they cancelled, or took back their consent."""
    db.session.flush()
    _delete_of(registration.id)


def withdraw_consent(registration: Registration, *, now: datetime) -> None:
    """Delete what the person needed because they ask for it; the trail keeps that they did, not what it was."""
    if not list_needs(registration):
        return
    forget_needs(registration)
    trail.record("registration.withdraw_supports", registration, by=None, now=now)


def list_needs(registration: Registration) -> list[SupportNeed]:
    """What a person needs."""
    needs = db.session.scalars(select(SupportNeed).where(SupportNeed.registration_id == registration.id))
    return sorted(needs, key=lambda need: list(SupportKind).index(need.kind))


def list_people(event: Event) -> list[tuple[Registration, list[SupportNeed]]]:
    """Who needs supports, by name, for those who prepare them."""
    needs = db.session.scalars(
        select(SupportNeed)
        .join(SupportNeed.registration)
        .where(Registration.event_id == event.id, Registration.state != RegistrationState.CANCELLED)
        .options(joinedload(SupportNeed.registration))
        .order_by(Registration.sort_key, Registration.id)
    )
    people: dict[Registration, list[SupportNeed]] = {}
    for need in needs:
        people.setdefault(need.registration, []).append(need)
    return list(people.items())


def count_needs(event: Event) -> list[NeedCount]:
    """How many of those with a place need each support, and nobody's name.

    Menus are counted by what was written, as whoever cooks must know it; other words may tell who somebody is.
    """
    rows = db.session.execute(
        select(SupportNeed.kind, SupportNeed.details)
        .join(Registration, Registration.id == SupportNeed.registration_id)
        .where(Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED)
        .order_by(SupportNeed.registration_id)
    )
    return count_each(rows)


def count_each(needs: Iterable[tuple[SupportKind, str]]) -> list[NeedCount]:
    """Count needs by kind, and menus by their words, as they were first written.

    In the order of kinds, the most frequent words first.
    """
    counts: dict[tuple[SupportKind, str], list[str]] = {}
    for kind, details in needs:
        words = details if kind is SupportKind.MENU else ""
        counts.setdefault((kind, words.casefold()), []).append(words)
    found = [NeedCount(kind, words[0], len(words)) for (kind, _folded), words in counts.items()]
    order = list(SupportKind)
    return sorted(found, key=lambda count: (order.index(count.kind), -count.people, count.details.casefold()))


def read_needs(registration_ids: Sequence[int]) -> dict[int, list[tuple[SupportKind, str]]]:
    """What these registrations need, by registration: one query for a whole batch."""
    needs: dict[int, list[tuple[SupportKind, str]]] = {}
    for registration_id, kind, details in db.session.execute(
        select(SupportNeed.registration_id, SupportNeed.kind, SupportNeed.details)
        .where(SupportNeed.registration_id.in_(registration_ids))
        .order_by(SupportNeed.kind)
    ):
        needs.setdefault(registration_id, []).append((kind, details))
    return needs


@sweep
def forget_supports(now: datetime) -> None:
    """Delete the needs of everybody whose event has been over for `KEPT_FOR`: they served their purpose."""
    over = select(Registration.id).join(Event, Event.id == Registration.event_id).where(Event.ends_at <= now - KEPT_FOR)
    with transaction():
        is_due = select(SupportNeed.registration_id).where(SupportNeed.registration_id.in_(over)).limit(1)
        if db.session.scalar(is_due) is not None:
            db.session.execute(delete(SupportNeed).where(SupportNeed.registration_id.in_(over)))
            kept = RegistrationMerge.registration_id.in_(over) & RegistrationMerge.needs.is_not(None)
            db.session.execute(update(RegistrationMerge).where(kept).values(needs=None))


def _delete_of(registration_id: int) -> None:
    db.session.execute(  # what a merge could be undone with is not kept either
        update(RegistrationMerge)
        .where(RegistrationMerge.registration_id == registration_id, RegistrationMerge.needs.is_not(None))
        .values(needs=None)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        delete(SupportNeed)
        .where(SupportNeed.registration_id == registration_id)
        .execution_options(synchronize_session=False)
    )
