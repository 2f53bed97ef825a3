"""Processes: the participatory processes that events belong to."""

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import audit
from accounts.models import StaffMember, Team
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events.access import is_process_open_to
from events.models import Process
from events.revisions import assign
from events.values import ProcessValues


class ProcessSlugTaken(DomainError):
    """Another process has this address."""

    message = _l("Another process already has this address.")
    field = "slug"


class ProcessOfAnotherTeam(DomainError):
    """An event stands on its process's page, so the process's team decides."""

    message = _l("This process belongs to another team. One of its organisers can add the event to it.")
    field = "process"


def find_process(slug: str) -> Process | None:
    """The process with this slug."""
    return db.session.scalar(select(Process).where(Process.slug == slug))


def get_process(slug: str) -> Process:
    """The process with this slug; raises NotFoundError."""
    process = find_process(slug)
    if process is None:
        raise NotFoundError(slug)
    return process


def get_public(slug: str) -> Process:
    """The process with this slug if the public may see it; raises NotFoundError."""
    process = get_process(slug)
    if not process.is_public:
        raise NotFoundError(slug)
    return process


def list_open_to(member: StaffMember) -> Sequence[Process]:
    """The processes that the member may see in the workspace, by title."""
    query = select(Process).where(is_process_open_to(member))
    return db.session.scalars(query.order_by(Process.title, Process.id)).all()


def list_of_teams(team_ids: Collection[int] | None) -> Sequence[Process]:
    """The processes of these teams by title; None for those of all."""
    query = select(Process) if team_ids is None else select(Process).where(Process.team_id.in_(team_ids))
    return db.session.scalars(query.order_by(Process.title, Process.id)).all()


def create_process(values: ProcessValues, *, team: Team, by: StaffMember | None, now: datetime) -> Process:
    """Write a new process. Raises ProcessSlugTaken."""
    process = Process(team=team, **values)
    db.session.add(process)
    flush_or_refuse(ProcessSlugTaken)
    audit.record("process.create", subject_kind="process", subject_key=process.slug, by=by, now=now)
    return process


def update_process(process: Process, values: ProcessValues, *, by: StaffMember | None, now: datetime) -> bool:
    """Write what is new in `values` and say whether anything was. Raises ProcessSlugTaken."""
    with db.session.no_autoflush:
        changed = assign(process, values)
    flush_or_refuse(ProcessSlugTaken)
    if changed:
        audit.record(
            "process.update", subject_kind="process", subject_key=process.slug, by=by, now=now, changed=sorted(changed)
        )
    return bool(changed)


def give_to_team(process: Process, team: Team, *, by: StaffMember | None, now: datetime) -> None:
    """Have the process belong to another team; its events stay with theirs."""
    if team.id == process.team_id:
        return
    before, process.team = process.team, team
    db.session.flush()
    audit.record(
        "process.change_team",
        subject_kind="process",
        subject_key=process.slug,
        by=by,
        now=now,
        before=before.name,
        after=team.name,
    )
