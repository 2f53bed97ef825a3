"""The pages of the room: sign-up, the person's own page and calendar, and the attendee list of the workspace."""

from flask import Blueprint

# Connected to the clock, to mails that leave and to what happens to programmes, in whatever process.
from registrations import expiries, reactions, reminders, withdrawals  # noqa: F401
from registrations.views import (
    answers,
    approvals,
    calendars,
    changes,
    confirmations,
    groups,
    invitations,
    mails,
    people,
    public,
    questions,
    settings,
    supports,
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
    people.blueprint,
    settings.blueprint,
    questions.blueprint,
    supports.blueprint,
    invitations.blueprint,
    approvals.blueprint,
)
