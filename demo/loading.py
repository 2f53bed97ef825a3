"""Load the demo: each process from its folder of files, through the readers, importers and services of everybody."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from accounts import teams
from accounts.models import Team
from contributions.imports import import_entries
from contributions.models import EntryKind
from core.database import db
from demo import signing_up, sorting_out
from directory import organisation_files, organisations
from events import historic, processes, services
from events.historic_rows import read_file
from events.models import Dimension, Event, Process, ProcessState, SessionKind
from events.programme import read_programme
from events.programme_import import import_programme
from registrations import imports
from registrations.readers import read_attendees

DATA = Path(__file__).resolve().parent / "data"
ORGANISATIONS = DATA / "entitats.csv"
ZONE = ZoneInfo("Europe/Madrid")
TUESDAY = 1
SATURDAY = 5
SUNDAY = 6

TEAM = {
    "name": "Equip de jornades (demostració)",
    "contact_email": "jornades@example.org",
    "responsible_body": "Entitat de demostració, que no existeix",
    "privacy_url": "https://example.org/privadesa",
    "signatory_name": "Nom i cognoms de mostra",
    "signatory_post": "responsable de l’equip de jornades de demostració",
}


@dataclass(frozen=True)
class Demo:
    """A folder of data, and how the dates of its programme follow from the day of loading.

    `earlier` are folders within it, one for each event of the process that was held before.
    """

    folder: str
    dates: Callable[[date], Mapping[str, date]] = lambda _today: {}
    earlier: tuple[str, ...] = ()


def _sant_andreu_dates(today: date) -> Mapping[str, date]:
    """Two weeks ahead; the services and entities were consulted ten days ago."""
    dates = _dates(day=_working_day(today + timedelta(weeks=2)), opening_day=today - timedelta(weeks=1))
    return {**dates, "consultation_day": _working_day(today - timedelta(days=10))}


def _forum_dates(today: date) -> Mapping[str, date]:
    """The last Tuesday within five weeks."""
    latest = today + timedelta(weeks=5)
    day = latest - timedelta(days=(latest.weekday() - TUESDAY) % 7)
    return _dates(day=day, opening_day=today - timedelta(weeks=3))


def _networks_dates(today: date) -> Mapping[str, date]:
    """Eight weeks ahead, with sign-up from the day after tomorrow."""
    return _dates(day=_working_day(today + timedelta(weeks=8)), opening_day=today + timedelta(days=2))


def _community_action_dates(today: date) -> Mapping[str, date]:
    """Three weeks ahead."""
    return _dates(day=_working_day(today + timedelta(weeks=3)), opening_day=today - timedelta(days=4))


def _working_day(day: date) -> date:
    """The day itself; of a weekend its Friday or its Monday, whichever is nearer."""
    return day + timedelta(days={SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0))


def _dates(*, day: date, opening_day: date) -> Mapping[str, date]:
    return {"day": day, "opening_day": opening_day, "closing_day": day - timedelta(days=1)}


IMPULSEM = Demo("impulsem")
SANT_ANDREU = Demo("sant-andreu", _sant_andreu_dates, earlier=("consulta",))
FORUM = Demo("forum", _forum_dates)
NETWORKS = Demo("xarxes", _networks_dates)
COMMUNITY_ACTION = Demo("accio-comunitaria", _community_action_dates)
MUNICIPAL_PLAN = Demo("pam")
DEMOS = (IMPULSEM, SANT_ANDREU, FORUM, NETWORKS, COMMUNITY_ACTION, MUNICIPAL_PLAN)


def has_events() -> bool:
    """Whether the database holds any event, in whatever state."""
    return bool(db.session.scalar(select(exists().select_from(Event))))


def load(*, now: datetime) -> list[Process]:
    """Load the processes of the demo that are not there yet, and give them back; what is there is left as it is.

    No mail reaches anybody: where a server would take them, those to the invented people are withdrawn at once. Raises
    `processes.ProcessSlugTaken` when somebody else loads the demo at the same moment: the process is written first, so
    that its unique slug decides before anything else has been done.
    """
    loaded = [process for process in (load_process(demo, now=now) for demo in DEMOS) if process]
    if loaded:
        load_directory(now=now)
    return loaded


def load_directory(*, now: datetime) -> None:
    """Load the organisations and networks of the demo; a directory that is there already is not mixed with them."""
    if not organisations.list_names():
        rows = organisation_files.read_file(ORGANISATIONS.read_bytes(), ORGANISATIONS.name)
        organisation_files.take_in(rows, by=None, now=now)


def load_process(demo: Demo, *, now: datetime) -> Process | None:
    """Load one process with its events and people; None when the process or one of the events is there already."""
    folder = DATA / demo.folder
    dates = demo.dates(now.astimezone(ZONE).date())
    folders = [*(folder / name for name in demo.earlier), folder]
    files = [_read_file(each / "programme.toml", dates) for each in folders]
    programmes = [read_programme(file, default_timezone=ZONE.key) for file in files]
    slug = programmes[-1].process or programmes[-1].slug
    if processes.find_process(slug) or any(services.find_event(each.slug) for each in programmes):
        return None
    process = _create_process(folder, slug, team=teams.default_team(), now=now)
    process.team = _take_team(now=now)
    sorting_out.list_topics(process, folder / "topics.csv", now=now)
    for each, programme in zip(folders, programmes, strict=True):
        event = import_programme(
            programme, team=process.team, default_language="ca", may_write=lambda _thing: True, by=None, now=now
        ).event
        _fill(event, each, dates, now=now)
    return process


def _fill(event: Event, folder: Path, dates: Mapping[str, date], *, now: datetime) -> None:
    """Load what an event has besides its programme: who signed up, what was said, and what was made of it."""
    _import_sessions(event, folder / "sessions.csv", now=now)
    _import_attendees(event, folder / "attendees.csv", now=now)
    _let_sign_up(event, folder / "signup.toml", now=now)
    for kind in EntryKind:
        _import_entries(event, folder / f"{kind.value}s.csv", kind, dates, now=now)
    sorting_out.sort_out(event, folder / "sorting.toml", now=now)


def _read_file(file: Path, dates: Mapping[str, date]) -> bytes:
    """A file of a folder; the template of one with its dates filled in; nothing when the folder has neither."""
    template = file.with_name(f"{file.name}.template")
    if template.exists():
        return Template(template.read_text("utf-8")).substitute(dates).encode()
    return file.read_bytes() if file.exists() else b""


def _create_process(folder: Path, slug: str, *, team: Team, now: datetime) -> Process:
    values = tomllib.loads((folder / "process.toml").read_text("utf-8"))
    return processes.create_process(
        {
            "slug": slug,
            "title": values["title"],
            "summary": values["summary"],
            "description": values["description"].strip(),
            "state": ProcessState(values["state"]),
        },
        team=team,
        by=None,
        now=now,
    )


def _take_team(*, now: datetime) -> Team:
    """The team that is there from the start, set up for the demo unless somebody has set it up already.

    A real team keeps its texts and does not appear as the organiser of invented events: those get one of their own.
    """
    team = teams.default_team()
    if team.responsible_body:
        team = teams.get_or_create_team(TEAM["name"])
    if not team.responsible_body:
        teams.change_settings(team, TEAM, by=None, now=now)
    return team


def _import_sessions(event: Event, file: Path, *, now: datetime) -> None:
    """Bring in the sessions held before of which only counts are known, if the folder has any."""
    if file.exists():
        rows = read_file(file.read_bytes(), file.name, event.zone, dimension=Dimension.CITIZENS)
        historic.carry_out(event, rows, filename=file.name, by=None, now=now)


def _import_attendees(event: Event, file: Path, *, now: datetime) -> None:
    """Bring in those who signed up before, if the folder has any."""
    if not file.exists():
        return
    codes = [session.code for session in event.sessions if session.kind is not SessionKind.BREAK]
    rows = read_attendees(file.read_bytes(), file.name, codes)
    imports.carry_out(event, rows, by=None, now=now)


def _let_sign_up(event: Event, file: Path, *, now: datetime) -> None:
    """Set up the sign-up of an event that people can still sign up to, and let some do it."""
    if file.exists():
        signing_up.set_up(event, file, now=now)
        signing_up.cancel(event, file, now=now)
        signing_up.spread(event, now=now)
        signing_up.keep_mail_at_home(event, now=now)


def _import_entries(event: Event, file: Path, kind: EntryKind, dates: Mapping[str, date], *, now: datetime) -> None:
    """Record what was said, if the folder has it: nothing has been said yet at an event that is to come."""
    if data := _read_file(file, dates):
        import_entries(event, data, file.name, kind=kind, by=None, now=now)
