"""Links that let people without an account do one thing for a time, and how a browser that opened one keeps it.

A link is looked at anew for each request, so that revoking it, and its end, hold at once. Only what was done before the
end may still arrive for a while: a device that had no network all day would lose what it holds otherwise.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from flask import current_app, request
from flask_babel import lazy_gettext as _l
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response

from core import config
from core.database import UtcDateTime
from core.errors import DomainError

ARRIVES_WITHIN = timedelta(hours=48)
LABEL_LENGTH = 200


class TimedLink:
    """What every such link has; its token stands in its address, and its label says who it is for."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at <= now

    def is_open(self, now: datetime) -> bool:
        return not self.is_revoked and not self.has_expired(now)

    def may_send(self, now: datetime) -> bool:
        """Whether what was done with the link before its end may still arrive."""
        return not self.is_revoked and now < self.expires_at + ARRIVES_WITHIN


L = TypeVar("L", bound=TimedLink)


class LinkEndsInThePast(DomainError):
    """A link would be over before anybody has it."""

    message = _l("This moment is over already.")
    field = "expires"


@dataclass(frozen=True)
class LinkCookies:
    """The cookies of one kind of link: one for each thing that links of this kind open, named `<prefix>_<its id>`."""

    prefix: str
    salt: str

    def keep(self, response: Response, thing_id: int, link: TimedLink) -> None:
        """Have the browser keep the link, so that its token does not stay in the address."""
        response.set_cookie(
            self._name(thing_id),
            self._signer().dumps([link.id, _mark(link)]),
            expires=link.expires_at + ARRIVES_WITHIN,
            httponly=True,
            samesite="Lax",
            secure=config.current().production,
        )

    def find(self, thing_id: int, look_up: Callable[[int], L | None]) -> L | None:
        """The link that this browser opened, looked up by its id, whether it is still good or not.

        The id alone would not do: SQLite gives that of a link which went with its session to the next one that is made.
        """
        cookie = request.cookies.get(self._name(thing_id))
        try:
            link_id, mark = self._signer().loads(cookie) if cookie else (None, "")
        except (BadData, ValueError, TypeError):
            return None
        link = look_up(link_id) if isinstance(link_id, int) else None
        return link if link and mark == _mark(link) else None

    def forget(self, response: Response, thing_id: int) -> None:
        """Have the browser forget the link."""
        response.delete_cookie(self._name(thing_id))

    def _name(self, thing_id: int) -> str:
        return f"{self.prefix}_{thing_id}"

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(current_app.secret_key or "", salt=self.salt)


def _mark(link: TimedLink) -> str:
    """What tells a link from another that had its id before."""
    return hashlib.sha256(link.token.encode()).hexdigest()[:16]
