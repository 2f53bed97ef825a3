"""What registrations say on the home of an event: whom somebody has to look after, steps of the way, and numbers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.permissions import Permission, may, staff
from core.dates import format_moment, utc_now
from core.web import fills_block
from events.access import is_open_to
from events.desk import Need, Stage, Step, tells_needs, tells_steps
from events.models import Event, EventState, RegistrationStatus
from registrations import attendees, concerns, reminders, sign_up_days

SUPPORTS_WITHIN = timedelta(days=14)
MOST_NAMED = 2


@fills_block("event.numbers")
def numbers(event: Event) -> str:
    """Show how many have a place, session by session, and the sign-ups per day."""
    return render_template(
        "registrations/workspace/_figures.html",
        event=event,
        counts=attendees.count_registrations(event),
        chart=sign_up_days.read_chart(event, utc_now()),
    )


@fills_block("workspace.today")
def today() -> str:
    """Show on the home of the desk what cannot wait, of all events whose registrations one looks after."""
    found = concerns.count_by_event(is_open_to(staff(), Permission.EDIT_REGISTRATIONS), utc_now())
    return render_template("registrations/workspace/_today.html", concerns=found)


@tells_needs
def needs(event: Event, now: datetime) -> Iterator[Need]:
    """Mails that did not arrive, people who await an answer, offers that end, sessions that are full, supports."""
    is_coming = not event.is_over(now) and event.state is not EventState.CANCELLED
    found = concerns.count_concerns(event, now)
    if may(Permission.EDIT_REGISTRATIONS):
        yield from _mail_needs(event, found)
        if is_coming:
            yield from _people_needs(event, found)
    if is_coming and may(Permission.VIEW_REGISTRATIONS):
        yield from _full_needs(event)
    if (
        is_coming
        and found.needing_support
        and event.starts_at - now < SUPPORTS_WITHIN
        and may(Permission.VIEW_SUPPORTS)
    ):
        yield Need(
            ngettext(
                "%(num)d person who comes needs a support.",
                "%(num)d people who come need a support.",
                found.needing_support,
            ),
            _("See which"),
            url_for("registrations_supports.supports", slug=event.slug),
        )


def _mail_needs(event: Event, found: concerns.Concerns) -> Iterator[Need]:
    if found.mails_refused:
        yield Need(
            ngettext("%(num)d mail was refused.", "%(num)d mails were refused.", found.mails_refused),
            _("Correct the addresses or send again"),
            url_for("registrations_mails.mails", slug=event.slug, state="refused"),
            is_urgent=True,
        )
    if found.mails_held_up:
        yield Need(
            ngettext(
                "%(num)d mail cannot leave: the mail server does not answer.",
                "%(num)d mails cannot leave: the mail server does not answer.",
                found.mails_held_up,
            ),
            _("See the mails"),
            url_for("registrations_mails.mails", slug=event.slug, state="waiting"),
            is_urgent=True,
        )


def _people_needs(event: Event, found: concerns.Concerns) -> Iterator[Need]:
    if found.awaiting:
        yield Need(
            ngettext("%(num)d person awaits your answer.", "%(num)d people await your answer.", found.awaiting),
            _("Answer"),
            url_for("registrations_approvals.approvals", slug=event.slug),
            is_urgent=True,
        )
    offers = found.offers_ending + found.sessions_offered
    if offers:
        yield Need(
            ngettext(
                "%(num)d offer of a place ends within a day without an answer.",
                "%(num)d offers of a place end within a day without an answer.",
                offers,
            ),
            _("See who"),
            url_for(
                "registrations_workspace.attendees",
                slug=event.slug,
                state="offered" if found.offers_ending else "confirmed",
            ),
        )


def _full_needs(event: Event) -> Iterator[Need]:
    if event.is_full and event.people_waiting:
        yield Need(
            ngettext(
                "All places are taken, and %(num)d person waits.",
                "All places are taken, and %(num)d people wait.",
                event.people_waiting,
            ),
            _("See who"),
            url_for("registrations_workspace.attendees", slug=event.slug, state="waiting"),
        )
    full = [each for each in event.sessions if each.is_chosen and each.is_full and each.people_waiting]
    if len(full) > MOST_NAMED:
        yield Need(
            ngettext(
                "%(full)d sessions are full, and %(num)d person waits for them.",
                "%(full)d sessions are full, and %(num)d people wait for them.",
                sum(session.people_waiting for session in full),
                full=len(full),
            ),
            _("See which"),
            "#places",
        )
        return
    for session in full:
        yield Need(
            ngettext(
                "%(session)s is full, and %(num)d person waits.",
                "%(session)s is full, and %(num)d people wait.",
                session.people_waiting,
                session=session.code,
            ),
            _("See who"),
            url_for("registrations_workspace.attendees", slug=event.slug, session=session.code, state="waiting"),
        )


@tells_steps
def steps(event: Event, now: datetime) -> Iterator[Step]:
    """Sign-up and reminders."""
    progress = concerns.count_progress(event)
    status = event.status_apart_from_places(now)
    has_begun = event.starts_at <= now
    yield Step(
        Stage.SIGN_UP,
        _("People sign up"),
        is_done=status in {RegistrationStatus.CLOSED, RegistrationStatus.PAST},
        is_due=status is RegistrationStatus.OPEN,
        note=_note_sign_up(event, status, progress),
        act=_("See the list"),
        url=url_for("registrations_workspace.attendees", slug=event.slug) if may(Permission.VIEW_REGISTRATIONS) else "",
    )
    if event.reminder_days:
        yield Step(
            Stage.REMINDER,
            _("Remind everybody who has a place"),
            is_done=has_begun or progress.reminded > 0,
            is_due=False,  # the clock does it
            note=_note_reminder(event, progress, now),
        )


def _note_sign_up(event: Event, status: RegistrationStatus, progress: concerns.Progress) -> str:
    if status is RegistrationStatus.NOT_YET_OPEN and event.registration_opens_at:
        return str(_("opens: %(moment)s", moment=format_moment(event.registration_opens_at, event.zone)))
    if status is RegistrationStatus.DRAFT:
        return ""
    notes = [ngettext("%(num)d person with a place", "%(num)d people with a place", progress.confirmed)]
    if event.people_waiting:
        notes.append(ngettext("%(num)s waits", "%(num)s wait", event.people_waiting))
    return " · ".join(notes)


def _note_reminder(event: Event, progress: concerns.Progress, now: datetime) -> str:
    if progress.reminded:
        return str(ngettext("%(num)d person reminded", "%(num)d people reminded", progress.reminded))
    coming = [each.due_at for each in reminders.list_occasions(event) if each.due_at > now]
    return str(_("by itself on %(moment)s", moment=format_moment(coming[0], event.zone))) if coming else ""
