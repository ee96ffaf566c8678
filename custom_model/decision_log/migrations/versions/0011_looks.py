"""Who looked at which client's data, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("look_id", sa.String(36), primary_key=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("decision_id", sa.String(36)),
        sa.Column("client_id", sa.String(200)),
    )
    op.create_index("looks_at_decision", "looks", ["decision_id"])
    op.create_index("looks_at_client", "looks", ["client_id"])
    op.create_index("looks_by_age", "looks", ["looked_at"])
