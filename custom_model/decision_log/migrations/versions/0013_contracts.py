"""The order of each contract's fields, by which records have their values without the names."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "contracts",
        sa.Column("contract", sa.String(64), primary_key=True),
        sa.Column("names", sa.JSON, nullable=False),
    )
