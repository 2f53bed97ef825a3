"""Registrations that may be one person's: side by side, merged, told apart, and all of that taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from core.database import read_id, transaction, undo
from core.dates import utc_now
from core.errors import DomainError
from core.languages import NAMES
from core.text import clean_line
from core.web import fills_block, paginate
from events import pages
from events import services as events
from events.desk import Need, tells_needs
from events.labels import DIMENSIONS
from events.models import Event, EventState
from events.pages import Group, Page
from registrations import attendees, comparison, duplicates, mails, merges, merging, questions, supports, waiting_list
from registrations.comparison import Comparison, Difference, Part
from registrations.filters import Consent
from registrations.labels import (
    ATTENDANCE_SOURCES,
    DUPLICATE_REASONS,
    IMAGE_CONSENTS,
    MERGE_PARTS,
    REGISTRATION_SOURCES,
    REGISTRATION_STATES,
    SUPPORTS,
)
from registrations.likeness import Likeness
from registrations.models import Registration, SupportNeed
from registrations.records import Mark

blueprint = Blueprint("registrations_duplicates", __name__, url_prefix="/gestio/jornades/<slug>/inscripcions/duplicats")

Answer = str | Response | tuple[str, int]

pages.add(
    Page(
        Group.PEOPLE,
        1,
        _l("Possible duplicates"),
        "registrations_duplicates.pairs",
        Permission.EDIT_REGISTRATIONS,
    )
)


@dataclass(frozen=True)
class Side:
    """One of two registrations as the page shows it, besides what can be chosen."""

    registration: Registration
    stands: Sequence[tuple[Any, waiting_list.Position]]
    marks: Sequence[Mark]
    answers: Sequence[tuple[Any, str]]
    needs: Sequence[SupportNeed]
    mails: int


@dataclass(frozen=True)
class Option:
    """One of the two values of a part: whose it is, how it reads, and whether it stays unless another is chosen."""

    registration_id: int
    words: str
    is_default: bool


@dataclass(frozen=True)
class Choosing:
    """A part of which one value stays, with the two there are."""

    key: str
    title: str
    options: Sequence[Option]


@blueprint.get("", endpoint="pairs")
@requires(Permission.EDIT_REGISTRATIONS)
def list_pairs(slug: str) -> str:
    """The pairs that may be one person, those for which most speaks first."""
    event = events.get_event(slug)
    if duplicates.is_stale(event):
        with transaction():
            duplicates.refresh(event)
        event = events.get_event(slug)
    return _show_pairs(event, apart=False)


@blueprint.get("/diferents")
@requires(Permission.EDIT_REGISTRATIONS)
def apart(slug: str) -> str:
    """The pairs that somebody said to be two people."""
    return _show_pairs(events.get_event(slug), apart=True)


@blueprint.get("/cerca/<int:registration_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def search(slug: str, registration_id: int) -> str:
    """Look for the other registration of a person, for pairs that no rule finds."""
    event = events.get_event(slug)
    registration = attendees.get_registration(event, registration_id)
    text = clean_line(request.args.get("q", registration.last_name or registration.first_name))[:100]
    page = paginate(duplicates.select_others(registration, text), request.args.get("page", 1, type=int))
    return render_template(
        "registrations/duplicates/search.html",
        event=event,
        registration=registration,
        text=text,
        page=page,
        states=REGISTRATION_STATES,
    )


@blueprint.get("/<int:one_id>/<int:other_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def pair(slug: str, one_id: int, other_id: int) -> Answer:
    """Two registrations side by side, with what differs to choose from."""
    event = events.get_event(slug)
    try:
        compared = merging.put_side_by_side(event, one_id, other_id)
    except DomainError as refusal:
        return _lead_on(event, one_id, other_id, refusal)
    return _show_pair(event, compared, {})


@blueprint.post("/<int:one_id>/<int:other_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def merge(slug: str, one_id: int, other_id: int) -> Answer:
    """Show what merging two registrations comes to; agreed to, it is done."""
    event = events.get_event(slug)
    choice = _read_choice()
    try:
        if "again" in request.form:
            return _show_pair(event, merging.put_side_by_side(event, one_id, other_id), choice)
        if "agreed" not in request.form:
            return _preview(event, (one_id, other_id), choice)
        with transaction():
            merged = merging.merge(event, (one_id, other_id), choice, by=staff(), now=utc_now())
    except DomainError as refusal:
        return _lead_on(events.get_event(slug), one_id, other_id, refusal)
    flash(_("The two registrations of %(name)s are one now.", name=merged.name), "good")
    return redirect(url_for(".merged", slug=slug, merge_id=merged.merge_id), 303)


@blueprint.post("/<int:one_id>/<int:other_id>/diferents")
@requires(Permission.EDIT_REGISTRATIONS)
def tell_apart(slug: str, one_id: int, other_id: int) -> Response:
    """Remember that the two are two people."""
    event = events.get_event(slug)
    try:
        with transaction():
            one, other = merging.find_pair(event, one_id, other_id)
            duplicates.tell_apart(one, other, by=staff(), now=utc_now())
    except DomainError as refusal:
        return _lead_on(events.get_event(slug), one_id, other_id, refusal)
    flash(_("They are two people: they are not suggested again."), "good")
    return redirect(url_for(".pairs", slug=slug), 303)


@blueprint.post("/<int:one_id>/<int:other_id>/dubte")
@requires(Permission.EDIT_REGISTRATIONS)
def doubt(slug: str, one_id: int, other_id: int) -> Response:
    """Take back that the two are two people."""
    event = events.get_event(slug)
    with transaction():
        duplicates.doubt(event, one_id, other_id, by=staff(), now=utc_now())
    flash(_("They may be one person again."), "good")
    return redirect(url_for(".pair", slug=slug, one_id=one_id, other_id=other_id), 303)


@blueprint.get("/fusions", endpoint="merges")
@requires(Permission.EDIT_REGISTRATIONS)
def list_merges(slug: str) -> str:
    """What was merged, the latest first."""
    event = events.get_event(slug)
    page = paginate(merges.select_merges(event), request.args.get("page", 1, type=int))
    return render_template(
        "registrations/duplicates/merges.html", event=event, page=page, numbers=duplicates.count(event)
    )


@blueprint.get("/fusions/<int:merge_id>")
@requires(Permission.EDIT_REGISTRATIONS)
def merged(slug: str, merge_id: int) -> str:
    """One merge, and the way to undo it."""
    event = events.get_event(slug)
    return render_template("registrations/duplicates/merge.html", event=event, merge=merges.get(event, merge_id))


@blueprint.get("/fusions/<int:merge_id>/desfeta")
@requires(Permission.EDIT_REGISTRATIONS)
def preview_undo(slug: str, merge_id: int) -> str:
    """Show what undoing a merge comes to: it is tried, and rolled back."""
    event = events.get_event(slug)
    over_capacity = "over_capacity" in request.args
    parted, refusal, needs_place = None, "", False
    try:
        with transaction():
            parted = merges.undo(merges.get(event, merge_id), over_capacity=over_capacity, by=staff(), now=utc_now())
            undo()
    except DomainError as error:
        refusal, needs_place = str(error), merges.is_for_want_of_place(error)
    event = events.get_event(slug)
    return render_template(
        "registrations/duplicates/undo.html",
        event=event,
        merge=merges.get(event, merge_id),
        parted=parted,
        refusal=refusal,
        needs_place=needs_place,
        over_capacity=over_capacity,
    )


@blueprint.post("/fusions/<int:merge_id>/desfeta")
@requires(Permission.EDIT_REGISTRATIONS)
def undo_merge(slug: str, merge_id: int) -> Response:
    """Have the two stand as before."""
    event = events.get_event(slug)
    over_capacity = "over_capacity" in request.form
    try:
        with transaction():
            merges.undo(merges.get(event, merge_id), over_capacity=over_capacity, by=staff(), now=utc_now())
    except DomainError as refusal:
        flash(str(refusal), "bad")
    else:
        flash(_("Undone: they are two registrations again."), "good")
    return redirect(url_for(".merged", slug=slug, merge_id=merge_id), 303)


@tells_needs
def needs(event: Event, now: datetime) -> Iterator[Need]:
    """Pairs of registrations that may be one person's."""
    is_looked_at = event.state is not EventState.CANCELLED and event.ends_at > now - duplicates.SEARCHED_FOR
    if not is_looked_at or not may(Permission.EDIT_REGISTRATIONS):
        return
    possible = duplicates.count(event).possible
    if possible:
        yield Need(
            ngettext(
                "%(num)d pair of registrations may be one person’s.",
                "%(num)d pairs of registrations may be one person’s each.",
                possible,
            ),
            _("Compare them"),
            url_for("registrations_duplicates.pairs", slug=event.slug),
        )


