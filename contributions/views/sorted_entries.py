"""One entry on the team's desk: words for publication, state, what is withheld, splitting and merging."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts import audit
from accounts.permissions import Permission, requires, staff
from contributions import entry_links, entry_trail, publications, services, sorting, splits
from contributions.labels import ENTRY_KINDS, ENTRY_STATES
from contributions.models import Entry, EntryState
from contributions.sorting_forms import ReasonForm, SplitForm, WordsForm
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.forms import Form
from events import services as events
from events import sessions
from events.labels import DIMENSIONS

Answer = str | tuple[str, int] | Response

blueprint = Blueprint(
    "contributions_entry", __name__, url_prefix="/gestio/jornades/<slug>/ordenacio/<code>/<reference>"
)


@blueprint.get("")
@requires(Permission.SORT_CONTRIBUTIONS)
def page(slug: str, code: str, reference: str) -> Answer:
    """An entry: what was said, what is published, and where it came from."""
    entry = _get(slug, code, reference)
    if entry.reference != reference:  # a number from when it was of the other kind
        return _back(entry)
    return _show(entry)


@blueprint.post("/paraules")
@requires(Permission.SORT_CONTRIBUTIONS)
def word(slug: str, code: str, reference: str) -> Answer:
    """Write the words for publication, and say how far the team is with the entry."""
    entry, form = _get(slug, code, reference), WordsForm()
    state = request.form.get("state", "")
    if state and state not in list(EntryState):
        raise NotFoundError(state)
    if not form.validate_on_submit():
        return _show(entry, words=form), 422
    values = {"title": form.title.data or "", "public_text": form.public_text.data or ""}
    with transaction():
        publications.word(entry, **values, by=staff(), now=utc_now())
        if state:
            sorting.set_state([entry], EntryState(state), by=staff(), now=utc_now())
    flash(
        _("%(code)s is %(state)s now.", code=entry.code, state=ENTRY_STATES[entry.state]) if state else _("Saved."),
        "good",
    )
    return _back(entry)


@blueprint.post("/retencio")
@requires(Permission.SORT_CONTRIBUTIONS)
def withhold(slug: str, code: str, reference: str) -> Answer:
    """Show the entry to nobody outside the team."""
    entry, form = _get(slug, code, reference), ReasonForm()
    if not form.validate_on_submit():
        return _show(entry, reason=form), 422
    try:
        with transaction():
            publications.withhold(entry, form.reason.data or "", by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(_get(slug, code, reference), reason=form), 422
    flash(_("%(code)s is withheld: it counts, and nobody outside the team reads it.", code=entry.code), "good")
    return _back(entry)


@blueprint.post("/alliberament")
@requires(Permission.SORT_CONTRIBUTIONS)
def release(slug: str, code: str, reference: str) -> Response:
    """Let the entry be shown again."""
    entry = _get(slug, code, reference)
    with transaction():
        publications.release(entry, by=staff(), now=utc_now())
    flash(_("%(code)s is not withheld any more.", code=entry.code), "good")
    return _back(entry)


@blueprint.post("/divisio")
@requires(Permission.SORT_CONTRIBUTIONS)
def split(slug: str, code: str, reference: str) -> Answer:
    """Make several entries of one."""
    entry, form = _get(slug, code, reference), SplitForm()
    if not form.validate_on_submit():
        return _show(entry, split_form=form), 422
    try:
        with transaction():
            parts = splits.split(entry, form.parts.data or "", by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(_get(slug, code, reference), split_form=form), 422
    flash(_("It is split: %(codes)s.", codes=", ".join(part.code for part in parts)), "good")
    return _back(entry)


@blueprint.post("/reunio")
@requires(Permission.SORT_CONTRIBUTIONS)
def undo_split(slug: str, code: str, reference: str) -> Response:
    """Let the whole stand again, and its parts no longer."""
    entry = _get(slug, code, reference)
    with transaction():
        splits.undo_split(entry, by=staff(), now=utc_now())
    flash(_("%(code)s is whole again.", code=entry.code), "good")
    return _back(entry)


@blueprint.post("/separacio")
@requires(Permission.SORT_CONTRIBUTIONS)
def unmerge(slug: str, code: str, reference: str) -> Response:
    """Let an entry that was merged stand by itself again."""
    entry = _get(slug, code, reference)
    root = entry.merged_into or entry
    with transaction():
        sorting.unmerge(entry, by=staff(), now=utc_now())
    flash(_("%(code)s stands by itself again.", code=entry.code), "good")
    return _back(root)


def _get(slug: str, code: str, reference: str) -> Entry:
    return services.get_entry(sessions.get_session(events.get_event(slug), code), reference)


def _back(entry: Entry) -> Response:
    return redirect(url_for(".page", **_address(entry)), 303)


def _address(entry: Entry) -> dict[str, Any]:
    return {"slug": entry.session.event.slug, "code": entry.session.code, "reference": entry.reference}


def _show(entry: Entry, **forms: Form) -> str:
    return render_template(
        "contributions/sorted_entry.html",
        event=entry.session.event,
        session=entry.session,
        entry=entry,
        address=_address(entry),
        words=forms.get("words") or WordsForm.of(entry),
        reason=forms.get("reason") or ReasonForm(data={"reason": entry.withheld_reason}),
        split_form=forms.get("split_form") or SplitForm(data={"parts": entry.text}),
        next_entry=sorting.find_next(entry),
        merged=sorting.list_merged(entry),
        parts=splits.list_parts(entry),
        whole=splits.find_whole(entry),
        linked=entry_links.list_linked(entry),
        trail=audit.list_entries(entry_trail.KIND, entry.code),
        say_act=audit.say_act,
        kinds=ENTRY_KINDS,
        states=ENTRY_STATES,
        dimensions=DIMENSIONS,
    )
