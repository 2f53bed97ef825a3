"""The door: one page for a queue, for staff or with a door link, that goes on without a network.

Both ways lead to the same page. What a device holds of people is sent as JSON and only while the door is open; acts
come in batches and are accepted once. Without script the page searches and checks in by forms.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from accounts.permissions import Permission, may_at, requires, staff
from core.database import transaction
from core.dates import format_hours, utc_now
from core.errors import InputError, NotFoundError
from core.languages import current_language
from core.links import LinkCookies
from core.text import clean_line, fold
from core.web import fills_block
from door import links, lists, services
from door.models import DoorActKind, DoorLink
from door.reports import (
    FIRST_NAME_LENGTH,
    LAST_NAME_LENGTH,
    ORGANISATION_LENGTH,
    Newcomer,
    Report,
    read_batch,
    split_name,
)
from door.words import flash_words, page_words
from events import services as events
from events.access import place_of
from events.models import Event, Session, SessionKind
from events.timetable import session_time
from registrations.labels import REGISTRATION_STATES
from registrations.models import AttendanceSource, Registration

workspace = Blueprint("registrations_door", __name__, url_prefix="/gestio/jornades/<slug>/porta")
public = Blueprint("door", __name__)

# The camera is off everywhere else.
CAMERA_POLICY = "camera=(self), geolocation=(), microphone=()"
COOKIES = LinkCookies("porta", salt="door link")
LEAST_LETTERS = 3
FOUND_AT_MOST = 20
TOTAL_NAME_LENGTH = FIRST_NAME_LENGTH + 1 + LAST_NAME_LENGTH


@dataclass(frozen=True)
class Door:
    """An event's door, and who has opened it: a member of staff, or a link."""

    event: Event
    link: DoorLink | None = None

    @property
    def blueprint(self) -> str:
        return "door" if self.link else "registrations_door"

    def address(self, page: str, **values: Any) -> str:
        """The address of a part of the door, on the way by which it was opened."""
        return url_for(f"{self.blueprint}.{page}", slug=self.event.slug, **values)

    def find_reason_closed(self, now: datetime) -> str:
        """Why nothing of anybody may be shown now, in a word; empty when it may."""
        if self.link and self.link.is_revoked:
            return "revoked"
        if now >= links.closes_at(self.event):
            return "over"
        if self.link and self.link.has_expired(now):
            return "expired"
        if not links.is_open(self.event, now):
            return "early" if now < links.opens_at(self.event) else "cancelled"
        return ""

    def keeper(self, device: str = "") -> services.Doorkeeper:
        """Who stands at this door."""
        if self.link:
            return services.Doorkeeper(device or self.link.label[:80], link=self.link)
        return services.Doorkeeper(device or (staff().name or staff().email)[:80], staff=staff())


def with_link(view: Callable[[Door], BaseResponse]) -> Callable[[str], BaseResponse]:
    """Let a view be called only by a browser that opened a door link of this event; what it allows is seen inside."""

    def opened(slug: str) -> BaseResponse:
        event = events.get_event(slug)
        link = _find_link(event)
        if link is None:
            event = events.get_published(slug)  # a draft is as if there were none
            return _refuse("no_link", 401) if _wants_json() else _show_closed(Door(event), "no_link", 401)
        return view(Door(event, link))

    return opened


# --- Staff ---


@workspace.get("")
@requires(Permission.RECORD_ATTENDANCE)
def page(slug: str) -> BaseResponse:
    """The door of an event."""
    return _show(Door(events.get_event(slug)))


@workspace.get("/llista", endpoint="people")
@requires(Permission.RECORD_ATTENDANCE)
def give_list(slug: str) -> BaseResponse:
    """What a device needs to know of people."""
    return _give_list(Door(events.get_event(slug)))


@workspace.post("/actes", endpoint="acts")
@requires(Permission.RECORD_ATTENDANCE)
def take_acts(slug: str) -> BaseResponse:
    """Take what a device has done."""
    return _take_acts(Door(events.get_event(slug)))


