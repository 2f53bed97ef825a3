"""Sign-up and a person's own page: what people without an account see."""

import hashlib
import re
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from core import config, copies, robots
from core.copies import CopiedPage
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.languages import current_language
from core.text import address_key
from core.web import external_url, keep_private, limiter
from directory import organisations
from events import live
from events.models import Access, Event, EventState
from events.services import find_event, get_published
from events.timetable import session_time
from registrations import changes, invitations, promotions, rules, services, supports, waiting_list
from registrations.codes import draw_code
from registrations.forms import LinkForm, RegistrationForm
from registrations.models import Awaited, Invitation, RegistrationSource, RegistrationState
from registrations.slots import group_in_slots

blueprint = Blueprint("registrations", __name__)

BY_ADDRESS = "sign-ups by address"
TOO_MANY = _l("Too many registrations have come from here in a short time. Wait a little, then send it again.")


def signup_limit() -> str:
    """How many sign-ups may come from one address: every way to sign up counts by the same setting."""
    return config.current().ratelimit_signup


def email_limit() -> str:
    """How many sign-ups may be made with one e-mail address, alone or in a group."""
    return config.current().ratelimit_email


def limit_key(email: str) -> str:
    """An address as a key that tells nobody what it was; every spelling of one is one."""
    return hashlib.sha256(address_key(email[:320]).encode()).hexdigest()


def _typed_address() -> str:
    return limit_key(request.form.get("email", ""))


def _was_taken(response: Response) -> bool:
    """Whether the form was taken: who only corrects it may send it as often as it takes."""
    return response.status_code == 303


def _ask_to_wait(_limit: object) -> Response | None:
    """Show the form as it was typed: what is over the limit can be sent again, and nothing of it is lost."""
    event = find_event((request.view_args or {})["slug"])
    if event is None or event.state is EventState.DRAFT:
        return None
    form = _read_form(event)
    form.validate()
    form.form_errors.append(str(TOO_MANY))
    return make_response(_show_form(event, form), 429)


copies.serves(
    CopiedPage(
        rule="/jornades/<slug>/inscripcio",
        path=re.compile("/jornades/(?P<slug>[a-z0-9-]{1,80})/inscripcio"),
        question=live.ask_for_event,
        numbers=live.numbers_of,
    )
)


@blueprint.get("/jornades/<slug>/inscripcio")
def register_form(slug: str) -> Response:
    """The form, or why nobody can sign up now."""
    event, now = get_published(slug), utc_now()
    choose = live.choose_for_event(event, now)
    refusal = rules.find_refusal(event, now)
    invitation, trouble = read_invitation(event, now)
    if trouble and event.access is Access.INVITATION:
        refusal = refusal or trouble
    if refusal:
        template, context = "registrations/not_open.html", closed_context(event, refusal, LinkForm(), now)
    else:
        form = RegistrationForm.for_event(event, invitation)
        template, context = "registrations/register.html", {**_form_context(event, form, now), "trouble": trouble}
    return copies.respond(
        template,
        until=live.next_instant(event, now),
        variant=choose(live.numbers_as_loaded(event)),
        choose=choose,
        is_personal=True,
        **context,
    )


@blueprint.post("/jornades/<slug>/inscripcio")
@limiter.limit(signup_limit, on_breach=_ask_to_wait)
@limiter.shared_limit(email_limit, BY_ADDRESS, key_func=_typed_address, deduct_when=_was_taken, on_breach=_ask_to_wait)
def register(slug: str) -> BaseResponse:
    """Sign the person up; who already is gets their own link by mail and this browser learns nothing of them."""
    event = get_published(slug)
    form = _read_form(event)
    if not form.validate() or not _looks_typed(form):
        return make_response(_show_form(event, form), 422)
    answers = form.answers()
    try:
        with transaction():
            made = services.register(
                event, answers, source=RegistrationSource.PERSON, language=current_language(), now=utc_now()
            )
            token = None if made.awaits is Awaited.ADDRESS else made.token
    except services.AlreadyRegistered:
        return _send_link(slug, answers.email)
    except DomainError as error:
        return _refuse(slug, form, error)
    if token is None:  # only the mailbox may learn it: whoever opens the link has shown that the address is theirs
        return redirect(url_for(".mail_sent", slug=slug), 303)
    return redirect(url_for(".registration", token=token), 303)


@blueprint.post("/jornades/<slug>/inscripcio/enllac")
@limiter.limit(signup_limit)
def send_link(slug: str) -> BaseResponse:
    """Mail their own link to whoever is registered with this address; the answer is the same for everybody else."""
    event = get_published(slug)
    form = LinkForm()
    if not form.validate():
        now = utc_now()
        context = closed_context(event, rules.find_refusal(event, now), form, now)
        return make_response(render_template("registrations/not_open.html", **context), 422)
    return _send_link(slug, form.email.data)


