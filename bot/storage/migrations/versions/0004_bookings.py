"""Holds, appointments, contacts, the waiting list, and requests for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "slot_units",
        sa.Column("practitioner", sa.String(40), nullable=False),
        sa.Column("unit", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32)),
        sa.Column("expires", WHEN),
        # Two visitors can never have the same time: this key is the promise.
        sa.PrimaryKeyConstraint("practitioner", "unit", name="pk_slot_units"),
    )
    op.create_index("ix_slot_units_owner", "slot_units", ["owner"])
    op.create_index("ix_slot_units_conversation", "slot_units", ["conversation"])
    op.create_table(
        "holds",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("practitioner", sa.String(40), nullable=False),
        sa.Column("starts", WHEN, nullable=False),
        sa.Column("ends", WHEN, nullable=False),
        sa.Column("until", WHEN, nullable=False),
        sa.Column("expires", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sa.UniqueConstraint("conversation", name="uq_holds_conversation"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("contact", sa.String(32), nullable=False),
        sa.Column("hold", sa.String(32), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("calendar", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("practitioner", sa.String(40), nullable=False),
        sa.Column("starts", WHEN, nullable=False),
        sa.Column("ends", WHEN, nullable=False),
        sa.Column("until", WHEN, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("made", WHEN, nullable=False),
        sa.Column("changed", WHEN, nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.UniqueConstraint("hold", name="uq_bookings_hold"),
        sa.UniqueConstraint("code", name="uq_bookings_code"),
        sa.UniqueConstraint("calendar", name="uq_bookings_calendar"),
    )
    op.create_index("ix_bookings_conversation", "bookings", ["conversation"])
    op.create_index("ix_bookings_starts", "bookings", ["starts"])
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("lookup", sa.String(64), nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_conversation", "contacts", ["conversation"])
    op.create_index("ix_contacts_lookup", "contacts", ["lookup"])
    op.create_table(
        "waiting",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("contact", sa.String(32), nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("first", sa.String(10)),
        sa.Column("last", sa.String(10)),
        sa.Column("asked", WHEN, nullable=False),
        sa.Column("told", WHEN),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
        sa.UniqueConstraint("conversation", "service", name="uq_waiting_conversation_service"),
    )
    op.create_index("ix_waiting_service_told", "waiting", ["service", "told"])
    op.create_table(
        "person_requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked", WHEN, nullable=False),
        sa.Column("taken_by", sa.String(64)),
        sa.Column("changed", WHEN, nullable=False),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_requests"),
    )
    op.create_index("ix_person_requests_conversation", "person_requests", ["conversation"])
    op.create_index("ix_person_requests_state_asked", "person_requests", ["state", "asked"])


def downgrade() -> None:
    for table in ("person_requests", "waiting", "contacts", "bookings", "holds", "slot_units"):
        op.drop_table(table)
