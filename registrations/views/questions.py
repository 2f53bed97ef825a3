"""The organiser's questions: written, put in order, withdrawn, looked at as people will see them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from events import services as events
from events.models import Event
from registrations import questions, supports
from registrations.forms import RegistrationForm
from registrations.labels import QUESTION_KINDS
from registrations.models import Question
from registrations.question_fields import asking
from registrations.workspace_forms import QuestionForm

blueprint = Blueprint("registrations_questions", __name__, url_prefix="/gestio/jornades/<slug>/inscripcio")

Answer = str | Response | tuple[str, int]


@blueprint.get("/preguntes", endpoint="questions")
@requires(Permission.EDIT_PROGRAMME)
def list_questions(slug: str) -> str:
    """Every question in its order, those withdrawn apart, with how many have answered."""
    event = events.get_event(slug)
    every = questions.list_questions(event, with_withdrawn=True)
    return render_template(
        "registrations/settings/questions.html",
        event=event,
        asked=[question for question in every if not question.is_withdrawn],
        withdrawn=[question for question in every if question.is_withdrawn],
        answers=questions.count_answers(event),
        kinds=QUESTION_KINDS,
    )


@blueprint.get("/previsualitzacio")
@requires(Permission.EDIT_PROGRAMME)
def preview(slug: str) -> str:
    """The questions and supports as people will see them; nothing can be sent from here."""
    event = events.get_event(slug)
    asked, offered = questions.list_questions(event), supports.list_offered(event)
    form = asking(RegistrationForm, questions=asked, offered=offered)()
    return render_template(
        "registrations/settings/preview.html", event=event, form=form, supports_days=supports.KEPT_FOR.days
    )


@blueprint.route("/preguntes/nova", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def create(slug: str) -> Answer:
    """Write a new question."""
    event = events.get_event(slug)
    form = QuestionForm.of(event, None)
    if form.validate_on_submit():
        try:
            with transaction():
                questions.create(event, form.values(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The question is on the form."), "good")
            return redirect(url_for(".questions", slug=slug), 303)
    return form_page("registrations/settings/question.html", form, event=event, question=None, answers=0)


@blueprint.route("/preguntes/<int:question_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROGRAMME)
def edit(slug: str, question_id: int) -> Answer:
    """Change a question."""
    event, question = _get(slug, question_id)
    form = QuestionForm.of(event, question)
    if form.validate_on_submit():
        try:
            with transaction():
                questions.update(question, form.values(), by=staff(), now=utc_now())
        except DomainError as error:
            form.refuse(error)
            event, question = _get(slug, question_id)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".questions", slug=slug), 303)
    answers = questions.count_answers(event).get(question.id, 0)
    return form_page("registrations/settings/question.html", form, event=event, question=question, answers=answers)


@blueprint.post("/preguntes/<int:question_id>/<any(amunt, avall):way>")
@requires(Permission.EDIT_PROGRAMME)
def move(slug: str, question_id: int, way: str) -> Response:
    """Ask the question one place earlier or later."""
    _event, question = _get(slug, question_id)
    with transaction():
        questions.move(question, up=way == "amunt", by=staff(), now=utc_now())
    return redirect(url_for(".questions", slug=slug) + f"#q{question_id}", 303)


@blueprint.post("/preguntes/<int:question_id>/retirada")
@requires(Permission.EDIT_PROGRAMME)
def withdraw(slug: str, question_id: int) -> Response:
    """Ask it no more; the answers stay."""
    _event, question = _get(slug, question_id)
    with transaction():
        questions.withdraw(question, by=staff(), now=utc_now())
    flash(_("The question is no longer asked. What was answered stays."), "good")
    return redirect(url_for(".questions", slug=slug), 303)


@blueprint.post("/preguntes/<int:question_id>/restitucio")
@requires(Permission.EDIT_PROGRAMME)
def restore(slug: str, question_id: int) -> Response:
    """Ask it again."""
    _event, question = _get(slug, question_id)
    with transaction():
        questions.restore(question, by=staff(), now=utc_now())
    flash(_("The question is on the form."), "good")
    return redirect(url_for(".questions", slug=slug), 303)


@blueprint.post("/preguntes/<int:question_id>/supressio")
@requires(Permission.EDIT_PROGRAMME)
def delete(slug: str, question_id: int) -> Response:
    """Forget a question that nobody has answered."""
    _event, question = _get(slug, question_id)
    try:
        with transaction():
            questions.delete_question(question, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("The question is deleted."), "good")
    return redirect(url_for(".questions", slug=slug), 303)


def _get(slug: str, question_id: int) -> tuple[Event, Question]:
    event = events.get_event(slug)
    return event, questions.get_question(event, question_id)
