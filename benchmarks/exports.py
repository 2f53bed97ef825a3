"""(c) Exporting 10,000 and 100,000 attendees to CSV and XLSX, seconds and peak memory, beside the bare writers."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.measure import Measurement, apart
from benchmarks.seed import SLUG, application, filled
from benchmarks.servers import database
from events.services import get_event
from registrations import exports
from registrations.exports import Export
from tests import factories

COLUMNS = 13
SESSIONS = 10


def run(*, quick: bool) -> list[Measurement]:
    """Measure each format in a process of its own, which reads the attendees of one event on SQLite."""
    measurements = []
    for count in (500, 1_000) if quick else (10_000, 100_000):
        with database("sqlite") as environ:
            with filled(environ, sessions=SESSIONS, people=count):
                pass
            for format_ in ("csv", "xlsx"):
                taken, mebibytes = apart(_prepare_export, environ, format_)
                floor_taken, floor_mebibytes = apart(_prepare_floor, format_, count)
                job, note = f"export of {count:,} attendees to {format_.upper()}", "floor: bare writer, made-up rows"
                measurements += [
                    Measurement(job, taken, floor_taken, "seconds", note),
                    Measurement(f"{job}, memory", mebibytes, max(floor_mebibytes, 0.1), "MiB more", note),
                ]
    return measurements


@contextmanager
def _prepare_export(environ: dict[str, str], format_: str) -> Iterator[Callable[[], None]]:
    with application(environ):
        wanted = Export(get_event(SLUG), format_)

        def export() -> None:
            with Path(os.devnull).open("wb") as file:
                exports.write(wanted, file)

        yield export


@contextmanager
def _prepare_floor(format_: str, count: int) -> Iterator[Callable[[], None]]:
    yield partial(_write_csv if format_ == "csv" else _write_xlsx, count)


def _write_csv(count: int) -> None:
    with Path(os.devnull).open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for number in range(count):
            writer.writerow(_row(number))


def _write_xlsx(count: int) -> None:
    import xlsxwriter  # noqa: PLC0415 - in the process that is measured

    with xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number in range(count):
            for column, cell in enumerate(_row(number)):
                sheet.write_string(number, column, cell)


def _row(number: int) -> list[str]:
    when = factories.NOW + timedelta(seconds=number)
    return [
        f"Col·lell i Puigdemunt {number}",
        f"persona{number}@example.org",
        str(when),
        *["Associació"] * (COLUMNS - 3),
    ]
