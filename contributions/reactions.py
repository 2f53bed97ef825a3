"""What contributions have to say when events ask, and what follows for them from what happens to registrations."""

from sqlalchemy import update

from contributions import entry_counts
from contributions.models import EntryAuthor, EntryKind
from core.database import db
from events import signals as event_signals
from events.declared import Figure
from events.models import Event, Session
from registrations import signals
from registrations.models import Registration

_DECLARED = {EntryKind.CONTRIBUTION: Figure.CONTRIBUTIONS, EntryKind.PROPOSAL: Figure.PROPOSALS}


@event_signals.figures_recorded.connect
def tell_written_down(event: Event) -> list[tuple[int, Figure]]:
    """Say of which sessions entries tell how many there were, whatever was declared.

    Where entries of one kind alone were written down there were none of the other, unless some were declared.
    """
    counts = entry_counts.count_by_session(Session.event_id == event.id)
    return [
        (session.id, figure)
        for session in event.sessions
        for kind, figure in _DECLARED.items()
        if counts.get(session.id, {}).get(kind)
        or (session.id in counts and getattr(session, f"declared_{figure.value}") is None)
    ]


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, **_values: object) -> None:
    """Let who stays be the author of what the other wrote."""
    db.session.execute(
        update(EntryAuthor)
        .where(EntryAuthor.registration_id == gone.id)
        .values(registration_id=kept.id)
        .execution_options(synchronize_session=False)
    )
