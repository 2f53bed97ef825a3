"""The attendance report of an event or a process: who had signed up, who came, from where, and how that is known.

Its figures are those of `figures.figures`: the same sessions count, and nothing unknown is a zero. Who signed up is who
had a place confirmed before the door; who was entered there came without having signed up.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from accounts.models import StaffMember
from accounts.permissions import Permission
from certificates import attendance_rows
from certificates.attendance_content import (
    AttendanceReport,
    Division,
    Heading,
    Person,
    Purpose,
    ReportSession,
    SignUp,
)
from certificates.attendance_divisions import (
    Hidden,
    People,
    count_organisations,
    draw_organisations,
    find_untold,
    hide_all,
    hide_sums,
    without_typed_names,
)
from certificates.attendance_places import count_places
from certificates.attendance_rows import Attended, SignedUp
from certificates.printed_lists import TooManyForPaper
from core.dates import format_moment, format_period, is_one_day
from core.errors import DomainError
from core.few_people import is_few
from core.languages import current_language, use_language
from core.text import fold
from directory import known_names
from directory.known_names import Directory
from events import processes
from events.access import is_open_to
from events.models import Dimension, Event, Process, Session
from events.owners import Owner
from events.services import count_others
from figures import asked, charts, figures, public_figures
from figures.asked import Asked
from figures.charts import Answer as Bar
from figures.charts import Chart, Look
from figures.figure_reports import Breakdown, FigureReport
from figures.figure_rows import SessionRow
from figures.public_figures import PublicFigures
from figures.small_cells import TOTAL
from registrations.attendance import Hours
from registrations.models import Question

MOST_ROWS = 30_000
"""So many people, or organisations, can be listed on paper by session: some 900 pages."""


class PartForPublication(DomainError):
    """What is published of a process is of all of it: beside its page, a part would give the rest away."""

    message = _l("Only whoever may issue the papers of all its events can make the report for publication.")
    field = "purpose"


def ask_event(slug: str, *, by: StaffMember) -> Asked:
    """Whose attendance is asked for: an event's. Raises `NotFoundError`."""
    return asked.of_event(slug, by=by)


def ask_process(slug: str, *, by: StaffMember) -> Asked:
    """Whose attendance is asked for: that of the events of a process whose papers one may issue.

    Raises `NotFoundError`.
    """
    process = processes.get_process(slug)
    readable = is_open_to(by, Permission.ISSUE_PAPERS)
    scope = figures.of_process(process, of_events=readable)
    return Asked(process, scope, by, count_others(process, readable))


def list_questions(found: Asked) -> list[Question]:
    """The questions by whose answers people can be told apart: each once, however many events ask it."""
    first: dict[str, Question] = {}
    for question in attendance_rows.read_questions(found.scope):
        first.setdefault(fold(question.text), question)
    return list(first.values())


def make(found: Asked, purpose: Purpose, question_ids: Collection[int] = (), *, now: datetime) -> AttendanceReport:
    """The report as things are recorded at `now`, told apart by these questions too. Raises `PartForPublication`."""
    if purpose.is_public and isinstance(found.owner, Process):
        if found.left_out:
            raise PartForPublication
        found = replace(found, scope=figures.of_process(found.owner, is_public=True))
    language = found.owner.language if isinstance(found.owner, Event) else current_language()
    with use_language(language):
        return _Making(found, purpose, now).make(language, question_ids)


def refuse_too_long(report: AttendanceReport) -> None:
    """Refuse a report that nobody would print. Raises `TooManyForPaper`."""
    listed = (each.organisations if each.people is None else each.people for each in report.sessions)
    if sum(map(len, listed)) > MOST_ROWS:
        raise TooManyForPaper(most=MOST_ROWS)


