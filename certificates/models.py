"""Certificates: what was certified, to whom, under which verification code."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, UtcDateTime
from registrations.models import Registration

_NOT_REPLACED = text("replaced_at IS NULL")


class Certificate(Model):
    """One issue of a certificate: its content stands as issued; a later correction makes a new one that replaces it.

    Of one registration at most one is not replaced, however many ask for it at once: the partial unique index says so.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        Index(
            "uq_certificate_registration_id_current",
            "registration_id",
            unique=True,
            sqlite_where=_NOT_REPLACED,
            postgresql_where=_NOT_REPLACED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    registration: Mapped[Registration] = relationship()
