"""The pages of an event in the workspace: what every room adds to the way between them, in four groups."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Group(StrEnum):
    """What a page is about."""

    EVENT = "event"
    PEOPLE = "people"
    DAY = "day"
    RESULTS = "results"


GROUPS = {
    Group.EVENT: _l("The event"),
    Group.PEOPLE: _l("The people"),
    Group.DAY: _l("The day"),
    Group.RESULTS: _l("What is said"),
}


@dataclass(frozen=True)
class Page:
    """A page of every event, at its `place` in the group, for whoever has the `permission` there.

    `holds` names the blueprints and endpoints that belong to it; without any it is the blueprint of its own endpoint.
    """

    group: Group
    place: int
    label: object
    endpoint: str
    permission: str
    holds: frozenset[str] = frozenset()

    def is_at(self, endpoint: str, blueprint: str) -> bool:
        """Whether what is shown is this page, or belongs to it."""
        return not {endpoint, blueprint}.isdisjoint(self.holds or {self.endpoint.rpartition(".")[0]})


_PAGES: list[Page] = []


def add(*pages: Page) -> None:
    """Show these pages in every event."""
    _PAGES.extend(pages)


def list_groups(may: Callable[[str], bool]) -> list[tuple[object, list[Page]]]:
    """Give the groups, each with its name and the pages that one may open; a group without any is left out."""
    open_to_one = sorted((page for page in _PAGES if may(page.permission)), key=lambda page: page.place)
    groups = [(name, [page for page in open_to_one if page.group is group]) for group, name in GROUPS.items()]
    return [(name, pages) for name, pages in groups if pages]
