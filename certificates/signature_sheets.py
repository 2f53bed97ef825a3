"""Signature sheets: who is expected in each session."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from certificates import pictures
from certificates.paper_content import PrivacyNotice, SheetRow, SignatureSheet
from core.database import db
from core.errors import DomainError
from events.models import Event, Session, SessionKind
from registrations.models import ChosenSession, Registration, RegistrationState


class NothingToSign(DomainError):
    """There is no session that people sign for: breaks keep no attendance."""

    message = _l("There is no session that people sign for.")


def list_sheet_sessions(event: Event) -> list[Session]:
    """The sessions that have a sheet: all but breaks and what is cancelled, in order of time."""
    return [each for each in event.sessions if each.kind is not SessionKind.BREAK and not each.is_cancelled]


def make_sheets(event: Event, sessions: Iterable[Session]) -> list[SignatureSheet]:
    """The sheets of these sessions. Where people choose, those who chose it; where everybody is, all confirmed."""
    everybody = _list_confirmed(event)
    chosen = _list_chosen(event)
    return [
        _make_sheet(
            event,
            session,
            [
                SheetRow.of(registration)
                for registration in everybody
                if not session.is_chosen or (registration.id, session.id) in chosen
            ],
        )
        for session in sessions
    ]


def _make_sheet(event: Event, session: Session, rows: Iterable[SheetRow]) -> SignatureSheet:
    team = event.team
    return SignatureSheet(
        language=event.language,
        organiser=team.name,
        event=event.title,
        code=session.code,
        session=session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        timezone=event.timezone,
        room=session.room.name if session.room else "",
        venue=event.venue,
        rows=tuple(rows),
        privacy=PrivacyNotice(
            responsible_body=team.responsible_body or team.name,
            purpose=team.privacy_purpose,
            legal_basis=team.privacy_legal_basis,
            rights=team.privacy_rights,
            url=team.privacy_url,
        ),
        logo=pictures.find_logo(team),
        with_hours=event.records_exits,
    )


def _list_confirmed(event: Event) -> list[Registration]:
    query = select(Registration).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED
    )
    return list(db.session.scalars(query.order_by(Registration.sort_key, Registration.id)))


def _list_chosen(event: Event) -> set[tuple[int, int]]:
    query = (
        select(ChosenSession.registration_id, ChosenSession.session_id)
        .join(Session, Session.id == ChosenSession.session_id)
        .where(Session.event_id == event.id)
    )
    return set(db.session.execute(query))
