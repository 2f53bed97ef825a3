"""The attendance report as a workbook: the same numbers as on paper, a sheet for each thing that they tell.

The cell of a number that nobody knows is empty.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from flask_babel import gettext as _

from certificates.attendance_content import About, AttendanceReport, Division, ReportSession, SignUp
from certificates.attendance_words import UNTOLD
from contributions.labels import say_dimension
from core.languages import use_language
from core.tables import Cell, Sheet, write_workbook
from figures.figure_lists import HIDDEN
from figures.figures import Figures
from figures.known_numbers import OF_PEOPLE, read_number
from figures.labels import FIGURES
from figures.small_cells import TOTAL
from registrations.labels import ATTENDANCE_SOURCES, say_stays

_COUNTED = ("sessions", *OF_PEOPLE)


def write_sheets(report: AttendanceReport, file: BinaryIO) -> None:
    """Write the report as XLSX, row by row."""
    with use_language(report.language):
        write_workbook(_list_sheets(report), file)


def _list_sheets(report: AttendanceReport) -> Iterator[Sheet]:
    yield Sheet(_("Figures"), [_("Dimension"), *(str(FIGURES[name]) for name in _COUNTED)], _figures(report))
    yield Sheet(_("Signed up"), [_("Event"), *_sign_up_names()], _sign_ups(report))
    yield Sheet(_("Sessions"), _session_header(report), _sessions(report))
    yield from _origins(report)
    if answers := [division for division in report.divisions if division.about is About.ANSWER]:
        rows = ([division.title, *row] for division in answers for row in _division(report, division))
        yield Sheet(_("Answers"), [_("Question"), *_division_header(report, _("Answer"))], rows)
    if report.places:
        header = [_("Neighbourhood"), *(str(FIGURES[name]) for name in _COUNTED)]
        rows = ([line.name, *(_cell(line.numbers[name]) for name in _COUNTED)] for line in report.places)
        yield Sheet(_("Neighbourhoods"), header, rows)
    if report.purpose.is_public:
        return
    header = [_("Event"), _("Code"), _("Session"), _("Organisation"), str(FIGURES["participants"])]
    yield Sheet(_("Organisations by session"), header, _organisations_by_session(report))
    if report.purpose.names_people:
        header = [_("Event"), _("Code"), _("Session"), _("Last and first name"), _("Organisation"), _("Known from")]
        if _tells_hours(report):
            header = [*header, _("In and out"), _("Hours")]
        yield Sheet(_("People"), header, _people(report))


def _origins(report: AttendanceReport) -> Iterator[Sheet]:
    """By organisation, network and neighbourhood of the organisation, a sheet for each that anything is known of."""
    names = {
        About.ORGANISATION: _("Organisations"),
        About.NETWORK: _("Networks"),
        About.NEIGHBOURHOOD: _("Where organisations are"),
    }
    for division in report.divisions:
        if division.about in names:
            subject = f"{division.subject}. {division.overlap}" if division.overlap else division.subject
            yield Sheet(names[division.about], _division_header(report, subject), _division(report, division))


def _figures(report: AttendanceReport) -> Iterator[Sequence[Cell]]:
    told = report.figures
    for dimension, figures in told.table.dimensions.items():
        name = say_dimension(dimension)
        yield [name, *_write_figures(figures, is_hidden=dimension in told.hidden)]
    yield [_("total"), *_write_figures(told.table.total, is_hidden=TOTAL in told.hidden)]


def _write_figures(figures: Figures, *, is_hidden: bool) -> list[Cell]:
    people = [HIDDEN if is_hidden else _cell(read_number(figures, name)) for name in OF_PEOPLE]
    return [figures.sessions, *people]


def _sign_up_names() -> list[str]:
    return [_("Registered"), _("Of them came"), _("Came without")]


def _sign_ups(report: AttendanceReport) -> Iterator[Sequence[Cell]]:
    for name, sign_up in report.sign_ups:
        yield [name, *_write_sign_up(sign_up)]
    if report.sign_up:
        yield [_("total"), *_write_sign_up(report.sign_up)]


def _write_sign_up(sign_up: SignUp | None) -> list[Cell]:
    if sign_up is None:
        return ["", "", ""]
    return [_cell(number) for number in (sign_up.signed_up, sign_up.came, sign_up.besides)]


def _session_header(report: AttendanceReport) -> list[str]:
    names = [_("Event"), _("Code"), _("Session"), _("Starts"), _("Ends")]
    if report.purpose.is_public:
        return names
    sources = [str(ATTENDANCE_SOURCES[source]) for source in report.sources]
    return [*names, *_sign_up_names(), _("on the list"), _("declared"), *sources]


def _sessions(report: AttendanceReport) -> Iterator[Sequence[Cell | datetime]]:
    for session in report.sessions:
        names = [*_name(report, session), *_write_when(session)]
        if report.purpose.is_public:
            yield names
            continue
        sources = [session.sources.get(source, 0) for source in report.sources]
        numbers = [session.listed or "", _cell(session.declared)]
        yield [*names, *_write_sign_up(session.sign_up), *numbers, *sources]


def _write_when(session: ReportSession) -> tuple[datetime, datetime]:
    """Write when it begins and ends, as the clocks there show it: a spreadsheet knows no time zones."""
    starts, ends = (moment.astimezone(session.zone) for moment in (session.starts_at, session.ends_at))
    return starts.replace(tzinfo=None), ends.replace(tzinfo=None)


def _division_header(report: AttendanceReport, subject: str) -> list[str]:
    return [subject, *([] if report.purpose.is_public else [_("Registered")]), _("Came")]


def _division(report: AttendanceReport, division: Division) -> Iterator[Sequence[Cell]]:
    if division.is_untold:
        yield [str(UNTOLD)]
    for part in division.parts:
        came = HIDDEN if part.came is None else part.came
        yield [part.name, came] if report.purpose.is_public else [part.name, _cell(part.signed_up), came]


def _organisations_by_session(report: AttendanceReport) -> Iterator[Sequence[Cell]]:
    for session in report.sessions:
        for organisation, count in session.organisations:
            yield [*_name(report, session), organisation, count]


def _people(report: AttendanceReport) -> Iterator[Sequence[Cell]]:
    for session in report.sessions:
        for person in session.people or ():
            source = str(ATTENDANCE_SOURCES[person.source])
            hours: list[Cell] = []
            if _tells_hours(report):
                counted = "" if person.hours is None else round(person.hours / timedelta(hours=1), 2)
                hours = [say_stays(person.stays, session.zone), counted]
            yield [*_name(report, session), person.name, person.organisation, source, *hours]


def _tells_hours(report: AttendanceReport) -> bool:
    return any(session.tells_hours for session in report.sessions)


def _name(report: AttendanceReport, session: ReportSession) -> list[Cell]:
    return [session.event or report.name, session.code, session.title]


def _cell(number: int | None) -> Cell:
    return "" if number is None else number
