"""Signed content, corrections of what was misunderstood, models made of them, times that staff block, calendar feeds,
how previews differ, who types, what helped.

Labels become corrections: they carry the wording that is trained, which the table before did not have. No release ever
had that table, so its rows are not carried over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "card_versions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("author", sa.String(32), nullable=False),
        sa.Column("made", WHEN, nullable=False),
        sa.Column("changed", WHEN, nullable=False),
        sa.Column("signed_by", sa.String(32)),
        sa.Column("signed_as", sa.String(80)),
        sa.Column("signed_at", WHEN),
        sa.Column("review_by", sa.String(10)),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_card_versions"),
        sa.UniqueConstraint("topic", "language", "number", name="uq_card_versions_topic_language_number"),
    )
    op.create_table(
        "card_publications",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("version", sa.String(32)),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_card_publications"),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("inbox", sa.String(32)),
        sa.Column("conversation", sa.String(32)),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("wording", sa.LargeBinary(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("confirmed_by", sa.String(32)),
        sa.Column("proposal", sa.String(32)),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("inbox", name="uq_corrections_inbox"),
    )
    op.create_index("ix_corrections_conversation", "corrections", ["conversation"])
    op.create_index("ix_corrections_proposal", "corrections", ["proposal"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("made", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("seen", WHEN, nullable=False),
        sa.Column("base", sa.String(16)),
        sa.Column("model", sa.String(16)),
        sa.Column("fault", sa.String(60)),
        sa.Column("report", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
    )
    op.create_table(
        "releases",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("base", sa.String(16), nullable=False),
        sa.Column("model", sa.String(16), nullable=False),
        sa.Column("proposal", sa.String(32)),
        sa.PrimaryKeyConstraint("number", name="pk_releases"),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("practitioner", sa.String(40), nullable=False),
        sa.Column("starts", WHEN, nullable=False),
        sa.Column("ends", WHEN, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
    )
    op.create_index("ix_blocks_starts", "blocks", ["starts"])
    op.create_table(
        "calendar_feeds",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("staff", sa.String(32), nullable=False),
        sa.Column("practitioner", sa.String(40), nullable=False),
        sa.Column("made", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_calendar_feeds"),
        sa.UniqueConstraint("staff", name="uq_calendar_feeds_staff"),
    )
    op.create_table(
        "previews",
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("at", WHEN),
        sa.Column("since", WHEN, nullable=False),
        sa.Column("version", sa.String(32)),
        sa.PrimaryKeyConstraint("conversation", name="pk_previews"),
    )
    op.create_table(
        "typing",
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("conversation", name="pk_typing"),
    )
    op.create_table(
        "feedback",
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq", name="pk_feedback"),
    )
    op.drop_index("ix_labels_conversation", "labels")
    op.drop_table("labels")


def downgrade() -> None:
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
    for table in (
        "feedback",
        "typing",
        "previews",
        "calendar_feeds",
        "blocks",
        "releases",
        "proposals",
        "corrections",
        "card_publications",
        "card_versions",
    ):
        op.drop_table(table)