@dataclass(frozen=True)
class _Making:
    """A report in the making: what it is made of is read once."""

    found: Asked
    purpose: Purpose
    now: datetime

    def make(self, language: str, question_ids: Collection[int]) -> AttendanceReport:
        owner = self.found.owner
        divisions = tuple(self._divide(question_ids))
        return AttendanceReport(
            language=language,
            name=owner.title,
            facts=tuple(filter(None, self._say_facts(owner))),
            author=owner.team.name,
            purpose=self.purpose,
            is_one_day=isinstance(owner, Event) and is_one_day(owner.starts_at, owner.ends_at, owner.zone),
            figures=self._figures,
            charts=charts.draw(self._figures, of=("participants",)),
            sign_up=self._sign_up,
            sign_up_chart=_draw_sign_up(self._sign_up),
            sign_ups=() if self.purpose.is_public else tuple(self._by_event()),
            divisions=divisions,
            organisation_chart=draw_organisations(divisions[0]),
            places=tuple(count_places(self._sessions, self._attended, is_public=self.purpose.is_public)),
            sessions=tuple(self._tell_sessions()),
            to_come=sum(not row.figures.has_participants and row.session.ends_at > self.now for row in self._sessions),
            warning=self._warn(),
        )

    @cached_property
    def _breakdown(self) -> Breakdown:
        return Breakdown.read(self.found.scope)

    @cached_property
    def _figures(self) -> FigureReport:
        if self.purpose.is_public:
            return _tell_public(self.found.owner, self._public)
        return replace(self._breakdown.report(), topics=())

    @cached_property
    def _public(self) -> PublicFigures:
        return _read_public(self.found)

    @property
    def _sessions(self) -> Sequence[SessionRow]:
        return self._breakdown.rows

    @cached_property
    def _events(self) -> dict[int, Event]:
        """The events whose sessions count, in the order of the programme; an event that is asked for is always one."""
        owner = self.found.owner
        events = {row.session.event_id: row.session.event for row in self._sessions}
        return events or ({owner.id: owner} if isinstance(owner, Event) else {})

    @cached_property
    def _directory(self) -> Directory:
        directory = known_names.read()
        return without_typed_names(directory) if self.purpose.is_public else directory

    @cached_property
    def _attended(self) -> list[Attended]:
        session_ids = {row.session.id for row in self._sessions}
        return attendance_rows.read_attended(self.found.scope, session_ids, self._directory)

    @cached_property
    def _signed_up(self) -> list[SignedUp]:
        return attendance_rows.read_signed_up(list(self._events), self._directory)

    @cached_property
    def _held(self) -> set[int]:
        """The events of which it can be told who came: that have begun, or where somebody was recorded already."""
        begun = {event_id for event_id, event in self._events.items() if event.starts_at <= self.now}
        return begun | {each.event_id for each in self._attended}

    @cached_property
    def _sign_up(self) -> SignUp | None:
        signed_up = {each.person for each in self._signed_up if each.event_id in self._held or not self._held}
        if not self.purpose.is_public:
            attended = {each.person for each in self._attended}
            return _compare(signed_up, attended) if self._held else SignUp(len(signed_up), None, None)
        by_event = Counter(each.event_id for each in self._signed_up)
        tells = not any(map(is_few, (len(signed_up), *by_event.values())))  # nor what another report would leave of it
        return SignUp(len(signed_up), None, None) if tells else None

    def _by_event(self) -> Iterator[tuple[str, SignUp]]:
        if isinstance(self.found.owner, Event):
            return
        signed_up, attended = defaultdict(set), defaultdict(set)
        for one in self._signed_up:
            signed_up[one.event_id].add(one.person)
        for each in self._attended:
            attended[each.event_id].add(each.person)
        for event_id, event in self._events.items():
            people = signed_up[event_id]
            is_held = event_id in self._held
            yield event.title, _compare(people, attended[event_id]) if is_held else SignUp(len(people), None, None)

    def _divide(self, question_ids: Collection[int]) -> Iterator[Division]:
        """Tell people apart by organisation, network and neighbourhood, and by the answers to these questions."""
        asked_in = list(self._find_questions(question_ids))
        divisions = self._divide_people(asked_in)
        if not self.purpose.is_public:
            yield from divisions
        elif len(self._events) == 1:
            yield from hide_all(divisions, can_tell=self._can_tell)
        else:
            attended = dict.fromkeys(each.event_id for each in self._attended)
            of_events = [self._find_untold(event_id, asked_in) for event_id in attended]
            for division in divisions:
                yield hide_sums(division, of_events, can_tell=self._can_tell)

    def _find_questions(self, question_ids: Collection[int]) -> Iterator[list[Question]]:
        """Find each of these questions in all the events that ask it."""
        every = list(attendance_rows.read_questions(self.found.scope)) if question_ids else []
        wanted = {fold(question.text) for question in every if question.id in question_ids}
        for text in dict.fromkeys(fold(question.text) for question in every):
            if text in wanted:
                yield [question for question in every if fold(question.text) == text]

    def _divide_people(self, asked_in: Sequence[Sequence[Question]], event_id: int | None = None) -> list[Division]:
        """Tell apart the people of an event, or of all."""
        attended = [each for each in self._attended if event_id in (None, each.event_id)]
        signed_up = [each for each in self._signed_up if event_id in (None, each.event_id)]
        people = People(attended, signed_up, self._directory, has_one=event_id is not None or len(self._events) == 1)
        by_origin = [people.divide_by_organisation(), people.divide_by_network(), people.divide_by_neighbourhood()]
        own = ([question for question in each if event_id in (None, question.event_id)] for each in asked_in)
        return [*filter(None, by_origin), *map(people.divide_by_answer, filter(None, own))]

    def _find_untold(self, event_id: int, asked_in: Sequence[Sequence[Question]]) -> Mapping[Heading, Hidden]:
        """Find what the report for publication of an event does not tell."""
        divisions = self._divide_people(asked_in, event_id)
        told = hide_all(divisions, can_tell=not self._public.hides(event_id, TOTAL))
        return {raw.heading: find_untold(raw, each) for raw, each in zip(divisions, told, strict=True)}

    @property
    def _can_tell(self) -> bool:
        """Whether the sum of all people is told: nothing of it is where they are few."""
        return TOTAL not in self._figures.hidden

    def _tell_sessions(self) -> Iterator[ReportSession]:
        by_session: dict[int, list[Attended]] = defaultdict(list)
        for each in self._attended:
            by_session[each.session_id].append(each)
        signed_up = {each.registration_id for each in self._signed_up}
        chosen = attendance_rows.read_chosen(self.found.scope)
        named = attendance_rows.read_names(self.found.with_people) if self.purpose.names_people else {}
        hours = {event_id: Hours(event) for event_id, event in self._events.items() if event.records_exits}
        for row in self._sessions:
            session = row.session
            listed = by_session[session.id]
            present = {each.registration_id for each in listed}
            with_place = chosen.get(session.id, set()) & signed_up
            sign_up = _compare(with_place, present) if session.is_chosen else None
            if sign_up and not present and session.starts_at > self.now:
                sign_up = replace(sign_up, came=None, besides=None)
            people = _count_hours(session, named.get(session.id), hours.get(session.event_id))
            yield self._tell_session(session, listed, sign_up, people)

    def _tell_session(
        self,
        session: Session,
        listed: Sequence[Attended],
        sign_up: SignUp | None,
        people: tuple[Person, ...] | None,
    ) -> ReportSession:
        is_public = self.purpose.is_public
        return ReportSession(
            code=session.code,
            title=session.title,
            event="" if isinstance(self.found.owner, Event) else session.event.title,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            timezone=session.event.timezone,
            is_over=session.ends_at <= self.now,
            sign_up=None if is_public else sign_up,
            listed=0 if is_public else len(listed),
            declared=None if is_public else session.declared_participants,
            sources={} if is_public else Counter(each.source for each in listed),
            organisations=() if is_public else count_organisations(listed),
            people=people,
        )

    def _say_facts(self, owner: Owner) -> Iterator[str]:
        if isinstance(owner, Event):
            yield format_period(owner.starts_at, owner.ends_at, owner.zone)
            yield owner.where
        elif self._events:
            starts = min(event.starts_at for event in self._events.values())
            ends = max(event.ends_at for event in self._events.values())
            count = ngettext("%(num)d event", "%(num)d events", len(self._events))
            yield f"{count} · {format_period(starts, ends, self.found.zone)}"
        yield owner.team.name
        yield _("As recorded on %(moment)s", moment=format_moment(self.now, self.found.zone))

    def _warn(self) -> str:
        if not self.found.left_out:
            return ""
        text: str = ngettext(
            "This report is of the events whose papers you may issue. %(num)d event of other teams is not in it.",
            "This report is of the events whose papers you may issue. %(num)d events of other teams are not in it.",
            self.found.left_out,
        )
        return text


