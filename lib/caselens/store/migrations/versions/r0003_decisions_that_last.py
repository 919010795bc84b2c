"""Decisions know their order and the evidence they were taken on; findings keep their id when parties are merged."""

import sqlalchemy as sa
from alembic import op

from caselens.store.migrations._append_only import append_only

revision = "0003"
down_revision = "0002"
branch_labels = depends_on = None


def upgrade() -> None:
    """Add the columns; number the decisions there are by their time."""
    with op.batch_alter_table("decisions") as table:
        table.alter_column("kind", type_=sa.String(32), existing_type=sa.String(16), existing_nullable=False)
        table.add_column(sa.Column("seq", sa.Integer))
        table.add_column(sa.Column("evidence", sa.Text))
    decisions = sa.table("decisions", sa.column("decision_id"), sa.column("decided_at"), sa.column("seq"))
    connection = op.get_bind()
    query = sa.select(decisions.c.decision_id).order_by(decisions.c.decided_at, decisions.c.decision_id)
    for seq, identifier in enumerate(connection.execute(query).scalars().all(), start=1):
        this = decisions.c.decision_id == identifier
        connection.execute(sa.update(decisions).where(this).values(seq=seq))
    with op.batch_alter_table("decisions") as table:
        table.alter_column("seq", existing_type=sa.Integer(), nullable=False)
        table.create_unique_constraint("decisions_in_order", ["seq"])
    append_only("decisions")
    with op.batch_alter_table("finding_history") as table:
        table.add_column(sa.Column("accused", sa.Text))
        table.add_column(sa.Column("anchor", sa.Text))
        table.add_column(sa.Column("alias_of", sa.String(16)))
