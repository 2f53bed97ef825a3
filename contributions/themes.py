"""Themes: entries of an event that say the same or belong together, whatever session they come from."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from accounts import audit
from accounts.models import StaffMember
from contributions import revisions
from contributions.models import Entry, Theme, Topic
from core.database import db
from core.errors import DomainError, NotFoundError
from events.models import Event

MAX_NAME_LENGTH = 200


class ThemeNameTaken(DomainError):
    """Two themes of one name could not be told apart."""

    message = _l("There is a theme of this name already.")
    field = "name"


def list_themes(event: Event) -> Sequence[Theme]:
    """Give the themes of the event by name."""
    return db.session.scalars(select(Theme).where(Theme.event_id == event.id).order_by(Theme.name, Theme.id)).all()


def get_theme(event: Event, theme_id: int) -> Theme:
    """Give one theme of the event. Raises `NotFoundError`."""
    theme = db.session.scalar(select(Theme).where(Theme.event_id == event.id, Theme.id == theme_id))
    if theme is None:
        raise NotFoundError(theme_id)
    return theme


def create(event: Event, name: str, topic: Topic | None, *, by: StaffMember | None, now: datetime) -> Theme:
    """Make a theme, within a topic or across all. Raises `ThemeNameTaken`."""
    _refuse_taken(event, name)
    theme = Theme(event_id=event.id, name=name, topic=topic)
    db.session.add(theme)
    db.session.flush()
    _note("create", theme, event, by=by, now=now)
    return theme


def change(  # noqa: PLR0913 - a theme has two things to say
    theme: Theme, event: Event, name: str, topic: Topic | None, *, by: StaffMember | None, now: datetime
) -> None:
    """Call a theme otherwise, or put it within another topic; its entries stay with their own.

    Raises `ThemeNameTaken`.
    """
    if (theme.name, theme.topic_id) == (name, topic.id if topic else None):
        return
    _refuse_taken(event, name, but=theme)
    theme.name, theme.topic = name, topic
    db.session.flush()
    _note("update", theme, event, by=by, now=now)


def delete(theme: Theme, event: Event, *, by: StaffMember | None, now: datetime) -> int:
    """Take a theme away and give how many entries were in it: they stay, in no theme."""
    entries = revisions.stamp(Entry.theme_id == theme.id)
    db.session.execute(update(Entry).where(Entry.theme_id == theme.id).values(theme_id=None))
    _note("delete", theme, event, by=by, now=now, entries=entries)
    db.session.delete(theme)
    db.session.flush()
    return entries


def _refuse_taken(event: Event, name: str, *, but: Theme | None = None) -> None:
    """Refuse a name that is there; two people who make it at once get two themes, which one of them puts together."""
    if any(each.name.casefold() == name.casefold() for each in list_themes(event) if each is not but):
        raise ThemeNameTaken


def _note(act: str, theme: Theme, event: Event, *, by: StaffMember | None, now: datetime, **details: object) -> None:
    words = {"theme": theme.name, **details}
    audit.record(f"theme.{act}", subject_kind="event", subject_key=event.slug, by=by, now=now, **words)
