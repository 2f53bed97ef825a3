"""Pictures on certificates, kept under the hash of their PNG for as long as anything shows them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from accounts.models import Team
from certificates.content import Picture
from certificates.models import Certificate, CertificatePicture, CertificateRules
from core.database import db, insert_into, transaction
from core.jobs import sweep

LOOKED_AT_AGAIN = timedelta(days=1)
"""How long a picture that nothing shows any more is kept: far longer than whoever is issuing with it takes."""
AT_ONCE = 20


def keep(mark: str, picture: Picture) -> None:
    """Keep a picture under its mark, once; one that was about to go stays."""
    values = {"mark": mark, "content": picture.content, "width": picture.width, "height": picture.height}
    kept = insert_into(CertificatePicture).values(values)
    db.session.execute(kept.on_conflict_do_update(index_elements=["mark"], set_={"looked_at": None}))


def keep_logo(team: Team) -> str:
    """Keep the team's present logo and give its mark; without a logo an empty one."""
    logo = find_logo(team)
    if logo is None:
        return ""
    query = select(CertificatePicture.mark).where(CertificatePicture.mark == team.logo_mark)
    if db.session.scalar(query.where(CertificatePicture.looked_at.is_(None))) is None:
        keep(team.logo_mark, logo)
    return team.logo_mark


def find_logo(team: Team) -> Picture | None:
    """The team's present logo."""
    return Picture(team.logo, team.logo_width, team.logo_height) if team.logo_mark and team.logo else None


def load(marks: Collection[str]) -> dict[str, Picture]:
    """The pictures kept under these marks."""
    wanted = sorted(mark for mark in set(marks) if mark)
    if not wanted:
        return {}
    found = db.session.scalars(select(CertificatePicture).where(CertificatePicture.mark.in_(wanted)))
    return {each.mark: Picture(each.content, each.width, each.height) for each in found}


@sweep
def remove_pictures(now: datetime) -> int:
    """Remove pictures that no rules, no team and no certificate show any more; how many.

    One is looked at when no rules and no team have it, and again a day later: by then whoever was issuing with it has
    done so. What certificates show is looked through only then, once a day for each picture in question.
    """
    with transaction():
        _note_new_ones(now)
        due = select(CertificatePicture.mark).where(
            CertificatePicture.looked_at <= now - LOOKED_AT_AGAIN, ~_is_at_hand()
        )
        due = due.order_by(CertificatePicture.looked_at, CertificatePicture.mark).limit(AT_ONCE)
        marks = db.session.scalars(due).all()
        unused = [mark for mark in marks if not _is_printed(mark)]
        of = CertificatePicture.mark
        db.session.execute(delete(CertificatePicture).where(of.in_(unused), CertificatePicture.looked_at.is_not(None)))
        db.session.execute(update(CertificatePicture).where(of.in_(set(marks) - set(unused))).values(looked_at=now))
        return len(unused)


def _note_new_ones(now: datetime) -> None:
    """Note those that nobody has any more, and forget it of those that somebody has again."""
    pictures = update(CertificatePicture).execution_options(synchronize_session=False)
    looked_at = CertificatePicture.looked_at
    db.session.execute(pictures.where(looked_at.is_(None), ~_is_at_hand()).values(looked_at=now))
    db.session.execute(pictures.where(looked_at.is_not(None), _is_at_hand()).values(looked_at=None))


def _is_at_hand() -> ColumnElement[bool]:
    """Whether the rules of an event or a team have it, so that it will be printed."""
    in_rules = exists().where(CertificateRules.signature_mark == CertificatePicture.mark)
    return or_(in_rules, exists().where(Team.logo_mark == CertificatePicture.mark))


def _is_printed(mark: str) -> bool:
    """Whether the content of a certificate names it, be it replaced or revoked."""
    content = Certificate.content
    names = or_(content["logo"].as_string() == mark, content["signature"].as_string() == mark)
    return db.session.scalar(select(Certificate.id).where(names).limit(1)) is not None
