"""Lists by purpose: what each is for and who may take it, as files, the lists of one's own, and who took what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from accounts.labels import ROLES
from accounts.models import AuditEntry, StaffRole
from accounts.permissions import Permission, may, requires, staff, works_as
from core import downloads
from core.database import read_id, transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.forms import form_page
from core.web import paginate
from events import services as events
from events.models import Event
from registrations import exports, list_profiles, questions, supports
from registrations.exports import Export
from registrations.filter_addresses import keep_filter, read_choice, read_filter, say_filter
from registrations.filters import Filter
from registrations.list_forms import ListProfileForm
from registrations.lists import LABELS, PROFILES, Profile
from registrations.models import ListProfile, Question

blueprint = Blueprint("registrations_lists", __name__, url_prefix="/gestio/jornades/<slug>/llistes")

Answer = str | BaseResponse | tuple[str, int]

_OWN = "own-"


@dataclass(frozen=True)
class Offer:
    """A list as the page offers it: `own` ones say whom they are of; one that asks for what is gone cannot be taken."""

    export: Export
    columns: Sequence[str]
    people: str = ""
    is_gone: bool = False

    @property
    def asks_for_session(self) -> bool:
        return not self.export.own and self.export.profile is Profile.ROOM

    @property
    def may_show_supports(self) -> bool:
        return not self.export.own and self.export.profile in {Profile.FULL, Profile.CATERING}


@blueprint.get("")
@requires(Permission.RUN_LISTS)
def page(slug: str) -> str:
    """Show the lists that the member may take, and to organisers who took which."""
    event = events.get_event(slug)
    wanted = read_filter(event, request.args) if may(Permission.VIEW_REGISTRATIONS) else Filter()
    asked = questions.list_shown(event)
    exported = [Export(event, "csv", profile, wanted) for profile in PROFILES]
    ready = [Offer(export, exports.make_header(export, asked)) for export in exported]
    own = [_offer(event, row, asked) for row in list_profiles.list_profiles(event)]
    may_see_all = may(Permission.EXPORT_REGISTRATIONS)
    return render_template(
        "registrations/lists/lists.html",
        event=event,
        ready=[offer for offer in ready if works_as(offer.export.roles)],
        own=[offer for offer in own if works_as(offer.export.roles)],
        roles=_name_roles,
        wanted=wanted,
        people=say_filter(wanted),
        filtered_by=keep_filter(request.args),
        sessions=[session for session in event.sessions if session.is_chosen],
        has_supports=bool(supports.list_offered(event)) and may(Permission.VIEW_SUPPORTS),
        formats=exports.MEDIA_TYPES,
        runs=paginate(exports.select_runs(event), request.args.get("page", 1, type=int)) if may_see_all else None,
        name_run=_name_run,
    )


@blueprint.get("/fitxer", endpoint="file")
@requires(Permission.RUN_LISTS)
def give_file(slug: str) -> Response:
    """Give a list as a file, and keep in the trail who took it."""
    event = events.get_event(slug)
    wanted = _read_export(event, request.args.get("format", "csv"))
    media_type = exports.MEDIA_TYPES.get(wanted.format)
    if media_type is None:
        raise NotFoundError
    if wanted.format == "csv":
        _record(wanted)
        return downloads.give_pieces(exports.stream_csv(wanted), wanted.filename, media_type)
    response = downloads.give_file(lambda file: exports.write(wanted, file), wanted.filename, media_type)
    _record(wanted)
    return response


@blueprint.route("/nova", methods=["GET", "POST"])
@requires(Permission.EXPORT_REGISTRATIONS)
def create(slug: str) -> Answer:
    """Make a list of one's own, of the people that the address says."""
    event = events.get_event(slug)
    kept = keep_filter(request.args)
    people = say_filter(read_filter(event, kept))
    form = ListProfileForm.of(questions.list_shown(event), kept)
    if form.validate_on_submit():
        try:
            with transaction():
                row = list_profiles.create(event, form.values(), by=staff(), now=utc_now())
                anchor = f"#{_OWN}{row.id}"
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(_("The list is made."), "good")
            return redirect(url_for(".page", slug=slug) + anchor, 303)
    return form_page("registrations/lists/list.html", form, event=events.get_event(slug), row=None, people=people)


