"""The numbers that topics have as taxonomies on the Decidim that proposals are taken to."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.models import StaffMember
from contributions.models import Topic
from core.database import read_id
from events import owners
from events.owners import Owner

MOST = 20
"""How many numbers a topic may have."""


def read(typed: str) -> list[int] | None:
    """Read `12, 13`, each number once; None when it is anything else."""
    parts = [part.strip() for part in typed.replace(";", ",").split(",") if part.strip()]
    numbers = [number for part in parts if (number := read_id(part))]
    return list(dict.fromkeys(numbers)) if len(numbers) == len(parts) <= MOST else None


def note(
    owner: Owner, listed: Sequence[Topic], typed: Mapping[int, str], *, by: StaffMember | None, now: datetime
) -> list[Topic]:
    """Note what was typed for each of these topics, by its id; give those for which it was anything but numbers."""
    wrong = []
    for topic in listed:
        if topic.id not in typed:
            continue
        numbers = read(typed[topic.id])
        if numbers is None:
            wrong.append(topic)
        elif numbers != topic.taxonomy_ids:
            topic.taxonomy_ids = numbers
            owners.record("topic.taxonomies", owner, by=by, now=now, topic=topic.name, numbers=numbers)
    return wrong
