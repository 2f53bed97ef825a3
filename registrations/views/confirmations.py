"""The page behind the link with which a person confirms their address."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.web import fills_block, keep_private
from registrations import confirmations, services, waiting_list
from registrations.models import Registration
from registrations.places import EventFull

blueprint = Blueprint("registration_confirmations", __name__, url_prefix="/inscripcions/<token>/confirmacio")


@fills_block("registration.stand")
def stand(registration: Registration) -> str:
    """Show on the person's page that the address has to be confirmed, and lead to where."""
    return render_template(
        "registrations/_confirm.html",
        registration=registration,
        event=registration.event,
        has_place=waiting_list.has_place(registration),
    )


@blueprint.get("")
def confirmation(token: str) -> Response:
    """Show the one button: programs that look into mails open links, so opening one confirms nothing."""
    found = services.get_registration(token)
    if not confirmations.is_awaited(found, utc_now()):
        return redirect(url_for("registrations.registration", token=token), 303)
    page = render_template(
        "registrations/confirmation.html",
        registration=found,
        event=found.event,
        has_place=waiting_list.has_place(found),
    )
    return keep_private(page)


@blueprint.post("")
def confirm(token: str) -> Response:
    """Take the address for confirmed and show how the person stands."""
    found = services.get_registration(token)
    try:
        with transaction():
            confirmations.confirm(found, now=utc_now())
    except DomainError as refusal:
        page = render_template(
            "registrations/not_confirmed.html",
            registration=found,
            event=found.event,
            why=refusal,
            can_try_again=isinstance(refusal, EventFull),
        )
        response = keep_private(page)
        response.status_code = 409
        return response
    return redirect(url_for("registrations.registration", token=token), 303)
