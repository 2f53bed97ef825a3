"""The topics of a process, or of an event that belongs to none: their list, and what the team makes of it."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from contributions import topic_files, topic_lists
from contributions.labels import ENTRY_KINDS, ENTRY_KINDS_PLURAL, TOPIC_COLOURS, say_answer_state
from contributions.models import Topic, TopicColour
from contributions.topic_forms import MergeForm, TopicForm, TopicListForm
from contributions.topic_lists import Taken, TopicValues
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, InputError
from core.forms import form_page
from core.languages import current_language
from core.text import clean_line
from core.web import answers_in, fills_block
from events import pages, processes
from events import services as events
from events.access import is_open_to
from events.models import Event, Process
from events.owners import Owner, as_context
from events.pages import Group, Page

Answer = str | tuple[str, int] | Response


of_event = Blueprint("event_topics", __name__, url_prefix="/gestio/jornades/<slug>/eixos")
of_process = Blueprint("process_topics", __name__, url_prefix="/gestio/processos/<slug>/eixos")
BLUEPRINTS = (of_event, of_process)
for_both = answers_in(*BLUEPRINTS)

pages.add(Page(Group.RESULTS, 3, _l("Topics"), "event_topics.overview", Permission.VIEW_CONTRIBUTIONS))


@of_event.record_once
def add_words(state: BlueprintSetupState) -> None:
    """Give every template the words for the colours, and for what became of a proposal elsewhere."""
    state.app.jinja_env.globals.update(topic_colour_labels=TOPIC_COLOURS, say_answer_state=say_answer_state)


@fills_block("process.acts")
def link_of_process(process: Process) -> str:
    """The way to the topics, among what can be done with a process."""
    if not may(Permission.VIEW_CONTRIBUTIONS):
        return ""
    return render_template("contributions/_topics_link.html", process=process)


@for_both("")
@requires(Permission.VIEW_CONTRIBUTIONS)
def overview(slug: str) -> Answer:
    """All topics in their order, with how much was said about each; those of an event's process are there."""
    owner = _owner(slug)
    if isinstance(owner, Event) and owner.process:
        return redirect(url_for("process_topics.overview", slug=owner.process.slug), 303)
    return _show_list(owner, TopicForm(formdata=None))[0]


