"""What a person answered and which supports they need: shown on their page, changed or deleted by themselves."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import fills_block
from registrations import answers, changes, questions, services, supports
from registrations.extras import Extras
from registrations.forms import AnswersForm
from registrations.labels import SUPPORTS
from registrations.models import Registration
from registrations.views.public import keep_private

blueprint = Blueprint("registration_answers", __name__, url_prefix="/inscripcions/<token>")


@fills_block("registration.parts")
def parts(registration: Registration, extras: Extras) -> str:
    """Show on the person's page what they answered and what they need."""
    said = questions.list_answers(registration) if extras.answers else []
    asked = questions.list_questions(registration.event) if extras.questions else []
    codes = answers.wanted_codes(registration) if asked else ()
    answered = {question.id for question, _words in said}
    missing = [each for each in asked if each.id not in answered and questions.is_asked(each, codes)]
    return render_template(
        "registrations/_answers.html",
        registration=registration,
        answers=[(question, questions.say(question, words)) for question, words in said],
        needs=supports.list_needs(registration) if extras.needs else [],
        words=SUPPORTS,
        is_missing=any(question.is_required for question in missing),
        asks=extras.questions or extras.supports,
        may_change=changes.may_change(registration, now=utc_now()),
    )


@fills_block("registration.workspace")
def workspace_parts(registration: Registration, **_context: object) -> str:
    """Show the organiser what a person answered, and to whom may see it what they need."""
    return render_template(
        "registrations/workspace/_answers.html",
        answers=[
            (question, questions.say(question, words)) for question, words in questions.list_answers(registration)
        ],
        needs=supports.list_needs(registration) if may(Permission.VIEW_SUPPORTS) else [],
        registration=registration,
        words=SUPPORTS,
    )


@blueprint.get("/respostes")
def answers_form(token: str) -> Response:
    """The questions and supports with what was answered."""
    found = services.get_registration(token)
    if not changes.may_change(found, now=utc_now()):
        return redirect(url_for("registrations.registration", token=token), 303)
    return keep_private(_show(found, _make_form(found)))


@blueprint.post("/respostes")
def change_answers(token: str) -> Response:
    """Write what is answered now."""
    found = services.get_registration(token)
    form = _make_form(found)
    if not form.validate():
        return make_response(_show(found, form), 422)
    try:
        with transaction():
            answers.change(found, form.words(), form.needs(), asked=form.asked(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return make_response(_show(services.get_registration(token), form), 409)
    return redirect(url_for("registrations.registration", token=token) + "#respostes", 303)


@blueprint.post("/suports/retirada")
def withdraw_supports(token: str) -> Response:
    """Delete what the person needed: consent goes as easily as it came (GDPR art. 7.3)."""
    with transaction():
        supports.withdraw_consent(services.get_registration(token), now=utc_now())
    return redirect(url_for("registrations.registration", token=token) + "#respostes", 303)


def _make_form(registration: Registration) -> AnswersForm:
    return AnswersForm.of(registration, answers.wanted_codes(registration))


def _show(registration: Registration, form: AnswersForm) -> str:
    return render_template(
        "registrations/answers.html",
        registration=registration,
        event=registration.event,
        form=form,
        supports_days=supports.KEPT_FOR.days,
    )
