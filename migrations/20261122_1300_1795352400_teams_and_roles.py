"""teams and roles."""

import sqlalchemy as sa
from alembic import op

revision = "1795352400"
down_revision = "1795340531"
branch_labels = None
depends_on = None

ROLES = sa.Enum(
    "administrator",
    "organiser",
    "facilitator",
    "door",
    "viewer",
    name="staffrole",
    native_enum=False,
    length=32,
)


def upgrade() -> None:
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", ROLES, nullable=False),
        sa.CheckConstraint("role <> 'administrator'", name=op.f("ck_team_member_role_below_administrator")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_team_member_staff_id_staff_member")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team")),
        sa.PrimaryKeyConstraint("team_id", "staff_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_staff_id"), "team_member", ["staff_id"])
    op.create_table(
        "event_member",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", ROLES, nullable=False),
        sa.CheckConstraint("role <> 'administrator'", name=op.f("ck_event_member_role_below_administrator")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_member_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_event_member_staff_id_staff_member")),
        sa.PrimaryKeyConstraint("event_id", "staff_id", name=op.f("pk_event_member")),
    )
    op.create_index(op.f("ix_event_member_staff_id"), "event_member", ["staff_id"])

    with op.batch_alter_table("team") as team:
        team.add_column(sa.Column("logo", sa.LargeBinary(), nullable=True))
        team.add_column(sa.Column("logo_mark", sa.String(length=64), nullable=False, server_default=""))
        team.add_column(sa.Column("logo_width", sa.Integer(), nullable=False, server_default="0"))
        team.add_column(sa.Column("logo_height", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("team") as team:
        for name in ("logo_mark", "logo_width", "logo_height"):
            team.alter_column(name, server_default=None)
        team.create_index(op.f("ix_team_logo_mark"), ["logo_mark"])
    with op.batch_alter_table("staff_member") as staff_member:
        staff_member.add_column(sa.Column("is_administrator", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("process") as process:
        process.add_column(sa.Column("team_id", sa.Integer(), nullable=True))

    # Whoever had no team worked in the oldest, so there has to be one.
    op.execute("""
        INSERT INTO team (name, contact_email, place, responsible_body, privacy_purpose, privacy_legal_basis,
                          privacy_rights, privacy_url, image_consent_text, certificate_formula, signatory_name,
                          signatory_post, logo_mark, logo_width, logo_height)
        SELECT 'Equip organitzador', '', 'Barcelona', '', '', '', '', '', '', 'states', '', '', '', 0, 0
        WHERE NOT EXISTS (SELECT 1 FROM team)
          AND (EXISTS (SELECT 1 FROM process) OR EXISTS (SELECT 1 FROM staff_member))
    """)
    op.execute("""
        UPDATE staff_member SET is_administrator = (role_id IN (SELECT id FROM role WHERE name = 'administrator'))
    """)
    op.execute("""
        INSERT INTO team_member (team_id, staff_id, role)
        SELECT COALESCE(staff_member.team_id, (SELECT MIN(id) FROM team)), staff_member.id, role.name
        FROM staff_member JOIN role ON role.id = staff_member.role_id
        WHERE role.name <> 'administrator'
    """)
    # A process belongs to the team that has most of its events.
    op.execute("""
        UPDATE process SET team_id = COALESCE(
            (SELECT event.team_id FROM event WHERE event.process_id = process.id
             GROUP BY event.team_id ORDER BY COUNT(*) DESC, MIN(event.starts_at), event.team_id LIMIT 1),
            (SELECT MIN(id) FROM team))
    """)

    with op.batch_alter_table("process") as process:
        process.alter_column("team_id", existing_type=sa.Integer(), nullable=False)
        process.create_index(op.f("ix_process_team_id"), ["team_id"])
        process.create_foreign_key(op.f("fk_process_team_id_team"), "team", ["team_id"], ["id"])
    with op.batch_alter_table("staff_member") as staff_member:
        staff_member.alter_column("is_administrator", server_default=None)
        staff_member.drop_index(op.f("ix_staff_member_role_id"))
        staff_member.drop_index(op.f("ix_staff_member_team_id"))
        staff_member.drop_constraint(op.f("fk_staff_member_role_id_role"), type_="foreignkey")
        staff_member.drop_constraint(op.f("fk_staff_member_team_id_team"), type_="foreignkey")
        staff_member.drop_column("team_id")
        staff_member.drop_column("role_id")
    op.drop_table("role")


def downgrade() -> None:
    """Give everybody one role again: the one in their oldest team. Roles at single events and logos are lost."""
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.execute("INSERT INTO role (name) VALUES ('administrator'), ('organiser'), ('facilitator'), ('door'), ('viewer')")
    with op.batch_alter_table("staff_member") as staff_member:
        staff_member.add_column(sa.Column("role_id", sa.Integer(), nullable=True))
        staff_member.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
    op.execute("""
        UPDATE staff_member SET
            team_id = (SELECT MIN(team_id) FROM team_member WHERE staff_id = staff_member.id),
            role_id = (SELECT id FROM role WHERE name = CASE WHEN is_administrator THEN 'administrator' ELSE COALESCE(
                (SELECT role FROM team_member WHERE staff_id = staff_member.id ORDER BY team_id LIMIT 1), 'viewer') END)
    """)
    with op.batch_alter_table("staff_member") as staff_member:
        staff_member.alter_column("role_id", existing_type=sa.Integer(), nullable=False)
        staff_member.create_foreign_key(op.f("fk_staff_member_team_id_team"), "team", ["team_id"], ["id"])
        staff_member.create_foreign_key(op.f("fk_staff_member_role_id_role"), "role", ["role_id"], ["id"])
        staff_member.create_index(op.f("ix_staff_member_team_id"), ["team_id"])
        staff_member.create_index(op.f("ix_staff_member_role_id"), ["role_id"])
        staff_member.drop_column("is_administrator")
    with op.batch_alter_table("process") as process:
        process.drop_constraint(op.f("fk_process_team_id_team"), type_="foreignkey")
        process.drop_index(op.f("ix_process_team_id"))
        process.drop_column("team_id")
    with op.batch_alter_table("team") as team:
        team.drop_index(op.f("ix_team_logo_mark"))
        for name in ("logo_height", "logo_width", "logo_mark", "logo"):
            team.drop_column(name)
    op.drop_table("event_member")
    op.drop_table("team_member")
