"""Figures as a PDF: of an event, of a process, as they were frozen, and what the public page of a process tells."""

from flask import Blueprint, Response, abort, render_template, request

from accounts.permissions import Permission, requires, staff
from certificates import figure_papers, papers
from certificates.paper_content import FigurePaper
from core.dates import utc_now
from core.downloads import give_pdf
from core.errors import NotFoundError
from core.web import answers_in, conditional, fills_block, limiter
from events import processes
from events.models import Event
from events.owners import Owner
from figures import asked, snapshots
from figures.asked import Asked
from figures.models import FigureSnapshot

LIMIT = "30 per minute"
"""How often one address may ask for the public paper: each is computed and drawn."""

public = Blueprint("public_figure_papers", __name__)
of_event = Blueprint("event_figure_papers", __name__, url_prefix="/gestio/jornades/<slug>")
of_process = Blueprint("process_figure_papers", __name__, url_prefix="/gestio/processos/<slug>")
BLUEPRINTS = (public, of_event, of_process)

for_both = answers_in(of_event, of_process)


@public.get("/processos/<slug>/xifres.pdf")
@limiter.limit(LIMIT)
def public_figures(slug: str) -> Response:
    """Give exactly what the public page of the process tells; whoever has it already is told so."""
    paper = figure_papers.make_public(processes.get_public(slug), now=utc_now())
    if paper is None:
        raise NotFoundError(slug)
    return conditional(_give(paper, slug))


@for_both("/xifres.pdf")
@requires(Permission.VIEW_CONTRIBUTIONS)
def figures(slug: str) -> Response:
    """Give the figures as they are: of a process those of its events that one may read."""
    found = _ask(slug)
    return _give(figure_papers.make_present(found.owner, found.scope, left_out=found.left_out, now=utc_now()), slug)


@for_both("/xifres/congelades/<int:snapshot_id>/xifres.pdf")
@requires(Permission.VIEW_CONTRIBUTIONS)
def snapshot(slug: str, snapshot_id: int) -> Response:
    """Give frozen figures; those of a process are for whoever may read all of its events."""
    found = _ask(slug)
    if found.left_out:
        abort(403)
    frozen = snapshots.get(found.owner, snapshot_id)
    return _give(figure_papers.make_frozen(found.owner, frozen), f"{slug}-{snapshot_id}")


@fills_block("figures.paper")
def paper_link(owner: Owner, snapshot: FigureSnapshot | None, *, is_public: bool) -> str:
    """The way to the paper, on each page of figures that there is one of."""
    if is_public:
        endpoint = "public_figure_papers.public_figures"
    else:
        blueprint = of_event if isinstance(owner, Event) else of_process
        endpoint = f"{blueprint.name}.{'snapshot' if snapshot else 'figures'}"
    return render_template(
        "certificates/_figure_paper.html", endpoint=endpoint, owner=owner, snapshot=snapshot, is_public=is_public
    )


def _ask(slug: str) -> Asked:
    find = asked.of_event if request.blueprint == of_event.name else asked.of_process
    return find(slug, by=staff())


def _give(paper: FigurePaper, name: str) -> Response:
    return give_pdf(papers.draw_figures(paper), f"{name}-xifres.pdf")