@for_both("", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def add(slug: str) -> Answer:
    """Add a topic."""
    owner, form = _owner(slug), TopicForm()
    if form.validate_on_submit():
        try:
            with transaction():
                topic_lists.add(owner, form.values(), by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
            owner = _owner(slug)
        else:
            flash(_("The topic is in the list."), "good")
            return redirect(url_for(".overview", slug=slug), 303)
    return _show_list(owner, form)


@for_both("/<int:topic_id>", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def edit(slug: str, topic_id: int) -> Answer:
    """Change what a topic is called; merge it, or delete it when nothing is about it."""
    owner = _owner(slug)
    if isinstance(owner, Event) and owner.process:
        return redirect(url_for("process_topics.edit", slug=owner.process.slug, topic_id=topic_id), 303)
    topic = topic_lists.get_topic(owner, topic_id)
    form = TopicForm.of(topic)
    if form.validate_on_submit():
        try:
            with transaction():
                topic_lists.change(topic, owner, form.values(), by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
            owner = _owner(slug)
            topic = topic_lists.get_topic(owner, topic_id)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".overview", slug=slug), 303)
    return _show_topic(owner, topic, form, MergeForm(formdata=None))


@for_both("/<int:topic_id>/<any(amunt, avall):direction>", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def move(slug: str, topic_id: int, direction: str) -> Response:
    """Move a topic by one place."""
    owner = _owner(slug)
    topic = topic_lists.get_topic(owner, topic_id)
    with transaction():
        topic_lists.move(topic, owner, -1 if direction == "amunt" else 1, by=staff(), now=utc_now())
    return redirect(url_for(".overview", slug=slug, _anchor=f"eix-{topic_id}"), 303)


@for_both("/<int:topic_id>/fusio", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def merge(slug: str, topic_id: int) -> Answer:
    """Make a topic a part of another."""
    owner = _owner(slug)
    topic = topic_lists.get_topic(owner, topic_id)
    form = MergeForm().offer(_list_others(owner, topic))
    if form.validate_on_submit():
        into = topic_lists.get_topic(owner, form.into.data)
        with transaction():
            count = topic_lists.merge(topic, into, owner, by=staff(), now=utc_now())
        said = ngettext(
            "They are one topic now; %(num)d entry moved.", "They are one topic now; %(num)d entries moved.", count
        )
        flash(said, "good")
        return redirect(url_for(".overview", slug=slug), 303)
    return _show_topic(owner, topic, TopicForm.of(topic), form)


@for_both("/<int:topic_id>/supressio", methods=["POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def delete(slug: str, topic_id: int) -> Response:
    """Delete a topic that nothing is about."""
    owner = _owner(slug)
    topic = topic_lists.get_topic(owner, topic_id)
    with transaction():
        topic_lists.delete(topic, owner, by=staff(), now=utc_now())
    flash(_("The topic is deleted."), "good")
    return redirect(url_for(".overview", slug=slug), 303)


@for_both("/importacio", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def take_in(slug: str) -> Answer:
    """Take in a list that stands somewhere already."""
    owner = _owner(slug)
    sources = {key: source for key, source in _list_sources() if source is not owner}
    form = TopicListForm().offer([(key, source.title) for key, source in sources.items()])
    if not form.validate_on_submit():
        return _show_import(owner, form)
    try:
        rows = _read_rows(form, sources.get(form.source.data))
        if not rows:
            return _show_import(
                owner, form, [_("Write some topics, choose a file, or choose where to take them from.")]
            )
        with transaction():
            taken = topic_lists.take_in(owner, rows, by=staff(), now=utc_now())
    except InputError as error:
        return _show_import(_owner(slug), form, error.problems)
    except DomainError as refusal:
        return _show_import(_owner(slug), form, [str(refusal)])
    flash(_describe(taken), "good")
    return redirect(url_for(".overview", slug=slug), 303)


def _owner(slug: str) -> Owner:
    return events.get_event(slug) if request.blueprint == of_event.name else processes.get_process(slug)


def _readable() -> ColumnElement[bool]:
    return is_open_to(staff(), Permission.VIEW_CONTRIBUTIONS)


def _show_list(owner: Owner, form: TopicForm) -> tuple[str, int]:
    return form_page(
        "contributions/topics.html",
        form,
        topics=topic_lists.list_topics(owner),
        counts=topic_lists.count_entries(owner, _readable()),
        kinds=ENTRY_KINDS,
        kinds_plural=ENTRY_KINDS_PLURAL,
        entries_url="contributions_workspace.entries"
        if isinstance(owner, Event)
        else "contributions_workspace.process_entries",
        **as_context(owner),
    )


def _show_topic(owner: Owner, topic: Topic, form: TopicForm, merge_form: MergeForm) -> Answer:
    page = render_template(
        "contributions/topic.html",
        topic=topic,
        form=form,
        merge_form=merge_form.offer(_list_others(owner, topic)),
        is_used=topic_lists.is_used(topic),
        colours=TopicColour,
        **as_context(owner),
    )
    return page, 422 if form.errors or merge_form.errors else 200


def _show_import(owner: Owner, form: TopicListForm, problems: Sequence[str] = ()) -> Answer:
    page = render_template(
        "contributions/topic_import.html",
        form=form,
        problems=problems,
        **as_context(owner),
    )
    return page, 422 if problems or form.errors else 200


def _list_others(owner: Owner, topic: Topic) -> list[tuple[int, str]]:
    return [(each.id, each.name_in(current_language())) for each in topic_lists.list_topics(owner) if each is not topic]


def _list_sources() -> list[tuple[str, Owner]]:
    """The processes and single events whose topics one may see, with what names each in the form."""
    of_processes: list[tuple[str, Owner]] = [(f"proces:{each.slug}", each) for each in processes.list_open_to(staff())]
    alone = [each for each in events.list_open_to(staff()) if not each.process_id]
    return of_processes + [(f"jornada:{each.slug}", each) for each in alone]


def _read_rows(form: TopicListForm, source: Owner | None) -> list[TopicValues]:
    """What the form brings, of whichever kind; all of them when there are several. Raises `InputError`."""
    rows = topic_files.read_lines(form.lines.data or "")
    upload = form.file.data
    if upload:
        rows += topic_files.read_file(upload.read(), clean_line(upload.filename) or _("the file"))
    if source:
        rows += [topic_lists.values_of(topic) for topic in topic_lists.list_topics(source)]
    return rows


def _describe(taken: Taken) -> str:
    return ", ".join(
        [
            ngettext("%(num)d topic added", "%(num)d topics added", taken.added),
            ngettext("%(num)d completed", "%(num)d completed", taken.changed),
            ngettext("%(num)d was there already", "%(num)d were there already", taken.known),
        ]
    )