@blueprint.get("/jornades/<slug>/inscripcio/correu")
def mail_sent(slug: str) -> str:
    """Say that a mail is on its way, and nothing of whom it goes to."""
    return render_template("registrations/mail_sent.html", event=get_published(slug))


@blueprint.get("/inscripcions/<token>")
def registration(token: str) -> Response:
    """The person's own page."""
    found, there = services.get_with_parts(token)
    now = utc_now()
    entries = waiting_list.list_entries(found) if there.entries else []
    return keep_private(
        render_template(
            "registrations/registration.html",
            registration=found,
            parts=there,
            event=found.event,
            session_time=session_time,
            positions=[waiting_list.find_position(entry) for entry in entries if not entry.offered_until],
            offers=[entry for entry in entries if entry.offered_until],
            promoted=promotions.count_promoted(found.event) if found.state is RegistrationState.WAITING else 0,
            may_change=changes.may_change(found, now=now),
            attended=services.list_attended_sessions(found) if found.event.starts_at <= now else [],
            can_sign_up=rules.find_refusal(found.event, now) is None,
            is_over=found.event.is_over(now),
            picture=draw_code(external_url("door.code", slug=found.event.slug, code=found.code)),
        )
    )


@blueprint.get("/inscripcions/<token>/cancellacio")
def cancellation(token: str) -> BaseResponse:
    """Ask once whether the person means it."""
    found = services.get_registration(token)
    if not changes.may_change(found, now=utc_now()):
        return redirect(url_for(".registration", token=token), 303)
    return keep_private(render_template("registrations/cancellation.html", registration=found, event=found.event))


@blueprint.post("/inscripcions/<token>/cancellacio")
def cancel(token: str) -> BaseResponse:
    """Free the places and show the page that says so."""
    with transaction():
        services.cancel(services.get_registration(token), now=utc_now())
    return redirect(url_for(".registration", token=token), 303)


@blueprint.post("/inscripcions/<token>/imatge")
def image_consent(token: str) -> BaseResponse:
    """Give or withdraw consent to pictures, as easily the one as the other (GDPR art. 7.3)."""
    with transaction():
        found = services.get_registration(token)
        services.set_image_consent(found, is_given=request.form.get("consent") == "yes", now=utc_now())
    return redirect(url_for(".registration", token=token) + "#imatge", 303)


def _read_form(event: Event) -> RegistrationForm:
    """The form as it was sent: what it asks depends on the invitation it came with."""
    token = request.form.get("invitation", "")
    return RegistrationForm.for_event(event, invitations.find(event, token) if token else None)


def read_invitation(event: Event, now: datetime) -> tuple[Invitation | None, DomainError | None]:
    """The invitation that the address names, or why it lets nobody in."""
    try:
        return invitations.check(event, request.args.get("invitacio", ""), now=now), None
    except DomainError as refusal:
        return None, refusal


def _looks_typed(form: RegistrationForm) -> bool:
    """Whether a person sent this, as far as can be told; if not, the form says what to do."""
    try:
        robots.check(utc_now())
    except DomainError as sign:
        form.refuse(sign)
        return False
    return True


def _show_form(event: Event, form: RegistrationForm) -> str:
    return render_template("registrations/register.html", **_form_context(event, form, utc_now()))


def _form_context(event: Event, form: RegistrationForm, now: datetime) -> dict[str, object]:
    return {
        "event": event,
        "form": form,
        "slots": group_in_slots(session for session in event.sessions if session.is_chosen),
        "chosen": set(form.sessions.data or ()),
        "waited": set(form.waiting.data or ()),
        "supports_days": supports.KEPT_FOR.days,
        "known_organisations": organisations.list_offered_names(),
        "now": now,
    }


def closed_context(event: Event, refusal: DomainError | None, form: LinkForm, now: datetime) -> dict[str, object]:
    """What the page says that stands in place of a form: why, and what can be done."""
    return {
        "event": event,
        "reason": refusal,
        "form": form,
        "status": event.registration_status(now).value,
        "needs_invitation": isinstance(refusal, invitations.InvitationTrouble),
    }


def _refuse(slug: str, form: RegistrationForm, error: DomainError) -> Response:
    """Show the form again as it was typed, over places as they stand now."""
    form.refuse(error)
    return make_response(_show_form(get_published(slug), form), 409 if form.form_errors else 422)


def _send_link(slug: str, email: str) -> BaseResponse:
    with transaction():
        services.send_own_link(get_published(slug), email, now=utc_now())
    return redirect(url_for(".mail_sent", slug=slug), 303)
