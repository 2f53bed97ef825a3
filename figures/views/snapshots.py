"""Frozen figures: take them, see what has changed since, show those of a process in public."""

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pieces
from core.text import clean_text
from figures import charts, figure_lists, figure_reports, snapshots
from figures.asked import Asked
from figures.forms import SnapshotForm
from figures.models import FigureSnapshot
from figures.views.figures import ask, for_both, render

CSV = "text/csv; charset=utf-8"
JSON = "application/json"


@for_both("/congelades")
@requires(Permission.VIEW_CONTRIBUTIONS)
def frozen(slug: str) -> str:
    """The frozen figures of an event or a process."""
    asked = _ask(slug)
    return render(asked, "frozen", snapshots=snapshots.list_of(asked.owner), form=SnapshotForm(formdata=None))


@for_both("/congelades", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def freeze(slug: str) -> Response | tuple[str, int]:
    """Freeze the figures as they are."""
    asked, form = _ask(slug), SnapshotForm()
    if not form.validate_on_submit():
        return render(asked, "frozen", snapshots=snapshots.list_of(asked.owner), form=form), 422
    with transaction():
        snapshot = snapshots.take(
            asked.owner, form.title.data or "", clean_text(form.note.data), by=staff(), now=utc_now()
        )
    flash(_("These figures stay as they are."), "good")
    return redirect(url_for(".snapshot", slug=slug, snapshot_id=snapshot.id), 303)


@for_both("/congelades/<int:snapshot_id>")
@requires(Permission.VIEW_CONTRIBUTIONS)
def snapshot(slug: str, snapshot_id: int) -> str:
    """Frozen figures, and what is different now."""
    asked, found = _find(slug, snapshot_id)
    report = figure_reports.of_snapshot(found)
    return render(
        asked,
        "snapshot",
        snapshot=found,
        table=report.table,
        charts=charts.draw(report),
        is_intact=snapshots.is_intact(found),
        comparison=snapshots.compare(found),
    )


@for_both("/congelades/<int:snapshot_id>/xifres.json")
@requires(Permission.VIEW_CONTRIBUTIONS)
def snapshot_json(slug: str, snapshot_id: int) -> FlaskResponse:
    """Frozen figures as the very bytes that the checksum is of."""
    asked, found = _find(slug, snapshot_id)
    return give_pieces(iter([snapshots.to_canonical(found.content)]), f"{asked.owner.slug}-{found.id}.json", JSON)


@for_both("/congelades/<int:snapshot_id>/xifres.csv")
@requires(Permission.VIEW_CONTRIBUTIONS)
def snapshot_csv(slug: str, snapshot_id: int) -> FlaskResponse:
    """Frozen figures for a spreadsheet."""
    asked, found = _find(slug, snapshot_id)
    return give_pieces(figure_lists.to_csv(snapshots.read_table(found)), f"{asked.owner.slug}-{found.id}.csv", CSV)


@for_both("/congelades/<int:snapshot_id>/publicacio", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def show_snapshot(slug: str, snapshot_id: int) -> Response:
    """Show these figures on the public page of the process, instead of the present ones."""
    _asked, found = _find(slug, snapshot_id)
    with transaction():
        snapshots.show(found, by=staff(), now=utc_now())
    flash(_("The public page shows these figures."), "good")
    return redirect(url_for(".snapshot", slug=slug, snapshot_id=snapshot_id), 303)


@for_both("/congelades/<int:snapshot_id>/retirada", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def conceal_snapshot(slug: str, snapshot_id: int) -> Response:
    """Show the present figures on the public page of the process again."""
    _asked, found = _find(slug, snapshot_id)
    with transaction():
        snapshots.conceal(found, by=staff(), now=utc_now())
    flash(_("The public page shows the present figures."), "good")
    return redirect(url_for(".snapshot", slug=slug, snapshot_id=snapshot_id), 303)


def _ask(slug: str) -> Asked:
    """Find whose figures these are; those of a process are for whoever may read all of its events."""
    asked: Asked = ask(slug)
    if asked.left_out:
        abort(403)
    return asked


def _find(slug: str, snapshot_id: int) -> tuple[Asked, FigureSnapshot]:
    asked = _ask(slug)
    return asked, snapshots.get(asked.owner, snapshot_id)
