"""The bridge to Decidim: proposals to take there, the figures that close a meeting, and what was answered."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_
from werkzeug.wrappers import Response as BaseResponse

from accounts import audit
from accounts.permissions import Permission, requires, staff
from contributions import topics
from contributions.models import Topic
from core.config import LANGUAGES
from core.database import MAX_ID, transaction
from core.dates import utc_now
from core.downloads import give_file, give_pieces
from core.errors import InputError, NotFoundError
from core.languages import NAMES
from core.sheet_lines import count_fates, show_page
from core.tables import CSV_TYPE
from decidim import answer_files, answers, closing_figures, exports, labels, trail_words
from decidim.answers import FATES, Fate, Plan
from decidim.exports import DecidimProposal, Ready
from decidim.forms import AnswerFileForm
from events import pages, processes
from events import services as events
from events.access import is_open_to
from events.models import Event, Process
from events.pages import Group, Page

View = TypeVar("View", bound=Callable[..., Any])
Answer = str | BaseResponse | tuple[str, int]

of_event = Blueprint("event_decidim", __name__, url_prefix="/gestio/jornades/<slug>/decidim")
of_process = Blueprint("process_decidim", __name__, url_prefix="/gestio/processos/<slug>/decidim")
BLUEPRINTS = (of_event, of_process)

__all__ = ["BLUEPRINTS", "trail_words"]

MOST_LEFT_OUT = 2000
MOST_TAXONOMIES = 20

pages.add(Page(Group.RESULTS, 9, "Decidim", "event_decidim.page", Permission.SORT_CONTRIBUTIONS))


def for_both(rule: str, **options: Any) -> Callable[[View], View]:
    """Answer with this view for the proposals of events and for those of processes."""

    def add(view: View) -> View:
        for blueprint in (of_event, of_process):
            blueprint.add_url_rule(rule, view_func=view, **options)
        return view

    return add


@dataclass(frozen=True)
class Choice:
    """What is to be taken along: how far the team is with it, which language it is in, and what stays out."""

    ready: Ready
    language: str
    left_out: frozenset[str]

    @property
    def as_query(self) -> dict[str, str]:
        return {"ready": self.ready.value, "language": self.language}

    def takes(self, proposal: DecidimProposal) -> bool:
        """Whether a proposal goes along; what does not fit never does, for it would keep all others from going."""
        return not proposal.problems and proposal.name.reference not in self.left_out


@for_both("")
@requires(Permission.SORT_CONTRIBUTIONS)
def page(slug: str) -> str:
    """Say what can be taken to Decidim, what does not fit and why, and how it is done there."""
    return _show_page(slug, AnswerFileForm())


@for_both("/propostes", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def proposals(slug: str) -> Response:
    """Give the proposals that fit as Decidim imports them. A long list of those left out is too long for an address."""
    owner, choice = _owner(slug), _read_choice()
    format_ = request.values.get("format", "csv")
    if format_ not in exports.FORMATS:
        raise NotFoundError(format_)
    taken = _list_taken(owner, choice)
    _record(owner, "decidim.export", format_, taken)

    def write(file: BinaryIO) -> None:
        exports.write_proposals(taken, file, format_=format_, language=choice.language)

    return give_file(write, f"{slug}-decidim.{format_}", exports.FORMATS[format_])


@for_both("/resultats.csv", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def results(slug: str) -> Response:
    """Give them as decidim.barcelona imports results."""
    owner, choice = _owner(slug), _read_choice()
    found = exports.list_proposals(_scope(owner), choice.ready)
    # One that is there already makes no second proposal: its result is linked to it.
    taken = [each for each in found if choice.takes(each) or (each.number and not each.problems)]
    _record(owner, "decidim.export", "results", taken)
    return give_pieces(exports.write_results(taken, language=choice.language), f"{slug}-decidim-results.csv", CSV_TYPE)


@of_event.get("/tancament")
@requires(Permission.SORT_CONTRIBUTIONS)
def closing(slug: str) -> str:
    """Show what Decidim asks for when a meeting is closed, to be copied from."""
    event = events.get_event(slug)
    return render_template(
        "decidim/closing.html",
        event=event,
        closings=closing_figures.list_closings(event),
    )


@of_event.get("/tancament.json")
@requires(Permission.SORT_CONTRIBUTIONS)
def closing_json(slug: str) -> Response:
    """Give the same for a program that calls the API of Decidim."""
    event = events.get_event(slug)
    content = closing_figures.as_json(event, closing_figures.list_closings(event), _read_choice().language)
    pieces = iter([f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()])
    return give_pieces(pieces, f"{slug}-decidim-closing.json", "application/json")


@for_both("/taxonomies", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def taxonomies(slug: str) -> BaseResponse:
    """Note which numbers the topics have on Decidim."""
    owner = _owner(slug)
    wrong = []
    with transaction():
        for topic in _list_topics(owner):
            typed = request.form.get(f"topic-{topic.id}")
            numbers = None if typed is None else _read_numbers(typed)
            if numbers is not None:
                topic.taxonomy_ids = numbers
            elif typed is not None:
                wrong.append(topic.name)
    if wrong:
        flash(_("Write numbers with commas between them: %(topics)s.", topics=", ".join(wrong)), "bad")
    else:
        flash(_("The numbers are saved."), "good")
    return redirect(url_for(".page", slug=slug), 303)


@for_both("/respostes", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def upload(slug: str) -> Answer:
    """Take a file that Decidim exported, to be looked at before anything is written."""
    owner = _owner(slug)
    form = AnswerFileForm()
    if not form.validate_on_submit():
        return _show_page(slug, form), 422
    content = form.file.data.read()
    try:
        answers.read(content, form.file.data.filename or _("the file"))
    except InputError as error:
        form.file.errors = [*form.file.errors, *error.problems]
        return _show_page(slug, form), 422
    with transaction():
        file = answer_files.keep(owner, form.file.data.filename or "", content, now=utc_now())
        address = url_for(".preview", slug=slug, answers_id=file.id)
    return redirect(address, 303)


@for_both("/respostes/<int:answers_id>")
@requires(Permission.SORT_CONTRIBUTIONS)
def preview(slug: str, answers_id: int) -> str:
    """Say row by row what reading the file would do."""
    owner = _owner(slug)
    file = answer_files.get(owner, answers_id, now=utc_now())
    plan = _plan(owner, file.content, file.filename)
    asked = request.args.get("fate", "")
    wanted = Fate(asked) if asked in list(Fate) else None
    lines = [line for line in plan.lines if wanted in {None, line.fate}]
    return render_template(
        "decidim/preview.html",
        **_context(owner),
        file=file,
        plan=plan,
        page=show_page(lines, request.args.get("page", 1, type=int)),
        counts=count_fates(plan.lines, Fate),
        total=len(plan.lines),
        wanted=wanted,
        fates=FATES,
    )


@for_both("/respostes/<int:answers_id>", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def read_answers(slug: str, answers_id: int) -> BaseResponse:
    """Put the answers on our proposals: all of them, once."""
    owner = _owner(slug)
    try:
        with transaction():
            file = answer_files.get(owner, answers_id, now=utc_now())
            content, filename = file.content, file.filename
            if not answer_files.claim(file):
                raise NotFoundError(str(answers_id))
            plan = _plan(owner, content, filename)
            count = answers.carry_out(plan, owner, filename=filename, by=staff(), now=utc_now())
    except InputError as error:
        flash(" ".join(error.problems[:5]), "bad")
        return redirect(url_for(".preview", slug=slug, answers_id=answers_id), 303)
    flash(ngettext("%(num)d answer is read.", "%(num)d answers are read.", count), "good")
    return redirect(url_for(".page", slug=slug), 303)


def _owner(slug: str) -> Event | Process:
    return events.get_event(slug) if request.blueprint == of_event.name else processes.get_process(slug)


def _scope(owner: Event | Process) -> ColumnElement[bool]:
    """The events whose proposals are meant: of a process those in which one may sort them."""
    if isinstance(owner, Event):
        return Event.id == owner.id
    return and_(Event.process_id == owner.id, is_open_to(staff(), Permission.SORT_CONTRIBUTIONS))


def _read_choice() -> Choice:
    ready = request.values.get("ready", "")
    language = request.values.get("language", "")
    return Choice(
        Ready(ready) if ready in list(Ready) else Ready.PUBLISHED,
        language if language in LANGUAGES else LANGUAGES[0],
        frozenset(request.values.getlist("without")[:MOST_LEFT_OUT]),
    )


def _list_taken(owner: Event | Process, choice: Choice) -> list[DecidimProposal]:
    return [each for each in exports.list_proposals(_scope(owner), choice.ready) if choice.takes(each)]


def _list_topics(owner: Event | Process) -> Sequence[Topic]:
    """The topics that get their numbers here: a process has its own, and those of events in which one sorts."""
    if isinstance(owner, Event):
        return [topic for topic in topics.list_for_event(owner) if topic.event_id == owner.id]
    return topics.list_for_process(owner, of_events=is_open_to(staff(), Permission.SORT_CONTRIBUTIONS))


def _read_numbers(text: str) -> list[int] | None:
    """Read `12, 13`; None when it is anything else."""
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if len(parts) > MOST_TAXONOMIES or not all(part.isascii() and part.isdigit() and len(part) < 11 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return list(dict.fromkeys(numbers)) if all(0 < number <= MAX_ID for number in numbers) else None


def _record(owner: Event | Process, act: str, format_: str, taken: Sequence[DecidimProposal]) -> None:
    with transaction():
        audit.record(
            act,
            subject_kind="event" if isinstance(owner, Event) else "process",
            subject_key=owner.slug,
            by=staff(),
            now=utc_now(),
            format=format_,
            count=len(taken),
        )


def _plan(owner: Event | Process, content: bytes, filename: str) -> Plan:
    return answers.make_plan(_scope(owner), answers.read(content, filename))


def _show_page(slug: str, form: AnswerFileForm) -> str:
    owner, choice = _owner(slug), _read_choice()
    found = exports.list_proposals(_scope(owner), choice.ready)
    return render_template(
        "decidim/page.html",
        **_context(owner),
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


def _context(owner: Event | Process) -> dict[str, object]:
    is_event = isinstance(owner, Event)
    return {
        "event": owner if is_event else None,
        "process": None if is_event else owner,
        "owner": owner,
        "layout": "event_workspace.html" if is_event else "process_workspace.html",
    }
