"""Decisions of a challenger in the shadow, beside those on record, and the evidence that they add up to."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "shadow_decisions",
        sa.Column("shadow", sa.String(255), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("decision_id", sa.String(36), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shadowed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("probability_of_default", sa.Double),
        sa.Column("threshold", sa.Double),
        sa.Column("cost_change", sa.Double),
        sa.Column("compared", sa.Integer, nullable=False),
        sa.Column("total", sa.Double, nullable=False),
        sa.Column("squares", sa.Double, nullable=False),
        sa.Column("log_cheaper", sa.Double, nullable=False),
        sa.Column("log_dearer", sa.Double, nullable=False),
    )
    op.create_index("shadow_decisions_of_decision", "shadow_decisions", ["decision_id", "shadow"], unique=True)
    op.create_index("shadow_decisions_by_age", "shadow_decisions", ["decided_at"])
