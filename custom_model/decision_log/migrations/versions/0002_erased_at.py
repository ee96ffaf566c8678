"""The time of an erasure, so that a record without fields says why."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("erased_at", sa.DateTime(timezone=True)))