@workspace.post("/acte", endpoint="act")
@requires(Permission.RECORD_ATTENDANCE)
def take_act(slug: str) -> BaseResponse:
    """Take one act from a form."""
    return _take_act(Door(events.get_event(slug)))


# --- With a link ---


@public.get("/porta/<token>")
def enter(token: str) -> BaseResponse:
    """Trade a door link for a cookie, so that its token does not stay in the address."""
    link = links.get_by_token(token)
    opened = Door(link.event, link)
    reason = opened.find_reason_closed(utc_now())
    if reason and reason != "early":
        return _show_closed(opened, reason, 410)
    response = redirect(opened.address("page"), 303)
    COOKIES.keep(response, link.event_id, link)
    return response


@public.get("/porta/jornades/<slug>", endpoint="page")
@with_link
def linked_page(opened: Door) -> BaseResponse:
    """The door of an event, opened with a link."""
    return _show(opened)


@public.get("/porta/jornades/<slug>/llista", endpoint="people")
@with_link
def give_linked_list(opened: Door) -> BaseResponse:
    """What a device needs to know of people."""
    return _give_list(opened)


@public.post("/porta/jornades/<slug>/actes", endpoint="acts")
@with_link
def take_linked_acts(opened: Door) -> BaseResponse:
    """Take what a device has done; what it did before the link ended may still arrive for a while."""
    return _take_acts(opened)


@public.post("/porta/jornades/<slug>/acte", endpoint="act")
@with_link
def take_linked_act(opened: Door) -> BaseResponse:
    """Take one act from a form."""
    return _take_act(opened)


@public.post("/porta/jornades/<slug>/sortida")
def leave(slug: str) -> BaseResponse:
    """Forget the link on this device."""
    event = events.find_event(slug)
    response = redirect(url_for("events.home"), 303)
    if event:
        COOKIES.forget(response, event.id)
    return response


@public.get("/jornades/<slug>/porta/<code>")
def code(slug: str, code: str) -> BaseResponse:
    """What the camera of a telephone finds in a person's code: the door, for who keeps it; nothing for anybody else."""
    event = events.get_published(slug)
    opened = _find_door(event)
    if opened:
        return redirect(opened.address("page", codi=clean_line(code)[:16]), 303)
    return make_response(render_template("door/code.html", event=event))


@fills_block("registration.actions")
def check_in_button(registration: Registration) -> str:
    """On a person's own page, for a browser that keeps the door: the way to check them in."""
    opened = _find_door(registration.event)
    if opened is None or opened.find_reason_closed(utc_now()):
        return ""
    return render_template("door/_button.html", address=opened.address("page", codi=registration.code))


# --- What both ways do ---


def _show(opened: Door) -> BaseResponse:
    now = utc_now()
    reason = opened.find_reason_closed(now)
    if reason:
        return _show_closed(opened, reason, 200 if reason == "early" else 410)
    event, link = opened.event, opened.link
    session = _find_session(event, request.args.get("sessio", "")) or _present_session(event, now)
    settings = {
        "key": event.slug,
        "mode": "link" if link else "staff",
        "page": opened.address("page"),
        "list": opened.address("people"),
        "acts": opened.address("acts"),
        "leave": url_for("door.leave", slug=event.slug) if link else "",
        "worker": url_for("offline.worker"),
        "device": link.label[:80] if link else "",
        "zone": event.timezone,
        "language": current_language(),
        "words": page_words(),
    }
    html = render_template(
        "door/door.html",
        event=event,
        door=opened,
        settings=settings,
        session=session,
        sessions=_list_sessions(event),
        found=_search(event),
        states=REGISTRATION_STATES,
        moment=_moment_of(event),
        find_leaving=lists.find_leaving,
        make_id=uuid.uuid4,
        least=LEAST_LETTERS,
        name_length=TOTAL_NAME_LENGTH,
        organisation_length=ORGANISATION_LENGTH,
    )
    response = make_response(html)
    response.headers["Permissions-Policy"] = CAMERA_POLICY
    return response


