"""What platforms said of sent messages, and links that carry a conversation to the web."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "delivery_parts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("message", sa.String(32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.String(64)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("fault", sa.String(60)),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_parts"),
        sa.UniqueConstraint("message", "part", name="uq_delivery_parts_message_part"),
    )
    op.create_index("ix_delivery_parts_conversation", "delivery_parts", ["conversation"])
    op.create_index("ix_delivery_parts_platform_id", "delivery_parts", ["platform_id"])
    op.create_table(
        "handovers",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("expires", WHEN, nullable=False),
        sa.Column("used_at", WHEN),
        sa.PrimaryKeyConstraint("token", name="pk_handovers"),
    )
    op.create_index("ix_handovers_conversation", "handovers", ["conversation"])


def downgrade() -> None:
    op.drop_table("handovers")
    op.drop_table("delivery_parts")