@blueprint.route("/propia/<int:list_id>", methods=["GET", "POST"])
@requires(Permission.EXPORT_REGISTRATIONS)
def edit(slug: str, list_id: int) -> Answer:
    """Change a list of one's own; its people stay those of its filter, unless the address brings another."""
    event = events.get_event(slug)
    row = list_profiles.get_profile(event, list_id)
    kept = keep_filter(request.args) or row.wanted
    people = _say_kept(event, kept)
    form = ListProfileForm.of(questions.list_shown(event), kept, row)
    if form.validate_on_submit():
        try:
            with transaction():
                list_profiles.update(row, form.values(), by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".page", slug=slug) + f"#{_OWN}{list_id}", 303)
    event = events.get_event(slug)
    row = list_profiles.get_profile(event, list_id)
    return form_page("registrations/lists/list.html", form, event=event, row=row, people=people)


@blueprint.post("/propia/<int:list_id>/eliminacio")
@requires(Permission.EXPORT_REGISTRATIONS)
def delete(slug: str, list_id: int) -> BaseResponse:
    """Forget a list of one's own."""
    event = events.get_event(slug)
    with transaction():
        list_profiles.delete(list_profiles.get_profile(event, list_id), by=staff(), now=utc_now())
    flash(_("The list is deleted. Who took it, and when, stays below."), "good")
    return redirect(url_for(".page", slug=slug), 303)


def _read_export(event: Event, format_: str) -> Export:
    """Read which list the address asks for, of whom; 403 for who may not take it.

    Raises NotFoundError for a list there is none of, and for that of a room that names no session.
    """
    key = request.args.get("profile", "")
    if key.startswith(_OWN):
        export = _read_own(event, key.removeprefix(_OWN), format_)
    else:
        profile = read_choice(Profile, request.args, "profile")
        if profile is None:
            raise NotFoundError
        with_supports = bool(request.args.get("supports")) and may(Permission.VIEW_SUPPORTS)
        export = Export(event, format_, profile, read_filter(event, request.args), with_supports)
        if profile is Profile.ROOM and export.wanted.session is None:
            raise NotFoundError
    if not works_as(export.roles):
        abort(403)
    return export


def _record(export: Export) -> None:
    with transaction():
        exports.record(export, by=staff(), now=utc_now())


def _read_own(event: Event, text: str, format_: str) -> Export:
    number = read_id(text)
    if number is None:
        raise NotFoundError
    row = list_profiles.get_profile(event, number)
    return Export(event, format_, wanted=read_filter(event, row.wanted), own=row)


def _offer(event: Event, row: ListProfile, asked: Sequence[Question]) -> Offer:
    export = Export(event, "csv", own=row)
    columns = exports.make_header(export, asked)
    try:
        wanted = read_filter(event, row.wanted)
    except NotFoundError:
        return Offer(export, columns, is_gone=True)
    return Offer(export, columns, say_filter(wanted))


def _say_kept(event: Event, kept: Mapping[str, str]) -> str:
    """Say whom a list is of; what its filter asks for may be gone."""
    try:
        return say_filter(read_filter(event, kept))
    except NotFoundError:
        return str(_("what is no longer there: choose the people anew"))


def _name_roles(roles: Iterable[StaffRole]) -> str:
    return ", ".join(str(ROLES[role]) for role in roles)


def _name_run(run: AuditEntry) -> str:
    """Give the name of the list that was taken; that of one's own as it was then."""
    key = str(run.details.get("profile", ""))
    ready = {"labels": LABELS} | {profile.value: purpose for profile, purpose in PROFILES.items()}
    return str(ready[key].name if key in ready else run.details.get("name", key))
