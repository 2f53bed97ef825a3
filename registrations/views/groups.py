"""One person signs up several of an entity: the form with its rows, and what came of it."""

import flask
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from core import robots
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.languages import current_language
from core.web import count_use, is_within, limiter
from events.models import Access, Event
from events.services import get_published
from registrations import groups, invitations, rules, waiting_list
from registrations.forms import LinkForm
from registrations.group_forms import FIRST_ROWS, GroupForm
from registrations.slots import group_in_slots
from registrations.views.public import (
    BY_ADDRESS,
    TOO_MANY,
    closed_context,
    email_limit,
    limit_key,
    read_invitation,
    signup_limit,
)

blueprint = Blueprint("registrations_groups", __name__)

MORE_ROWS = 5
_DONE = "group_signed_up"


@blueprint.get("/jornades/<slug>/inscripcio/grup")
def group_form(slug: str) -> str:
    """The form, with as many rows as are asked for, or why nobody can sign up now."""
    event, now = get_published(slug), utc_now()
    refusal = rules.find_refusal(event, now)
    invitation, trouble = read_invitation(event, now)
    if refusal or (trouble and event.access is Access.INVITATION):
        context = closed_context(event, refusal or trouble, LinkForm(), now)
        return render_template("registrations/not_open.html", **context)
    rows = request.args.get("persones", FIRST_ROWS, type=int)
    return _show(event, GroupForm.for_event(event, rows, invitation), trouble)


@blueprint.post("/jornades/<slug>/inscripcio/grup")
@limiter.limit(signup_limit, cost=lambda: max(1, len(_typed_addresses())))
def register_group(slug: str) -> BaseResponse:
    """Sign everybody up, or show more rows, or what is wrong in them."""
    event = get_published(slug)
    rows = request.form.get("rows", FIRST_ROWS, type=int)
    if "more" in request.form:
        return make_response(_show(event, _make_form(event, rows + MORE_ROWS)))
    form = _make_form(event, rows)
    if not form.validate():
        return make_response(_show(event, form), 422)
    addresses = [limit_key(email) for email in _typed_addresses()]
    if not is_within(email_limit(), BY_ADDRESS, addresses):
        form.form_errors.append(str(TOO_MANY))
        return make_response(_show(event, form), 429)
    try:
        robots.check(utc_now())
        with transaction():
            group = groups.register_group(
                event,
                form.members(),
                signed_up_by=form.signed_up_by.data,
                with_me=form.with_me.data,
                language=current_language(),
                now=utc_now(),
            )
            made, known = ([each.id for each in people] for people in (group.made, group.known))
    except DomainError as error:
        form.refuse(error)
        return make_response(_show(get_published(slug), form), 409 if form.form_errors else 422)
    count_use(email_limit(), BY_ADDRESS, addresses)
    flask.session[_DONE] = {"slug": slug, "made": made, "known": known}
    return redirect(url_for(".group_signed_up", slug=slug), 303)


@blueprint.get("/jornades/<slug>/inscripcio/grup/fet")
def group_signed_up(slug: str) -> Response:
    """What came of it, for the browser that did it and for no other."""
    event = get_published(slug)
    done = flask.session.get(_DONE)
    if not done or done["slug"] != slug:
        raise NotFoundError
    group = groups.read_group(event, done["made"], done["known"])
    waiting = waiting_list.read_sessions([each.id for each in group.made])
    page = render_template("registrations/group_signed_up.html", event=event, group=group, waiting=waiting)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _typed_addresses() -> list[str]:
    """The addresses in the rows: each of them is a sign-up, and counts as one."""
    typed = (request.form.get(f"email-{number}", "") for number in range(1, groups.MOST + 1))
    return [email for email in typed if email]


def _make_form(event: Event, rows: int) -> GroupForm:
    return GroupForm.for_event(event, rows, invitations.find(event, request.form.get("invitation", "")))


def _show(event: Event, form: GroupForm, trouble: DomainError | None = None) -> str:
    return render_template(
        "registrations/group.html",
        event=event,
        form=form,
        trouble=trouble,
        most=groups.MOST,
        slots=group_in_slots(session for session in event.sessions if session.is_chosen),
        chosen=set(form.sessions.data or ()),
        waited=set(form.waiting.data or ()),
        now=utc_now(),
    )
