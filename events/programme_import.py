"""Write what a PROGRAMME.toml says: create or update by slug and session code, all or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import audit
from accounts.models import StaffMember, Team
from core.errors import DomainError
from core.text import shorten
from directory import territory
from directory.models import District, Neighbourhood
from events import processes, rooms, services, sessions
from events.acts import followed
from events.models import Event, Process, Room
from events.programme import NamedArea, Programme, ProgrammeSession, fold_code
from events.signals import Consequence
from events.toml_tables import Problems
from events.values import EventValues, SessionValues, slugify

LONGEST_LIST = 10


@dataclass
class Outcome:
    """What an import did, or would do."""

    event: Event
    is_new: bool
    is_changed: bool = False
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    new_rooms: list[str] = field(default_factory=list)
    new_process: str | None = None
    consequences: list[Consequence] = field(default_factory=list)

    def summary(self) -> str:
        """All of it in one line."""
        if self.is_new:
            event = _("event %(slug)s created", slug=self.event.slug)
        elif self.is_changed:
            event = _("event %(slug)s updated", slug=self.event.slug)
        else:
            event = _("event %(slug)s unchanged", slug=self.event.slug)
        parts = [
            event,
            _(
                "sessions: %(created)s created, %(updated)s updated, %(unchanged)s unchanged",
                created=len(self.created),
                updated=len(self.updated),
                unchanged=len(self.unchanged),
            ),
        ]
        if self.new_rooms:
            parts.append(_("new rooms: %(rooms)s", rooms=_listed(self.new_rooms)))
        if self.new_process:
            parts.append(_("new process: %(process)s", process=self.new_process))
        if self.kept:
            parts.append(
                ngettext(
                    "%(num)s session is not in the file and is kept: %(codes)s",
                    "%(num)s sessions are not in the file and are kept: %(codes)s",
                    len(self.kept),
                    codes=_listed(self.kept),
                )
            )
        return "; ".join(parts)


def import_programme(  # noqa: PLR0913 - whose it is, who may, and the actor and the time by keyword
    programme: Programme,
    *,
    team: Team,
    default_language: str,
    may_write: Callable[[Event | Process], bool],
    by: StaffMember | None,
    now: datetime,
) -> Outcome:
    """Create or update the event of `programme` with its process, rooms and sessions; `team` organises a new one.

    Raises InputError with every problem that only the database can tell; what `may_write` says no to is one, and of it
    no more is told than that the address is taken. For calendars the whole file is one revision, and for people one
    act, of which each is told once.
    """
    problems = Problems()
    event = services.find_event(programme.slug)
    if event and not may_write(event):
        problems.add(programme.line("slug"), str(services.SlugTaken()))
        problems.raise_if_any()
    outcome = Outcome(event, is_new=False) if event else None
    values = _event_values(programme, problems)
    known = _find_process(programme)
    if known and known != (event and event.process) and not may_write(known):
        problems.add(programme.line("process"), str(processes.ProcessOfAnotherTeam()))
    problems.raise_if_any()
    process, is_new_process = known or _make_process(programme, team, by=by, now=now), known is None
    if process:
        values["process"] = process
    if outcome is None:
        values = {"language": default_language, **values}
        outcome = Outcome(services.create_event(values, team=team, by=by, now=now), is_new=True, is_changed=True)
    outcome.new_process = process.slug if process and is_new_process else None
    with followed(outcome.event, by=by, now=now) as outcome.consequences:
        before = outcome.event.sequence
        _write_event(outcome, programme, values, problems, by=by, now=now)
        for each in programme.sessions:
            _write_session(outcome, each, problems, by=by, now=now)
        named = {fold_code(each.code) for each in programme.sessions}
        outcome.kept = [each.code for each in outcome.event.sessions if fold_code(each.code) not in named]
        _check_kept(outcome, programme, problems)
        problems.raise_if_any()
        _count_as_one_revision(outcome, before)
    audit.record("event.import", subject_kind="event", subject_key=outcome.event.slug, by=by, now=now)
    return outcome


def _event_values(programme: Programme, problems: Problems) -> EventValues:
    values: EventValues = {**programme.values}
    if programme.neighbourhoods is not None:
        found: dict[str, Neighbourhood] = {}
        for named in programme.neighbourhoods:
            neighbourhood = territory.find_neighbourhood(named.text)
            if neighbourhood is None:
                problems.add(named.line, _("neighbourhoods: there is no “%(name)s”", name=named.text[:60]))
            else:
                found[neighbourhood.code] = neighbourhood
        values["neighbourhoods"] = sorted(found.values(), key=lambda each: each.name_key)
    return values


def _find_process(programme: Programme) -> Process | None:
    """The process the file names by slug or title."""
    return processes.find_process(_process_slug(programme.process)) if programme.process else None


def _make_process(programme: Programme, team: Team, *, by: StaffMember | None, now: datetime) -> Process | None:
    """The process the file names, which does not exist yet."""
    if not programme.process:
        return None
    slug = _process_slug(programme.process)
    is_slug = slug == programme.process
    title = programme.process.replace("-", " ").capitalize() if is_slug else programme.process
    return processes.create_process({"slug": slug, "title": title}, team=team, by=by, now=now)


def _process_slug(name: str) -> str:
    return slugify(name) or "proces"


def _write_event(  # noqa: PLR0913 - the acts it does need an actor and a time
    outcome: Outcome,
    programme: Programme,
    values: EventValues,
    problems: Problems,
    *,
    by: StaffMember | None,
    now: datetime,
) -> None:
    """Write the event and its state; its sessions are checked against its times when they have been written."""
    try:
        if not outcome.is_new:
            outcome.is_changed = services.update_event(outcome.event, values, sessions_follow=True, by=by, now=now)
        if programme.state is not None and services.move_to(outcome.event, programme.state, by=by, now=now):
            outcome.is_changed = True
    except DomainError as error:
        problems.add(programme.line(error.field or "state"), str(error))


def _write_session(
    outcome: Outcome, each: ProgrammeSession, problems: Problems, *, by: StaffMember | None, now: datetime
) -> None:
    event = outcome.event
    values: SessionValues = {**each.values, **_area_values(each, problems)}
    if each.room is not None:
        values["room"] = _take_room(outcome, each.room)
    session = next((known for known in event.sessions if fold_code(known.code) == fold_code(each.code)), None)
    try:
        if session is None:
            sessions.create_session(event, values, by=by, now=now)
            outcome.created.append(each.code)
        elif sessions.update_session(session, values, by=by, now=now):
            outcome.updated.append(each.code)
        else:
            outcome.unchanged.append(each.code)
    except DomainError as error:
        problems.add(each.line, str(error))


def _area_values(each: ProgrammeSession, problems: Problems) -> SessionValues:
    """The official codes of where a session is held, if the file says; a neighbourhood tells its district."""
    if each.district is None and each.neighbourhood is None:
        return {}
    district, neighbourhood = _find_district(each.district, problems), _find_neighbourhood(each.neighbourhood, problems)
    if each.neighbourhood and district and neighbourhood and neighbourhood.district_code != district.code:
        words = {"name": neighbourhood.name, "district": district.name}
        problems.add(each.neighbourhood.line, _("neighbourhood: “%(name)s” is not in %(district)s", **words))
    if neighbourhood:
        district = neighbourhood.district
    return {
        "district_code": district.code if district else None,
        "neighbourhood_code": neighbourhood.code if neighbourhood else None,
    }


def _find_district(named: NamedArea | None, problems: Problems) -> District | None:
    if named is None or not named.text:
        return None
    found = territory.find_district(named.text)
    if found is None:
        problems.add(named.line, _("district: there is no “%(name)s”", name=shorten(named.text)))
    return found


def _find_neighbourhood(named: NamedArea | None, problems: Problems) -> Neighbourhood | None:
    if named is None or not named.text:
        return None
    found = territory.find_neighbourhood(named.text)
    if found is None:
        problems.add(named.line, _("neighbourhood: there is no “%(name)s”", name=shorten(named.text)))
    return found


def _take_room(outcome: Outcome, name: str) -> Room | None:
    if not name:
        return None
    room = rooms.find_room(outcome.event, name)
    if room is None:
        room = rooms.create_room(outcome.event, name)
        outcome.new_rooms.append(name)
    return room


def _check_kept(outcome: Outcome, programme: Programme, problems: Problems) -> None:
    """A session that the file does not name is kept, so it too must lie within the times the file gives the event."""
    event = outcome.event
    for session in event.sessions:
        if session.code in outcome.kept and (session.starts_at < event.starts_at or session.ends_at > event.ends_at):
            problems.add(programme.line("starts"), str(services.SessionsOutsideEvent(code=session.code)))


def _count_as_one_revision(outcome: Outcome, before: int) -> None:
    if outcome.is_new:
        outcome.event.sequence = 0
    elif outcome.event.sequence > before:
        outcome.event.sequence = before + 1


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:LONGEST_LIST])
    return shown if len(names) <= LONGEST_LIST else f"{shown}…"
