"""Who has a certificate and who has none, and why; what becomes of one: revoked, issued anew; a person's roles."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, may, requires, staff
from certificates import people, prints, roles, services, words
from certificates.forms import RevocationForm, RolesForm
from certificates.people import Standing
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pdf
from core.errors import DomainError
from core.forms import form_page
from core.web import PAGE_SIZE, Page, count_use, fills_block, is_within, nearest_page, page_number
from events import services as events
from events.models import Event
from registrations import attendees
from registrations.models import Registration

blueprint = Blueprint("certificates_issued", __name__, url_prefix="/gestio/jornades/<slug>/papers")

Answer = BaseResponse | tuple[str, int]

DOWNLOADS = "60 per hour"
"""How often staff take one certificate: where it is signed, each file is another, whose hash is kept."""


@blueprint.get("/certificats")
@requires(Permission.ISSUE_PAPERS)
def certificates(slug: str) -> str:
    """Everybody in question, how each stands and why, to be filtered and searched."""
    event = events.get_event(slug)
    everybody = people.list_people(event, now=utc_now())
    word, typed = request.args.get("estat", ""), request.args.get("q", "").strip()
    standing = Standing(word) if word in {each.value for each in Standing} else None
    chosen = people.choose(everybody, standing, typed)
    number = nearest_page(page_number(), len(chosen))
    counts = people.count(everybody)
    return render_template(
        "certificates/certificates.html",
        event=event,
        page=Page(chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, len(chosen)),
        everybody=len(everybody),
        counts=counts,
        getting=people.count_getting(counts),
        standing=standing,
        typed=typed,
        standings=words.STANDINGS,
        advice=words.ADVICE,
        roles=words.ROLES,
    )


@blueprint.get("/certificats/<int:certificate_id>.pdf")
@requires(Permission.ISSUE_PAPERS)
def certificate(slug: str, certificate_id: int) -> Response:
    """Give a certificate as it was issued, also one that has been replaced or revoked since."""
    found = services.get(events.get_event(slug), certificate_id)
    filename, key = f"{slug}-{found.code}.pdf", [str(certificate_id)]
    if not is_within(DOWNLOADS, "a certificate", key):
        raise TooManyRequests
    with transaction():
        (document,) = prints.give_out([found])
    count_use(DOWNLOADS, "a certificate", key)
    return give_pdf(document, filename, is_shown=True)


@blueprint.route("/certificats/<int:certificate_id>/revocacio", methods=["GET", "POST"])
@requires(Permission.ISSUE_PAPERS)
def revocation(slug: str, certificate_id: int) -> Answer:
    """Say what revoking does, ask why, and revoke."""
    event = events.get_event(slug)
    found = services.get(event, certificate_id)
    form = RevocationForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.revoke(found, form.reason.data, by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(_("The certificate is revoked. Whoever checks its code is told so."), "good")
            return _to_person(event, found.registration_id)
    return form_page("certificates/revocation.html", form, event=event, certificate=services.get(event, certificate_id))


@blueprint.post("/certificats/<int:certificate_id>/nova")
@requires(Permission.ISSUE_PAPERS)
def issue_anew(slug: str, certificate_id: int) -> BaseResponse:
    """Issue a new certificate in the place of this one, which undoes a revocation."""
    event = events.get_event(slug)
    found = services.get(event, certificate_id)
    registration_id = found.registration_id
    try:
        with transaction():
            services.issue_anew(found, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("A new certificate is issued. The code of the former one says that it was replaced."), "good")
    return _to_person(event, registration_id)


@blueprint.route("/persones/<int:registration_id>", methods=["GET", "POST"])
@requires(Permission.ISSUE_PAPERS)
def person(slug: str, registration_id: int) -> Answer:
    """A person's certificates, all that were ever issued, and what they did besides attending."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    form = RolesForm.of(event, roles.list_rows(registration))
    if form.validate_on_submit():
        with transaction():
            _keep_roles(registration, form)
        flash(_("Saved."), "good")
        return _to_person(event, registration_id)
    return form_page(
        "certificates/person.html",
        form,
        event=event,
        registration=registration,
        issued=services.list_of_person(registration),
        obtainable=services.list_obtainable(registration, utc_now()),
        standing_of=people.find_standings(registration, now=utc_now()),
        standings=words.STANDINGS,
        every_role=roles.ROLES,
        roles=words.ROLES,
    )


@fills_block("registration.workspace")
def certificates_of_person(registration: Registration, event: Event) -> str:
    """What was ever issued to a person, on their page in the workspace."""
    if not may(Permission.ISSUE_PAPERS):
        return ""
    issued = services.list_of_person(registration)
    has = roles.list_rows(registration)
    return render_template(
        "certificates/_of_person.html",
        event=event,
        registration=registration,
        issued=issued,
        standing_of=people.find_standings(registration, now=utc_now()) if issued else {},
        standings=words.STANDINGS,
        roles=words.ROLES,
        has={row.role for row in has},
    )


def _keep_roles(registration: Registration, form: RolesForm) -> None:
    by, now = staff(), utc_now()
    for role, sessions in form.chosen().items():
        if sessions is None:
            roles.remove_role(registration, role, by=by, now=now)
        else:
            roles.set_role(registration, role, sessions, by=by, now=now)


def _to_person(event: Event, registration_id: int) -> BaseResponse:
    return redirect(url_for(".person", slug=event.slug, registration_id=registration_id), 303)
