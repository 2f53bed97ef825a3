"""The page on which proposals are got ready for Decidim, and what the other pages of the bridge share with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from contributions import topics
from contributions.models import Topic
from core.config import LANGUAGES
from core.database import transaction
from core.dates import utc_now
from core.languages import NAMES
from core.web import answers_in
from decidim import exports, labels, taxonomies
from decidim.exports import DecidimProposal, Ready
from decidim.forms import AnswerFileForm
from events import pages, processes
from events import services as events
from events.access import is_open_to
from events.models import Event
from events.owners import Owner, as_context
from events.pages import Group, Page

of_event = Blueprint("event_decidim", __name__, url_prefix="/gestio/jornades/<slug>/decidim")
of_process = Blueprint("process_decidim", __name__, url_prefix="/gestio/processos/<slug>/decidim")
BLUEPRINTS = (of_event, of_process)
for_both = answers_in(*BLUEPRINTS)

MOST_LEFT_OUT = 2000

pages.add(Page(Group.RESULTS, 9, "Decidim", "event_decidim.page", Permission.SORT_CONTRIBUTIONS))


@dataclass(frozen=True)
class Choice:
    """What is to be taken along: how far the team is with it, which language it is in, and what stays out."""

    ready: Ready
    language: str
    left_out: frozenset[str]

    @property
    def as_query(self) -> dict[str, str]:
        """What the page hands on to the files, apart from what is ticked on it."""
        return {"ready": self.ready.value, "language": self.language}

    def takes(self, proposal: DecidimProposal) -> bool:
        """Whether a proposal goes along; what does not fit never does, for it would keep all others from going."""
        return not proposal.problems and proposal.name.reference not in self.left_out


@for_both("")
@requires(Permission.SORT_CONTRIBUTIONS)
def page(slug: str) -> str:
    """Say what can be taken to Decidim, what does not fit and why, and how it is done there."""
    return show_page(find_owner(slug), AnswerFileForm())


@for_both("/taxonomies", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def note_taxonomies(slug: str) -> Response:
    """Note which numbers the topics have on Decidim."""
    owner = find_owner(slug)
    listed = _list_topics(owner)
    typed = {each.id: request.form[f"topic-{each.id}"] for each in listed if f"topic-{each.id}" in request.form}
    with transaction():
        wrong = taxonomies.note(owner, listed, typed, by=staff(), now=utc_now())
        names = ", ".join(topic.name for topic in wrong)
    if wrong:
        flash(_("Write numbers with commas between them: %(topics)s.", topics=names), "bad")
    else:
        flash(_("The numbers are saved."), "good")
    return redirect(url_for(".page", slug=slug), 303)


def find_owner(slug: str) -> Owner:
    """Find whose proposals the address is about. Raises `NotFoundError`."""
    return events.get_event(slug) if request.blueprint == of_event.name else processes.get_process(slug)


def scope_of(owner: Owner) -> ColumnElement[bool]:
    """The events whose proposals are meant: of a process those in which one may sort them."""
    if isinstance(owner, Event):
        return Event.id == owner.id
    return and_(Event.process_id == owner.id, is_open_to(staff(), Permission.SORT_CONTRIBUTIONS))


def read_choice() -> Choice:
    """Read what was chosen, from the address or from a form; what is none of it is as it usually is."""
    ready = request.values.get("ready", "")
    language = request.values.get("language", "")
    return Choice(
        Ready(ready) if ready in list(Ready) else Ready.PUBLISHED,
        language if language in LANGUAGES else LANGUAGES[0],
        frozenset(request.values.getlist("without")[:MOST_LEFT_OUT]),
    )


def show_page(owner: Owner, form: AnswerFileForm) -> str:
    """Show the page, with what is wrong with the file of answers that was chosen on it."""
    choice = read_choice()
    found = exports.list_proposals(scope_of(owner), choice.ready)
    return render_template(
        "decidim/page.html",
        **context_of(owner),
        form=form,
        choice=choice,
        fitting=[each for each in found if not each.problems],
        misfits=[each for each in found if each.problems],
        topics=_list_topics(owner),
        formats=exports.FORMATS,
        languages_offered={each: NAMES[each] for each in LANGUAGES},
        ready_words=labels.READY,
        problem_words=labels.PROBLEMS,
        remark_words=labels.REMARKS,
    )


def context_of(owner: Owner) -> dict[str, Any]:
    """What a page of the bridge is rendered with: whose it is, and among which other pages it stands."""
    layout = "event_workspace.html" if isinstance(owner, Event) else "process_workspace.html"
    return {**as_context(owner), "layout": layout}


def _list_topics(owner: Owner) -> Sequence[Topic]:
    """The topics that get their numbers here: a process has its own, and those of events in which one sorts."""
    if isinstance(owner, Event):
        return [topic for topic in topics.list_for_event(owner) if topic.event_id == owner.id]
    return topics.list_for_process(owner, of_events=is_open_to(staff(), Permission.SORT_CONTRIBUTIONS))
