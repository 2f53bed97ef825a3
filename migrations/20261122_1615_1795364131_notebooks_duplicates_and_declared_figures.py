"""Notebooks, duplicates and declared figures."""

import sqlalchemy as sa
from alembic import op

revision = "1795364131"
down_revision = "1795354108"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_data",
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_open_data_process_id_process"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["staff_member.id"], name=op.f("fk_open_data_published_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_open_data")),
    )
    with op.batch_alter_table("open_data", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open_data_published_by_id"), ["published_by_id"], unique=False)

    op.create_table(
        "answer_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(process_id IS NULL) <> (event_id IS NULL)", name=op.f("ck_answer_file_one_owner")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_answer_file_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_answer_file_process_id_process"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
    )
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_file_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_file_process_id"), ["process_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_file_uploaded_at"), ["uploaded_at"], unique=False)

    op.create_table(
        "duplicate_search",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_duplicate_search_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_duplicate_search")),
    )
    op.create_table(
        "figure_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(process_id IS NULL) <> (event_id IS NULL)", name=op.f("ck_figure_snapshot_one_owner")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_figure_snapshot_event_id_event")),
        sa.ForeignKeyConstraint(["process_id"], ["process.id"], name=op.f("fk_figure_snapshot_process_id_process")),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["staff_member.id"], name=op.f("fk_figure_snapshot_taken_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_snapshot")),
    )
    with op.batch_alter_table("figure_snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_figure_snapshot_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_figure_snapshot_process_id"), ["process_id"], unique=False)

    op.create_table(
        "session_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("fitted", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["staff_member.id"], name=op.f("fk_session_batch_done_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_session_batch_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["staff_member.id"], name=op.f("fk_session_batch_undone_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_batch")),
    )
    with op.batch_alter_table("session_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_batch_done_by_id"), ["done_by_id"], unique=False)
        batch_op.create_index("ix_session_batch_event_id_done_at", ["event_id", "done_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_batch_undone_by_id"), ["undone_by_id"], unique=False)

    op.create_table(
        "session_file",
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mapping", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["session_batch.id"], name=op.f("fk_session_file_batch_id_session_batch"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_session_file_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_file")),
    )
    with op.batch_alter_table("session_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_file_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_file_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_file_uploaded_at"), ["uploaded_at"], unique=False)

    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_theme_event_id_event"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_theme_topic_id_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
    )
    with op.batch_alter_table("theme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_theme_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_theme_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "capture_link",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff_member.id"], name=op.f("fk_capture_link_created_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_capture_link_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_link")),
        sa.UniqueConstraint("token", name=op.f("uq_capture_link_token")),
    )
    with op.batch_alter_table("capture_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capture_link_session_id"), ["session_id"], unique=False)

    op.create_table(
        "imported_session",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["session_batch.id"],
            name=op.f("fk_imported_session_batch_id_session_batch"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_imported_session_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "session_id", name=op.f("pk_imported_session")),
    )
    with op.batch_alter_table("imported_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_session_session_id"), ["session_id"], unique=False)

    op.create_table(
        "notebook",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["staff_member.id"], name=op.f("fk_notebook_closed_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_notebook_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_notebook")),
    )
    op.create_table(
        "possible_duplicate",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("apart_by_id", sa.Integer(), nullable=True),
        sa.Column("apart_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["apart_by_id"], ["staff_member.id"], name=op.f("fk_possible_duplicate_apart_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_possible_duplicate_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["first_id"],
            ["registration.id"],
            name=op.f("fk_possible_duplicate_first_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_id"],
            ["registration.id"],
            name=op.f("fk_possible_duplicate_second_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_possible_duplicate")),
    )
    with op.batch_alter_table("possible_duplicate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_possible_duplicate_apart_by_id"), ["apart_by_id"], unique=False)
        batch_op.create_index("ix_possible_duplicate_event_id_score", ["event_id", "score"], unique=False)
        batch_op.create_index(batch_op.f("ix_possible_duplicate_second_id"), ["second_id"], unique=False)

    op.create_table(
        "registration_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("needs", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["staff_member.id"], name=op.f("fk_registration_merge_done_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_registration_merge_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_registration_merge_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["staff_member.id"], name=op.f("fk_registration_merge_undone_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_merge")),
    )
    with op.batch_alter_table("registration_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_merge_done_by_id"), ["done_by_id"], unique=False)
        batch_op.create_index("ix_registration_merge_event_id_code", ["event_id", "code"], unique=False)
        batch_op.create_index("ix_registration_merge_event_id_email_key", ["event_id", "email_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_merge_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_merge_token"), ["token"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_merge_undone_by_id"), ["undone_by_id"], unique=False)
        batch_op.create_index(
            "uq_registration_merge_gone_id",
            ["gone_id"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    op.create_table(
        "entry_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "write",
                "edit",
                "delete",
                "restore",
                "link",
                "unlink",
                "support",
                "merge",
                "unmerge",
                name="entryactkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("entry_key", sa.String(length=64), nullable=False),
        sa.Column("other_key", sa.String(length=64), nullable=True),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["capture_link.id"], name=op.f("fk_entry_act_link_id_capture_link"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_entry_act_session_id_session"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_entry_act_staff_id_staff_member")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_entry_act_topic_id_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_act")),
        sa.UniqueConstraint("session_id", "key", name=op.f("uq_entry_act_session_id_key")),
    )
    with op.batch_alter_table("entry_act", schema=None) as batch_op:
        batch_op.create_index("ix_entry_act_session_id_entry_key", ["session_id", "entry_key"], unique=False)
        batch_op.create_index("ix_entry_act_session_id_other_key", ["session_id", "other_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_act_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "entry_answer",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=100), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_entry_answer_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["staff_member.id"], name=op.f("fk_entry_answer_read_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entry_answer")),
    )
    with op.batch_alter_table("entry_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_answer_read_by_id"), ["read_by_id"], unique=False)

    op.create_table(
        "entry_author",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_entry_author_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_entry_author_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entry_author")),
    )
    with op.batch_alter_table("entry_author", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_author_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "entry_trace",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_entry_trace_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["entry.id"], name=op.f("fk_entry_trace_origin_id_entry"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", "origin_id", name=op.f("pk_entry_trace")),
    )
    with op.batch_alter_table("entry_trace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_trace_origin_id"), ["origin_id"], unique=False)

    op.create_table(
        "former_number",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("contribution", "proposal", name="entrykind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_former_number_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_former_number_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", "kind", name=op.f("pk_former_number")),
        sa.UniqueConstraint("session_id", "kind", "number", name=op.f("uq_former_number_session_id_kind_number")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device", sa.String(length=80), server_default="", nullable=False))
    op.execute(
        "UPDATE attendance SET device = (SELECT door_act.device FROM door_act WHERE door_act.id = attendance.door_act_id)"
        " WHERE door_act_id IS NOT NULL"
    )

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.alter_column("device", server_default=None)

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("theme_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("title", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("public_text", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("is_of_several", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("supports", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column(
                "source",
                sa.Enum("noted", "imported", "written", name="entrysource", native_enum=False, length=32),
                server_default="noted",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "state",
                sa.Enum("collected", "reviewed", "published", name="entrystate", native_enum=False, length=32),
                server_default="collected",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("has_conflict", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("withheld_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("withheld_reason", sa.String(length=500), server_default="", nullable=False))
    # What is there was noted on the page, or came from a file: that gave it an id of its own, or that of its row.
    op.execute("UPDATE entry SET key = 'e' || id")
    op.execute("UPDATE entry SET source = 'imported' WHERE external_id IS NOT NULL AND external_id NOT LIKE 'line:%'")

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.alter_column("key", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("title", server_default=None)
        batch_op.alter_column("public_text", server_default=None)
        batch_op.alter_column("is_of_several", server_default=None)
        batch_op.alter_column("supports", server_default=None)
        batch_op.alter_column("source", server_default=None)
        batch_op.alter_column("state", server_default=None)
        batch_op.alter_column("revision", server_default=None)
        batch_op.alter_column("has_conflict", server_default=None)
        batch_op.alter_column("withheld_reason", server_default=None)
        batch_op.drop_index(batch_op.f("ix_entry_session_id_kind_deleted_at"))
        batch_op.create_index("ix_entry_counted", ["session_id", "kind", "deleted_at", "merged_into_id"], unique=False)
        batch_op.create_index(
            "ix_entry_merged_into_id",
            ["merged_into_id"],
            unique=False,
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        )
        batch_op.create_index("ix_entry_session_id_revision", ["session_id", "revision"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_theme_id"), ["theme_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_entry_session_id_key"), ["session_id", "key"])
        batch_op.create_foreign_key(
            batch_op.f("fk_entry_theme_id_theme"), "theme", ["theme_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(batch_op.f("fk_entry_merged_into_id_entry"), "entry", ["merged_into_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_entry_supports_not_negative"), "supports >= 0")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shows_contributions", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("writing_days", sa.Integer(), server_default="14", nullable=False))

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.alter_column("shows_contributions", server_default=None)
        batch_op.alter_column("writing_days", server_default=None)

    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outgoing_mail_held_up",
            ["id"],
            unique=False,
            sqlite_where=sa.text("held_up_since IS NOT NULL"),
            postgresql_where=sa.text("held_up_since IS NOT NULL"),
        )

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(length=300), server_default="", nullable=False))
        batch_op.add_column(sa.Column("district_code", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("neighbourhood_code", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("declared_contributions", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("declared_proposals", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("source_url", sa.String(length=500), server_default="", nullable=False))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.alter_column("address", server_default=None)
        batch_op.alter_column("source_url", server_default=None)
        batch_op.create_index(batch_op.f("ix_session_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_neighbourhood_code"), ["neighbourhood_code"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_session_district_code_district"), "district", ["district_code"], ["code"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_session_neighbourhood_code_neighbourhood"), "neighbourhood", ["neighbourhood_code"], ["code"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_session_declared_contributions_not_negative"), "declared_contributions >= 0"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_session_declared_proposals_not_negative"), "declared_proposals >= 0"
        )

    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.add_column(sa.Column("names", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("former_keys", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(
            sa.Column(
                "colour",
                sa.Enum(
                    "teal",
                    "indigo",
                    "plum",
                    "rust",
                    "olive",
                    "slate",
                    "rose",
                    "ochre",
                    "forest",
                    "navy",
                    name="topiccolour",
                    native_enum=False,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("taxonomy_ids", sa.JSON(), server_default="[]", nullable=False))

    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.alter_column("names", server_default=None)
        batch_op.alter_column("former_keys", server_default=None)
        batch_op.alter_column("position", server_default=None)
        batch_op.alter_column("taxonomy_ids", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.drop_column("taxonomy_ids")
        batch_op.drop_column("position")
        batch_op.drop_column("colour")
        batch_op.drop_column("former_keys")
        batch_op.drop_column("names")

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_session_declared_proposals_not_negative"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_session_declared_contributions_not_negative"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_session_neighbourhood_code_neighbourhood"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_session_district_code_district"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_session_neighbourhood_code"))
        batch_op.drop_index(batch_op.f("ix_session_district_code"))
        batch_op.drop_column("source_url")
        batch_op.drop_column("declared_proposals")
        batch_op.drop_column("declared_contributions")
        batch_op.drop_column("neighbourhood_code")
        batch_op.drop_column("district_code")
        batch_op.drop_column("address")

    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outgoing_mail_held_up",
            sqlite_where=sa.text("held_up_since IS NOT NULL"),
            postgresql_where=sa.text("held_up_since IS NOT NULL"),
        )

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_column("writing_days")
        batch_op.drop_column("shows_contributions")

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_entry_supports_not_negative"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_entry_merged_into_id_entry"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_entry_theme_id_theme"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_entry_session_id_key"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_entry_theme_id"))
        batch_op.drop_index("ix_entry_session_id_revision")
        batch_op.drop_index(
            "ix_entry_merged_into_id",
            sqlite_where=sa.text("merged_into_id IS NOT NULL"),
            postgresql_where=sa.text("merged_into_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_entry_counted")
        batch_op.create_index(
            batch_op.f("ix_entry_session_id_kind_deleted_at"), ["session_id", "kind", "deleted_at"], unique=False
        )
        batch_op.drop_column("withheld_reason")
        batch_op.drop_column("withheld_at")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("has_conflict")
        batch_op.drop_column("revision")
        batch_op.drop_column("state")
        batch_op.drop_column("source")
        batch_op.drop_column("supports")
        batch_op.drop_column("is_of_several")
        batch_op.drop_column("public_text")
        batch_op.drop_column("title")
        batch_op.drop_column("theme_id")
        batch_op.drop_column("key")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_column("device")

    op.drop_table("former_number")
    with op.batch_alter_table("entry_trace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_trace_origin_id"))

    op.drop_table("entry_trace")
    with op.batch_alter_table("entry_author", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_author_registration_id"))

    op.drop_table("entry_author")
    with op.batch_alter_table("entry_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_answer_read_by_id"))

    op.drop_table("entry_answer")
    with op.batch_alter_table("entry_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_act_topic_id"))
        batch_op.drop_index("ix_entry_act_session_id_other_key")
        batch_op.drop_index("ix_entry_act_session_id_entry_key")

    op.drop_table("entry_act")
    with op.batch_alter_table("registration_merge", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_registration_merge_gone_id",
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_registration_merge_undone_by_id"))
        batch_op.drop_index(batch_op.f("ix_registration_merge_token"))
        batch_op.drop_index(batch_op.f("ix_registration_merge_registration_id"))
        batch_op.drop_index("ix_registration_merge_event_id_email_key")
        batch_op.drop_index("ix_registration_merge_event_id_code")
        batch_op.drop_index(batch_op.f("ix_registration_merge_done_by_id"))

    op.drop_table("registration_merge")
    with op.batch_alter_table("possible_duplicate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_possible_duplicate_second_id"))
        batch_op.drop_index("ix_possible_duplicate_event_id_score")
        batch_op.drop_index(batch_op.f("ix_possible_duplicate_apart_by_id"))

    op.drop_table("possible_duplicate")
    op.drop_table("notebook")
    with op.batch_alter_table("imported_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_session_session_id"))

    op.drop_table("imported_session")
    with op.batch_alter_table("capture_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capture_link_session_id"))

    op.drop_table("capture_link")
    with op.batch_alter_table("theme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_theme_topic_id"))
        batch_op.drop_index(batch_op.f("ix_theme_event_id"))

    op.drop_table("theme")
    with op.batch_alter_table("session_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_file_uploaded_at"))
        batch_op.drop_index(batch_op.f("ix_session_file_event_id"))
        batch_op.drop_index(batch_op.f("ix_session_file_batch_id"))

    op.drop_table("session_file")
    with op.batch_alter_table("session_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_batch_undone_by_id"))
        batch_op.drop_index("ix_session_batch_event_id_done_at")
        batch_op.drop_index(batch_op.f("ix_session_batch_done_by_id"))

    op.drop_table("session_batch")
    with op.batch_alter_table("figure_snapshot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_figure_snapshot_process_id"))
        batch_op.drop_index(batch_op.f("ix_figure_snapshot_event_id"))

    op.drop_table("figure_snapshot")
    op.drop_table("duplicate_search")
    with op.batch_alter_table("answer_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_file_uploaded_at"))
        batch_op.drop_index(batch_op.f("ix_answer_file_process_id"))
        batch_op.drop_index(batch_op.f("ix_answer_file_event_id"))

    op.drop_table("answer_file")
    with op.batch_alter_table("open_data", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_open_data_published_by_id"))

    op.drop_table("open_data")
