"""The history of findings and people's decisions; a store from before there were migrations has both already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = depends_on = None


def upgrade() -> None:
    """Make the two tables where they are not there yet."""
    there = sa.inspect(op.get_bind())
    if not there.has_table("finding_history"):
        op.create_table(
            "finding_history",
            sa.Column("finding_id", sa.String(16), primary_key=True),
            sa.Column("indicator", sa.String(64), nullable=False),
            sa.Column("evidence_hash", sa.String(16), nullable=False),
            sa.Column("first_seen", sa.Date, nullable=False),
            sa.Column("last_seen", sa.Date, nullable=False),
            sa.Column("is_current", sa.Boolean, nullable=False),
        )
    if not there.has_table("decisions"):
        op.create_table(
            "decisions",
            sa.Column("decision_id", sa.String(36), primary_key=True),
            sa.Column("kind", sa.String(16), nullable=False),
            sa.Column("object_table", sa.String(32), nullable=False),
            sa.Column("object_ids", sa.Text, nullable=False),
            sa.Column("reason", sa.Text, nullable=False),
            sa.Column("decided_by", sa.String(128), nullable=False),
            sa.Column("decided_at", sa.DateTime, nullable=False),
            sa.Column("undoes", sa.String(36)),
        )
