"""People who said STOP, and ids of events whose conversation was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("identities", sa.Column("stopped_at", WHEN))
    op.create_table(
        "spent_events",
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("channel", "external_id", name="pk_spent_events"),
    )
    op.create_index("ix_spent_events_conversation", "spent_events", ["conversation"])


def downgrade() -> None:
    op.drop_table("spent_events")
    op.drop_column("identities", "stopped_at")
