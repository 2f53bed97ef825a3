"""Rules, runs and numbers of certificates; figures that are kept, under marks."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "1795374807"
down_revision = "1795364131"
branch_labels = None
depends_on = None

_COUNTED = (
    "(SELECT kind, topic_id, count(*) AS number FROM entry WHERE session_id = notebook.session_id "
    "AND deleted_at IS NULL AND merged_into_id IS NULL GROUP BY kind, topic_id) AS counted"
)
COUNTS = {
    "sqlite": f"UPDATE notebook SET counts = "
    f"(SELECT json_group_array(json_array(kind, topic_id, number)) FROM {_COUNTED})",
    "postgresql": f"UPDATE notebook SET counts = "
    f"coalesce((SELECT json_agg(json_build_array(kind, topic_id, number)) FROM {_COUNTED}), '[]'::json)",
}
"""What `contributions.entry_counts` keeps of each notebook: a list of kind, topic and how many."""


def upgrade() -> None:
    op.create_table(
        "certificate_picture",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_certificate_picture")),
    )
    op.create_table(
        "mark",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mark")),
    )
    op.create_table(
        "certificate_book",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_certificate_book_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_certificate_book")),
    )
    op.create_table(
        "certificate_rules",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "requirement",
            sa.Enum("any", "share", "sessions", name="requirement", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column(
            "formula",
            sa.Enum("certifies", "states", name="certificateformula", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("signatory_name", sa.String(length=200), nullable=False),
        sa.Column("signatory_post", sa.String(length=200), nullable=False),
        sa.Column("approver_name", sa.String(length=200), nullable=False),
        sa.Column("approver_post", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("has_logo", sa.Boolean(), nullable=False),
        sa.Column("prints_identity", sa.Boolean(), nullable=False),
        sa.Column("page_size", sa.Enum("a4", "letter", name="pagesize", native_enum=False, length=32), nullable=False),
        sa.Column("signature_mark", sa.String(length=64), nullable=True),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("share_percent BETWEEN 1 AND 100", name=op.f("ck_certificate_rules_share_is_a_percentage")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_certificate_rules_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["signature_mark"],
            ["certificate_picture.mark"],
            name=op.f("fk_certificate_rules_signature_mark_certificate_picture"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_certificate_rules")),
    )
    with op.batch_alter_table("certificate_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_rules_signature_mark"), ["signature_mark"], unique=False)

    op.create_table(
        "certificate_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("document", "archive", "mail", name="runkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum("under_way", "stopped", "failed", "done", name="runstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff_member.id"], name=op.f("fk_certificate_run_asked_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_certificate_run_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_run")),
    )
    with op.batch_alter_table("certificate_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_run_asked_by_id"), ["asked_by_id"], unique=False)
        batch_op.create_index("ix_certificate_run_event_id_asked_at", ["event_id", "asked_at"], unique=False)
        batch_op.create_index(
            "uq_certificate_run_event_id_kind_under_way",
            ["event_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state = 'under_way'"),
            postgresql_where=sa.text("state = 'under_way'"),
        )

    op.create_table(
        "certificate_run_piece",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["certificate_run.id"],
            name=op.f("fk_certificate_run_piece_run_id_certificate_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_certificate_run_piece")),
    )
    op.create_table(
        "certificate_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "attendee", "facilitator", "speaker", "organiser", name="certifiedrole", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("role <> 'attendee'", name=op.f("ck_certificate_role_role_above_attendee")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_certificate_role_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_certificate_role_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_role")),
        sa.UniqueConstraint(
            "registration_id", "role", "session_id", name=op.f("uq_certificate_role_registration_id_role_session_id")
        ),
    )
    with op.batch_alter_table("certificate_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_role_session_id"), ["session_id"], unique=False)
        batch_op.create_index(
            "uq_certificate_role_whole",
            ["registration_id", "role"],
            unique=True,
            sqlite_where=sa.text("session_id IS NULL"),
            postgresql_where=sa.text("session_id IS NULL"),
        )

    op.create_table(
        "certificate_rules_session",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["certificate_rules.event_id"],
            name=op.f("fk_certificate_rules_session_event_id_certificate_rules"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_certificate_rules_session_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "session_id", name=op.f("pk_certificate_rules_session")),
    )
    with op.batch_alter_table("certificate_rules_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_rules_session_session_id"), ["session_id"], unique=False)

    op.create_table(
        "certificate_print",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_certificate_print_certificate_id_certificate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("certificate_id", "mark", name=op.f("pk_certificate_print")),
    )
    with op.batch_alter_table("certificate_print", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_print_mark"), ["mark"], unique=False)

    op.create_table(
        "certificate_run_item",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "attendee", "facilitator", "speaker", "organiser", name="certifiedrole", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "issued",
                "mailed",
                "no_address",
                "mailed_before",
                "taken_back",
                "left_out",
                name="outcome",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_certificate_run_item_certificate_id_certificate"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outgoing_mail.id"],
            name=op.f("fk_certificate_run_item_mail_id_outgoing_mail"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_certificate_run_item_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["certificate_run.id"],
            name=op.f("fk_certificate_run_item_run_id_certificate_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_certificate_run_item")),
    )
    with op.batch_alter_table("certificate_run_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_run_item_certificate_id"), ["certificate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_run_item_mail_id"), ["mail_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_run_item_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(
            "uq_certificate_run_item_certificate_id_mailed",
            ["certificate_id"],
            unique=True,
            sqlite_where=sa.text("outcome = 'mailed'"),
            postgresql_where=sa.text("outcome = 'mailed'"),
        )

    op.drop_table("public_version")
    # Nothing was kept under any mark before; the first change of attendance would find none to replace.
    marks = sa.table("mark", sa.column("name", sa.String), sa.column("value", sa.String))
    op.bulk_insert(marks, [{"name": "attendance", "value": secrets.token_hex(16)}])
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_session_id"))
        batch_op.create_index(
            "ix_attendance_session_id_registration_id", ["session_id", "registration_id"], unique=False
        )

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("event_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "role",
                sa.Enum(
                    "attendee",
                    "facilitator",
                    "speaker",
                    "organiser",
                    name="certifiedrole",
                    native_enum=False,
                    length=32,
                ),
                server_default="attendee",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revoked_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("revoked_reason", sa.String(length=500), server_default="", nullable=False))
    # What was issued before there were numbers keeps none.
    op.execute("UPDATE certificate SET event_id = (SELECT event_id FROM registration WHERE id = registration_id)")
    year = (
        "CAST(strftime('%Y', issued_at) AS INTEGER)"
        if op.get_bind().dialect.name == "sqlite"
        else "CAST(extract(year FROM issued_at) AS INTEGER)"
    )
    op.execute(sa.text(f"UPDATE certificate SET year = {year}"))  # noqa: S608 - one of two texts of ours
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.alter_column("event_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("year", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("role", existing_type=sa.String(length=32), server_default=None)
        batch_op.alter_column("revoked_reason", existing_type=sa.String(length=500), server_default=None)
        batch_op.drop_index(
            batch_op.f("uq_certificate_registration_id_current"), sqlite_where=sa.text("replaced_at IS NULL")
        )
        batch_op.create_index(batch_op.f("ix_certificate_revoked_by_id"), ["revoked_by_id"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_certificate_event_id_year_number"), ["event_id", "year", "number"]
        )
        batch_op.create_index(
            "uq_certificate_registration_id_role_current",
            ["registration_id", "role"],
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_certificate_revoked_by_id_staff_member"), "staff_member", ["revoked_by_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_certificate_event_id_event"), "event", ["event_id"], ["id"])

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_counted"))
        batch_op.create_index(
            "ix_entry_counted",
            ["session_id", "kind", "topic_id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL AND merged_into_id IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL AND merged_into_id IS NULL"),
        )
        batch_op.create_index(
            "ix_entry_published",
            ["session_id"],
            unique=False,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.create_index(
            "ix_entry_written",
            ["session_id", "state"],
            unique=False,
            sqlite_where=sa.text("source = 'written'"),
            postgresql_where=sa.text("source = 'written'"),
        )

    with op.batch_alter_table("notebook", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counts", sa.JSON(none_as_null=True), nullable=True))
    op.execute(COUNTS[op.get_bind().dialect.name])


def downgrade() -> None:
    with op.batch_alter_table("notebook", schema=None) as batch_op:
        batch_op.drop_column("counts")

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_entry_written",
            sqlite_where=sa.text("source = 'written'"),
            postgresql_where=sa.text("source = 'written'"),
        )
        batch_op.drop_index(
            "ix_entry_published",
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.drop_index(
            "ix_entry_counted",
            sqlite_where=sa.text("deleted_at IS NULL AND merged_into_id IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL AND merged_into_id IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_entry_counted"), ["session_id", "kind", "deleted_at", "merged_into_id"], unique=False
        )

    # Of one person one certificate stands, as it did before, and none that was revoked.
    op.execute(
        "UPDATE certificate SET replaced_at = coalesce(revoked_at, issued_at) "
        "WHERE replaced_at IS NULL AND (revoked_at IS NOT NULL OR role <> 'attendee')"
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_certificate_event_id_event"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_certificate_revoked_by_id_staff_member"), type_="foreignkey")
        batch_op.drop_index(
            "uq_certificate_registration_id_role_current",
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        )
        batch_op.drop_constraint(batch_op.f("uq_certificate_event_id_year_number"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_certificate_revoked_by_id"))
        batch_op.create_index(
            batch_op.f("uq_certificate_registration_id_current"),
            ["registration_id"],
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        )
        batch_op.drop_column("revoked_reason")
        batch_op.drop_column("revoked_by_id")
        batch_op.drop_column("revoked_at")
        batch_op.drop_column("number")
        batch_op.drop_column("year")
        batch_op.drop_column("role")
        batch_op.drop_column("event_id")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index("ix_attendance_session_id_registration_id")
        batch_op.create_index(batch_op.f("ix_attendance_session_id"), ["session_id"], unique=False)

    op.create_table(
        "public_version",
        sa.Column("id", sa.INTEGER(), nullable=False),
        sa.Column("mark", sa.VARCHAR(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_version")),
    )
    with op.batch_alter_table("certificate_run_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_certificate_run_item_certificate_id_mailed",
            sqlite_where=sa.text("outcome = 'mailed'"),
            postgresql_where=sa.text("outcome = 'mailed'"),
        )
        batch_op.drop_index(batch_op.f("ix_certificate_run_item_registration_id"))
        batch_op.drop_index(batch_op.f("ix_certificate_run_item_mail_id"))
        batch_op.drop_index(batch_op.f("ix_certificate_run_item_certificate_id"))

    op.drop_table("certificate_run_item")
    with op.batch_alter_table("certificate_print", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_print_mark"))

    op.drop_table("certificate_print")
    with op.batch_alter_table("certificate_rules_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_rules_session_session_id"))

    op.drop_table("certificate_rules_session")
    with op.batch_alter_table("certificate_role", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_certificate_role_whole",
            sqlite_where=sa.text("session_id IS NULL"),
            postgresql_where=sa.text("session_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_certificate_role_session_id"))

    op.drop_table("certificate_role")
    op.drop_table("certificate_run_piece")
    with op.batch_alter_table("certificate_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_certificate_run_event_id_kind_under_way",
            sqlite_where=sa.text("state = 'under_way'"),
            postgresql_where=sa.text("state = 'under_way'"),
        )
        batch_op.drop_index("ix_certificate_run_event_id_asked_at")
        batch_op.drop_index(batch_op.f("ix_certificate_run_asked_by_id"))

    op.drop_table("certificate_run")
    with op.batch_alter_table("certificate_rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_rules_signature_mark"))

    op.drop_table("certificate_rules")
    op.drop_table("certificate_book")
    op.drop_table("mark")
    op.drop_table("certificate_picture")
