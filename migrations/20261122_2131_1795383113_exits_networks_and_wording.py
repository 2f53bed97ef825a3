"""Organisations and networks; from when to when people were there; certificates issued anew in other words."""

import sqlalchemy as sa
from alembic import op

revision = "1795383113"
down_revision = "1795374807"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("sort_key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.UniqueConstraint("name_key", name=op.f("uq_network_name_key")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("sort_key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("neighbourhood_code", sa.String(length=2), nullable=True),
        sa.ForeignKeyConstraint(
            ["neighbourhood_code"],
            ["neighbourhood.code"],
            name=op.f("fk_organisation_neighbourhood_code_neighbourhood"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_neighbourhood_code"), ["neighbourhood_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisation_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "known_name",
        sa.Column("key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_known_name_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_known_name")),
    )
    with op.batch_alter_table("known_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_name_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "organisation_network",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network.id"], name=op.f("fk_organisation_network_network_id_network"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_network_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "network_id", name=op.f("pk_organisation_network")),
    )
    with op.batch_alter_table("organisation_network", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_network_network_id"), ["network_id"], unique=False)

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stays", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("stated_stays", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.alter_column("stays", server_default=None)
        batch_op.alter_column("stated_stays", server_default=None)

    with op.batch_alter_table("certificate_picture", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("certificate_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("renews", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("certificate_run", schema=None) as batch_op:
        batch_op.alter_column("renews", server_default=None)

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("records_exits", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("tolerance_minutes", sa.Integer(), server_default="10", nullable=False))
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.alter_column("records_exits", server_default=None)
        batch_op.alter_column("tolerance_minutes", server_default=None)
        batch_op.create_check_constraint(
            batch_op.f("ck_event_tolerance_minutes_sensible"), "tolerance_minutes BETWEEN 0 AND 60"
        )


def downgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_event_tolerance_minutes_sensible"), type_="check")
        batch_op.drop_column("tolerance_minutes")
        batch_op.drop_column("records_exits")

    with op.batch_alter_table("certificate_run", schema=None) as batch_op:
        batch_op.drop_column("renews")

    with op.batch_alter_table("certificate_picture", schema=None) as batch_op:
        batch_op.drop_column("looked_at")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_column("stated_stays")
        batch_op.drop_column("stays")

    with op.batch_alter_table("organisation_network", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_network_network_id"))

    op.drop_table("organisation_network")
    with op.batch_alter_table("known_name", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_name_organisation_id"))

    op.drop_table("known_name")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_sort_key"))
        batch_op.drop_index(batch_op.f("ix_organisation_neighbourhood_code"))

    op.drop_table("organisation")
    op.drop_table("network")
