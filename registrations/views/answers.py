"""What a person answered and which supports they need: shown on their page, changed or deleted by themselves."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import fills_block, keep_private
from registrations import changes, questions, services, supports
from registrations.forms import NeedsForm
from registrations.labels import SUPPORTS
from registrations.models import Registration
from registrations.parts import PageParts

blueprint = Blueprint("registration_answers", __name__, url_prefix="/inscripcions/<token>")


@fills_block("registration.parts")
def show_parts(registration: Registration, parts: PageParts) -> str:
    """Show on the person's page what they answered and what they need."""
    said = questions.list_answers(registration) if parts.answers else []
    asked = questions.list_questions(registration.event) if parts.questions else []
    codes = changes.wanted_codes(registration) if asked else ()
    answered = {question.id for question, _words in said}
    missing = [each for each in asked if each.id not in answered and questions.is_asked(each, codes)]
    return render_template(
        "registrations/_answers.html",
        registration=registration,
        answers=[(question, questions.say(question, words)) for question, words in said],
        needs=supports.list_needs(registration) if parts.needs else [],
        words=SUPPORTS,
        is_missing=any(question.is_required for question in missing),
        offers_supports=parts.supports,
        may_change=changes.may_change(registration, now=utc_now()),
    )


@blueprint.route("/respostes", methods=["GET", "POST"])
def answers_form(token: str) -> Response:
    """Lead to where the answers are changed now, with all the rest: older mails and tabs know this address."""
    return redirect(url_for("registration_changes.change_form", token=token), 303)


@blueprint.get("/suports")
def supports_form(token: str) -> Response:
    """The supports the person needs, to be changed."""
    found = services.get_registration(token)
    if not changes.may_change(found, now=utc_now()):
        return redirect(url_for("registrations.registration", token=token), 303)
    return _show_form(found, NeedsForm.of(found))


@blueprint.post("/suports")
def change_supports(token: str) -> Response:
    """Write what the person needs now."""
    found = services.get_registration(token)
    form = NeedsForm.of(found)
    if not form.validate():
        return _show_form(found, form, 422)
    try:
        with transaction():
            changes.change_needs(found, form.needs(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_form(services.get_registration(token), form, 409)
    flash(_("What you need is saved."), "good")
    return redirect(url_for("registrations.registration", token=token) + "#suports", 303)


@blueprint.post("/suports/retirada")
def withdraw_supports(token: str) -> Response:
    """Delete what the person needed: consent goes as easily as it came (GDPR art. 7.3)."""
    with transaction():
        supports.withdraw_consent(services.get_registration(token), now=utc_now())
    flash(_("The supports you had asked for are deleted."), "good")
    return redirect(url_for("registrations.registration", token=token), 303)


def _show_form(registration: Registration, form: NeedsForm, status: int = 200) -> Response:
    page = render_template(
        "registrations/supports.html",
        registration=registration,
        event=registration.event,
        form=form,
        supports_days=supports.KEPT_FOR.days,
    )
    return make_response(keep_private(page), status)
