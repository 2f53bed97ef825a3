"""What people write by themselves about the sessions they were at: on their own page, and for the team."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from contributions import own_entries, services, topics, written
from contributions.labels import ENTRY_KINDS, STANDS
from contributions.models import EntrySource, EntryState
from contributions.own_entries import Own
from contributions.written_forms import OwnForm, WritingDaysForm, WrittenForm
from core.database import transaction
from core.dates import format_day, utc_now
from core.errors import DomainError
from core.web import fills_block, keep_private, limiter
from events import services as events
from events.desk import Need, tells_needs
from events.models import Event
from registrations.models import Registration
from registrations.services import get_registration

public = Blueprint("written", __name__, url_prefix="/inscripcions/<token>/aportacions")
workspace = Blueprint("contributions_written", __name__, url_prefix="/gestio/jornades/<slug>/aportacions-escrites")


def _whose() -> str:
    return str(request.view_args["token"])[:80] if request.view_args else ""


writing_limit = limiter.shared_limit("60 per hour", "written contributions", key_func=_whose, methods=["POST"])


@fills_block("registration.actions")
def write_link(registration: Registration) -> str:
    """The way to write about what the person was at, and to what they wrote."""
    now = utc_now()
    if now < registration.event.starts_at:  # in a rush for places nobody is asked about what they said
        return ""
    can_write = written.is_open(registration.event, now) and bool(written.list_sessions(registration, now))
    if not can_write and not own_entries.list_own(registration):
        return ""
    return render_template("contributions/_write_link.html", registration=registration, can_write=can_write)


@public.get("")
def page(token: str) -> Response:
    """What the person wrote and how it stands, and the form for more."""
    found = get_registration(token)
    return _show(found, _new_form(found))


@public.post("")
@writing_limit
def write(token: str) -> Response:
    """Take what the person wrote."""
    found = get_registration(token)
    form = _new_form(found)
    if not form.validate_on_submit():
        return _show(found, form, 422)
    now = utc_now()
    session = next(each for each in written.list_sessions(found, now) if each.code == form.session.data)
    try:
        with transaction():
            written.write(
                found,
                session,
                form.entry_kind,
                form.text.data or "",
                topic=form.find_topic(topics.list_for_event(found.event)),
                is_credited=form.is_credited.data,
                line_id=form.line_id.data or "",
                now=now,
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(get_registration(token), form, 409)
    flash(_("It has been received. Thank you."), "good")
    return redirect(url_for(".page", token=token), 303)


@public.route("/<code>/<reference>", methods=["GET", "POST"])
@writing_limit
def change(token: str, code: str, reference: str) -> Response:
    """Change what the person wrote, until somebody of the team has read it."""
    found = get_registration(token)
    own = own_entries.get_own(found, code, reference)
    form = OwnForm.of(own, services.list_act_keys(own.entry))
    offered = topics.list_for_event(found.event)
    form.offer_topics(offered)
    if not form.validate_on_submit():
        return _show_own(found, own, form)
    topic = form.find_topic(offered)
    try:
        with transaction():
            written.change(
                own,
                kind=form.entry_kind,
                text=form.text.data or "",
                topic_name=topic.name if topic else "",
                is_credited=form.is_credited.data,
                seen=form.seen_keys,
                now=utc_now(),
            )
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_own(found, own_entries.get_own(get_registration(token), code, reference), form)
    flash(_("Your changes are saved."), "good")
    return redirect(url_for(".page", token=token), 303)


@public.post("/<code>/<reference>/retirada")
@writing_limit
def withdraw(token: str, code: str, reference: str) -> Response:
    """Take back what the person wrote."""
    own = own_entries.get_own(get_registration(token), code, reference)
    try:
        with transaction():
            written.withdraw(own, now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("It is withdrawn, and counts no more."), "good")
    return redirect(url_for(".page", token=token), 303)


@workspace.route("", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def settings(slug: str) -> tuple[str, int] | Response:
    """Until when people may write, and the way to what waits to be read."""
    event = events.get_event(slug)
    form = WritingDaysForm(data={"days": event.writing_days})
    if form.validate_on_submit():
        with transaction():
            written.set_days(event, form.days.data, by=staff(), now=utc_now())
        flash(_("Saved."), "good")
        return redirect(url_for(".settings", slug=slug), 303)
    page = render_template(
        "contributions/writing.html",
        event=event,
        form=form,
        waiting=written.count_waiting(event),
        queue=_queue(event),
        until=_last_day(event),
        most=written.MOST,
    )
    return page, 422 if form.errors else 200


@tells_needs
def needs(event: Event, now: datetime) -> Iterator[Need]:
    """What people wrote and nobody has read."""
    if now < event.starts_at or not may(Permission.SORT_CONTRIBUTIONS):
        return
    waiting = written.count_waiting(event)
    if waiting:
        yield Need(
            ngettext(
                "%(num)d contribution that somebody who took part wrote waits to be read.",
                "%(num)d contributions that people who took part wrote wait to be read.",
                waiting,
            ),
            _("Read them"),
            _queue(event),
        )


def _queue(event: Event) -> str:
    return url_for(
        "contributions_sorting.board", slug=event.slug, source=EntrySource.WRITTEN, state=EntryState.COLLECTED
    )


def _new_form(found: Registration) -> WrittenForm:
    form = WrittenForm()
    form.offer_sessions(written.list_sessions(found, utc_now()))
    form.offer_topics(topics.list_for_event(found.event))
    return form


def _last_day(event: Event) -> str:
    until = written.writable_until(event)
    return format_day((until - timedelta(minutes=1)).astimezone(event.zone).date()) if until else ""


def _show(found: Registration, form: WrittenForm, status: int = 200) -> Response:
    event, now = found.event, utc_now()
    if not form.line_id.data:
        form.line_id.data = secrets.token_urlsafe(16)
    page = render_template(
        "contributions/written.html",
        registration=found,
        event=event,
        form=form,
        own=own_entries.list_own(found),
        can_write=written.is_open(event, now),
        sessions=written.list_sessions(found, now),
        until=_last_day(event),
        kinds=ENTRY_KINDS,
        stands=STANDS,
        max_length=written.MAX_LENGTH,
    )
    return make_response(keep_private(page), status)


def _show_own(found: Registration, own: Own, form: OwnForm) -> Response:
    can_change = own.may_change and written.is_open(found.event, utc_now())
    if not can_change and not form.errors:
        return redirect(url_for(".page", token=found.link_token), 303)
    page = render_template(
        "contributions/written_change.html",
        registration=found,
        event=found.event,
        own=own,
        form=form,
        max_length=written.MAX_LENGTH,
    )
    return make_response(keep_private(page), 422 if form.errors else 200)