def _read_public(found: Asked) -> PublicFigures:
    """Read the figures with what they hide: the same cells that the page of the process hides, if there is one."""
    owner = found.owner
    if isinstance(owner, Process):
        return public_figures.for_process(owner)
    public = public_figures.for_process(owner.process) if owner.process else None
    if public is None or owner.id not in public.events:  # a draft, of which the page of the process tells nothing
        return public_figures.hide(found.scope)
    return public


def _tell_public(owner: Owner, public: PublicFigures) -> FigureReport:
    """Tell of them what everybody may see of an event, or of a process."""
    if isinstance(owner, Process):
        return FigureReport(public.process, public.hidden_parts, public.tells_declared)
    table = public.events.get(owner.id, public.process)
    hidden = {part for part in (*Dimension, None, TOTAL) if public.hides(owner.id, part)}
    return FigureReport(table, hidden, public.tells_declared)


def _count_hours(session: Session, people: tuple[Person, ...] | None, hours: Hours | None) -> tuple[Person, ...] | None:
    """Say how much of the session counts for each of its people, where exits are recorded."""
    if not people or not hours:
        return people
    return tuple(replace(person, hours=hours.add_up([(session, person.stays)])) for person in people)


def _compare(signed_up: Collection[object], attended: Collection[object]) -> SignUp:
    """Compare who signed up with who came."""
    came = len(set(signed_up) & set(attended))
    return SignUp(len(signed_up), came, len(attended) - came)


def _draw_sign_up(sign_up: SignUp | None) -> Chart | None:
    if sign_up is None or sign_up.came is None:
        return None
    bars = (
        (_("registered people"), sign_up.signed_up),
        (_("registered people who came"), sign_up.came),
        (_("came without registering"), sign_up.besides),
    )
    answers = [Bar(name, Look.PLAIN, number) for name, number in bars]
    return charts.make(_("How many of those who signed up came?"), _("people"), answers)
