"""The organisations of the directory: their list, and each with its names, its neighbourhood and its networks."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.permissions import Permission, requires, staff
from core.database import read_id, transaction
from core.dates import utc_now
from core.errors import DomainError
from core.forms import form_page
from core.text import clean_line
from core.web import fills_block, page_number, paginate
from directory import networks, organisations, territory
from directory.forms import MergeForm, OrganisationForm
from directory.known_names import MAX_LENGTH
from directory.models import Network, Organisation

blueprint = Blueprint("organisations_workspace", __name__, url_prefix="/gestio/entitats")

Answer = str | tuple[str, int] | Response


@fills_block("workspace.navigation")
def navigation() -> str:
    """The way to the directory."""
    return render_template("directory/_navigation.html")


@blueprint.get("")
@requires(Permission.EDIT_DIRECTORY)
def overview() -> str:
    """Show the organisations that are searched for, a page at a time."""
    search, network = clean_line(request.args.get("q"))[:100], _find_network()
    return render_template(
        "directory/organisations.html",
        page=paginate(organisations.select_organisations(search, network), page_number()),
        search=search,
        network=network,
        networks=networks.list_networks(),
    )


@blueprint.route("/nova", methods=["GET", "POST"])
@requires(Permission.EDIT_DIRECTORY)
def add() -> Answer:
    """Add an organisation, with the name that the address suggests."""
    places, offered = territory.list_neighbourhoods(), networks.list_networks()
    form = OrganisationForm.offering(places, offered, name=clean_line(request.args.get("nom"))[:MAX_LENGTH])
    if not form.validate_on_submit():
        return form_page("directory/organisation.html", form, organisation=None)
    try:
        with transaction():
            organisations.add(form.values(places, offered), by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        return form_page("directory/organisation.html", form, organisation=None)
    flash(_("The organisation is in the directory."), "good")
    return redirect(url_for(".overview"), 303)


@blueprint.route("/<int:organisation_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_DIRECTORY)
def edit(organisation_id: int) -> Answer:
    """Change what is said of an organisation, make it one with another, or take it out."""
    organisation = organisations.get_organisation(organisation_id)
    places, offered = territory.list_neighbourhoods(), networks.list_networks()
    form = OrganisationForm.offering(places, offered, organisation)
    if form.is_outdated(organisation):
        flash(str(organisations.ChangedMeanwhile()), "bad")
        return redirect(url_for(".edit", organisation_id=organisation_id), 303)
    if form.validate_on_submit():
        try:
            with transaction():
                organisations.change(organisation, form.values(places, offered), by=staff(), now=utc_now())
        except DomainError as refusal:
            form.refuse(refusal)
            organisation = organisations.get_organisation(organisation_id)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for(".overview"), 303)
    return _show(organisation, form, MergeForm(formdata=None))


@blueprint.post("/<int:organisation_id>/fusio")
@requires(Permission.EDIT_DIRECTORY)
def merge(organisation_id: int) -> Answer:
    """Make an organisation one with another."""
    organisation = organisations.get_organisation(organisation_id)
    form = MergeForm()
    if not form.validate_on_submit():
        return _show(organisation, _fill(organisation), form)
    try:
        with transaction():
            into = organisations.get_by_name(form.into.data)
            organisations.merge(organisation, into, by=staff(), now=utc_now())
    except DomainError as refusal:
        form.refuse(refusal)
        organisation = organisations.get_organisation(organisation_id)
        return _show(organisation, _fill(organisation), form)
    flash(_("They are one organisation now."), "good")
    return redirect(url_for(".edit", organisation_id=into.id), 303)


@blueprint.post("/<int:organisation_id>/supressio")
@requires(Permission.EDIT_DIRECTORY)
def remove(organisation_id: int) -> Response:
    """Take an organisation out of the directory."""
    with transaction():
        organisations.remove(organisations.get_organisation(organisation_id), by=staff(), now=utc_now())
    flash(_("The organisation is no longer in the directory."), "good")
    return redirect(url_for(".overview"), 303)


def _find_network() -> Network | None:
    """The network that the address asks for. Raises `NotFoundError` when there is none of this number."""
    asked = request.args.get("xarxa")
    return networks.get_network(read_id(asked) or 0) if asked else None


def _fill(organisation: Organisation) -> OrganisationForm:
    """The form of an organisation as it is, whatever another form of the page sent."""
    return OrganisationForm.offering(
        territory.list_neighbourhoods(), networks.list_networks(), organisation, is_posted=False
    )


def _show(organisation: Organisation, form: OrganisationForm, merge_form: MergeForm) -> Answer:
    page = render_template(
        "directory/organisation.html",
        organisation=organisation,
        form=form,
        merge_form=merge_form,
        names=[name for name in organisations.list_names() if name != organisation.name],
    )
    return page, 422 if form.errors or merge_form.errors else 200
