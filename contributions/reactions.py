"""What follows for contributions from what happens to registrations, in the same transaction."""

from sqlalchemy import update

from contributions.models import EntryAuthor
from core.database import db
from registrations import signals
from registrations.models import Registration


@signals.merged.connect
def follow_merge(kept: Registration, *, gone: Registration, **_values: object) -> None:
    """Let who stays be the author of what the other wrote."""
    db.session.execute(
        update(EntryAuthor)
        .where(EntryAuthor.registration_id == gone.id)
        .values(registration_id=kept.id)
        .execution_options(synchronize_session=False)
    )
