"""Requests for records, referrals, where a file lies in the dossier, runs, and who may see which case."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "evidence_requests",
        sa.Column("request_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("addressee", sa.Text, nullable=False),
        sa.Column("asks_for", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("approved_by", sa.String(128), nullable=False),
        sa.Column("sent_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("answered_on", sa.Date),
        sa.Column("received_file", sa.Text),
    )
    op.create_table(
        "referrals",
        sa.Column("referral_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("from_unit", sa.Text, nullable=False),
        sa.Column("to_unit", sa.Text, nullable=False),
        sa.Column("handed_on", sa.Date, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("accepted_on", sa.Date),
        sa.Column("accepted_by", sa.String(128)),
    )
    op.create_table(
        "dossier",
        sa.Column("source_file", sa.Text, primary_key=True),
        sa.Column("dossier", sa.Text, nullable=False),
        sa.Column("page_from", sa.Integer),
        sa.Column("page_to", sa.Integer),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("outcome", sa.String(16)),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_table(
        "access",
        sa.Column("grant_id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("granted_by", sa.String(128), nullable=False),
        sa.Column("granted_at", sa.DateTime, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("revoked_by", sa.String(128)),
        sa.Column("revoked_at", sa.DateTime),
    )
