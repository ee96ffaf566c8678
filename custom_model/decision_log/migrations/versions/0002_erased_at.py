"""When a client's fields were erased on request, so that a record without them says why."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("erased_at", sa.DateTime(timezone=True)))
