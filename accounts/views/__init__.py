"""The pages of staff: who works in the workspace, the teams and their people, one's own account."""

from accounts import trail_words  # noqa: F401 - what is done here has its words

# Each file of the workspace hangs its pages on the one blueprint.
from accounts.views import logos, people, staff, teams, workspace  # noqa: F401

BLUEPRINTS = (workspace.blueprint, logos.public)
