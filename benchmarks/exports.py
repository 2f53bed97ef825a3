"""(c) Lists of 10,000 and 100,000 people as CSV, XLSX and PDF: seconds, memory and the first byte, beside their floors.

The floors write the same cells, which are there already: what is ours is to read them and to make them words.
"""

import csv
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.measure import Measurement, apart
from benchmarks.seed import SLUG, application, filled
from benchmarks.servers import database
from certificates import papers, printed_lists
from core.tables import Cell
from events.services import get_event
from registrations import exports
from registrations.exports import Export
from registrations.lists import Profile
from tests import factories

SESSIONS = 10
MOST_MEBIBYTES = 150
"""By how much a list may raise the memory of the process that gives it, whatever its length."""
MOST_SECONDS_TO_BEGIN = 1.0


def run(*, quick: bool) -> list[Measurement]:
    """Measure each format in a process of its own, which reads the attendees of one event."""
    measurements = []
    for count in (500, 1_000) if quick else (10_000, 100_000):
        with database("sqlite") as environ:
            with filled(environ, sessions=SESSIONS, people=count):
                pass
            measurements += _measure(environ, count)
    with database("postgresql") as environ:
        count = 1_000 if quick else 100_000
        with filled(environ, sessions=SESSIONS, people=count):
            pass
        taken, mebibytes = apart(_prepare_export, environ, "csv")
        job = f"list of {count:,} people to CSV on PostgreSQL"
        measurements.append(_memory(job, mebibytes))
        measurements.append(Measurement(job, taken, apart(_prepare_floor, environ, "csv")[0], "seconds", _SAME_CELLS))
    return measurements


def _measure(environ: dict[str, str], count: int) -> list[Measurement]:
    measurements = []
    for format_ in ("csv", "xlsx"):
        taken, mebibytes = apart(_prepare_export, environ, format_)
        floor, _mebibytes = apart(_prepare_floor, environ, format_)
        job = f"list of {count:,} people to {format_.upper()}"
        measurements += [Measurement(job, taken, floor, "seconds", _SAME_CELLS), _memory(job, mebibytes)]
    begun, _mebibytes = apart(_prepare_beginning, environ)
    job = f"first byte of {count:,} people as CSV"
    measurements.append(Measurement(job, begun, MOST_SECONDS_TO_BEGIN, "seconds", "floor: the promise"))
    if count <= printed_lists.MOST_ROWS:
        drawn, _mebibytes = apart(_prepare_pdf, environ)
        read, _mebibytes = apart(_prepare_reading, environ)
        measurements.append(
            Measurement(f"list of {count:,} people to PDF", drawn, read, "seconds", "floor: reading them")
        )
    return measurements


_SAME_CELLS = "floor: bare writer, same cells"


def _memory(job: str, mebibytes: float) -> Measurement:
    return Measurement(f"{job}, memory", mebibytes, MOST_MEBIBYTES, "MiB more", "floor: the promise")


@contextmanager
def _prepare_export(environ: dict[str, str], format_: str) -> Iterator[Callable[[], None]]:
    with application(environ):
        yield partial(_write, Export(get_event(SLUG), format_))


@contextmanager
def _prepare_floor(environ: dict[str, str], format_: str) -> Iterator[Callable[[], None]]:
    with application(environ):
        rows = list(exports.list_rows(Export(get_event(SLUG), format_)))
        yield partial(_write_csv if format_ == "csv" else _write_xlsx, rows)


@contextmanager
def _prepare_beginning(environ: dict[str, str]) -> Iterator[Callable[[], None]]:
    with application(environ):
        export = Export(get_event(SLUG), "csv")

        def begin() -> None:
            exports.count_people(export)  # for the trail, before anything is given
            pieces = exports.stream_csv(export)
            next(pieces), next(pieces)  # the first says no more than that it is UTF-8

        yield begin


@contextmanager
def _prepare_pdf(environ: dict[str, str]) -> Iterator[Callable[[], None]]:
    with application(environ):
        export = Export(get_event(SLUG), "pdf", Profile.DOOR)
        yield lambda: _draw(export)


@contextmanager
def _prepare_reading(environ: dict[str, str]) -> Iterator[Callable[[], None]]:
    with application(environ):
        export = Export(get_event(SLUG), "pdf", Profile.DOOR)
        yield lambda: _consume(exports.list_rows(export))


def _draw(export: Export) -> None:
    papers.draw_attendee_list(printed_lists.make_list(export, now=factories.NOW))


def _consume(rows: Iterator[list[Cell]]) -> None:
    for _row in rows:
        time.sleep(0)


def _write(export: Export) -> None:
    with Path(os.devnull).open("wb") as file:
        exports.write(export, file)


def _write_csv(rows: Sequence[Sequence[Cell]]) -> None:
    with Path(os.devnull).open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def _write_xlsx(rows: Sequence[Sequence[Cell]]) -> None:
    import xlsxwriter  # noqa: PLC0415 - in the process that is measured

    with xlsxwriter.Workbook(os.devnull, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write_number(number, column, cell)
