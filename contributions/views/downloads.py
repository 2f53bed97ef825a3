"""Contributions and proposals as files: what the list shows, of an event or of a process."""

from flask import Blueprint, Response, request

from accounts.permissions import Permission, requires, staff
from contributions import entry_files, entry_lists
from contributions.entry_files import EntryExport
from contributions.views.entries import read_filter
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_file, give_pieces
from core.errors import NotFoundError
from events import processes
from events import services as events
from events.access import is_open_to

blueprint = Blueprint("contributions_downloads", __name__, url_prefix="/gestio")


@blueprint.get("/jornades/<slug>/fitxer-aportacions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def of_event(slug: str) -> Response:
    """Give the entries of an event that the address says."""
    event = events.get_event(slug)
    query = entry_lists.select_of_event(event, read_filter())
    return _give(EntryExport(event, _read_format(), query, _list_asked()))


@blueprint.get("/processos/<slug>/fitxer-aportacions")
@requires(Permission.VIEW_CONTRIBUTIONS)
def of_process(slug: str) -> Response:
    """Give the entries of a process that the address says, of the events one may read."""
    process = processes.get_process(slug)
    readable = is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)
    query = entry_lists.select_of_process(process, read_filter(), of_events=readable)
    return _give(EntryExport(process, _read_format(), query, _list_asked()))


def _read_format() -> str:
    """Read the format of the address. Raises `NotFoundError`."""
    wanted = request.args.get("format", "csv")
    if wanted not in entry_files.MEDIA_TYPES:
        raise NotFoundError(wanted)
    return wanted


def _list_asked() -> dict[str, object]:
    """The filters of the address as the trail keeps them."""
    return {name: value[:200] for name, value in request.args.items() if value and name not in {"format", "lang"}}


def _give(export: EntryExport) -> Response:
    with transaction():
        entry_files.record(export, by=staff(), now=utc_now())
    if export.format in {"csv", "json"}:
        return give_pieces(entry_files.stream(export), export.filename, export.media_type)
    return give_file(lambda file: entry_files.write(export, file), export.filename, export.media_type)
