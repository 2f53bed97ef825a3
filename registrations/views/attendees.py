"""The attendee list of an event: searched, filtered, in order, fifty at a time."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.permissions import Permission, may, requires, staff
from core.dates import utc_now
from core.errors import NotFoundError
from core.languages import NAMES
from core.web import paginate
from directory import networks
from events import services as events
from events.labels import DIMENSIONS
from events.models import Event, SessionKind
from registrations import attendance, attendees, bounces, columns, invitations, questions, saved_views
from registrations.attendees import Stand
from registrations.columns import COLUMNS, Column
from registrations.filter_addresses import (
    ANSWER,
    KEPT_LENGTH,
    is_of_filter,
    list_parts,
    list_words,
    offers_answers,
    read_filter,
)
from registrations.filters import Filter
from registrations.labels import (
    ATTENDANCE_SOURCES,
    BULK_KINDS,
    IMAGE_CONSENTS,
    REGISTRATION_SOURCES,
    REGISTRATION_STATES,
    count_in_words,
    say_stays,
)
from registrations.models import Invitation, Question, Registration, RegistrationState, SavedView
from registrations.views.workspace import blueprint

MOST_ORGANISATIONS = 300
_OF_A_VIEW = ("column", "sort")
"""What else of an address a saved view keeps, besides the filter."""


@blueprint.get("", endpoint="attendees")
@requires(Permission.VIEW_REGISTRATIONS)
def show_list(slug: str) -> str | Response:
    """Show the list as filtered, fifty at a time; who asks for nothing finds it as they like to begin."""
    event = events.get_event(slug)
    first = saved_views.find_first(event, staff())
    if first and not request.args and _is_whole(event, first):
        return redirect(_address_of(event, first), 302)
    wanted = read_filter(event, request.args)
    page = paginate(attendees.select_registrations(event, wanted), request.args.get("page", 1, type=int))
    ids = [registration.id for registration in page.items]
    now = utc_now()
    sessions = [session for session in event.sessions if session.kind is not SessionKind.BREAK]
    asked, invited = _list_asked(event), [invitation for invitation, _uses in invitations.list_invitations(event)]
    is_early = "early" in request.args  # recorded before the day comes, on purpose
    return render_template(
        "registrations/workspace/attendees.html",
        event=event,
        wanted=wanted,
        parts=list_parts(wanted),
        page=page,
        marks=attendees.list_marks(page.items),
        bounced=bounces.read_words(ids),
        refusing=bounces.count_refusing(event),
        stands=_list_stands(event, wanted, page.items),
        waited=attendees.list_waited_codes(ids),
        counts=attendees.count_registrations(event),
        sessions=sessions,
        is_early=is_early,
        recorded=[session for session in sessions if is_early or attendance.is_offered(session, now)],
        query=request.args.to_dict(),
        query_string=make_query_string(),
        states=REGISTRATION_STATES,
        count_in_words=count_in_words,
        sources=ATTENDANCE_SOURCES,
        say_stays=say_stays,
        expected=attendees.count_expected(event, wanted, wanted.session) if wanted.session else 0,
        bulk_kinds=BULK_KINDS,
        now=now,
        **_read_choices(event, wanted, asked, invited),
        **_read_columns(page.items, asked, invited),
        **_read_views(event, first),
    )


def make_query_string() -> str:
    """What the present address asks for, to be asked again after an act."""
    values = list(request.args.items(multi=True))
    return f"?{urlencode(values)}" if values else ""


def to_list(slug: str, registration_id: int | None = None) -> Response:
    """Go back to the list as it was filtered, at the person's row."""
    anchor = f"#r{registration_id}" if registration_id else ""
    # Not by url_for, which has names of its own.
    return redirect(f"{url_for('registrations_workspace.attendees', slug=slug)}{make_query_string()}{anchor}", 303)


def keep_view() -> dict[str, list[str]]:
    """What of the present address a saved view keeps."""
    kept = {name: request.args.getlist(name) for name in request.args if is_of_filter(name) or name in _OF_A_VIEW}
    return {name: [value[:KEPT_LENGTH] for value in values if value] for name, values in kept.items() if any(values)}


def _read_choices(
    event: Event, wanted: Filter, asked: Sequence[Question], invited: Sequence[Invitation]
) -> dict[str, Any]:
    """What the list can be narrowed down by."""
    chosen = {answered.question.id: answered for answered in wanted.answers}
    return {
        "organisations": attendees.list_organisations(event, MOST_ORGANISATIONS),
        "networks": [(each.id, each.name) for each in networks.list_networks()],
        "invited": invited,
        "invited_options": [(each.id, each.label) for each in invited],
        "answered": [
            (each, list_words(each), request.args.get(f"{ANSWER}{each.id}", ""))
            for each in asked
            if offers_answers(each) or each.id in chosen
        ],
        "dimensions": DIMENSIONS,
        "language_names": NAMES,
        "registration_sources": REGISTRATION_SOURCES,
        "consents": IMAGE_CONSENTS,
    }


def _read_columns(
    shown: Sequence[Registration], asked: Sequence[Question], invited: Sequence[Invitation]
) -> dict[str, Any]:
    offered = [column for column in Column if column is not Column.SUPPORTS or may(Permission.VIEW_SUPPORTS)]
    chosen = columns.choose(request.args.getlist("column"), offered, asked)
    return {
        "columns": chosen,
        "offered_columns": [
            *((column.value, COLUMNS[column]) for column in offered),
            *((columns.name_of(each), each.text) for each in asked),
        ],
        "cells": columns.read_cells(shown, chosen, {each.id: each.label for each in invited}),
    }


def _list_asked(event: Event) -> list[Question]:
    """The questions of the event, withdrawn ones too, for who may read what was answered."""
    return questions.list_questions(event, with_withdrawn=True) if may(Permission.EDIT_REGISTRATIONS) else []


def _read_views(event: Event, first: SavedView | None) -> dict[str, Any]:
    """The saved views with the way to each; of one that asks for what is no longer there, nothing."""
    views = saved_views.list_views(event)
    present = keep_view()
    return {
        "views": [(view, _address_of(event, view) if _is_whole(event, view) else "") for view in views],
        "first_view": first,
        "present_view": next((view for view in views if view.query == present), None),
        "can_be_kept": bool(present),
    }


def _is_whole(event: Event, view: SavedView) -> bool:
    try:
        read_filter(event, _single(view.query))
    except NotFoundError:
        return False
    return True


def _single(query: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in query.items() if values}


def _address_of(event: Event, view: SavedView) -> str:
    values = [(name, value) for name, values in view.query.items() for value in values]
    return f"{url_for('registrations_workspace.attendees', slug=event.slug)}?{urlencode(values)}"


def _list_stands(event: Event, wanted: Filter, shown: Sequence[Registration]) -> dict[int, Stand]:
    """Where those who are shown stand: in the line of the session when its list is asked for, else of the event."""
    session = wanted.session if wanted.state is RegistrationState.WAITING else None
    return attendees.list_stands(event, session, [registration.id for registration in shown])
