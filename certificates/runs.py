"""Certificates for many people at once, as one document, as a ZIP or by mail: asked for, stopped, taken up again.

Asking notes every certificate in its place; `run_work` issues them, a few at a time (docs/adr/0042).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload

from accounts.models import StaffMember
from certificates import mails, people, run_work, services
from certificates.due import Due
from certificates.models import CertificateRun, CertificateRunItem, Outcome, RunKind, RunState
from certificates.people import Standing
from core import mail
from core.database import MAX_ID, batches, db, flush_or_refuse, on_commit
from core.errors import DomainError, NotFoundError
from core.mail import MailState, OutgoingMail
from events import owners
from events.models import Event, EventState
from registrations import signals
from registrations.models import Registration

AT_ONCE = 100
"""Up to how many certificates a file is made while somebody waits for it."""


class UnderWayAlready(DomainError):
    """A double click, or two organisers at once."""

    message = _l("Such a run is under way already. Wait until it is over, or stop it.")


class EventIsDraft(DomainError):
    """Nobody knows of the event yet."""

    message = _l("The event is still a draft. Publish it before you write to people.")


class NothingToStop(DomainError):
    """Everything is done, or somebody was quicker."""

    message = _l("There is nothing left to stop.")


class NothingToResume(DomainError):
    """It is under way, or has all that it should have."""

    message = _l("There is nothing left to do.")


class NoFile(NotFoundError):
    """It is not made yet, or not kept any more."""


@dataclass(frozen=True)
class Outlook:
    """What a run would come to: how everybody in question stands, and who would get one and has no address."""

    counts: Mapping[Standing, int]
    without_address: Sequence[Registration]

    @property
    def getting(self) -> int:
        """How many certificates there would be, issued before or now."""
        return people.count_getting(self.counts)

    @property
    def in_former_wording(self) -> int:
        """How many certificates stand in words that new ones are not given in any more."""
        return self.counts.get(Standing.FORMER_WORDING, 0)


@dataclass(frozen=True)
class Progress:
    """How far a run has come: what became of its certificates, and of the mails about them.

    Of these there are `letters`; one that is not kept any more has left.
    """

    total: int
    outcomes: Mapping[Outcome | None, int]
    drawn: int = 0
    letters: int = 0
    mails: Mapping[MailState, int] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """How much there is to be done: issuing each, then drawing it, or letting the mail about it leave."""
        return self.total + (self.letters or self.total - self.left_out)

    @property
    def steps_done(self) -> int:
        return self.total - self.to_do + (self.drawn or self.gone + self.withdrawn)

    @property
    def to_do(self) -> int:
        return self.outcomes.get(None, 0)

    @property
    def issued(self) -> int:
        """How many certificates stand ready."""
        return self.total - self.to_do - self.outcomes.get(Outcome.LEFT_OUT, 0)

    @property
    def no_address(self) -> int:
        return self.outcomes.get(Outcome.NO_ADDRESS, 0)

    @property
    def mailed_before(self) -> int:
        return self.outcomes.get(Outcome.MAILED_BEFORE, 0)

    @property
    def left_out(self) -> int:
        return self.outcomes.get(Outcome.LEFT_OUT, 0)

    @property
    def waiting(self) -> int:
        """How many mails are still to leave."""
        return self.mails.get(MailState.WAITING, 0)

    @property
    def refused(self) -> int:
        return self.mails.get(MailState.REFUSED, 0)

    @property
    def withdrawn(self) -> int:
        return self.mails.get(MailState.WITHDRAWN, 0)

    @property
    def gone(self) -> int:
        """How many mails have left."""
        return self.letters - self.waiting - self.withdrawn


def look_ahead(event: Event, of: Collection[int] | None, *, now: datetime) -> Outlook:
    """What issuing to these people, or to everybody, would come to now."""
    found = [each for each in people.list_people(event, now=now) if of is None or each.registration.id in of]
    getting = [each.registration for each in found if each.standing in people.GETTING]
    nameless = [each for each in dict.fromkeys(getting) if not mails.has_address(each)]
    return Outlook(people.count(found), nameless)


def select_runs(event: Event) -> Select[CertificateRun]:
    """Make the query for the runs of an event, the latest first."""
    query = select(CertificateRun).where(CertificateRun.event_id == event.id)
    return query.options(joinedload(CertificateRun.asked_by)).order_by(
        CertificateRun.asked_at.desc(), CertificateRun.id.desc()
    )


def get_run(event: Event, run_id: int) -> CertificateRun:
    """Give the run of this event with this id; raises NotFoundError."""
    query = select(CertificateRun).where(CertificateRun.event_id == event.id, CertificateRun.id == run_id)
    run = db.session.scalar(query.options(joinedload(CertificateRun.asked_by))) if run_id <= MAX_ID else None
    if run is None:
        raise NotFoundError
    return run


def find_under_way(event: Event, kind: RunKind) -> CertificateRun | None:
    """The run of this kind that is under way."""
    query = select(CertificateRun).where(CertificateRun.event_id == event.id, CertificateRun.kind == kind)
    return db.session.scalar(query.where(CertificateRun.state == RunState.UNDER_WAY))


def start(  # noqa: PLR0913 - what, to whom, by whom and when
    event: Event,
    kind: RunKind,
    wanted: Mapping[str, str],
    *,
    of: Collection[int] | None,
    renews: bool = False,
    by: StaffMember | None,
    now: datetime,
) -> CertificateRun:
    """Note the certificates that these people are due, or everybody, to be issued in Catalan order.

    `wanted` is the filter that they were found by, as the address of the list says it; those in the former wording are
    issued anew where `renews` says so. Raises EventIsDraft, `services.NobodyToCertify` and UnderWayAlready.
    """
    if kind is RunKind.MAIL and event.state is EventState.DRAFT:
        raise EventIsDraft
    dues = services.list_issuable(event, now=now, of=of)
    if not dues:
        raise services.NobodyToCertify
    run = CertificateRun(
        event=event,
        kind=kind,
        wanted=dict(wanted),
        renews=renews,
        total=len(dues),
        asked_by_id=by.id if by else None,
        asked_at=now,
    )
    db.session.add(run)
    flush_or_refuse(UnderWayAlready)
    _note_all(run, dues)
    _record("start", run, by=by, now=now, kind=kind.value, count=run.total, filter=dict(wanted), renews=renews)
    if not is_short(run):
        on_commit(partial(run_work.wake, kind))
    return run


def is_short(run: CertificateRun) -> bool:
    """Whether the file is made while somebody waits for it."""
    return run.kind in run_work.FILES and run.total <= AT_ONCE


def stop(run: CertificateRun, *, by: StaffMember | None, now: datetime) -> int:
    """Issue no more, draw no further, and let no more mails leave; how many certificates and mails that keeps back.

    What is issued stays issued. What a worker has in its hands at this moment may still go. Raises NothingToStop.
    """
    before = {RunState.UNDER_WAY, RunState.DONE} if run.kind is RunKind.MAIL else {RunState.UNDER_WAY}
    _move(run, before, RunState.STOPPED, NothingToStop)
    progress = count_progress(run)
    taken_back = mail.take_back(select_mails(run), now=now)
    is_drawing = run.kind in run_work.FILES
    if not progress.to_do and not progress.waiting and not is_drawing:
        raise NothingToStop
    run.leased_until, run.finished_at = None, now
    stopped = progress.to_do + len(taken_back)
    _record("stop", run, by=by, now=now, count=stopped)
    return stopped


def resume(run: CertificateRun, *, by: StaffMember | None, now: datetime) -> None:
    """Go on with a run that was stopped or given up, or make its file anew when it is not kept any more.

    Raises NothingToResume and UnderWayAlready.
    """
    if not can_resume(run):
        raise NothingToResume
    try:
        _move(run, {run.state}, RunState.UNDER_WAY, NothingToResume)
    except IntegrityError as error:
        raise UnderWayAlready from error
    withdrawn = select(OutgoingMail.id).where(OutgoingMail.state == MailState.WITHDRAWN)
    db.session.execute(
        update(CertificateRunItem)
        .where(CertificateRunItem.run_id == run.id, CertificateRunItem.mail_id.in_(withdrawn))
        .values(outcome=None, mail_id=None)
        .execution_options(synchronize_session=False)
    )
    run.drawn, run.leased_until, run.finished_at = 0, None, None
    _record("resume", run, by=by, now=now)
    if not is_short(run):
        on_commit(partial(run_work.wake, run.kind))


def can_resume(run: CertificateRun) -> bool:
    """Whether something is left to do that nobody does."""
    if run.state is RunState.DONE:
        return run.kind in run_work.FILES and not run.has_file
    return run.state in {RunState.STOPPED, RunState.FAILED}


def take_file(run: CertificateRun, *, by: StaffMember | None, now: datetime) -> int:
    """Note that somebody takes the file away, of so many bytes. Raises NoFile."""
    if run.size is None:
        raise NoFile
    _record("take", run, by=by, now=now, kind=run.kind.value, count=run.total)
    return run.size


def count_progress(run: CertificateRun) -> Progress:
    """How far a run has come."""
    rows = db.session.execute(
        select(CertificateRunItem.outcome, func.count())
        .where(CertificateRunItem.run_id == run.id)
        .group_by(CertificateRunItem.outcome)
    )
    outcomes = Counter({outcome: count for outcome, count in rows})  # noqa: C416 - a row is not a pair to the type checker
    if run.kind is not RunKind.MAIL:
        return Progress(run.total, outcomes, run.drawn)
    of_run = OutgoingMail.id.in_(select_mails(run))
    states = db.session.execute(select(OutgoingMail.state, func.count()).where(of_run).group_by(OutgoingMail.state))
    by_state = {state: count for state, count in states}  # noqa: C416 - a row is not a pair to the type checker
    letters = select(func.count(CertificateRunItem.registration_id.distinct())).where(
        CertificateRunItem.run_id == run.id,
        CertificateRunItem.outcome.in_([Outcome.MAILED, Outcome.TAKEN_BACK]),
    )
    return Progress(run.total, outcomes, letters=db.session.scalar(letters) or 0, mails=by_state)


def list_people(run: CertificateRun, outcome: Outcome, most: int) -> Sequence[Registration]:
    """The first people of whom this came, in Catalan order."""
    of_run = select(CertificateRunItem.registration_id).where(
        CertificateRunItem.run_id == run.id, CertificateRunItem.outcome == outcome
    )
    query = select(Registration).where(Registration.id.in_(of_run))
    return db.session.scalars(query.order_by(Registration.sort_key, Registration.id).limit(most)).all()


def select_mails(run: CertificateRun) -> Select[int | None]:
    """Make the query for the mails that were written of a run, by their ids."""
    return select(CertificateRunItem.mail_id).where(CertificateRunItem.run_id == run.id)


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, **_values: object) -> None:
    """Let runs name who stays; what is still to be issued to both of them is issued once."""
    of_kept = aliased(CertificateRunItem)
    is_double = exists().where(
        of_kept.run_id == CertificateRunItem.run_id,
        of_kept.role == CertificateRunItem.role,
        of_kept.registration_id == kept.id,
    )
    of_gone = update(CertificateRunItem).where(CertificateRunItem.registration_id == gone.id)
    of_gone = of_gone.execution_options(synchronize_session=False)
    to_do = CertificateRunItem.outcome.is_(None)
    db.session.execute(of_gone.where(to_do, is_double).values(outcome=Outcome.LEFT_OUT))
    db.session.execute(of_gone.values(registration_id=kept.id))


def _note_all(run: CertificateRun, dues: Sequence[Due]) -> None:
    rows = [
        {"run_id": run.id, "position": position, "registration_id": due.registration.id, "role": due.role}
        for position, due in enumerate(dues)
    ]
    for batch in batches(rows):
        db.session.execute(insert(CertificateRunItem), batch)


def _move(run: CertificateRun, before: Collection[RunState], after: RunState, refusal: type[DomainError]) -> None:
    """Bring a run from one state into another; its row is held from then on, so no batch is done meanwhile."""
    moved = db.session.scalar(
        update(CertificateRun)
        .where(CertificateRun.id == run.id, CertificateRun.state.in_(before))
        .values(state=after)
        .returning(CertificateRun.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise refusal
    db.session.refresh(run)


def _record(act: str, run: CertificateRun, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    """Leave a line in the trail: what, how many and by which filter."""
    owners.record(f"certificate_run.{act}", run.event, by=by, now=now, run=run.id, **details)
