"""The pages of the room: sign-up, the person's own page and calendar, and the attendee list of the workspace."""

from flask import Blueprint

# Connected to the clock, to mails that leave and to what happens to programmes, in whatever process.
from registrations import event_copies, expiries, reactions, reminders, telling, trail_words, withdrawals  # noqa: F401
from registrations.views import (
    additions,  # noqa: F401 - this and those like it hang their pages on the blueprint of the workspace
    answers,
    approvals,
    attendance,  # noqa: F401
    attendees,  # noqa: F401
    bulk,  # noqa: F401
    calendars,
    changes,
    confirmations,
    desk,  # noqa: F401
    duplicates,
    groups,
    imports,  # noqa: F401
    invitations,
    lists,
    mails,
    people,
    public,
    questions,
    saved_views,  # noqa: F401
    settings,
    supports,
    trail,
    typed_organisations,
    workspace,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    public.blueprint,
    changes.blueprint,
    answers.blueprint,
    confirmations.blueprint,
    groups.blueprint,
    calendars.blueprint,
    workspace.blueprint,
    mails.blueprint,
    lists.blueprint,
    people.blueprint,
    duplicates.blueprint,
    trail.blueprint,
    settings.blueprint,
    questions.blueprint,
    supports.blueprint,
    invitations.blueprint,
    approvals.blueprint,
    typed_organisations.blueprint,
)
