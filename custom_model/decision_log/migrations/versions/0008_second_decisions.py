"""Contests of decisions and people's answers, each in a table of its own: no decision is ever changed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "contests",
        sa.Column("contest_id", sa.String(36), primary_key=True),
        sa.Column("decision_id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.String(200)),
        sa.Column("after", sa.Integer, nullable=False),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(255), nullable=False),
        sa.Column("statement", sa.Text),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
    )
    op.create_index("contests_of_decision", "contests", ["decision_id", "after"], unique=True)
    op.create_index("contests_of_client", "contests", ["client_id"])
    op.create_table(
        "overrides",
        sa.Column("override_id", sa.String(36), primary_key=True),
        sa.Column("decision_id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.String(200)),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("contest_id", sa.String(36)),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(255), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("evidence", sa.Text),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
    )
    op.create_index("overrides_of_decision", "overrides", ["decision_id", "number"], unique=True)
    op.create_index("overrides_of_client", "overrides", ["client_id"])
