"""The people of an attendance report told apart: by where they come from, and by what they answered."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from certificates.attendance_content import About, Division, Heading, Part
from certificates.attendance_rows import Attended, Group, SignedUp, read_answers
from core.text import fold
from directory.known_names import NOBODY, Directory, Known
from directory.known_names import Group as Origin
from figures import charts
from figures.charts import Answer as Bar
from figures.charts import Chart, Look
from figures.labels import FIGURES
from figures.small_cells import find_hidden_parts, find_told_unions
from registrations.models import Question, QuestionKind

WITHOUT_ORGANISATION = _l("without organisation")
WITHOUT_ANSWER = _l("no answer")
IN_NO_NETWORK = _l("in no network")
WITHOUT_NEIGHBOURHOOD = _l("neighbourhood not known")
NOT_KNOWN = _l("organisation not in the directory")
_IN_NONE: Group = ("\0none", "")
_UNKNOWN: Group = ("\0unknown", "")
"""The rests of a division that have a reason: no name folds to their keys."""
MOST_DRAWN = charts.MOST_NAMED
Hidden = frozenset[str]
"""The keys of the parts of a division that are not told."""


@dataclass(frozen=True)
class _Way:
    """A way to tell people apart: its headings, and what is said of whoever is in no group, by keys, in order.

    Whoever is in none for no reason that is known is in the last of these rests.
    """

    about: About
    title: str
    subject: str
    rests: Mapping[str, str]


@dataclass(frozen=True)
class People:
    """Who attended and who had signed up. Each is in one part where everybody `has_one` registration."""

    attended: Sequence[Attended]
    signed_up: Sequence[SignedUp]
    directory: Directory
    has_one: bool

    def divide_by_organisation(self) -> Division:
        """Tell apart by organisation, in Catalan order; one that nobody knows as it was typed."""
        groups = {each.registration_id: [(each.organisation_key, each.organisation)] for each in self._everybody}
        rests = {_UNKNOWN[0]: str(NOT_KNOWN), NOBODY: str(WITHOUT_ORGANISATION)}
        way = _Way(About.ORGANISATION, _("By organisation"), _("Organisation"), rests)
        return self._divide(way, groups, str, is_partition=self.has_one)

    def divide_by_network(self) -> Division | None:
        """Tell apart by the networks of the organisations; None when none of them is in any."""
        in_networks = {known.key: known.networks for known in self._known}
        way = _Way(About.NETWORK, _("By network"), _("Network"), _list_rests(IN_NO_NETWORK))
        division = self._divide_by_origin(way, in_networks)
        if division is None or all(len(each) < 2 for each in in_networks.values()):
            return division
        overlap = _("An organisation that is in several networks is counted in each of them.")
        return replace(division, is_partition=False, overlap=overlap)

    def divide_by_neighbourhood(self) -> Division | None:
        """Tell apart by the neighbourhoods of the organisations; None when none of them is known."""
        places = {known.key: tuple(filter(None, [known.neighbourhood])) for known in self._known}
        title = _("By neighbourhood of the organisations")
        way = _Way(About.NEIGHBOURHOOD, title, _("Neighbourhood"), _list_rests(WITHOUT_NEIGHBOURHOOD))
        return self._divide_by_origin(way, places)

    def divide_by_answer(self, asked_in: Sequence[Question]) -> Division:
        """Tell apart by the answers to a question, in the order in which it offers them."""
        way = _Way(About.ANSWER, asked_in[0].text, _("Answer"), {NOBODY: str(WITHOUT_ANSWER)})
        offered = (fold(option) for question in asked_in for option in question.options)
        places = {key: place for place, key in enumerate(dict.fromkeys(offered))}
        has_one = self.has_one and all(each.kind is not QuestionKind.SEVERAL for each in asked_in)
        groups = read_answers(asked_in)
        return self._divide(way, groups, lambda key: (places.get(key, len(places)), key), is_partition=has_one)

    @cached_property
    def _everybody(self) -> Sequence[SignedUp | Attended]:
        return (*self.signed_up, *self.attended)

    @cached_property
    def _known(self) -> Collection[Known]:
        """The organisations that the directory knows, of those that anybody comes from."""
        keys = dict.fromkeys(each.organisation_key for each in self._everybody)
        return [known for known in map(self.directory.get, keys) if known]

    def _divide_by_origin(self, way: _Way, origins: Mapping[str, Sequence[Origin]]) -> Division | None:
        """Tell apart by what the organisations with these keys have in common; None when they have nothing."""
        if not any(origins.values()):
            return None
        of_key = {key: [(each.key, each.name) for each in found] or [_IN_NONE] for key, found in origins.items()}
        groups = {
            each.registration_id: of_key.get(each.organisation_key, [_UNKNOWN])
            for each in self._everybody
            if each.organisation_key
        }
        return self._divide(way, groups, str, is_partition=self.has_one)

    def _divide(
        self, way: _Way, groups: Mapping[int, Sequence[Group]], order: Callable[[str], Any], *, is_partition: bool
    ) -> Division:
        """Count those who signed up and came in each group, in this order of their keys, the rests last."""
        names: dict[str, str] = {}
        signed_up: dict[str, set[str]] = defaultdict(set)
        came: dict[str, set[str]] = defaultdict(set)
        organisations: dict[str, set[str]] = defaultdict(set)
        for rows, people in ((self.signed_up, signed_up), (self.attended, came)):
            for each in rows:
                for key, name in groups.get(each.registration_id) or [(NOBODY, "")]:
                    names.setdefault(key, way.rests.get(key, name))
                    people[key].add(each.person)
                    organisations[key].add(each.organisation_key)
        last = {key: place for place, key in enumerate(way.rests)}
        in_order = sorted(names, key=lambda key: (key in last, last.get(key, 0), order(key)))
        parts = (
            Part(names[key], len(signed_up[key]), len(came[key]), key in last, key, frozenset(organisations[key]))
            for key in in_order
        )
        return Division(way.about, way.title, way.subject, tuple(parts), is_partition)


def _list_rests(without: object) -> dict[str, str]:
    return {_IN_NONE[0]: str(without), _UNKNOWN[0]: str(NOT_KNOWN), NOBODY: str(WITHOUT_ORGANISATION)}


def without_typed_names(directory: Directory) -> Directory:
    """Give a directory for publication: what nobody has said to be an organisation may be somebody's name."""
    return directory.keep_back(_UNKNOWN[0], str(NOT_KNOWN))


