"""The figures of an event or a process on paper: as they are, as they were frozen, or as everybody may see them."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from certificates.paper_content import FigurePaper
from core.dates import format_day, format_moment, format_period
from core.languages import current_language
from events.models import Event, Process
from events.owners import Owner, zone_of
from figures import charts, figure_reports, snapshots
from figures.figure_reports import Breakdown, FigureReport
from figures.figures import Scope
from figures.models import FigureSnapshot


def make_present(owner: Owner, scope: Scope, *, left_out: int, now: datetime) -> FigurePaper:
    """The figures of these sessions as they are; `left_out` events of other teams are not in them."""
    moment = _("As recorded on %(moment)s", moment=format_moment(now, zone_of(owner)))
    warning = ngettext(
        "These are the figures of the events you may see. %(num)d event of other teams is not in them.",
        "These are the figures of the events you may see. %(num)d events of other teams are not in them.",
        left_out,
    )
    return _make(owner, Breakdown.read(scope).report(), moment, warning=warning if left_out else "")


def make_frozen(owner: Owner, snapshot: FigureSnapshot) -> FigurePaper:
    """Figures as they were frozen, with what anybody needs to check them."""
    moment = _("Frozen on %(moment)s", moment=format_moment(snapshot.taken_at, zone_of(owner)))
    broken = _("The content is not what was frozen: somebody has changed the database.")
    return _make(
        owner,
        figure_reports.of_snapshot(snapshot),
        moment,
        title=snapshot.title,
        note=snapshot.note,
        checksum=snapshot.checksum,
        warning="" if snapshots.is_intact(snapshot) else broken,
    )


def make_public(process: Process, *, now: datetime) -> FigurePaper | None:
    """What the public page of a process tells; None while it tells nothing. It is the same paper all day."""
    public = figure_reports.of_public(process)
    if public.report.table.total.is_empty:
        return None
    if public.frozen and public.frozen_on:
        said = _("Figures published on %(day)s.", day=format_day(public.frozen_on, with_weekday=False))
        return _make(process, public.report, said, note=public.frozen.note)
    day = now.astimezone(zone_of(process)).date()
    return _make(process, public.report, _("As recorded on %(moment)s", moment=format_day(day, with_weekday=False)))


def _make(owner: Owner, report: FigureReport, moment: str, **said: str) -> FigurePaper:
    return FigurePaper(
        language=current_language(),
        name=owner.title,
        facts=tuple(filter(None, (*_say_when_and_where(owner), owner.team.name, moment))),
        author=owner.team.name,
        report=report,
        charts=charts.draw(report),
        **said,
    )


def _say_when_and_where(owner: Owner) -> tuple[str, ...]:
    if not isinstance(owner, Event):
        return ()
    return (format_period(owner.starts_at, owner.ends_at, owner.zone), owner.where)