@fills_block("registration.workspace")
def on_the_person(registration: Registration, event: Event) -> str:
    """Lead from a person to the other registration they may have, and to what was merged into this one."""
    if not may(Permission.EDIT_REGISTRATIONS):
        return ""
    return render_template(
        "registrations/duplicates/_person.html",
        registration=registration,
        event=event,
        merges=merges.list_of(registration),
    )


def _show_pairs(event: Event, *, apart: bool) -> str:
    page = paginate(duplicates.select_pairs(event, apart=apart), request.args.get("page", 1, type=int))
    return render_template(
        "registrations/duplicates/pairs.html",
        event=event,
        page=page,
        is_apart=apart,
        numbers=duplicates.count(event),
        reasons=DUPLICATE_REASONS,
        likeness=Likeness,
        states=REGISTRATION_STATES,
    )


def _lead_on(event: Event, one_id: int, other_id: int, refusal: DomainError) -> Response:
    """Lead to what somebody else has just done, or to the list."""
    found = merges.find(event, one_id, other_id) if isinstance(refusal, merging.GoneMeanwhile) else None
    flash(str(refusal), "bad")
    if found:
        return redirect(url_for(".merged", slug=event.slug, merge_id=found.id), 303)
    return redirect(url_for(".pairs", slug=event.slug), 303)


