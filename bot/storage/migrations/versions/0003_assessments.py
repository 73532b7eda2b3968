"""Finished questionnaires."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("inbox", sa.String(64), nullable=False),
        sa.Column("finished_at", WHEN, nullable=False),
        sa.Column("expires_at", WHEN, nullable=False),
        sa.Column("questionnaire", sa.String(20), nullable=False),
        sa.Column("rules", sa.String(80), nullable=False),
        sa.Column("answers_hash", sa.String(64), nullable=False),
        sa.Column("superseded_at", WHEN),
        sa.Column("decided_at", WHEN),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
        sa.UniqueConstraint("conversation", "inbox", name="uq_assessments_conversation_inbox"),
    )
    op.create_index("ix_assessments_conversation", "assessments", ["conversation"])
    op.create_index("ix_assessments_finished_at", "assessments", ["finished_at"])


def downgrade() -> None:
    op.drop_table("assessments")
