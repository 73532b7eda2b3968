"""Conversations, their messages, and the engine's turns and trackers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("last_seen", WHEN, nullable=False),
        sa.Column("language", sa.String(12)),
        sa.Column("person", sa.String(32)),
        sa.Column("owner", sa.String(64)),
        sa.Column("owned_since", WHEN),
        sa.Column("alarm", sa.String(20)),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("retention", sa.String(20), nullable=False),
        sa.Column("erased_at", WHEN),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(32)),
        sa.Column("claimed_until", WHEN),
        sa.Column("outage_told", WHEN),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_last_seen", "conversations", ["last_seen"])
    op.create_index("ix_conversations_person", "conversations", ["person"])
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("received_at", WHEN, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", WHEN, nullable=False),
        sa.Column("done_at", WHEN),
        sa.Column("alerted", sa.String(20)),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name="fk_inbox_conversation"),
        sa.UniqueConstraint("channel", "external_id", name="uq_inbox_channel_external_id"),
    )
    op.create_index("ix_inbox_state_next_try", "inbox", ["state", "next_try"])
    op.create_index("ix_inbox_conversation_seq", "inbox", ["conversation", "seq"])
    op.create_table(
        "messages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(10), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("inbox", sa.String(32)),
        sa.Column("offers", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("delivery", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", WHEN),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name="fk_messages_conversation"),
        sa.UniqueConstraint("conversation", "seq", name="uq_messages_conversation_seq"),
    )
    op.create_index("ix_messages_delivery_next_try", "messages", ["delivery", "next_try"])
    op.create_table(
        "turns",
        sa.Column("inbox", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("replies", sa.LargeBinary(), nullable=False),
        sa.Column("reading", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("inbox", name="pk_turns"),
    )
    op.create_index("ix_turns_conversation", "turns", ["conversation"])
    op.create_index("ix_turns_at", "turns", ["at"])
    op.create_table(
        "trackers",
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name="pk_trackers"),
    )


def downgrade() -> None:
    for table in ("trackers", "turns", "messages", "inbox", "conversations"):
        op.drop_table(table)
