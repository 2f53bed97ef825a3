"""One entry of a notebook: corrected, deleted and brought back, with its history and the versions to choose from."""

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _

from contributions import entry_history, services, splits, topics
from contributions.forms import EntryForm
from contributions.labels import ENTRY_KINDS
from contributions.models import Entry
from contributions.views.notebooks import Answer, OpenNotebook, both_ways
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import Page, nearest_page, page_number

LINES_OF_HISTORY = 50


@both_ways("/<reference>", methods=("GET", "POST"))
def edit(opened: OpenNotebook, reference: str) -> Answer:
    """Correct an entry."""
    entry = services.get_entry(opened.session, reference)
    form = EntryForm.of(entry, services.list_act_keys(entry))
    if not form.validate_on_submit():
        return _show_edit(opened, entry, form)
    try:
        with transaction():
            entry = services.edit(
                entry,
                kind=form.entry_kind,
                text=form.text.data or "",
                topic_name=form.topic.data or "",
                seen=form.seen_keys,
                by=opened.writer(),
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_edit(opened, services.get_entry(opened.session, reference), form)
    if entry.has_conflict:
        flash(_("Somebody else changed %(code)s meanwhile: choose what it is to say.", code=entry.code), "warn")
        return redirect(opened.address("history", reference=entry.reference), 303)
    flash(_("%(code)s is saved.", code=entry.code), "good")
    return redirect(opened.address(), 303)


@both_ways("/<reference>/supressio", methods=("POST",))
def delete(opened: OpenNotebook, reference: str) -> Answer:
    """Delete an entry; the page that follows offers to undo it."""
    entry = services.get_entry(opened.session, reference)
    with transaction():
        services.delete(entry, by=opened.writer(), now=utc_now())
    return redirect(opened.address(deleted=entry.reference), 303)


@both_ways("/<reference>/recuperacio", methods=("POST",))
def restore(opened: OpenNotebook, reference: str) -> Answer:
    """Bring a deleted entry back."""
    entry = services.get_entry(opened.session, reference)
    try:
        with transaction():
            splits.restore(entry, by=opened.writer(), now=utc_now())
    except splits.CountsElsewhere as refusal:
        flash(str(refusal), "bad")
        return redirect(opened.address("history", reference=reference), 303)
    flash(_("%(code)s is back.", code=entry.code), "good")
    return redirect(opened.address(), 303)


@both_ways("/<reference>/historial")
def history(opened: OpenNotebook, reference: str) -> Answer:
    """Who wrote what of an entry, and when; the versions to choose from when two did not know of each other."""
    entry = services.get_entry(opened.session, reference)
    total = entry_history.count_lines(entry)
    number = nearest_page(page_number(), total, LINES_OF_HISTORY)
    lines = entry_history.list_lines(entry, start=(number - 1) * LINES_OF_HISTORY, most=LINES_OF_HISTORY)
    return render_template(
        "contributions/history.html",
        event=opened.event,
        session=opened.session,
        entry=entry,
        page=Page(lines, number, total, LINES_OF_HISTORY),
        notebook=opened,
        kinds=ENTRY_KINDS,
    )


@both_ways("/<reference>/versio", methods=("POST",))
def put_back(opened: OpenNotebook, reference: str) -> Answer:
    """Let an entry say again what it said at some time."""
    entry = services.get_entry(opened.session, reference)
    with transaction():
        services.put_back(entry, request.form.get("act", ""), by=opened.writer(), now=utc_now())
    flash(_("%(code)s says this now.", code=entry.code), "good")
    return redirect(opened.address("history", reference=entry.reference), 303)


def _show_edit(opened: OpenNotebook, entry: Entry, form: EntryForm) -> tuple[str, int]:
    page = render_template(
        "contributions/edit.html",
        event=opened.event,
        session=opened.session,
        base=opened.address(),
        link=opened.link,
        entry=entry,
        form=form,
        topics=topics.list_for_event(opened.event),
    )
    return page, 422 if form.errors else 200
