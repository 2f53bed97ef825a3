"""Files of answers that wait to be confirmed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Model, UtcDateTime


class AnswerFile(Model):
    """A file of answers between its upload and its confirmation; what is in it does not stay longer than a day."""

    __tablename__ = "answer_file"
    __table_args__ = (CheckConstraint("(process_id IS NULL) <> (event_id IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int | None] = mapped_column(ForeignKey("process.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
