"""A team's logo: a picture that somebody sent, drawn anew so that nothing of the file they sent remains.

PNG and JPEG, told by their content. No SVG: it is a program that a browser would run at an address of ours.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from flask_babel import lazy_gettext as _l
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select

from accounts import audit
from accounts.models import StaffMember, Team
from core.database import db
from core.errors import DomainError

MAX_MEGABYTES = 2
MAX_SIDE = 4000
MIN_SIDE = 32
KEPT_WIDTH, KEPT_HEIGHT = 640, 320
"""Sharp on any screen at half of this, and on paper at 54 mm."""


class NotAPicture(DomainError):
    """Nothing that we take for a logo, whatever its name says."""

    field = "image"
    message = _l("This is no PNG or JPEG image that can be read.")


class PictureTooLarge(DomainError):
    """A small file may unfold into gigabytes, so its measures are read before its points."""

    field = "image"
    message = _l("This image is too large: at most %(megabytes)s MB and %(side)s pixels wide and high.")

    def __init__(self) -> None:
        """Say the limits."""
        super().__init__(megabytes=MAX_MEGABYTES, side=MAX_SIDE)


class PictureTooSmall(DomainError):
    """A point or two are no logo, and on paper they would be a blot."""

    field = "image"
    message = _l("This image is too small to be printed: at least %(side)s pixels wide and high.")

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(side=MIN_SIDE)


@dataclass(frozen=True)
class Logo:
    """A PNG of our own making, and its measures in points."""

    content: bytes
    width: int
    height: int

    @property
    def mark(self) -> str:
        """What tells it from any other: its address, so that it can be kept for ever."""
        return hashlib.sha256(self.content).hexdigest()


def redraw(data: bytes) -> Logo:
    """The picture in these bytes as a PNG no larger than is shown, upright, without anything that came with it.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall.
    """
    if len(data) > MAX_MEGABYTES * 1024 * 1024:
        raise PictureTooLarge
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > MAX_SIDE:
                raise PictureTooLarge
            if min(picture.size) < MIN_SIDE:
                raise PictureTooSmall
            drawn = ImageOps.exif_transpose(picture)
            drawn = drawn.convert("RGBA" if drawn.has_transparency_data else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise NotAPicture from error  # Pillow says what is wrong with a broken file in all of these ways
    drawn.thumbnail((KEPT_WIDTH, KEPT_HEIGHT), Image.Resampling.LANCZOS)
    drawn.info.clear()
    file = BytesIO()
    drawn.save(file, "PNG", optimize=True)
    return Logo(file.getvalue(), *drawn.size)


def set_logo(team: Team, logo: Logo, *, by: StaffMember | None, now: datetime) -> None:
    """Give the team this logo."""
    if team.logo_mark == logo.mark:
        return
    team.logo, team.logo_mark, team.logo_width, team.logo_height = logo.content, logo.mark, logo.width, logo.height
    db.session.flush()
    audit.record("team.set_logo", subject_kind="team", subject_key=str(team.id), by=by, now=now)


def remove_logo(team: Team, *, by: StaffMember | None, now: datetime) -> None:
    """Take the team's logo away."""
    if not team.logo_mark:
        return
    team.logo, team.logo_mark, team.logo_width, team.logo_height = None, "", 0, 0
    db.session.flush()
    audit.record("team.remove_logo", subject_kind="team", subject_key=str(team.id), by=by, now=now)


def find_logo(mark: str) -> bytes | None:
    """The logo with this mark, of whichever team; there is none under the empty mark of teams without one."""
    return db.session.scalar(select(Team.logo).where(Team.logo_mark == mark).limit(1)) if mark else None
