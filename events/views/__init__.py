"""The pages of this room: public ones and those of the workspace."""

from events.views import public, workspace

BLUEPRINTS = (public.blueprint, workspace.blueprint)
