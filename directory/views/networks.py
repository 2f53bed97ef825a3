"""The networks of the directory: their list, and each with the organisations that are in it."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from directory import networks
from directory.forms import NetworkForm
from directory.models import Network

blueprint = Blueprint("networks_workspace", __name__, url_prefix="/gestio/xarxes")

Answer = str | tuple[str, int] | Response


@blueprint.get("")
@requires(Permission.EDIT_DIRECTORY)
def overview() -> Answer:
    """Show the networks and how many organisations are in each."""
    return _show_list(NetworkForm(formdata=None))


@blueprint.post("")
@requires(Permission.EDIT_DIRECTORY)
def add() -> Answer:
    """Add a network."""
    form = NetworkForm()
    if not form.validate_on_submit():
        return _show_list(form)
    try:
        with transaction():
            networks.add(form.values(), by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show_list(form)
    flash(_("The network is in the directory."), "good")
    return redirect(url_for(".overview"), 303)


@blueprint.route("/<int:network_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_DIRECTORY)
def edit(network_id: int) -> Answer:
    """Change what is said of a network, and see who is in it."""
    network = networks.get_network(network_id)
    form = NetworkForm(obj=network)
    if not form.validate_on_submit():
        return _show(network, form)
    try:
        with transaction():
            networks.change(network, form.values(), by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return _show(networks.get_network(network_id), form)
    flash(_("Saved."), "good")
    return redirect(url_for(".overview"), 303)


@blueprint.post("/<int:network_id>/supressio")
@requires(Permission.EDIT_DIRECTORY)
def remove(network_id: int) -> Response:
    """Take a network out of the directory."""
    with transaction():
        networks.remove(networks.get_network(network_id), by=staff(), now=utc_now())
    flash(_("The network is no longer in the directory. Its organisations are."), "good")
    return redirect(url_for(".overview"), 303)


def _show_list(form: NetworkForm) -> tuple[str, int]:
    counts = networks.count_organisations()
    return form_page("directory/networks.html", form, networks=networks.list_networks(), counts=counts)


def _show(network: Network, form: NetworkForm) -> tuple[str, int]:
    return form_page("directory/network.html", form, network=network, members=networks.list_members(network))