def hide(division: Division, *, can_tell: bool) -> Division:
    """Take out who only signed up, and every number that would point at few; all numbers if any would."""
    present = [replace(part, signed_up=None) for part in division.parts if part.came]
    numbers = {str(place): part.came or 0 for place, part in enumerate(present)}
    hidden = find_hidden_parts(numbers) if can_tell else None
    if hidden is None:
        return replace(division, parts=(), is_untold=True)
    parts = (replace(part, came=None) if str(place) in hidden else part for place, part in enumerate(present))
    return replace(division, parts=tuple(parts))


def hide_origins(organisations: Division, unions: Sequence[Division], *, can_tell: bool) -> Iterator[Division]:
    """Hide what would point at few: among the organisations, and among networks and neighbourhoods, their sums.

    Whoever knows which organisations are in a network can take those that are told from it: it is told only where that
    leaves enough organisations whose numbers nobody knows.
    """
    told = hide(organisations, can_tell=can_tell)
    yield told
    if told.is_untold:
        yield from (replace(each, parts=(), is_untold=True) for each in unions)
        return
    numbers = {part.key: part.came for part in organisations.parts if part.came}
    hidden = {part.key for part in told.parts if part.came is None}
    largest_first = sorted(
        ((place, part) for place, each in enumerate(unions) for part in each.parts if part.came),
        key=lambda each: (each[0], -(each[1].came or 0), each[1].key),
    )
    sums = {(place, part.key): part.organisations for place, part in largest_first}
    safe = find_told_unions(numbers, hidden, sums)
    for place, each in enumerate(unions):
        parts = (
            replace(part, signed_up=None, came=part.came if (place, part.key) in safe else None)
            for part in each.parts
            if part.came
        )
        yield replace(each, parts=tuple(parts))


def hide_all(divisions: Sequence[Division], *, can_tell: bool) -> list[Division]:
    """Hide what would point at few in all the divisions of an event, the one by organisations first."""
    organisations, *others = divisions
    unions = [each for each in others if each.about is not About.ANSWER]
    by_origin = hide_origins(organisations, unions, can_tell=can_tell)
    return [*by_origin, *(hide(each, can_tell=can_tell) for each in others if each.about is About.ANSWER)]


def hide_sums(in_all: Division, of_events: Sequence[Mapping[Heading, Hidden]], *, can_tell: bool) -> Division:
    """Tell of several events only what the report of each of them tells, where it has people in that part at all.

    What is told then is what one could add up from these reports, and nothing that one of them hides can be taken from
    it (docs/adr/0048). An event that is not divided in this way has all its people in the rests, and tells nothing.
    """
    rests = frozenset(part.key for part in in_all.parts if part.is_rest)
    hidden = frozenset[str]().union(*(each.get(in_all.heading, rests) for each in of_events))
    present = [replace(part, signed_up=None) for part in in_all.parts if part.came]
    if not can_tell or (present and all(part.key in hidden for part in present)):
        return replace(in_all, parts=(), is_untold=True)
    parts = (replace(part, came=None) if part.key in hidden else part for part in present)
    return replace(in_all, parts=tuple(parts))


def find_untold(division: Division, told: Division) -> Hidden:
    """Find the parts with people of which it is not told how many they are."""
    tells = {part.key for part in told.parts if part.came is not None}
    return frozenset(part.key for part in division.parts if part.came and part.key not in tells)


def count_organisations(listed: Sequence[Attended]) -> tuple[tuple[str, int], ...]:
    """Count from which organisations the people of a session came, in Catalan order, who came from none last."""
    names = {each.organisation_key: each.organisation for each in reversed(listed)}
    counts = Counter(each.organisation_key for each in listed)
    in_order = sorted(counts.items(), key=lambda each: (not each[0], each[0]))
    return tuple((names[key] if key else str(WITHOUT_ORGANISATION), count) for key, count in in_order)


def draw_organisations(division: Division) -> Chart | None:
    """Draw from which organisations the most people came, if there are several to compare."""
    named = [part for part in division.parts if part.came and not part.is_rest]
    if len(named) < 2:
        return None
    most = sorted(named, key=lambda part: -(part.came or 0))[:MOST_DRAWN]
    answers = [Bar(part.name, Look.PLAIN, part.came) for part in most]
    chart = charts.make(_("Which organisations did most people come from?"), FIGURES["participants"], answers)
    if chart is None or len(most) == len(named):
        return chart
    text = _(
        "Here are the %(shown)d of %(all)d organisations that most people came from.", shown=len(most), all=len(named)
    )
    return replace(chart, text=text)
