"""The names that people typed and nobody knows yet: of each it is said whose it is, that it is new, or none."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may_anywhere, requires, staff
from core.database import read_id, transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.text import clean_line, shorten
from core.web import PAGE_SIZE, Page, fills_block, nearest_page, page_number
from directory import known_names, organisations
from directory.likeness import Likeness
from directory.models import Organisation
from events.models import Event
from registrations import typed_organisations
from registrations.views.attendees import make_query_string

MAX_SEARCH_LENGTH = 100

blueprint = Blueprint("typed_organisations", __name__, url_prefix="/gestio/entitats/noms")


@fills_block("directory.parts")
def link() -> str:
    """The way to the names, among the pages of the directory."""
    return render_template("registrations/workspace/_typed_link.html")


@fills_block("organisations.unknown")
def link_of_event(event: Event) -> str:
    """The way to the names typed at an event, where it matters who came from where."""
    if not may_anywhere(Permission.EDIT_DIRECTORY) or not _find_event(event.slug):
        return ""
    found = typed_organisations.sort_out(known_names.read(), seen_by=staff(), event=event)
    return render_template("registrations/workspace/_unknown_names.html", event=event, count=len(found.unknown))


@blueprint.get("")
@requires(Permission.EDIT_DIRECTORY)
def overview() -> str:
    """Show the names that nobody knows, or those of no organisation, a page at a time, with what each is like."""
    asked = request.args.get("jornada")
    event = _find_event(asked) if asked else None
    if asked and event is None:
        raise NotFoundError(asked)
    directory = known_names.read()
    found = typed_organisations.sort_out(directory, seen_by=staff(), event=event)
    shows_none = request.args.get("mostra") == "cap"
    search = request.args.get("q", "")[:MAX_SEARCH_LENGTH]
    listed = typed_organisations.search(found.none if shows_none else found.unknown, search)
    number = nearest_page(page_number(), len(listed))
    shown = listed[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    likeness = Likeness(directory)
    return render_template(
        "registrations/workspace/typed_organisations.html",
        page=Page(shown, number, len(listed)),
        alike={} if shows_none else {each.key: likeness.find(each.name) for each in shown},
        found=found,
        search=search,
        kept={name: request.args[name] for name in ("jornada", "mostra") if name in request.args},
        shows_none=shows_none,
        event=event,
        names=organisations.list_names(),
        query_string=make_query_string(),
    )


@blueprint.post("")
@requires(Permission.EDIT_DIRECTORY)
def settle() -> Response:
    """Say of one name, or of those ticked, what it is."""
    try:
        with transaction():
            said, tone = _settle(request.form), "good"
    except DomainError as refusal:
        said, tone = str(refusal), "bad"
    flash(said, tone)
    return redirect(f"{url_for('.overview')}{make_query_string()}", 303)


def _settle(form: MultiDict[str, str]) -> str:
    """Do with the names what the form asks for, and say it."""
    names = [name for name in map(clean_line, form.getlist("name")[:PAGE_SIZE]) if name]
    if not names:
        raise typed_organisations.NoNames
    acts = {"new": _add, "none": _say_none, "forget": _forget}
    if act := acts.get(form.get("act", "")):
        return act(names)
    if number := form.get("organisation"):
        return _give(names, organisations.get_organisation(read_id(number) or 0))
    if called := clean_line(form.get("called")):
        return _give_to(names, called)
    raise typed_organisations.NoOrganisation


def _add(names: Sequence[str]) -> str:
    added = typed_organisations.add_new(names, by=staff(), now=utc_now())
    text: str = ngettext(
        "%(num)d organisation added to the directory.", "%(num)d organisations added to the directory.", len(added)
    )
    return text


def _say_none(names: Sequence[str]) -> str:
    for name in names:
        known_names.say_none(name, by=staff(), now=utc_now())
    text: str = ngettext("%(num)d name is no organisation.", "%(num)d names are no organisation.", len(names))
    return text


def _forget(names: Sequence[str]) -> str:
    for name in names:
        known_names.forget(name, by=staff(), now=utc_now())
    return str(_("It is among the unknown names again."))


def _give(names: Sequence[str], organisation: Organisation) -> str:
    for name in names:
        known_names.give(organisation, name, by=staff(), now=utc_now())
    called = shorten(organisation.name)
    if len(names) == 1:
        return str(_("“%(name)s” is “%(organisation)s”.", name=shorten(names[0]), organisation=called))
    text: str = ngettext(
        "%(num)d name is “%(organisation)s”.", "%(num)d names are “%(organisation)s”.", len(names), organisation=called
    )
    return text


def _give_to(names: Sequence[str], called: str) -> str:
    """Give names to the organisation that has this one; to a new one of this name if the directory knows none."""
    added = typed_organisations.add_new([called], by=staff(), now=utc_now())
    said = _give(names, organisations.get_by_name(called))
    return _("%(said)s It is new in the directory.", said=said) if added else said


def _find_event(slug: str) -> Event | None:
    return typed_organisations.find_event(slug, seen_by=staff())