def _show_closed(opened: Door, reason: str, status: int) -> BaseResponse:
    return make_response(
        render_template(
            "door/closed.html",
            event=opened.event,
            reason=reason,
            link=opened.link,
            opens_at=links.opens_at(opened.event),
        ),
        status,
    )


def _give_list(opened: Door) -> BaseResponse:
    now = utc_now()
    reason = opened.find_reason_closed(now)
    if reason:
        return _refuse(reason, 410)
    event = opened.event
    people = lists.read_list(event)
    facts = _facts(opened)
    version = f'"{lists.mark_of(people.version + json.dumps(facts))}"'
    if request.headers.get("If-None-Match") == version:
        response = Response(status=304)
    else:
        groups = people.list_changes(request.headers.get("Door-Marks", ""))
        response = _as_json({"event": facts, "groups": groups, **_state(now)})
    response.headers["ETag"] = version
    return response


def _take_acts(opened: Door) -> BaseResponse:
    now = utc_now()
    link = opened.link
    if link and not links.may_send(link, now):
        return _refuse(opened.find_reason_closed(now), 410)
    try:
        batch = read_batch(request.get_data(), now=now)
    except InputError:
        return _refuse("unreadable", 400)
    in_time = [report for report in batch.reports if link is None or report.happened_at < link.expires_at]
    with transaction():
        accepted = services.accept(opened.event, in_time, by=opened.keeper(batch.device), now=now)
        is_shown = not opened.find_reason_closed(now)
        ids = {each.registration_id for each in accepted.values() if each.registration_id is not None}
        rows = lists.read_rows(opened.event, ids) if is_shown else {}
    acts: dict[str, dict[str, Any]] = {key: {"outcome": "refused"} for key in batch.unreadable}
    acts |= {report.client_id: {"outcome": "refused"} for report in batch.reports}
    for key, each in accepted.items():
        row = rows.get(each.registration_id or 0)
        namesakes = list(each.namesakes) if is_shown else []
        acts[key] = {"outcome": each.outcome.value, "code": row[0] if row else "", "namesakes": namesakes}
    touched = [[lists.group_of(key), row] for key, row in rows.items()]
    return _as_json({"acts": acts, "rows": touched, **_state(now)})


def _take_act(opened: Door) -> BaseResponse:
    """Take one act from a form, and go back to where it was pressed."""
    now = utc_now()
    form = request.form
    back = opened.address("page", sessio=form.get("session") or None, q=clean_line(form.get("q")) or None)
    reason = opened.find_reason_closed(now)
    if reason:
        return _show_closed(opened, reason, 410)
    event = opened.event
    session = _find_session(event, form.get("session", ""))
    if session is None or form.get("kind") not in list(DoorActKind):
        raise NotFoundError
    report = _read_form(event, session, DoorActKind(form["kind"]), now)
    if report is None:
        flash(_("Write the name."), "bad")
        return redirect(back, 303)
    is_full = event.is_full or session.is_full
    if report.newcomer and is_full and not form.get("over_capacity"):
        flash(_("All places are taken. Tick the box to let them in above capacity."), "warn")
        return redirect(back, 303)
    with transaction():
        accepted = services.accept(event, [report], by=opened.keeper(), now=now)[report.client_id]
    message, category = flash_words(accepted.outcome, is_leaving=report.kind is DoorActKind.LEAVE)
    flash(message, category)
    return redirect(back, 303)


