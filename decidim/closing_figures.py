"""What Decidim asks for when a meeting is closed: how many came, from where, what they said and proposed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from contributions import entry_counts
from contributions.entry_lists import EntryCounts
from contributions.models import EntryKind
from core.database import db
from core.languages import use_language
from core.text import fold, sort_key
from decidim import exports
from decidim.exports import DecidimProposal, Ready
from events.models import Event, Session, SessionKind
from figures import figures
from registrations.models import Attendance, Registration


@dataclass(frozen=True)
class Closing:
    """A meeting to be closed: the whole event, or a session of it. `attendees` None is not known, which is not zero.

    `counts` are its entries, those among them that are not told too; `proposals` those that may stand on Decidim.
    """

    code: str
    title: str
    attendees: int | None
    counts: EntryCounts
    organisations: Sequence[str] = ()
    proposals: Sequence[DecidimProposal] = ()

    @property
    def contributions(self) -> int:
        return self.counts.get(EntryKind.CONTRIBUTION, 0)

    @property
    def proposal_numbers(self) -> list[int]:
        """The numbers on Decidim of the proposals that are known to be there."""
        return [each.number for each in self.proposals if each.number]

    @property
    def report(self) -> str:
        """A sentence or two to begin with, in the language in force."""
        parts = []
        if self.attendees is not None:
            parts.append(ngettext("%(num)d person took part.", "%(num)d people took part.", self.attendees))
        made = (
            ngettext("%(num)d contribution", "%(num)d contributions", self.contributions),
            ngettext("%(num)d proposal", "%(num)d proposals", self.counts.get(EntryKind.PROPOSAL, 0)),
        )
        parts.append(_("What was said: %(contributions)s and %(proposals)s.", contributions=made[0], proposals=made[1]))
        return " ".join(parts)


def list_closings(event: Event) -> list[Closing]:
    """The event as one meeting, and each of its sessions as one."""
    table = figures.for_event(event).total
    counts = entry_counts.count_by_session(Session.event_id == event.id)
    attended = _count_attendance(event)
    organisations = _list_organisations(event)
    proposals: dict[str, list[DecidimProposal]] = defaultdict(list)
    for each in exports.list_proposals(Event.id == event.id, Ready.ALL):
        proposals[each.session].append(each)
    of_sessions = [
        Closing(
            session.code,
            session.title,
            attended.get(session.id, session.declared_participants),
            _declared_counts(session) | counts.get(session.id, {}),
            organisations[session.id],
            proposals[session.code],
        )
        for session in event.sessions
        if session.kind is not SessionKind.BREAK and not session.is_cancelled
    ]
    everybody = {name for names in organisations.values() for name in names}
    whole = Closing(
        "",
        event.title,
        table.participants if table.has_participants else None,
        {kind: sum(each.counts.get(kind, 0) for each in of_sessions) for kind in EntryKind},
        sorted(everybody, key=sort_key),
        [each for some in proposals.values() for each in some],
    )
    return [whole, *of_sessions]


def as_json(event: Event, closings: Sequence[Closing], language: str) -> dict[str, Any]:
    """Give the closings for a program that calls the API of Decidim: `attributes` is what closing a meeting takes."""
    with use_language(language):
        meetings = [
            {
                "session": each.code or None,
                "title": each.title,
                "attributes": {
                    "attendeesCount": each.attendees,
                    "closingReport": each.report,
                    "proposalIds": [str(number) for number in each.proposal_numbers],
                },
                "contributionsCount": each.contributions,
                "attendingOrganizations": ", ".join(each.organisations),
                "proposals": [proposal.name.reference for proposal in each.proposals],
            }
            for each in closings
        ]
    return {"event": event.slug, "locale": language, "meetings": meetings}


def _declared_counts(session: Session) -> EntryCounts:
    """What its organisers said was collected in a session; entries of a kind win over it (docs/adr/0028)."""
    declared = {
        EntryKind.CONTRIBUTION: session.declared_contributions,
        EntryKind.PROPOSAL: session.declared_proposals,
    }
    return {kind: count for kind, count in declared.items() if count is not None}


def _count_attendance(event: Event) -> dict[int, int]:
    query = select(Attendance.session_id, func.count()).join(Attendance.session).where(Session.event_id == event.id)
    rows = db.session.execute(query.group_by(Attendance.session_id))
    return {row[0]: row[1] for row in rows}


def _list_organisations(event: Event) -> dict[int, list[str]]:
    """The organisations from which people came to each session, by name; the spellings of one name are one."""
    query = (
        select(Attendance.session_id, Registration.organisation)
        .join(Attendance.session)
        .join(Registration, Registration.id == Attendance.registration_id)
        .where(Session.event_id == event.id, Registration.organisation != "")
        .distinct()
        .order_by(Registration.organisation)
    )
    names: dict[str, str] = {}
    found: dict[int, set[str]] = defaultdict(set)
    for session_id, name in db.session.execute(query):
        found[session_id].add(names.setdefault(fold(name), name))
    return defaultdict(list, {key: sorted(some, key=sort_key) for key, some in found.items()})
