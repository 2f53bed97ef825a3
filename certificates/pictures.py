"""Pictures on certificates, kept under the hash of their PNG for as long as anything shows them."""

from collections.abc import Collection

from sqlalchemy import select

from accounts.models import Team
from certificates.content import Picture
from certificates.models import CertificatePicture
from core.database import db, insert_into


def keep(mark: str, picture: Picture) -> None:
    """Keep a picture under its mark, once."""
    values = {"mark": mark, "content": picture.content, "width": picture.width, "height": picture.height}
    db.session.execute(insert_into(CertificatePicture).values(values).on_conflict_do_nothing())


def keep_logo(team: Team) -> str:
    """Keep the team's present logo and give its mark; without a logo an empty one."""
    logo = find_logo(team)
    if logo is None:
        return ""
    if db.session.get(CertificatePicture, team.logo_mark) is None:
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
