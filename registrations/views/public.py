"""Sign-up and a person's own page: what people without an account see."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from core import config
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.languages import current_language, use_language
from core.web import external_url, limiter
from events.models import Event
from events.services import get_published
from events.timetable import session_time
from registrations import ical, rules, services
from registrations.codes import draw_code
from registrations.forms import LinkForm, RegistrationForm
from registrations.models import RegistrationSource
from registrations.slots import group_in_slots

blueprint = Blueprint("registrations", __name__)


def _signup_limit() -> str:
    return config.current().ratelimit_signup


@blueprint.get("/jornades/<slug>/inscripcio")
def register_form(slug: str) -> str:
    """The form, or why nobody can sign up now."""
    event = get_published(slug)
    refusal = rules.find_refusal(event, utc_now())
    if refusal:
        return render_template("registrations/not_open.html", event=event, reason=refusal, form=LinkForm())
    return _show_form(event, RegistrationForm.for_event(event))


@blueprint.post("/jornades/<slug>/inscripcio")
@limiter.limit(_signup_limit)
def register(slug: str) -> BaseResponse:
    """Sign the person up; who already is gets their own link by mail and this browser learns nothing of them."""
    event = get_published(slug)
    form = RegistrationForm.for_event(event)
    if not form.validate():
        return make_response(_show_form(event, form), 422)
    answers = form.answers()
    try:
        with transaction():
            token = services.register(
                event, answers, source=RegistrationSource.PERSON, language=current_language(), now=utc_now()
            ).token
    except services.AlreadyRegistered:
        return _send_link(slug, answers.email)
    except DomainError as error:
        return _refuse(slug, form, error)
    return redirect(url_for(".registration", token=token), 303)


@blueprint.post("/jornades/<slug>/inscripcio/enllac")
@limiter.limit(_signup_limit)
def send_link(slug: str) -> BaseResponse:
    """Mail their own link to whoever is registered with this address; the answer is the same for everybody else."""
    event = get_published(slug)
    form = LinkForm()
    if not form.validate():
        refusal = rules.find_refusal(event, utc_now())
        return make_response(
            render_template("registrations/not_open.html", event=event, reason=refusal, form=form), 422
        )
    return _send_link(slug, form.email.data)


@blueprint.get("/jornades/<slug>/inscripcio/correu")
def mail_sent(slug: str) -> str:
    """Say that a mail is on its way, and nothing of whom it goes to."""
    return render_template("registrations/mail_sent.html", event=get_published(slug))


@blueprint.get("/inscripcions/<token>")
def registration(token: str) -> Response:
    """The person's own page."""
    found = services.get_registration(token)
    now = utc_now()
    return _private(
        render_template(
            "registrations/registration.html",
            registration=found,
            event=found.event,
            session_time=session_time,
            attended=services.list_attended_sessions(found) if found.event.starts_at <= now else [],
            can_sign_up=rules.find_refusal(found.event, now) is None,
            is_over=found.event.is_over(now),
            picture=draw_code(found.code),
        )
    )


@blueprint.get("/inscripcions/<token>/calendari.ics")
def calendar(token: str) -> Response:
    """The event for the person's own calendar, to be opened or kept."""
    found = services.get_registration(token)
    url = external_url("events.programme", slug=found.event.slug)
    with use_language(found.language):
        file = ical.make_download(found, found.sessions, url=url)
    response = _private(file.content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.event.slug}.ics"'
    return response


@blueprint.get("/inscripcions/<token>/cancellacio")
def cancellation(token: str) -> BaseResponse:
    """Ask once whether the person means it."""
    found = services.get_registration(token)
    if not found.is_confirmed or found.event.is_over(utc_now()):
        return redirect(url_for(".registration", token=token), 303)
    return _private(render_template("registrations/cancellation.html", registration=found, event=found.event))


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


def _show_form(event: Event, form: RegistrationForm) -> str:
    return render_template(
        "registrations/register.html",
        event=event,
        form=form,
        slots=group_in_slots(session for session in event.sessions if session.is_chosen),
        chosen=set(form.sessions.data or ()),
        now=utc_now(),
    )


def _refuse(slug: str, form: RegistrationForm, error: DomainError) -> Response:
    """Show the form again as it was typed, over places as they stand now."""
    form.refuse(error)
    return make_response(_show_form(get_published(slug), form), 409 if form.form_errors else 422)


def _send_link(slug: str, email: str) -> BaseResponse:
    with transaction():
        services.send_own_link(get_published(slug), email, now=utc_now())
    return redirect(url_for(".mail_sent", slug=slug), 303)


def _private(content: str | bytes) -> Response:
    """A page that only its person should see: kept by no cache and found by no search engine.

    Referrer-Policy stays `same-origin`, with which the token reaches nobody but us: `no-referrer` would also take away
    the header that the protection against forged requests asks for over TLS.
    """
    response = make_response(content)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
