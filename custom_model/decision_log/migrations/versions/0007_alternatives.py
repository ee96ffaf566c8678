"""What change of the loan a refused client was offered, and what a person's look costs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("alternatives", sa.JSON))
    op.add_column("decisions", sa.Column("cost_review", sa.Double))
