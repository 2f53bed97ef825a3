"""desk and door."""

import sqlalchemy as sa
from alembic import op

revision = "1795354108"
down_revision = "1795352400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_headings",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_known_headings_team_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "mark", name=op.f("pk_known_headings")),
    )
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("confirm", "move", "cancel", "attend", name="bulkkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["staff_member.id"], name=op.f("fk_bulk_act_done_by_id_staff_member")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_bulk_act_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["staff_member.id"], name=op.f("fk_bulk_act_undone_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    with op.batch_alter_table("bulk_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bulk_act_done_by_id"), ["done_by_id"], unique=False)
        batch_op.create_index("ix_bulk_act_event_id_done_at", ["event_id", "done_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_bulk_act_undone_by_id"), ["undone_by_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("process_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("programme", "synthesis", "report", "other", name="documentkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "pdf", "odt", "docx", "png", "jpg", "webp", "gif", name="documentformat", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(event_id IS NULL) <> (process_id IS NULL)", name=op.f("ck_document_belongs_to_one")),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_size_positive")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_document_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_document_process_id_process"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["staff_member.id"], name=op.f("fk_document_uploaded_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_process_id"), ["process_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_uploaded_by_id"), ["uploaded_by_id"], unique=False)

    op.create_table(
        "door_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_door_link_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_link")),
        sa.UniqueConstraint("token", name=op.f("uq_door_link_token")),
    )
    with op.batch_alter_table("door_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_link_event_id"), ["event_id"], unique=False)

    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("attendances", sa.Integer(), nullable=False),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["staff_member.id"], name=op.f("fk_import_batch_done_by_id_staff_member")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_import_batch_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["staff_member.id"], name=op.f("fk_import_batch_undone_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_done_by_id"), ["done_by_id"], unique=False)
        batch_op.create_index("ix_import_batch_event_id_done_at", ["event_id", "done_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_batch_undone_by_id"), ["undone_by_id"], unique=False)

    op.create_table(
        "list_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_list_profile_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_profile")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_list_profile_event_id_name")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("draft", "sending", "stopped", "sent", name="messagestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("with_cancelled", sa.Boolean(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("without_address", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_message_author_id_staff_member")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_message_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_message_event_id_created_at", ["event_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_state"), ["state"], unique=False)

    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_saved_view_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff_member.id"], name=op.f("fk_saved_view_made_by_id_staff_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_saved_view_event_id_name")),
    )
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_view_made_by_id"), ["made_by_id"], unique=False)

    op.create_table(
        "document_piece",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_piece_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "version", "number", name=op.f("pk_document_piece")),
    )
    op.create_table(
        "first_view",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_first_view_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_first_view_staff_id_staff_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_view.id"], name=op.f("fk_first_view_view_id_saved_view"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "event_id", name=op.f("pk_first_view")),
    )
    with op.batch_alter_table("first_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_first_view_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_first_view_view_id"), ["view_id"], unique=False)

    op.create_table(
        "bulk_act_person",
        sa.Column("bulk_act_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("is_undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_act_id"], ["bulk_act.id"], name=op.f("fk_bulk_act_person_bulk_act_id_bulk_act"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_bulk_act_person_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bulk_act_id", "registration_id", name=op.f("pk_bulk_act_person")),
    )
    with op.batch_alter_table("bulk_act_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bulk_act_person_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "door_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("check_in", "undo", "walk_in", name="dooractkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("person", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum("list", "file", "code", "paper", "self", name="attendancesource", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("takes_back", sa.JSON(), nullable=False),
        sa.Column("is_taken_back", sa.Boolean(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "recorded",
                "merged",
                "undone",
                "taken_back",
                "added",
                "over_capacity",
                "unknown",
                "refused",
                name="dooroutcome",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_door_act_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["door_link.id"], name=op.f("fk_door_act_link_id_door_link"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_door_act_registration_id_registration"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_door_act_session_id_session"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_door_act_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_act")),
        sa.UniqueConstraint("event_id", "client_id", name=op.f("uq_door_act_event_id_client_id")),
    )
    with op.batch_alter_table("door_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_door_act_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_act_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_act_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_door_act_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "imported_person",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_imported_person_batch_id_import_batch"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_imported_person_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", "registration_id", name=op.f("pk_imported_person")),
    )
    with op.batch_alter_table("imported_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_person_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "message_recipient",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outgoing_mail.id"],
            name=op.f("fk_message_recipient_mail_id_outgoing_mail"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_recipient_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_message_recipient_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "registration_id", name=op.f("pk_message_recipient")),
    )
    with op.batch_alter_table("message_recipient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_recipient_mail_id"), ["mail_id"], unique=False)
        batch_op.create_index("ix_message_recipient_message_id_written_at", ["message_id", "written_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_recipient_registration_id"), ["registration_id"], unique=False)

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("door_act_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_attendance_door_act_id"), ["door_act_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_attendance_door_act_id_door_act"), "door_act", ["door_act_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("attendee_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mapping", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_attendee_file_batch_id"), ["batch_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_attendee_file_batch_id_import_batch"),
            "import_batch",
            ["batch_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outgoing_mail_refused",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'refused'"),
            postgresql_where=sa.text("state = 'refused'"),
        )

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(
            "ix_registration_event_id_organisation_key", ["event_id", "organisation_key"], unique=False
        )
        batch_op.create_index("ix_registration_event_id_state", ["event_id", "state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index("ix_registration_event_id_state")
        batch_op.drop_index("ix_registration_event_id_organisation_key")

    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outgoing_mail_refused",
            sqlite_where=sa.text("state = 'refused'"),
            postgresql_where=sa.text("state = 'refused'"),
        )

    with op.batch_alter_table("attendee_file", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_attendee_file_batch_id_import_batch"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attendee_file_batch_id"))
        batch_op.drop_column("batch_id")
        batch_op.drop_column("mapping")

    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_attendance_door_act_id_door_act"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attendance_door_act_id"))
        batch_op.drop_column("door_act_id")

    with op.batch_alter_table("message_recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_recipient_registration_id"))
        batch_op.drop_index("ix_message_recipient_message_id_written_at")
        batch_op.drop_index(batch_op.f("ix_message_recipient_mail_id"))

    op.drop_table("message_recipient")
    with op.batch_alter_table("imported_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_person_registration_id"))

    op.drop_table("imported_person")
    with op.batch_alter_table("door_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_act_staff_id"))
        batch_op.drop_index(batch_op.f("ix_door_act_session_id"))
        batch_op.drop_index(batch_op.f("ix_door_act_registration_id"))
        batch_op.drop_index(batch_op.f("ix_door_act_link_id"))

    op.drop_table("door_act")
    with op.batch_alter_table("bulk_act_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_act_person_registration_id"))

    op.drop_table("bulk_act_person")
    with op.batch_alter_table("first_view", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_first_view_view_id"))
        batch_op.drop_index(batch_op.f("ix_first_view_event_id"))

    op.drop_table("first_view")
    op.drop_table("document_piece")
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_view_made_by_id"))

    op.drop_table("saved_view")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_state"))
        batch_op.drop_index("ix_message_event_id_created_at")
        batch_op.drop_index(batch_op.f("ix_message_author_id"))

    op.drop_table("message")
    op.drop_table("list_profile")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_undone_by_id"))
        batch_op.drop_index("ix_import_batch_event_id_done_at")
        batch_op.drop_index(batch_op.f("ix_import_batch_done_by_id"))

    op.drop_table("import_batch")
    with op.batch_alter_table("door_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_door_link_event_id"))

    op.drop_table("door_link")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_uploaded_by_id"))
        batch_op.drop_index(batch_op.f("ix_document_process_id"))
        batch_op.drop_index(batch_op.f("ix_document_event_id"))

    op.drop_table("document")
    with op.batch_alter_table("bulk_act", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_act_undone_by_id"))
        batch_op.drop_index("ix_bulk_act_event_id_done_at")
        batch_op.drop_index(batch_op.f("ix_bulk_act_done_by_id"))

    op.drop_table("bulk_act")
    op.drop_table("known_headings")
