"""The rules of an event's certificates: whom, what stands on them, and how one looks before anything goes out."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from accounts import logos
from accounts.permissions import Permission, requires, staff
from certificates import due, papers, people, rules, texts, words
from certificates.forms import RulesForm, SignatureForm, text_name
from certificates.models import CertifiedRole
from certificates.people import GETTING
from certificates.services import NobodyToCertify
from core.database import read_id, transaction
from core.dates import utc_now
from core.downloads import give_pdf
from core.errors import DomainError, NotFoundError
from core.forms import form_page
from core.languages import NAMES, current_language
from events import services as events
from events.models import Event
from registrations import questions
from registrations.models import QuestionKind

blueprint = Blueprint("certificates_rules", __name__, url_prefix="/gestio/jornades/<slug>/papers/regles")

Answer = BaseResponse | tuple[str, int]


@blueprint.route("", methods=["GET", "POST"], endpoint="rules")
@requires(Permission.ISSUE_PAPERS)
def change_rules(slug: str) -> Answer:
    """Show the rules and write what is new in them; what has been issued stands as it was."""
    event = events.get_event(slug)
    form = RulesForm.of(event, rules.of(event))
    if not form.validate_on_submit():
        return _show(event, form)
    with transaction():
        changed = rules.save(event, form.values(), by=staff(), now=utc_now())
    flash(
        _("Saved. It holds for the certificates issued from now on.") if changed else _("Nothing was different."),
        "good",
    )
    return redirect(url_for(".rules", slug=slug), 303)


@blueprint.post("/signatura")
@requires(Permission.ISSUE_PAPERS)
def set_signature(slug: str) -> Answer:
    """Print a picture of the signature on certificates."""
    event = events.get_event(slug)
    form = SignatureForm()
    if not form.validate_on_submit():
        return _show(event, RulesForm.of(event, rules.of(event)), form)
    try:
        picture = logos.redraw(form.image.data.read(logos.MAX_MEGABYTES * 1024 * 1024 + 1))
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(event, RulesForm.of(event, rules.of(event)), form)
    with transaction():
        rules.set_signature(event, picture, by=staff(), now=utc_now())
    flash(_("The signature is saved."), "good")
    return redirect(url_for(".rules", slug=slug, _anchor="signatura"), 303)


@blueprint.post("/signatura/supressio")
@requires(Permission.ISSUE_PAPERS)
def remove_signature(slug: str) -> BaseResponse:
    """Print no signature any more; certificates issued with it keep it."""
    event = events.get_event(slug)
    with transaction():
        rules.remove_signature(event, by=staff(), now=utc_now())
    flash(_("The signature is gone."), "good")
    return redirect(url_for(".rules", slug=slug, _anchor="signatura"), 303)


@blueprint.get("/signatura.png")
@requires(Permission.ISSUE_PAPERS)
def signature(slug: str) -> Response:
    """Show the picture of the signature to whoever issues papers, and to nobody else."""
    found = rules.of(events.get_event(slug)).signature
    if found is None:
        raise NotFoundError
    response = Response(found.content, mimetype="image/png")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/mostra.pdf")
@requires(Permission.ISSUE_PAPERS)
def specimen(slug: str) -> Response:
    """Show how the certificate of a person would look: marked as a specimen, without number or code."""
    event, now = events.get_event(slug), utc_now()
    registration_id = read_id(request.args.get("persona", ""))
    role = _read_role(request.args.get("funcio", ""))
    dues = due.list_due(event, now=now, of=None if registration_id is None else [registration_id])
    chosen = next((each for each in dues if role in {None, each.role}), None)
    if chosen is None:
        raise NobodyToCertify
    document = papers.draw_certificate(papers.make_specimen(chosen, now=now))
    return give_pdf(document, f"{slug}-mostra.pdf", is_shown=True)


def _read_role(word: str) -> CertifiedRole | None:
    return CertifiedRole(word) if word in {role.value for role in CertifiedRole} else None


def _show(event: Event, form: RulesForm, signature_form: SignatureForm | None = None) -> tuple[str, int]:
    listed = people.list_people(event, now=utc_now())
    page, status = form_page(
        "certificates/rules.html",
        form,
        event=event,
        rules=rules.of(event),
        signature_form=signature_form or SignatureForm(formdata=None),
        limits={"megabytes": logos.MAX_MEGABYTES, "side": logos.MAX_SIDE},
        roles=words.WHO,
        languages=NAMES,
        text_name=text_name,
        fields={texts.NAMES[current_language()][name]: field.label for name, field in texts.FIELDS.items()},
        asks_identity=any(each.kind is QuestionKind.IDENTITY for each in questions.list_questions(event)),
        getting=[each for each in listed if each.standing in GETTING],
        counts=people.count(listed),
        standings=words.STANDINGS,
    )
    return page, 422 if signature_form else status
