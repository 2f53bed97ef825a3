"""The pages of certificates and papers, and what they show on the pages of registrations and events."""

from flask import Blueprint

from certificates import event_copies, trail_words, withdrawals
from certificates.views import attendance_reports, blocks, figures, issued, lists, public, rules, runs, workspace

__all__ = ["BLUEPRINTS", "blocks", "event_copies", "trail_words", "withdrawals"]

BLUEPRINTS: tuple[Blueprint, ...] = (
    public.blueprint,
    workspace.blueprint,
    rules.blueprint,
    issued.blueprint,
    runs.blueprint,
    lists.blueprint,
    *attendance_reports.BLUEPRINTS,
    *figures.BLUEPRINTS,
)
