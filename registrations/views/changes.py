"""What a person does with their registration afterwards: change it, answer an offer, leave a waiting list."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import keep_private
from events.models import Session
from events.sessions import get_session
from registrations import changes, offers, services, supports
from registrations.forms import ChangeForm
from registrations.models import Registration
from registrations.slots import group_in_slots

blueprint = Blueprint("registration_changes", __name__)


@blueprint.get("/inscripcions/<token>/canvi")
def change_form(token: str) -> Response:
    """The registration as it stands, to be changed."""
    found = services.get_registration(token)
    if not changes.may_change(found, now=utc_now()):
        return _to_own_page(found)
    return _show_form(found, ChangeForm.of(found))


@blueprint.post("/inscripcions/<token>/canvi")
def change(token: str) -> Response:
    """Make the registration what was asked for; new places are taken before old ones go."""
    found = services.get_registration(token)
    form = ChangeForm.of(found)
    if not form.validate():
        return _show_form(found, form, 422)
    try:
        with transaction():
            outcome = changes.change(found, form.change(), now=utc_now())
    except DomainError as error:
        form.refuse(error)
        return _show_form(services.get_registration(token), form, 409 if form.form_errors else 422)
    if outcome is changes.Outcome.TOLD:
        flash(_("Your registration is changed, and a mail says so."), "good")
    elif outcome is changes.Outcome.ANSWERED:
        flash(_("Your answers are saved."), "good")
    return redirect(url_for("registrations.registration", token=token), 303)


@blueprint.get("/inscripcions/<token>/oferta/<any(si, no):answer>", endpoint="offer")
@blueprint.get("/inscripcions/<token>/oferta/<any(si, no):answer>/<code>", endpoint="session_offer")
def show_offer(token: str, answer: str, code: str | None = None) -> Response:
    """Ask for the one press that answers: programs that look into mails follow links, and must not answer by it."""
    found = services.get_registration(token)
    session = _find_session(found, code)
    until = offers.find_offer(found, session, now=utc_now())
    if until is None:
        flash(str(offers.NothingOffered()), "bad")
        return _to_own_page(found)
    page = render_template(
        "registrations/offer.html", registration=found, event=found.event, session=session, answer=answer, until=until
    )
    return keep_private(page)


@blueprint.post("/inscripcions/<token>/oferta/<any(si, no):answer>", endpoint="answer_offer")
@blueprint.post("/inscripcions/<token>/oferta/<any(si, no):answer>/<code>", endpoint="answer_session_offer")
def answer_offer(token: str, answer: str, code: str | None = None) -> Response:
    """Take the place, or leave it to the next in line."""
    found = services.get_registration(token)
    session = _find_session(found, code)
    act = offers.accept if answer == "si" else offers.decline
    try:
        with transaction():
            act(found, session, now=utc_now())
    except DomainError as error:
        flash(str(error), "bad")
    else:
        flash(
            _("The place is yours.") if answer == "si" else _("The place goes to the next person. Thank you."), "good"
        )
    return _to_own_page(found)


@blueprint.post("/inscripcions/<token>/llista/<code>/baixa")
def leave_list(token: str, code: str) -> Response:
    """Leave the waiting list of a session."""
    found = services.get_registration(token)
    session = get_session(found.event, code)
    with transaction():
        changes.leave_list(found, session, now=utc_now())
    flash(_("You are no longer on the waiting list of “%(session)s”.", session=session.title), "good")
    return _to_own_page(found)


def _find_session(registration: Registration, code: str | None) -> Session | None:
    """The session that is offered, or None where it is the event; raises NotFoundError."""
    return None if code is None else get_session(registration.event, code)


def _to_own_page(registration: Registration) -> Response:
    return redirect(url_for("registrations.registration", token=registration.link_token), 303)


def _show_form(registration: Registration, form: ChangeForm, status: int = 200) -> Response:
    event = registration.event
    page = render_template(
        "registrations/change.html",
        registration=registration,
        event=event,
        form=form,
        slots=group_in_slots(each for each in event.sessions if each.is_chosen or each in registration.sessions),
        chosen=set(form.sessions.data or ()),
        waited=set(form.waiting.data or ()),
        held=set(registration.sessions),
        has_supports=bool(supports.list_offered(event) or supports.list_needs(registration)),
        now=utc_now(),
    )
    return make_response(keep_private(page), status)
