"""The open data of a process: for everybody to take, and for the team to look at before it publishes them."""

from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, may, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_file
from core.errors import NotFoundError
from core.web import fills_block, limiter
from events import processes
from events.models import Process
from figures import open_data, open_data_archive
from figures.open_data_tables import RESOURCES

LIMIT = "30 per minute"
"""How often one address may ask: each answer is made of all that was said."""

public = Blueprint("open_data", __name__)
workspace = Blueprint("open_data_workspace", __name__, url_prefix="/gestio/processos/<slug>/dades-obertes")
BLUEPRINTS = (public, workspace)


@public.get("/processos/<slug>/dades-obertes.zip")
@limiter.limit(LIMIT)
def archive(slug: str) -> Response:
    """Give the open data of a process that publishes them; whoever has them already is told so."""
    process = processes.get_public(slug)
    if open_data.find(process) is None:
        raise NotFoundError(slug)
    return _give(process, is_public=True)


@workspace.get("")
@requires(Permission.SORT_CONTRIBUTIONS)
def page(slug: str) -> str:
    """Say what is in the open data, what is not, and whether they are public."""
    process = processes.get_process(slug)
    return render_template(
        "figures/open_data.html",
        process=process,
        published=open_data.find(process),
        contents=open_data.count(process),
        resources=RESOURCES,
        licence=open_data.LICENCE,
        licence_url=open_data.LICENCE_URL,
    )


@workspace.get("/mostra.zip")
@requires(Permission.SORT_CONTRIBUTIONS)
def preview(slug: str) -> Response:
    """Give the archive as everybody would get it."""
    return _give(processes.get_process(slug), is_public=False)


@workspace.post("/publicacio")
@requires(Permission.SORT_CONTRIBUTIONS)
def publish(slug: str) -> BaseResponse:
    """Let everybody take the open data."""
    process = processes.get_process(slug)
    with transaction():
        open_data.publish(process, by=staff(), now=utc_now())
    flash(_("The open data are public."), "good")
    return redirect(url_for(".page", slug=slug), 303)


@workspace.post("/retirada")
@requires(Permission.SORT_CONTRIBUTIONS)
def withdraw(slug: str) -> BaseResponse:
    """Let nobody take them any more."""
    process = processes.get_process(slug)
    with transaction():
        open_data.withdraw(process, by=staff(), now=utc_now())
    flash(_("The open data are not public any more. Copies that somebody has taken stay theirs."), "good")
    return redirect(url_for(".page", slug=slug), 303)


@fills_block("process.figures")
def on_process_page(process: Process) -> str:
    """On the public page, the way to the archive; in the workspace, to what the team does with its results."""
    is_public = not (request.blueprint or "").endswith("_workspace")
    published = open_data.find(process) if process.is_public else None
    if is_public and published is None:
        return ""
    if not is_public and not may(Permission.SORT_CONTRIBUTIONS):
        return ""
    return render_template(
        "figures/_open_data.html",
        process=process,
        is_public=is_public,
        published=published,
        licence=open_data.LICENCE,
        licence_url=open_data.LICENCE_URL,
    )


def _give(process: Process, *, is_public: bool) -> Response:
    name = f"{process.slug}-dades-obertes.zip"
    return give_file(partial(open_data_archive.write, process), name, "application/zip", is_public=is_public)
