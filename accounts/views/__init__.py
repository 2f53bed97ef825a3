"""The pages of staff: who works in the workspace, the team's settings, one's own account."""

from accounts.views import workspace

BLUEPRINTS = (workspace.blueprint,)
