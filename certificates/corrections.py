"""The line between what a certificate states as a fact and how it words it (docs/adr/0047).

A fact that is recorded otherwise by now has been corrected: the certificate is no longer right, and who asks for theirs
again gets a new one. In other words it says the same: it stands, until an organiser has it issued anew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from certificates.content import CertificateContent, CertifiedSession
from registrations.stays import Period, cut_out

_Name = tuple[str, datetime, datetime]
Breaks = Mapping[_Name, set[Period]]

FACTS = ("name", "role", "event", "starts_at", "ends_at", "timezone", "venue", "address")
"""What it says of the person and of the event."""

SESSIONS = "sessions"
"""What they did there, and for how long: facts too; only the code of a session is not on the paper."""

FACTS_IF_STATED = ("identity", "organisation")
"""What it may leave unsaid: who says nothing of it says nothing wrong, so only another one corrects it."""

WORDING = (
    "language",
    "formula",
    "signatory_name",
    "signatory_post",
    "approver_name",
    "approver_post",
    "organiser",
    "place",
    "text",
    "identity",
)
"""In which words, by whom and in whose name it is said, and whether the number is; the organisation is in the text."""

LOOK = ("logo", "signature", "page_size")
"""What says nothing, so nobody needs it anew."""


class Difference(StrEnum):
    """What has become of a certificate since it was issued, against what would be issued now."""

    NONE = "none"
    WORDING = "wording"
    FACTS = "facts"


def compare(issued: CertificateContent, present: CertificateContent) -> Difference:
    """Tell in what a certificate differs from the one that its person would get now, facts first."""
    breaks = _list_breaks(issued, present)
    if _is_corrected(issued, present) or _sessions_of(issued, breaks) != _sessions_of(present, breaks):
        return Difference.FACTS
    return Difference.WORDING if _differ(issued, present, WORDING) else Difference.NONE


def still_holds(issued: CertificateContent, recorded: CertificateContent | None) -> bool:
    """Whether every fact that a certificate states is still recorded, be it that more is by now.

    `recorded` is what one would state now whatever the rules ask for, None when there is nothing left to state.
    """
    if recorded is None or _is_corrected(issued, recorded):
        return False
    breaks = _list_breaks(issued, recorded)
    return _sessions_of(issued, breaks) <= _sessions_of(recorded, breaks)


def _is_corrected(issued: CertificateContent, present: CertificateContent) -> bool:
    """Whether a fact of the person or the event is another by now."""
    pairs = ((getattr(issued, name), getattr(present, name)) for name in FACTS_IF_STATED)
    return _differ(issued, present, FACTS) or any(was and now_is and was != now_is for was, now_is in pairs)


def _list_breaks(*contents: CertificateContent) -> Breaks:
    """The breaks inside each session, by what one knows of it or the other: one may have come into it since."""
    breaks = defaultdict[_Name, set[Period]](set)
    for content in contents:
        for session in content.sessions:
            breaks[_name(session)].update(session.breaks)
    return breaks


def _sessions_of(content: CertificateContent, breaks: Breaks) -> Counter[CertifiedSession]:
    """The sessions with what counts of them, as it would with all these breaks."""
    return Counter(
        replace(session, code="", stays=cut_out(session.periods, breaks[_name(session)]))
        for session in content.sessions
    )


def _name(session: CertifiedSession) -> _Name:
    return session.title, session.starts_at, session.ends_at


def _differ(one: CertificateContent, other: CertificateContent, names: Iterable[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)
