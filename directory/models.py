"""Districts and neighbourhoods of Barcelona (Open Data BCN, CC BY 4.0); codes are text with leading zeros."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model
from core.public_version import shown


@shown
class District(Model):
    """One of the ten districts, `01` to `10`."""

    __tablename__ = "district"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


@shown
class Neighbourhood(Model):
    """One of the 73 neighbourhoods, `01` to `73`, its name written as the city writes it (`el Bon Pastor`)."""

    __tablename__ = "neighbourhood"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    name_key: Mapped[str] = mapped_column(String(80), unique=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("district.code"), index=True)

    district: Mapped[District] = relationship(lazy="joined")
