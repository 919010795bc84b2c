"""On which day of the calendar a finding was first recorded: the clock of a lead starts there, not on a day of the data."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = depends_on = None


def upgrade() -> None:
    """Add the column; of findings recorded before, nobody knows the day."""
    op.add_column("finding_history", sa.Column("recorded_on", sa.Date))
