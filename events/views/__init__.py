"""The pages of this room: public ones and those of the workspace."""

from events import trail_words  # noqa: F401 - what is done here has its words

# Each file of the workspace hangs its pages on the one blueprint of the desk.
from events.views import (  # noqa: F401
    desk,
    documents,
    event_copies,
    events,
    historic,
    people,
    processes,
    programme_import,
    public,
    rooms,
    sessions,
    workspace,
)

BLUEPRINTS = (public.blueprint, workspace.blueprint, historic.blueprint, *documents.BLUEPRINTS)
