"""The pages of the room: sign-up and the person's own page, and the attendee list of the workspace."""

from flask import Blueprint

from registrations.views import public, workspace

BLUEPRINTS: tuple[Blueprint, ...] = (public.blueprint, workspace.blueprint)
