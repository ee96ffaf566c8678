"""What figures of many decisions are computed from, in an index of its own: the fields of each take 24 KB of a row."""

from alembic import op

revision = "0010"
down_revision = "0009"

COLUMNS = [
    "model_name",
    "decided_at",
    "model_version",
    "decision",
    "probability_of_default",
    "threshold",
    "threshold_source",
    "cost_false_negative",
    "cost_false_positive",
    "history",
]


def upgrade() -> None:
    op.create_index("decisions_watched", "decisions", COLUMNS)
