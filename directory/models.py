"""Districts and neighbourhoods of Barcelona (Open Data BCN, CC BY 4.0), organisations, and their networks.

Official codes are text with leading zeros.
"""

from sqlalchemy import Column, ForeignKey, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Model, SortKey
from core.public_version import shown
from core.text import fold


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


organisation_network = Table(
    "organisation_network",
    Model.metadata,
    Column("organisation_id", ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True),
    Column("network_id", ForeignKey("network.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Network(Model):
    """Organisations that work together, and what for."""

    __tablename__ = "network"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    sort_key: Mapped[str] = mapped_column(SortKey)
    purpose: Mapped[str] = mapped_column(Text, default="")


@shown
class Organisation(Model):
    """Where people come from. What they typed stays with them: it is found here by its name (docs/adr/0045)."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    sort_key: Mapped[str] = mapped_column(SortKey, index=True)
    neighbourhood_code: Mapped[str | None] = mapped_column(ForeignKey("neighbourhood.code"), index=True)

    neighbourhood: Mapped[Neighbourhood | None] = relationship()
    networks: Mapped[list[Network]] = relationship(
        secondary=organisation_network, order_by=(Network.sort_key, Network.id), passive_deletes=True
    )
    known_names: Mapped[list["KnownName"]] = relationship(
        back_populates="organisation", order_by="KnownName.key", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def other_names(self) -> list[str]:
        """What it is called besides its name, in the order of the alphabet."""
        own = fold(self.name)
        return [known.name for known in sorted(self.known_names, key=lambda each: each.key) if known.key != own]


class KnownName(Model):
    """A name that people type, by what all its spellings have in common: an organisation's, or (None) of none."""

    __tablename__ = "known_name"

    key: Mapped[str] = mapped_column(SortKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)

    organisation: Mapped[Organisation | None] = relationship(back_populates="known_names")
