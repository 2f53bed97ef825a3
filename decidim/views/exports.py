"""Proposals as the files that Decidim imports: as proposals of one, or as results of decidim.barcelona."""

from collections.abc import Sequence
from typing import BinaryIO

from flask import Response, request

from accounts.permissions import Permission, requires, staff
from core.database import transaction
from core.dates import utc_now
from core.downloads import give_file, give_pieces
from core.errors import NotFoundError
from core.tables import CSV_TYPE
from decidim import exports
from decidim.exports import DecidimProposal
from decidim.views.page import find_owner, for_both, read_choice, scope_of
from events import owners
from events.owners import Owner


@for_both("/propostes", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def proposals(slug: str) -> Response:
    """Give the proposals that fit as Decidim imports them. A long list of those left out is too long for an address."""
    owner, choice = find_owner(slug), read_choice()
    format_ = request.values.get("format", "csv")
    if format_ not in exports.FORMATS:
        raise NotFoundError(format_)
    taken = [each for each in exports.list_proposals(scope_of(owner), choice.ready) if choice.takes(each)]
    _record(owner, format_, taken)

    def write(file: BinaryIO) -> None:
        exports.write_proposals(taken, file, format_=format_, language=choice.language)

    return give_file(write, f"{slug}-decidim.{format_}", exports.FORMATS[format_])


@for_both("/resultats.csv", methods=["GET", "POST"])
@requires(Permission.SORT_CONTRIBUTIONS)
def results(slug: str) -> Response:
    """Give them as decidim.barcelona imports results."""
    owner, choice = find_owner(slug), read_choice()
    found = exports.list_proposals(scope_of(owner), choice.ready)
    # One that is there already makes no second proposal: its result is linked to it.
    taken = [each for each in found if choice.takes(each) or (each.number and not each.problems)]
    _record(owner, "results", taken)
    return give_pieces(exports.write_results(taken, language=choice.language), f"{slug}-decidim-results.csv", CSV_TYPE)


def _record(owner: Owner, format_: str, taken: Sequence[DecidimProposal]) -> None:
    with transaction():
        owners.record("decidim.export", owner, by=staff(), now=utc_now(), format=format_, count=len(taken))
