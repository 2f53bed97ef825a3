"""A person's own certificate, and the page where anybody who holds one finds out whether it is genuine."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from certificates import papers, services
from certificates.codes import find_code, group
from certificates.services import Verification, VerificationStatus
from core.database import transaction
from core.dates import utc_now
from core.web import limiter
from registrations.services import get_registration

blueprint = Blueprint("certificates", __name__)

# Codes cannot be guessed; the limit is there so that nobody spends our time trying.
verification_limit = limiter.shared_limit("30 per minute", scope="verification")


@blueprint.get("/inscripcions/<token>/certificat.pdf")
def certificate(token: str) -> Response:
    """The person's certificate, issued now unless it says what the present one says."""
    registration = get_registration(token)
    filename = f"{registration.event.slug}-certificat.pdf"
    with transaction():
        issued = papers.read(services.issue(registration, now=utc_now()))
    response = make_response(papers.draw_certificate(issued))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/verificacio")
@verification_limit
def verify() -> BaseResponse:
    """The form for a code read from paper; a whole address may be pasted too."""
    typed = request.args.get("codi", "").strip()
    code = find_code(typed.rpartition("/")[2])
    if code:
        return redirect(url_for(".verification", code=group(code)), 303)
    return _answer(Verification(VerificationStatus.MISTYPED) if typed else None, typed)


@blueprint.get("/verificacio/<code>")
@verification_limit
def verification(code: str) -> Response:
    """Whether the certificate with this code is genuine: where its QR leads."""
    return _answer(services.verify(code, now=utc_now()), code)


def _answer(found: Verification | None, typed: str) -> Response:
    page = render_template("certificates/verification.html", found=found, typed=typed)
    response = make_response(page, 404 if found and not found.certificate else 200)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
