"""Figures as text, JSON and CSV: a table of figures in, lines out."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields

from flask_babel import gettext as _
from flask_babel import ngettext

from contributions.figures import Figures, FigureTable
from contributions.labels import FIGURES, WITHOUT_DIMENSION
from core.tables import write_csv
from events.labels import DIMENSIONS

NAMES = tuple(field.name for field in fields(Figures))
UNKNOWN = "—"


def to_json(slug: str, table: FigureTable) -> str:
    """Write the figures for programs to read; participants are 0 where `sessions_without_count` equals `sessions`."""
    return json.dumps({"slug": slug, **table.to_dict()}, indent=2, ensure_ascii=False)


def to_csv(table: FigureTable) -> Iterator[bytes]:
    """Write the figures for a spreadsheet; the cell of an unknown number is empty."""
    rows = [(dimension or "none", figures) for dimension, figures in table.dimensions.items()]
    lines = ([name, *_csv_cells(figures)] for name, figures in [*rows, ("total", table.total)])
    return write_csv(["dimension", *NAMES], lines)


def to_text(table: FigureTable) -> str:
    """Write the figures for people, in columns."""
    rows = [
        (str(DIMENSIONS[each] if each else WITHOUT_DIMENSION), figures) for each, figures in table.dimensions.items()
    ]
    header = ["", *(str(FIGURES[name]) for name in NAMES[:-1])]
    cells = [[name, *_text_cells(figures)] for name, figures in [*rows, (_("total"), table.total)]]
    widths = [max(len(row[column]) for row in (header, *cells)) for column in range(len(header))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in (header, *cells)
    ]
    if table.total.sessions_without_count:
        lines += ["", describe_unknown(table.total)]
    return "\n".join(line.rstrip() for line in lines)


def describe_unknown(figures: Figures) -> str:
    """Say how many sessions have no count of people."""
    text: str = ngettext(
        "%(num)d session has neither an attendance list nor a headcount: how many people were there is not known.",
        "%(num)d sessions have neither an attendance list nor a headcount: how many people were there is not known.",
        figures.sessions_without_count,
    )
    return text


def _csv_cells(figures: Figures) -> list[str | int]:
    unknown = set() if figures.has_participants else {"participants", "attendances"}
    return ["" if name in unknown else value for name, value in asdict(figures).items()]


def _text_cells(figures: Figures) -> list[str]:
    return [str(cell) if cell != "" else UNKNOWN for cell in _csv_cells(figures)[:-1]]
