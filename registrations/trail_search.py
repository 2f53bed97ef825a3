"""The trail of an event and of its people, searched: by whom, what, to whom, and when."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import joinedload

from accounts import audit
from accounts.models import AuditEntry, StaffMember
from core.database import db
from core.dates import format_moment
from core.tables import write_csv
from events.models import Event
from registrations import aliases, filters, history, trail
from registrations.lists import PROFILES, Profile
from registrations.models import Registration, RegistrationMerge

_BATCH = 1000
_NAMED = ("session", "target", "question", "invitation", "door_link", "name", "original")
_COUNTED = ("people", "count", "mails", "added", "quota")


@dataclass(frozen=True)
class Wanted:
    """Which lines of an event's trail are meant: by whom (0: the person or the program), what, to whom, and when."""

    staff_id: int | None = None
    act: str = ""
    search: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self == Wanted()


def select_lines(event: Event, wanted: Wanted) -> Select[AuditEntry]:
    """Make the query for the lines of an event and of its registrations, the latest first, with who did it."""
    return (
        select(AuditEntry)
        .where(_is_of(event), *_conditions(event, wanted))
        .order_by(AuditEntry.happened_at.desc(), AuditEntry.id.desc())
        .options(joinedload(AuditEntry.staff))
    )


def list_doers(event: Event) -> list[StaffMember]:
    """Those of the staff who did something at the event, by name."""
    ids = select(AuditEntry.staff_id).where(_is_of(event)).distinct()
    members = db.session.scalars(select(StaffMember).where(StaffMember.id.in_(ids)))
    return sorted(members, key=lambda member: member.shown_name.casefold())


def list_acts(event: Event) -> list[str]:
    """What was done at the event, each kind of act once."""
    return sorted(db.session.scalars(select(AuditEntry.act).where(_is_of(event)).distinct()))


def read_people(event: Event, lines: Iterable[AuditEntry]) -> dict[str, Registration]:
    """The people whom these lines are about, by the key of the line."""
    keys = {line.subject_key for line in lines if line.subject_kind == trail.KIND}
    codes = [key.removeprefix(trail.key_of(event, "")) for key in keys]
    former = aliases.read_by_code(event, codes)
    found = select(Registration).where(
        Registration.event_id == event.id, or_(Registration.code.in_(codes), Registration.id.in_(former.values()))
    )
    people = list(db.session.scalars(found))
    by_id = {each.id: each for each in people}
    by_code = {each.code: each for each in people} | {code: by_id[each] for code, each in former.items()}
    return {trail.key_of(event, code): each for code, each in by_code.items()}


def _is_of(event: Event) -> ColumnElement[bool]:
    of_event = (AuditEntry.subject_kind == "event") & (AuditEntry.subject_key == event.slug)
    of_people = (AuditEntry.subject_kind == trail.KIND) & AuditEntry.subject_key.startswith(
        trail.key_of(event, ""), autoescape=True
    )
    return or_(of_event, of_people)


def _conditions(event: Event, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.staff_id is not None:
        yield AuditEntry.staff_id == wanted.staff_id if wanted.staff_id else AuditEntry.staff_id.is_(None)
    if wanted.act:
        yield AuditEntry.act == wanted.act
    if wanted.search:
        meant = filters.conditions(event, filters.Filter(search=wanted.search))
        keys = select(literal(trail.key_of(event, "")).concat(Registration.code)).where(*meant)
        former = select(literal(trail.key_of(event, "")).concat(RegistrationMerge.code)).where(
            RegistrationMerge.undone_at.is_(None),
            RegistrationMerge.registration_id.in_(select(Registration.id).where(*meant)),
        )
        is_theirs = AuditEntry.subject_key.in_(keys) | AuditEntry.subject_key.in_(former)
        yield (AuditEntry.subject_kind == trail.KIND) & is_theirs
    if wanted.since:
        yield AuditEntry.happened_at >= wanted.since
    if wanted.until:
        yield AuditEntry.happened_at < wanted.until


@dataclass(frozen=True)
class Line:
    """One line of the trail as people read it: `person` is whom it is about, if it is about somebody."""

    happened_at: datetime
    by: str
    sentence: str
    code: str
    person: Registration | None


def read_lines(event: Event, entries: Sequence[AuditEntry]) -> list[Line]:
    """Put these lines into words; as many queries for one as for a thousand."""
    people, zone = read_people(event, entries), event.zone
    prefix = trail.key_of(event, "")
    return [
        Line(
            entry.happened_at,
            entry.staff.shown_name if entry.staff else "",
            _say(entry, lambda moment: format_moment(moment, zone)),
            entry.subject_key.removeprefix(prefix) if entry.subject_kind == trail.KIND else "",
            people.get(entry.subject_key),
        )
        for entry in entries
    ]


def stream_csv(event: Event, wanted: Wanted) -> Iterator[bytes]:
    """Give the lines as CSV, a piece at a time."""
    header = [_("When"), _("Who"), _("What"), _("To whom"), _("Code")]
    return write_csv(header, _list_rows(event, wanted))


def record_export(event: Event, wanted: Wanted, *, by: StaffMember, now: datetime) -> None:
    """Leave a line: who took how many lines of the trail along."""
    count = db.session.scalar(select_lines(event, wanted).with_only_columns(func.count()).order_by(None))
    audit.record("event.export_trail", subject_kind="event", subject_key=event.slug, by=by, now=now, count=count)


def _list_rows(event: Event, wanted: Wanted) -> Iterator[list[str]]:
    query = select_lines(event, wanted).execution_options(yield_per=_BATCH)
    for entries in db.session.scalars(query).partitions():
        for line in read_lines(event, entries):
            local = line.happened_at.astimezone(event.zone).strftime("%Y-%m-%d %H:%M:%S")
            name = line.person.full_name if line.person else ""
            yield [local, line.by or _("the person or the program"), line.sentence, name, line.code]


def _say(entry: AuditEntry, until: Callable[[datetime], str]) -> str:
    """One line as a sentence: what was done, and what the details say of it, never the details themselves."""
    if entry.subject_kind == trail.KIND:
        return history.say(entry.act, entry.details, until=until)
    return " · ".join([audit.say_act(entry.act), *_list_details(entry.details)])


def _list_details(details: Mapping[str, object]) -> Iterator[str]:
    for name in _NAMED:
        if isinstance(details.get(name), str):
            yield str(details[name])
    if isinstance(sessions := details.get("sessions"), list):
        yield ", ".join(map(str, sessions))
    if (profile := details.get("profile")) in set(Profile):
        yield str(PROFILES[Profile(str(profile))].name)
    for name in _COUNTED:
        if isinstance(details.get(name), int):
            yield str(details[name])