def _read_choice() -> dict[str, int]:
    """What was chosen, by part; whatever else is sent is none of the two and does not count."""
    return {
        key.removeprefix("stays-"): number
        for key, value in request.form.items()
        if key.startswith("stays-") and (number := read_id(value)) is not None
    }


def _preview(event: Event, ids: tuple[int, int], choice: Mapping[str, int]) -> str:
    """What the merge comes to: it is done, and rolled back."""
    with transaction():
        found = merging.merge(event, ids, choice, by=staff(), now=utc_now())
        undo()
    event = events.get_event(event.slug)
    compared = merging.put_side_by_side(event, *ids)
    return render_template(
        "registrations/duplicates/preview.html",
        event=event,
        compared=compared,
        merged=found,
        chosen=compared.choose(choice),
        states=REGISTRATION_STATES,
        may_view_supports=may(Permission.VIEW_SUPPORTS),
    )


def _show_pair(event: Event, compared: Comparison, choice: Mapping[str, int]) -> str:
    people = [compared.main, compared.other]
    known = duplicates.find(event, *(each.id for each in people))
    chosen = compared.choose(choice)
    return render_template(
        "registrations/duplicates/pair.html",
        event=event,
        compared=compared,
        sides=_read_sides(people),
        choosing=[_choosing(compared, each, chosen[each.key]) for each in compared.differences],
        clashes=[(clash, chosen[clash.key]) for clash in compared.clashes],
        same=[MERGE_PARTS[part] for part in compared.same],
        known=known,
        reasons=DUPLICATE_REASONS,
        likeness=Likeness,
        states=REGISTRATION_STATES,
        sources=REGISTRATION_SOURCES,
        attendance_sources=ATTENDANCE_SOURCES,
        support_words=SUPPORTS,
    )


def _read_sides(people: Sequence[Registration]) -> list[Side]:
    """What is shown of the two, in as many queries for either."""
    marks = attendees.list_marks(people)
    written = mails.count_of([each.id for each in people])
    return [
        Side(
            each,
            [(entry, waiting_list.find_position(entry)) for entry in waiting_list.list_entries(each)],
            list(marks.get(each.id, {}).values()),
            [(question, questions.say(question, words)) for question, words in questions.list_answers(each)],
            supports.list_needs(each) if may(Permission.VIEW_SUPPORTS) else [],
            written.get(each.id, 0),
        )
        for each in people
    ]


def _choosing(compared: Comparison, difference: Difference, chosen: int) -> Choosing:
    people = (compared.main, compared.other)
    if difference.part is None:
        question = difference.question
        title = question.text if question else ""
        words = [questions.say(question, said) if question else "" for said in difference.values]
    else:
        title = str(MERGE_PARTS[difference.part])
        words = [_say(difference.part, each) for each in people]
    return Choosing(
        difference.key,
        title,
        [
            Option(each.id, said or str(_("nothing")), each.id == chosen)
            for each, said in zip(people, words, strict=True)
        ],
    )


def _say(part: Part, registration: Registration) -> str:
    """The value of a part in words."""
    if part is Part.NAME:
        return registration.full_name
    if part is Part.DIMENSION:
        return str(DIMENSIONS[registration.dimension]) if registration.dimension else ""
    if part is Part.LANGUAGE:
        return NAMES.get(registration.language, registration.language)
    if part is Part.IMAGE_CONSENT:
        return str(IMAGE_CONSENTS[Consent.GIVEN if registration.image_consent_at else Consent.NOT_GIVEN])
    return str(getattr(registration, comparison.COLUMNS[part][0]))
