"""Processes: the participatory processes that events belong to."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import audit
from accounts.models import StaffMember
from core.database import db, flush_or_refuse
from core.errors import DomainError, NotFoundError
from events.models import Process
from events.revisions import assign
from events.values import ProcessValues


class ProcessSlugTaken(DomainError):
    """Another process has this address."""

    message = _l("Another process already has this address.")
    field = "slug"


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


def list_processes() -> Sequence[Process]:
    """Every process by title."""
    return db.session.scalars(select(Process).order_by(Process.title, Process.id)).all()


def create_process(values: ProcessValues, *, by: StaffMember | None, now: datetime) -> Process:
    """Write a new process. Raises ProcessSlugTaken."""
    process = Process(**values)
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
