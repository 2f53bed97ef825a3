"""The mail desk of an event: every mail with what became of it, and what can be done about those that were refused."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, may, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError, NotFoundError
from core.forms import form_page
from core.mail import MailState
from core.text import clean_line
from core.web import fills_block, frame_mail, paginate
from events import services as events
from events.models import Event
from registrations import attendees, bounces, mails, reminders
from registrations.forms import LinkForm
from registrations.labels import MAIL_KINDS, MAIL_STATES, count_mails_in_words
from registrations.mails import Filter
from registrations.models import Registration

blueprint = Blueprint("registrations_mails", __name__, url_prefix="/gestio/jornades/<slug>")

SHOWN_OF_A_PERSON = 10


@fills_block("registration.workspace")
def of_person(registration: Registration, event: Event) -> str:
    """Show on a person's page what has been written to them, and say that the address refuses mail if it does."""
    if not may(Permission.EDIT_REGISTRATIONS):
        return ""
    bonds = mails.list_of(registration, SHOWN_OF_A_PERSON + 1)
    return render_template(
        "registrations/workspace/_mails.html",
        registration=registration,
        event=event,
        words=bounces.read_words([registration.id]).get(registration.id),
        bonds=bonds[:SHOWN_OF_A_PERSON],
        has_more=len(bonds) > SHOWN_OF_A_PERSON,
        copies=mails.find_copies([bond.mail for bond in bonds]),
        states=MAIL_STATES,
        kinds=MAIL_KINDS,
    )


@blueprint.get("/correus", endpoint="mails")
@requires(Permission.EDIT_REGISTRATIONS)
def show_list(slug: str) -> str:
    """Show the mails as filtered, fifty at a time, and what the clock is still going to write."""
    event = events.get_event(slug)
    wanted = _read_filter(event)
    page = paginate(mails.select_mails(event, wanted), request.args.get("page", 1, type=int))
    now = utc_now()
    return render_template(
        "registrations/workspace/mails.html",
        event=event,
        wanted=wanted,
        page=page,
        counts=mails.count_mails(event),
        copies=mails.find_copies([bond.mail for bond in page.items]),
        plans=reminders.list_plans(event, now),
        states=MAIL_STATES,
        kinds=MAIL_KINDS,
        count_in_words=count_mails_in_words,
        now=now,
    )


@blueprint.get("/correus/<int:mail_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def mail(slug: str, mail_id: int) -> str:
    """Show one mail and what became of it."""
    event = events.get_event(slug)
    bond = mails.get_mail(event, mail_id)
    return render_template(
        "registrations/workspace/mail.html",
        event=event,
        mail=bond.mail,
        registration=bond.registration,
        copies=mails.find_copies([bond.mail]),
        may_send_again=bond.mail.state in {MailState.SENT, MailState.REFUSED},
        states=MAIL_STATES,
        kinds=MAIL_KINDS,
    )


@blueprint.get("/correus/<int:mail_id>/html")
@requires(Permission.EDIT_REGISTRATIONS)
def page(slug: str, mail_id: int) -> Response:
    """The HTML of a mail, for the frame of its page: it can neither run anything nor load anything."""
    found = mails.get_mail(events.get_event(slug), mail_id).mail
    if not found.html:
        raise NotFoundError
    return frame_mail(found.html)


@blueprint.post("/correus/<int:mail_id>/reenviament")
@requires(Permission.EDIT_REGISTRATIONS)
def send_again(slug: str, mail_id: int) -> BaseResponse:
    """Write one mail once more."""
    event = events.get_event(slug)
    try:
        with transaction():
            shown_id = mails.send_again(mails.get_mail(event, mail_id), by=staff(), now=utc_now()).id
    except DomainError as refusal:
        flash(str(refusal), "bad")
        shown_id = mail_id
    else:
        flash(_("The mail is on its way again."), "good")
    return redirect(url_for(".mail", slug=slug, mail_id=shown_id), 303)


@blueprint.post("/correus/reenviament")
@requires(Permission.EDIT_REGISTRATIONS)
def send_refused_again(slug: str) -> BaseResponse:
    """Write every refused mail once more."""
    event = events.get_event(slug)
    try:
        with transaction():
            count = mails.send_refused_again(event, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(ngettext("%(num)d mail is on its way again.", "%(num)d mails are on their way again.", count), "good")
    return redirect(url_for(".mails", slug=slug), 303)


@blueprint.route("/inscripcions/<int:registration_id>/adreca", methods=["GET", "POST"])
@requires(Permission.EDIT_REGISTRATIONS)
def address(slug: str, registration_id: int) -> tuple[str, int] | BaseResponse:
    """Put a person's address right."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    form = LinkForm(data={"email": registration.email})
    if not form.validate_on_submit():
        return _show_address(event, registration, form)
    try:
        with transaction():
            count = len(mails.correct_address(registration, form.email.data, by=staff(), now=utc_now()))
    except DomainError as refusal:
        form.refuse(refusal)
        event = events.get_event(slug)
        return _show_address(event, attendees.get_registration(event, registration_id), form)
    message = _("The address of %(name)s is corrected.", name=registration.full_name)
    sent = ngettext("%(num)d mail goes to it now.", "%(num)d mails go to it now.", count)
    flash(f"{message} {sent}" if count else message, "good")
    return redirect(url_for("registrations_workspace.attendees", slug=slug, _anchor=f"r{registration_id}"), 303)


def _show_address(event: Event, registration: Registration, form: LinkForm) -> tuple[str, int]:
    return form_page(
        "registrations/workspace/address.html",
        form,
        event=event,
        registration=registration,
        words=bounces.read_words([registration.id]).get(registration.id),
    )


def _read_filter(event: Event) -> Filter:
    """Read what the address asks for; a state or kind there is none of is a page there is none of."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    if (state and state not in set(MailState)) or (kind and kind not in MAIL_KINDS):
        raise NotFoundError
    picked = mails.pick(event, lambda name: request.args.get(name, type=int))
    return Filter(clean_line(request.args.get("q")), MailState(state) if state else None, kind, picked)
