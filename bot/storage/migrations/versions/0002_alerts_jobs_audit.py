"""People, alerts, jobs, consents and the audit trail with its triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)

# Rows of the trail are never changed, and stay six years (docs/decisions/0303-audit-trail.md).
SQLITE_TRIGGERS = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN OLD.at > datetime('now', '-6 years') "
    "BEGIN SELECT RAISE(ABORT, 'audit rows stay six years'); END",
)
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION audit_guard() RETURNS trigger AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '6 years' THEN RETURN OLD; END IF;
      RAISE EXCEPTION 'audit rows are never changed and stay six years';
    END $$ LANGUAGE plpgsql""",
    "CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_guard()",
)


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("lookup", sa.String(64), nullable=False),
        sa.Column("created", WHEN, nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identities"),
        sa.UniqueConstraint("channel", "lookup", name="uq_identities_channel_lookup"),
    )
    op.create_index("ix_identities_person", "identities", ["person"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32)),
        sa.Column("inbox", sa.String(32)),
        sa.Column("flag", sa.String(20), nullable=False),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("raised_at", WHEN, nullable=False),
        sa.Column("delivered_at", WHEN),
        sa.Column("undelivered_at", WHEN),
        sa.Column("acknowledged_at", WHEN),
        sa.Column("acknowledged_by", sa.String(64)),
        sa.Column("escalated_at", WHEN),
        sa.Column("settled_at", WHEN),
        sa.Column("closed_at", WHEN),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("inbox", "flag", name="uq_alerts_inbox_flag"),
    )
    op.create_index("ix_alerts_conversation", "alerts", ["conversation"])
    op.create_index("ix_alerts_person", "alerts", ["person"])
    op.create_index("ix_alerts_closed_at_raised_at", "alerts", ["closed_at", "raised_at"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("unique_key", sa.String(200)),
        sa.Column("conversation", sa.String(32)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("run_at", WHEN, nullable=False),
        sa.Column("leased_by", sa.String(32)),
        sa.Column("leased_until", WHEN),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(60)),
        sa.Column("done_at", WHEN),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("unique_key", name="uq_jobs_unique_key"),
    )
    op.create_index("ix_jobs_conversation", "jobs", ["conversation"])
    op.create_index("ix_jobs_state_run_at", "jobs", ["state", "run_at"])
    op.create_table(
        "consents",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("notice", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_consents"),
    )
    op.create_index("ix_consents_conversation", "consents", ["conversation"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("conversation", sa.String(32)),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_conversation", "audit", ["conversation"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_TRIGGERS if sqlite else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("audit", "consents", "jobs", "alerts", "identities"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_guard()")
