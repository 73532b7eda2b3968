"""Staff accounts, their sessions, and what they add to conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("login", sa.String(80), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("totp", sa.LargeBinary()),
        sa.Column("totp_step", sa.BigInteger()),
        sa.Column("invite", sa.String(64)),
        sa.Column("invite_until", WHEN),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("disabled_at", WHEN),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login", name="uq_staff_login"),
        sa.UniqueConstraint("invite", name="uq_staff_invite"),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("staff", sa.String(32), nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("seen", WHEN, nullable=False),
        sa.Column("ended", WHEN),
        sa.PrimaryKeyConstraint("id", name="pk_staff_sessions"),
    )
    op.create_index("ix_staff_sessions_staff", "staff_sessions", ["staff"])
    op.create_table(
        "sign_ins",
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", WHEN),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("login", name="pk_sign_ins"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_conversation", "notes", ["conversation"])
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("assessment", sa.String(32), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("assessment", name="uq_decisions_assessment"),
    )
    op.create_index("ix_decisions_conversation", "decisions", ["conversation"])
    op.create_table(
        "attendance",
        sa.Column("booking", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("booking", name="pk_attendance"),
    )
    op.create_index("ix_attendance_conversation", "attendance", ["conversation"])
    op.create_table(
        "labels",
        sa.Column("inbox", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("inbox", name="pk_labels"),
    )
    op.create_index("ix_labels_conversation", "labels", ["conversation"])


def downgrade() -> None:
    for table in ("labels", "attendance", "decisions", "notes", "sign_ins", "staff_sessions", "staff"):
        op.drop_table(table)
