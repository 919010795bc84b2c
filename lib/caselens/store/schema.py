"""The tables of the store as statements need them; they are made by the migrations, which a test holds against these."""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()

FINDING_HISTORY = sa.Table(
    "finding_history",
    METADATA,
    sa.Column("finding_id", sa.String(16), primary_key=True),
    sa.Column("indicator", sa.String(64), nullable=False),
    sa.Column("evidence_hash", sa.String(16), nullable=False),
    sa.Column("first_seen", sa.Date, nullable=False),
    sa.Column("last_seen", sa.Date, nullable=False),
    sa.Column("is_current", sa.Boolean, nullable=False),
)
DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column("decision_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("object_table", sa.String(32), nullable=False),
    sa.Column("object_ids", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String(128), nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False),
    sa.Column("undoes", sa.String(36)),
)
AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("login", sa.String(128), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)
