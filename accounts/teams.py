"""The teams that organise: the one that is there from the start, others, and their settings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import audit
from accounts.models import StaffMember, Team
from core.database import db, flush_or_refuse, insert_into
from core.errors import DomainError, NotFoundError
from core.text import sort_key

# What a new team starts from, in Catalan as it will be read; whoever answers for the data has to be written by hand.
FIRST_TEXTS = {
    "privacy_purpose": (
        "Gestionar la vostra inscripció i la vostra assistència a la jornada, enviar-vos la informació que hi té a"
        " veure i, si escau, emetre el certificat d’assistència."
    ),
    "privacy_legal_basis": (
        "El compliment d’una missió d’interès públic (article 6.1.e del Reglament general de protecció de dades, RGPD)."
    ),
    "privacy_rights": (
        "Podeu accedir a les vostres dades, rectificar-les, suprimir-les, oposar-vos al tractament i demanar-ne la"
        " limitació (articles 15 a 22 del RGPD) escrivint a l’equip organitzador."
    ),
    "image_consent_text": (
        "Autoritzo que es facin fotografies i vídeos de la jornada en què se’m pugui reconèixer i que es publiquin als"
        " canals de l’entitat organitzadora per difondre’n l’activitat. Puc retirar aquest consentiment en qualsevol"
        " moment."
    ),
}
_FIRST_NAME = "Equip organitzador"


class TeamNameTaken(DomainError):
    """Two teams cannot have one name."""

    field = "name"
    message = _l("There is already a team with this name.")


class NoSuchTeam(DomainError):
    """A command names a team that there is not."""

    message = _l("There is no team “%(name)s”.")


def default_team() -> Team:
    """The oldest team, made with neutral texts when there is none; of two processes at once one makes it."""
    oldest = select(Team).order_by(Team.id).limit(1)
    return db.session.scalar(oldest) or get_or_create_team(_FIRST_NAME)


def get_or_create_team(name: str) -> Team:
    """The team of this name, made with neutral texts when there is none; of two processes at once one makes it."""
    named = select(Team).where(Team.name == name)
    team = db.session.scalar(named)
    if team is None:
        values = {**FIRST_TEXTS, "name": name}
        db.session.execute(insert_into(Team).values(**values).on_conflict_do_nothing())
        team = db.session.scalars(named).one()
    return team


def list_teams(ids: Collection[int] | None = None) -> Sequence[Team]:
    """The teams with these ids in Catalan order; None for all there are."""
    query = select(Team) if ids is None else select(Team).where(Team.id.in_(ids))
    return sorted(db.session.scalars(query), key=lambda team: (sort_key(team.name), team.id))


def get_team(team_id: int) -> Team:
    """The team with this id; raises NotFoundError."""
    team = db.session.get(Team, team_id)
    if team is None:
        raise NotFoundError(team_id)
    return team


def named_or_default(name: str | None) -> Team:
    """The team of this name, or without one the oldest. Raises NoSuchTeam."""
    team = db.session.scalar(select(Team).where(Team.name == name)) if name else default_team()
    if team is None:
        raise NoSuchTeam(name=name)
    return team


def create_team(answers: Mapping[str, Any], *, by: StaffMember | None, now: datetime) -> Team:
    """Write a new team. Raises TeamNameTaken."""
    team = Team(**answers)
    db.session.add(team)
    flush_or_refuse(TeamNameTaken)
    audit.record("team.create", subject_kind="team", subject_key=str(team.id), by=by, now=now)
    return team


def change_settings(team: Team, answers: Mapping[str, Any], *, by: StaffMember | None, now: datetime) -> None:
    """Set the columns of `team` that `answers` names; the audit trail keeps which ones changed."""
    changed = sorted(name for name, value in answers.items() if getattr(team, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(team, name, answers[name])
    flush_or_refuse(TeamNameTaken)
    audit.record("team.update", subject_kind="team", subject_key=str(team.id), by=by, now=now, changed=changed)
