"""The people of an attendance report told apart: by where they come from, and by what they answered."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from certificates.attendance_content import Division, Part
from certificates.attendance_rows import Attended, Group, SignedUp, read_answers
from core.text import fold
from figures import charts
from figures.charts import Answer as Bar
from figures.charts import Chart, Look
from figures.labels import FIGURES
from figures.small_cells import find_hidden_parts
from registrations.models import Question, QuestionKind

WITHOUT_ORGANISATION = _l("without organisation")
WITHOUT_ANSWER = _l("no answer")
MOST_DRAWN = charts.MOST_NAMED


@dataclass(frozen=True)
class People:
    """Who attended and who had signed up. Each is in one part where everybody `has_one` registration."""

    attended: Sequence[Attended]
    signed_up: Sequence[SignedUp]
    has_one: bool

    def divide_by_organisation(self) -> Division:
        """Tell apart by organisation, in Catalan order."""
        rows: Iterable[SignedUp | Attended] = (*self.signed_up, *self.attended)
        groups = {each.registration_id: [(each.organisation_key, each.organisation)] for each in rows}
        words = (_("By organisation"), _("Organisation"), str(WITHOUT_ORGANISATION))
        return self._divide(words, groups, str, is_partition=self.has_one)

    def divide_by_answer(self, asked_in: Sequence[Question]) -> Division:
        """Tell apart by the answers to a question, in the order in which it offers them."""
        words = (asked_in[0].text, _("Answer"), str(WITHOUT_ANSWER))
        offered = (fold(option) for question in asked_in for option in question.options)
        places = {key: place for place, key in enumerate(dict.fromkeys(offered))}
        has_one = self.has_one and all(each.kind is not QuestionKind.SEVERAL for each in asked_in)
        groups = read_answers(asked_in)
        return self._divide(words, groups, lambda key: (places.get(key, len(places)), key), is_partition=has_one)

    def _divide(
        self,
        words: tuple[str, str, str],
        groups: Mapping[int, Sequence[Group]],
        order: Callable[[str], Any],
        *,
        is_partition: bool,
    ) -> Division:
        """Count those who signed up and came in each group, in this order of their keys.

        `words` are the title, what is in the column of names, and what stands for whoever is in none.
        """
        title, subject, without = words
        names: dict[str, str] = {}
        signed_up: dict[str, set[str]] = defaultdict(set)
        came: dict[str, set[str]] = defaultdict(set)
        for rows, people in ((self.signed_up, signed_up), (self.attended, came)):
            for each in rows:
                for key, name in groups.get(each.registration_id) or [("", "")]:
                    names.setdefault(key, name if key else without)
                    people[key].add(each.person)
        in_order = sorted(names, key=lambda key: (not key, order(key)))
        parts = (Part(names[key], len(signed_up[key]), len(came[key]), is_rest=not key) for key in in_order)
        return Division(title, subject, tuple(parts), is_partition)


def hide(division: Division, *, can_tell: bool) -> Division:
    """Take out who only signed up, and every number that would point at few; all numbers if any would."""
    present = [replace(part, signed_up=None) for part in division.parts if part.came]
    numbers = {str(place): part.came or 0 for place, part in enumerate(present)}
    hidden = find_hidden_parts(numbers) if can_tell else None
    if hidden is None:
        return replace(division, parts=(), is_untold=True)
    parts = (replace(part, came=None) if str(place) in hidden else part for place, part in enumerate(present))
    return replace(division, parts=tuple(parts))


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
