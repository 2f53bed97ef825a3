"""What a copy of an event takes along of its papers: the rules of its certificates; nobody's role."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from certificates import rules
from certificates.models import CertificateRules
from core.database import db
from events import signals
from events.models import Event, Session
from events.signals import Consequence

_KEPT = (
    "requirement",
    "share_percent",
    "formula",
    "place",
    "has_logo",
    "prints_identity",
    "page_size",
    "texts",
)
_WHO_SIGNS = ("signatory_name", "signatory_post", "approver_name", "approver_post", "signature_mark")


@signals.copied.connect
def take_along(
    event: Event, *, original: Event, sessions: Mapping[Session, Session], now: datetime, **_others: Any
) -> list[Consequence]:
    """Give the copy the rules of the original, with its own sessions in place of the other's.

    Who signs stays behind when the copy is another team's: whoever lent their signature lent it to one team.
    """
    found = rules.find(original)
    if found is None:
        return []
    kept = (*_KEPT, *_WHO_SIGNS) if event.team is original.team else _KEPT
    copied = CertificateRules(event_id=event.id, updated_at=now, **{name: getattr(found, name) for name in kept})
    copied.sessions = [sessions[each] for each in found.sessions if each in sessions]
    db.session.add(copied)
    db.session.flush()
    return [Consequence(_("the rules of the certificates"))]
