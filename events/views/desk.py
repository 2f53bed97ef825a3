"""What this room says on the home of an event: what needs somebody, and its own steps from draft to return."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.permissions import Permission, may
from events.clashes import find_clashes
from events.desk import Need, Stage, Step, tells_needs, tells_steps
from events.documents import list_public
from events.models import DocumentKind, Event, EventState

SOON = timedelta(days=14)


@tells_needs
def needs(event: Event, now: datetime) -> Iterator[Need]:
    """A draft whose day comes near, what is missing on a page that everybody sees, and what does not fit."""
    if not may(Permission.EDIT_PROGRAMME) or event.is_over(now) or event.state is EventState.CANCELLED:
        return
    if event.state is EventState.DRAFT and event.starts_at - now < SOON:
        days = (event.starts_at.astimezone(event.zone).date() - now.astimezone(event.zone).date()).days
        yield Need(
            ngettext(
                "It begins in %(num)d day, and nobody can see it yet.",
                "It begins in %(num)d days, and nobody can see it yet.",
                max(days, 0),
            ),
            _("Publish…"),
            url_for("events_workspace.change_state", slug=event.slug, act="publicacio"),
            is_urgent=True,
        )
    if event.state is not EventState.DRAFT and not (event.venue or event.address):
        yield Need(_("Its page does not say where it is."), _("Say where"), _edit(event))
    if event.state is not EventState.DRAFT and not event.team.responsible_body and may(Permission.EDIT_TEAM):
        yield Need(
            _("People sign up without reading who answers for their data."),
            _("Write the privacy texts"),
            url_for("accounts_workspace.team", team_id=event.team_id),
            is_urgent=True,
        )
    clashes = len(find_clashes(event))
    if clashes:
        yield Need(
            ngettext(
                "%(num)d thing in the programme does not fit.", "%(num)d things in the programme do not fit.", clashes
            ),
            _("Look at the programme"),
            _programme(event),
        )


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """From its description to its closure."""
    edits = may(Permission.EDIT_PROGRAMME)
    held = [session for session in event.sessions if not session.is_cancelled]
    yield Step(
        Stage.DESCRIPTION,
        _("Say what it is about and where"),
        is_done=bool((event.summary or event.description or event.objectives) and (event.venue or event.address)),
        act=_("Edit the event"),
        url=_edit(event) if edits else "",
    )
    yield Step(
        Stage.PROGRAMME,
        _("Make the programme"),
        is_done=bool(held),
        note=ngettext("%(num)s session", "%(num)s sessions", len(held)) if held else "",
        act=_("Add the sessions"),
        url=url_for("events_workspace.create_session", slug=event.slug) if edits else "",
    )
    yield Step(
        Stage.PRIVACY,
        _("Say who answers for people’s data"),
        is_done=bool(event.team.responsible_body and event.team.privacy_purpose),
        act=_("Write the privacy texts"),
        url=url_for("accounts_workspace.team", team_id=event.team_id) if may(Permission.EDIT_TEAM) else "",
    )
    yield Step(
        Stage.PUBLICATION,
        _("Publish it"),
        is_done=event.state is not EventState.DRAFT,
        act=_("Publish…"),
        url=url_for("events_workspace.change_state", slug=event.slug, act="publicacio") if edits else "",
    )
    yield Step(
        Stage.REPORT,
        _("Publish what came out of it"),
        is_done=any(each.kind in {DocumentKind.SYNTHESIS, DocumentKind.REPORT} for each in list_public(event)),
        is_due=event.is_over(now),
        note=_("a synthesis or a report, among the documents"),
        act=_("Add a document"),
        url=url_for("event_documents.overview", slug=event.slug) if edits else "",
    )
    yield Step(
        Stage.CLOSURE,
        _("Close it"),
        is_done=event.state is EventState.CLOSED and event.is_over(now),
        is_due=event.is_over(now) and event.state is EventState.PUBLISHED,
        act=_("Close registration…"),
        url=url_for("events_workspace.change_state", slug=event.slug, act="tancament") if edits else "",
    )


def _edit(event: Event) -> str:
    return url_for("events_workspace.edit_event", slug=event.slug)


def _programme(event: Event) -> str:
    return url_for("events_workspace.programme", slug=event.slug)
