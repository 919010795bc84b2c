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
    # Whom and what the finding was about when it was first seen, as JSON: from them its id follows anew after a merge.
    sa.Column("accused", sa.Text),
    sa.Column("anchor", sa.Text),
    sa.Column("alias_of", sa.String(16)),
    sa.Column("recorded_on", sa.Date),
)
DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column("decision_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("object_table", sa.String(32), nullable=False),
    sa.Column("object_ids", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String(128), nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False),
    sa.Column("undoes", sa.String(36)),
    sa.Column("seq", sa.Integer, nullable=False),
    # Finding -> hash of the evidence that the person saw, as JSON.
    sa.Column("evidence", sa.Text),
    sa.UniqueConstraint("seq", name="decisions_in_order"),
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
EVIDENCE_REQUESTS = sa.Table(
    "evidence_requests",
    METADATA,
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
REFERRALS = sa.Table(
    "referrals",
    METADATA,
    sa.Column("referral_id", sa.String(36), primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("from_unit", sa.Text, nullable=False),
    sa.Column("to_unit", sa.Text, nullable=False),
    sa.Column("handed_on", sa.Date, nullable=False),
    sa.Column("items", sa.Text, nullable=False),
    sa.Column("accepted_on", sa.Date),
    sa.Column("accepted_by", sa.String(128)),
)
DOSSIER = sa.Table(
    "dossier",
    METADATA,
    sa.Column("source_file", sa.Text, primary_key=True),
    sa.Column("dossier", sa.Text, nullable=False),
    sa.Column("page_from", sa.Integer),
    sa.Column("page_to", sa.Integer),
)
RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("run_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("outcome", sa.String(16)),
    sa.Column("details", sa.Text, nullable=False),
)
ACCESS = sa.Table(
    "access",
    METADATA,
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