def _read_form(event: Event, session: Session, kind: DoorActKind, now: datetime) -> Report | None:
    form = request.form
    newcomer, takes_back = None, []
    person = clean_line(form.get("person"))[:16]
    if kind is DoorActKind.WALK_IN:
        first, last = split_name(clean_line(form.get("name"))[:TOTAL_NAME_LENGTH])
        if not first:
            return None
        organisation = clean_line(form.get("organisation"))[:ORGANISATION_LENGTH]
        newcomer = Newcomer(first[:FIRST_NAME_LENGTH], last[:LAST_NAME_LENGTH], organisation)
    if kind is DoorActKind.UNDO:
        rows = [row for group in lists.read_list(event).groups for row in group if person in (row[0], *row[8])]
        marks = [mark for row in rows for mark in row[7] if mark[0] == session.code]
        takes_back = [name for mark in marks for name in mark[4]]
        if form.get("part") == "leaving":
            takes_back = [left[2] for mark in marks if (left := lists.find_leaving(mark))]
    try:
        client_id = str(uuid.UUID(form.get("id", "")))
    except ValueError as error:
        raise NotFoundError from error
    source = AttendanceSource.CODE if form.get("source") == "code" else AttendanceSource.LIST
    return Report(client_id, kind, person, session.code, now, source, takes_back, newcomer)


def _search(event: Event) -> list[lists.Row] | None:
    """Who is asked for by name, organisation or code, for browsers without script; None when nobody is."""
    code = clean_line(request.args.get("codi"))
    text = clean_line(request.args.get("q"))[:100]
    if not code and len(fold(text)) < LEAST_LETTERS:
        return None
    rows = [row for group in lists.read_list(event).groups for row in group]
    wanted = (code or text).upper()
    with_code = [row for row in rows if wanted in (row[0], *row[8])]
    if code or with_code:
        return with_code
    words = fold(text).split()
    found = [row for row in rows if all(word in fold(f"{row[1]} {row[2]} {row[3]}") for word in words)]
    return sorted(found, key=lambda row: (fold(row[2]), fold(row[1])))[:FOUND_AT_MOST]


def _facts(opened: Door) -> dict[str, Any]:
    """What a device needs to know of the event itself."""
    event, link = opened.event, opened.link
    until = min(links.closes_at(event), link.expires_at) if link else links.closes_at(event)
    return {
        "title": event.title,
        "until": lists.in_milliseconds(until),
        "capacity": event.capacity,
        "taken": event.places_taken,
        **({"exits": True} if event.records_exits else {}),
        "sessions": [
            {
                "code": session.code,
                "title": session.title,
                "when": session_time(event, session),
                "starts": lists.in_milliseconds(session.starts_at),
                "ends": lists.in_milliseconds(session.ends_at),
                "room": session.room.name if session.room else "",
                "chosen": session.is_chosen,
                "capacity": session.capacity,
                "taken": session.places_taken,
            }
            for session in _list_sessions(event)
        ],
    }


def _list_sessions(event: Event) -> list[Session]:
    return [session for session in event.sessions if session.kind is not SessionKind.BREAK and not session.is_cancelled]


def _find_session(event: Event, wanted: str) -> Session | None:
    return next((session for session in _list_sessions(event) if session.code == wanted), None)


def _present_session(event: Event, now: datetime) -> Session | None:
    """The first session that is not over yet; the last one when all are."""
    sessions = _list_sessions(event)
    return next((session for session in sessions if session.ends_at > now), sessions[-1] if sessions else None)


def _find_door(event: Event) -> Door | None:
    """The door of the event, if this browser keeps it."""
    link = _find_link(event)
    if link and link.is_open(utc_now()):
        return Door(event, link)
    if not current_user.is_authenticated:
        return None
    return Door(event) if may_at(Permission.RECORD_ATTENDANCE, place_of(event, staff())) else None


def _find_link(event: Event) -> DoorLink | None:
    """The door link of this event that the browser has opened, whether it is still good or not."""
    return COOKIES.find(event.id, partial(links.find_link, event))


def _moment_of(event: Event) -> Callable[[int], str]:
    """Say in the event's zone when something happened that is written in milliseconds."""

    def say(milliseconds: int) -> str:
        at = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(event.zone)
        return format_hours(at, at).partition("–")[0]

    return say


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _state(now: datetime) -> dict[str, Any]:
    return {"now": lists.in_milliseconds(now), "csrf": generate_csrf()}


def _refuse(reason: str, status: int) -> Response:
    response = _as_json({"reason": reason, **_state(utc_now())})
    response.status_code = status
    return response


def _as_json(value: object) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")), mimetype="application/json")
