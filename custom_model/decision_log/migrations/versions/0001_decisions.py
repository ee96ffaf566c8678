"""The table of decisions, with indexes by client, time and model."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(36), primary_key=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(200)),
        sa.Column("model_name", sa.String(255), nullable=False),
        sa.Column("model_version", sa.String(64)),
        sa.Column("model_run", sa.String(64)),
        sa.Column("contract", sa.String(64), nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("threshold_source", sa.String(16), nullable=False),
        sa.Column("cost_false_negative", sa.Double, nullable=False),
        sa.Column("cost_false_positive", sa.Double, nullable=False),
        sa.Column("probability_of_default", sa.Double, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("unknown_categories", sa.JSON, nullable=False),
        sa.Column("history", sa.String(16), nullable=False),
        sa.Column("history_version", sa.String(64)),
        sa.Column("fields", sa.JSON),
        sa.Column("history_fields", sa.JSON),
        sa.Column("latency_ms", sa.Double, nullable=False),
    )
    op.create_index("decisions_of_client", "decisions", ["client_id", "decided_at"])
    op.create_index("decisions_in_window", "decisions", ["decided_at"])
    op.create_index("decisions_of_model", "decisions", ["model_name", "model_version", "decided_at"])
