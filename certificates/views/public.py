"""A person's own certificates, and the page where anybody who holds one finds out whether it is genuine."""

from io import BytesIO
from typing import IO

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response as BaseResponse

from certificates import prints, services
from certificates import verification as verifying
from certificates.codes import find_code, group
from certificates.models import CertifiedRole
from certificates.verification import MOST_BYTES, MOST_MEGABYTES, Verification, VerificationStatus
from certificates.words import ADDRESSES, ROLES
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_pdf
from core.errors import DomainError
from core.web import count_use, csrf, is_within, limiter
from registrations.models import Registration
from registrations.services import get_registration

blueprint = Blueprint("certificates", __name__)

# Codes cannot be guessed; the limit is there so that nobody spends our time trying.
verification_limit = limiter.shared_limit("30 per minute", scope="verification")

DOWNLOADS = "20 per hour"
"""How often a person's certificates are given out: where they are signed, each file is another, whose hash is kept."""

ROOM_FOR_FIELDS = 16 * 1024
"""How much longer than the file in it what a browser sends may be."""
MOST_FIELDS = 10
"""Our form has one; five megabytes of empty fields would take seconds to be told apart."""

_TOO_MANY_DOWNLOADS = _l(
    "You have downloaded your certificates very often within the last hour. The files that you have are good; for"
    " another, come back in an hour."
)
_ROLES_IN_ADDRESSES = {word: role for role, word in ADDRESSES.items()}


@blueprint.get("/inscripcions/<token>/certificat.pdf")
def certificate(token: str) -> Response:
    """The person's certificate of attendance, issued now unless the present one is still right."""
    return _give(token, CertifiedRole.ATTENDEE, "certificat")


@blueprint.get("/inscripcions/<token>/certificat-<any(facilitacio, ponencia, organitzacio):word>.pdf")
def role_certificate(token: str, word: str) -> Response:
    """The person's certificate of what they did besides attending."""
    return _give(token, _ROLES_IN_ADDRESSES[word], f"certificat-{word}")


@blueprint.get("/verificacio")
@verification_limit
def verify() -> BaseResponse:
    """The form for a code read from paper; a whole address may be pasted too."""
    typed = request.args.get("codi", "").strip()
    code = find_code(typed.rpartition("/")[2])
    if code:
        return redirect(url_for(".verification", code=group(code)), 303)
    return _answer(Verification(VerificationStatus.MISTYPED) if typed else None, typed)


@blueprint.post("/verificacio")
@verification_limit
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF has no types
def verify_file() -> Response:
    """Look at the file of a certificate, of which nothing is kept: it is read in memory and compared with ours.

    No token is asked for: nothing is written, and looking for one would put the file on the disk.
    """
    return _answer(verifying.verify_file(_read_file(), now=utc_now()), "")


@blueprint.get("/verificacio/<code>")
@verification_limit
def verification(code: str) -> Response:
    """Whether the certificate with this code is genuine: where its QR leads."""
    return _answer(verifying.verify(code, now=utc_now()), code)


def _read_file() -> bytes:
    """The file that was sent, which never reaches a disk; a larger one than may be is read no further."""
    most = MOST_BYTES + ROOM_FOR_FIELDS
    if (request.content_length or 0) > most:
        return bytes(MOST_BYTES + 1)
    if request.mimetype != "multipart/form-data":
        return b""
    request.max_content_length = most  # also where the length is not said before
    parser = FormDataParser(_keep_in_memory, request.max_form_memory_size, most, max_form_parts=MOST_FIELDS)
    options, length = request.mimetype_params, request.content_length
    _stream, _form, files = parser.parse(request.stream, request.mimetype, length, options)
    sent = files.get("fitxer")
    return sent.stream.read() if sent else b""


def _keep_in_memory(
    total_content_length: int | None,  # noqa: ARG001 - Werkzeug asks with all of these
    content_type: str | None,  # noqa: ARG001
    filename: str | None,  # noqa: ARG001
    content_length: int | None = None,  # noqa: ARG001
) -> IO[bytes]:
    return BytesIO()


def _give(token: str, role: CertifiedRole, name: str) -> Response:
    registration = get_registration(token)
    filename, key = f"{registration.event.slug}-{name}.pdf", [str(registration.id)]
    if not is_within(DOWNLOADS, "certificates of a person", key):
        return _refuse(registration, _TOO_MANY_DOWNLOADS, 429)
    try:
        with transaction():
            issued = services.issue(registration, role=role, now=utc_now())
            (document,) = prints.give_out([issued])
    except DomainError as refusal:
        return _refuse(get_registration(token), refusal, 409)
    count_use(DOWNLOADS, "certificates of a person", key)
    return _hide(give_pdf(document, filename, is_shown=True))


def _refuse(registration: Registration, reason: object, status: int) -> Response:
    """Say why there is no certificate, and lead back to the person's own page."""
    page = render_template("certificates/refusal.html", registration=registration, reason=reason)
    return _hide(make_response(page, status))


def _hide(response: Response) -> Response:
    """Keep it from search engines."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(found: Verification | None, typed: str) -> Response:
    page = render_template(
        "certificates/verification.html", found=found, typed=typed, megabytes=MOST_MEGABYTES, roles=ROLES
    )
    is_unknown = found and not found.certificate
    return _hide(make_response(page, (422 if found and found.file else 404) if is_unknown else 200))
