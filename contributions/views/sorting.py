"""The board on which the team sorts what was said: by topic, into themes, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from contributions import entry_lists, sorting, themes, topics
from contributions.entry_lists import EntryFilter
from contributions.labels import ENTRY_STATES
from contributions.models import Entry, EntryState, Theme, Topic
from contributions.sorting import Target
from contributions.sorting_forms import ThemeForm
from contributions.views.entries import list_words, read_filter
from core.database import db, read_id, transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.forms import form_page
from core.web import PAGE_SIZE, Page, nearest_page, page_number, paginate
from events import pages
from events import services as events
from events.models import Event
from events.pages import Group

Answer = str | tuple[str, int] | Response

blueprint = Blueprint("contributions_sorting", __name__, url_prefix="/gestio/jornades/<slug>/ordenacio")

pages.add(
    pages.Page(
        Group.RESULTS,
        2,
        _l("Sorting"),
        "contributions_sorting.board",
        Permission.SORT_CONTRIBUTIONS,
        holds=frozenset({"contributions_sorting", "contributions_entry"}),
    )
)


@dataclass(frozen=True)
class TopicGroup:
    """A topic (None: entries about none) as the board shows it, with the themes within it."""

    topic: Topic | None
    count: int
    themes: list[tuple[Theme, int]]


@blueprint.get("")
@requires(Permission.SORT_CONTRIBUTIONS)
def board(slug: str) -> str:
    """The topics and themes of an event, and the entries of the one that is looked at."""
    event = events.get_event(slug)
    chosen = read_filter()
    wants_alike = request.args.get("alike") == "1"
    page = _page_of_alike(event, chosen) if wants_alike else paginate(_select(event, chosen), page_number())
    groups, across = _list_groups(event, chosen)
    return render_template(
        "contributions/sorting.html",
        event=event,
        page=page,
        wants_alike=wants_alike,
        groups=groups,
        across=across,
        topics=[group.topic for group in groups if group.topic],
        themes=themes.list_themes(event),
        states=ENTRY_STATES,
        query=request.query_string.decode(),
        **list_words(chosen),
    )


@blueprint.post("/actes")
@requires(Permission.SORT_CONTRIBUTIONS)
def act(slug: str) -> Response:
    """Do one thing to all the entries that were ticked, or to the whole list."""
    event = events.get_event(slug)
    try:
        with transaction():
            said = _act(event, sorting.get_entries(event, _read_ids(event)), request.form.get("act", ""))
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(said, "good")
    return redirect(_board_url(slug), 303)


@blueprint.route("/temes/nou", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def create_theme(slug: str) -> Answer:
    """Make a theme."""
    event = events.get_event(slug)
    listed = topics.list_for_event(event)
    form = ThemeForm(data={"topic": request.args.get("topic", "")}).offer(listed)
    if form.validate_on_submit():
        try:
            with transaction():
                theme = themes.create(event, form.name.data, form.find_topic(listed), by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
            event = events.get_event(slug)
        else:
            flash(_("The theme “%(name)s” is there: put entries into it.", name=theme.name), "good")
            return redirect(url_for(".board", slug=slug), 303)
    return form_page("contributions/theme.html", form, event=event, theme=None)


@blueprint.route("/temes/<int:theme_id>", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def edit_theme(slug: str, theme_id: int) -> Answer:
    """Call a theme otherwise, or put it within another topic."""
    event = events.get_event(slug)
    theme = themes.get_theme(event, theme_id)
    listed = topics.list_for_event(event)
    form = ThemeForm.of(theme).offer(listed)
    if form.validate_on_submit():
        try:
            with transaction():
                themes.change(theme, event, form.name.data, form.find_topic(listed), by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
            event = events.get_event(slug)
            theme = themes.get_theme(event, theme_id)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".board", slug=slug), 303)
    return form_page("contributions/theme.html", form, event=event, theme=theme)


@blueprint.post("/temes/<int:theme_id>/supressio")
@requires(Permission.SORT_CONTRIBUTIONS)
def delete_theme(slug: str, theme_id: int) -> Response:
    """Delete a theme; its entries stay."""
    event = events.get_event(slug)
    theme = themes.get_theme(event, theme_id)
    with transaction():
        count = themes.delete(theme, event, by=staff(), now=utc_now())
    said = ngettext(
        "The theme is deleted; its %(num)d entry stays.", "The theme is deleted; its %(num)d entries stay.", count
    )
    flash(said if count else _("The theme is deleted."), "good")
    return redirect(url_for(".board", slug=slug), 303)


def _act(event: Event, entries: Sequence[Entry], wanted: str) -> str:
    """Do what was asked for, and say it."""
    by, now = staff(), utc_now()
    if wanted == "merge":
        first = sorting.merge(entries, by=by, now=now)
        return str(_("They are one now: %(code)s. On its page you can part them again.", code=first.code))
    if wanted == "state":
        state = request.form.get("state", "")
        if state not in list(EntryState):
            raise NotFoundError(state)
        count = sorting.set_state(entries, EntryState(state), by=by, now=now)
        if not count:
            return str(_("Nothing changed: they were like that already."))
        name = ENTRY_STATES[EntryState(state)]
        said = ngettext("%(num)d entry is %(state)s now.", "%(num)d entries are %(state)s now.", count, state=name)
        return str(said)
    count = sorting.put(entries, _read_target(event), by=by, now=now)
    if not count:
        return str(_("Nothing moved: they were there already."))
    return str(ngettext("%(num)d entry moved.", "%(num)d entries moved.", count))


def _read_ids(event: Event) -> list[int]:
    if request.form.get("everything") == "1":
        return list(db.session.scalars(sorting.select_ids(entry_lists.select_of_event(event, read_filter()))))
    found = (read_id(text) for text in request.form.getlist("entry"))
    return [each for each in found if each]


def _read_target(event: Event) -> Target:
    """Read `topic-5`, `theme-7`, or `topic-0`: none. Raises `NotFoundError`."""
    kind, _dash, text = request.form.get("to", "").partition("-")
    row_id = read_id(text) or 0
    if kind == "theme":
        return Target(is_theme=True, theme=themes.get_theme(event, row_id) if row_id else None)
    if kind != "topic":
        raise sorting.NowhereToPut
    topic = next((each for each in topics.list_for_event(event) if each.id == row_id), None)
    if row_id and topic is None:
        raise NotFoundError(row_id)
    return Target(is_theme=False, topic=topic)


def _select(event: Event, chosen: EntryFilter) -> Any:
    return entry_lists.select_of_event(event, chosen).options(joinedload(Entry.theme))


def _page_of_alike(event: Event, chosen: EntryFilter) -> Page[list[Entry]]:
    """A page of groups of entries that may be the same."""
    groups = sorting.find_alike(event, chosen)
    number = nearest_page(page_number(), len(groups))
    shown = groups[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    ids = [entry_id for group in shown for entry_id in group]
    query = select(Entry).where(Entry.id.in_(ids)).options(joinedload(Entry.theme), joinedload(Entry.session))
    entries = {entry.id: entry for entry in db.session.scalars(query)}
    return Page([[entries[entry_id] for entry_id in group] for group in shown], number, len(groups))


def _list_groups(event: Event, chosen: EntryFilter) -> tuple[list[TopicGroup], list[tuple[Theme, int]]]:
    """The topics with their themes, and the themes within none, each with how many entries the other filters leave."""
    anywhere = replace(chosen, topic_id=None, lacks_topic=False, theme_id=None, lacks_theme=False)
    counted = sorting.count_groups(event, anywhere)
    of_topic: dict[int | None, int] = {}
    of_theme: dict[int | None, int] = {}
    for group in counted:
        of_topic[group.topic_id] = of_topic.get(group.topic_id, 0) + group.count
        of_theme[group.theme_id] = of_theme.get(group.theme_id, 0) + group.count
    listed = [(theme, of_theme.get(theme.id, 0)) for theme in themes.list_themes(event)]
    groups = [
        TopicGroup(topic, of_topic.get(topic.id, 0), [each for each in listed if each[0].topic_id == topic.id])
        for topic in topics.list_for_event(event)
    ]
    return [*groups, TopicGroup(None, of_topic.get(None, 0), [])], [each for each in listed if not each[0].topic_id]


def _board_url(slug: str) -> str:
    query = request.query_string.decode()
    return f"{url_for('.board', slug=slug)}?{query}" if query else url_for(".board", slug=slug)
