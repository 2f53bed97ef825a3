"""Figures as text, JSON and CSV: a table of figures in, lines out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import NamedTuple

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from contributions.labels import say_dimension
from core.tables import write_csv
from figures.figure_rows import Known
from figures.figures import Declared, DeclaredFigures, Figures, FigureTable
from figures.labels import FIGURES

NAMES = tuple(field.name for field in fields(Figures) if field.name != "declared")
DECLARED = tuple(field.name for field in fields(DeclaredFigures))
UNKNOWN = "—"
HIDDEN = "*"


def to_json(slug: str, table: FigureTable) -> str:
    """Write the figures for programs to read; participants are 0 where `sessions_without_count` equals `sessions`.

    What was declared comes under a key of its own, after those that were always there.
    """
    return json.dumps({"slug": slug, **table.to_dict()}, indent=2, ensure_ascii=False)


def to_csv(table: FigureTable) -> Iterator[bytes]:
    """Write the figures for a spreadsheet; the cell of an unknown number is empty. What was declared comes last."""
    rows = [(dimension or "none", figures) for dimension, figures in table.dimensions.items()]
    lines = (
        [name, *_csv_cells(figures), *_declared_cells(figures)] for name, figures in [*rows, ("total", table.total)]
    )
    return write_csv(["dimension", *NAMES, *(f"declared_{name}" for name in DECLARED)], lines)


def to_text(table: FigureTable) -> str:
    """Write the figures for people, in columns."""
    rows = [(say_dimension(each), figures) for each, figures in table.dimensions.items()]
    header = ["", *(str(FIGURES[name]) for name in NAMES[:-1])]
    cells = [[name, *_text_cells(figures)] for name, figures in [*rows, (_("total"), table.total)]]
    widths = [max(len(row[column]) for row in (header, *cells)) for column in range(len(header))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in (header, *cells)
    ]
    notes = describe(table.total)
    if notes:
        lines += ["", *(note.text for note in notes)]
    return "\n".join(line.rstrip() for line in lines)


class Note(NamedTuple):
    """A sentence without which figures are misread, and the sessions that it is about: which, and how many."""

    text: str
    known: Known
    sessions: int

    @property
    def is_unknown(self) -> bool:
        """Whether it is about what nobody knows."""
        return self.known.value.startswith("unknown")


def describe(figures: Figures) -> list[Note]:
    """Say what must be known to read the figures right: what was only declared, and what nobody knows."""
    return [*_describe_declared(figures), *_describe_unknown(figures)]


def _describe_declared(figures: Figures) -> Iterator[Note]:
    participants = figures.declared.participants
    if participants.count:
        text = ngettext(
            "Of the participants, %(count)s was declared as a headcount, %(sessions)s.",
            "Of the participants, %(count)s were declared as a headcount, %(sessions)s.",
            participants.count,
            count=format_decimal(participants.count),
            sessions=_say_sessions(participants, _without_list),
        )
        yield Note(text, Known.DECLARED_PARTICIPANTS, participants.sessions)
    contributions, proposals = figures.declared.contributions, figures.declared.proposals
    if contributions.sessions:
        text = ngettext(
            "Besides, %(count)s contribution was declared %(sessions)s: it is not in the column.",
            "Besides, %(count)s contributions were declared %(sessions)s: they are not in the column.",
            contributions.count,
            count=format_decimal(contributions.count),
            sessions=_say_sessions(contributions, _not_written_down),
        )
        yield Note(text, Known.DECLARED_CONTRIBUTIONS, contributions.sessions)
    if proposals.sessions:
        text = ngettext(
            "Besides, %(count)s proposal was declared %(sessions)s: it is not in the column.",
            "Besides, %(count)s proposals were declared %(sessions)s: they are not in the column.",
            proposals.count,
            count=format_decimal(proposals.count),
            sessions=_say_sessions(proposals, _not_written_down),
        )
        yield Note(text, Known.DECLARED_PROPOSALS, proposals.sessions)


def _say_sessions(declared: Declared, say: Callable[[int, str], str]) -> str:
    return say(declared.sessions, format_decimal(declared.sessions))


def _without_list(number: int, shown: str) -> str:
    text: str = ngettext(
        "in %(count)s session without a list", "in %(count)s sessions without a list", number, count=shown
    )
    return text


def _not_written_down(number: int, shown: str) -> str:
    text: str = ngettext(
        "in %(count)s session in which they were not written down one by one",
        "in %(count)s sessions in which they were not written down one by one",
        number,
        count=shown,
    )
    return text


def _describe_unknown(figures: Figures) -> Iterator[Note]:
    """Say of how many sessions something is not known, where it is known of any."""
    if figures.sessions_without_count:
        text = ngettext(
            "%(num)d session has neither an attendance list nor a headcount: its people are not counted here.",
            "%(num)d sessions have neither an attendance list nor a headcount: their people are not counted here.",
            figures.sessions_without_count,
        )
        yield Note(text, Known.UNKNOWN_PARTICIPANTS, figures.sessions_without_count)
    contributions = figures.declared.contributions.unknown_sessions
    if 0 < contributions < figures.sessions:
        text = ngettext(
            "Of %(num)d session no contributions are on record, which is not the same as none.",
            "Of %(num)d sessions no contributions are on record, which is not the same as none.",
            contributions,
        )
        yield Note(text, Known.UNKNOWN_CONTRIBUTIONS, contributions)
    proposals = figures.declared.proposals.unknown_sessions
    if 0 < proposals < figures.sessions:
        text = ngettext(
            "Of %(num)d session no proposals are on record, which is not the same as none.",
            "Of %(num)d sessions no proposals are on record, which is not the same as none.",
            proposals,
        )
        yield Note(text, Known.UNKNOWN_PROPOSALS, proposals)


def _csv_cells(figures: Figures) -> list[str | int]:
    unknown = set() if figures.has_participants else {"participants", "attendances"}
    return ["" if name in unknown else getattr(figures, name) for name in NAMES]


def _declared_cells(figures: Figures) -> list[str | int]:
    """What was declared, which is not known where nothing was."""
    declared: list[Declared] = [getattr(figures.declared, name) for name in DECLARED]
    return [each.count if each.sessions else "" for each in declared]


def _text_cells(figures: Figures) -> list[str]:
    written = {"contributions": figures.has_contributions, "proposals": figures.has_proposals}
    cells = zip(NAMES[:-1], _csv_cells(figures), strict=False)
    return [str(cell) if cell != "" and written.get(name, True) else UNKNOWN for name, cell in cells]
