"""What figures of many decisions are computed from, in an index of its own: the fields of each take 24 KB of a row."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

DAY = sa.text("substr(decided_at, 1, 10)")  # of a time on SQLite, where it is text
COLUMNS = [
    "model_version",
    "history",
    "decision",
    "probability_of_default",
    "threshold",
    "cost_false_negative",
    "cost_false_positive",
    "cost_review",
]


def upgrade() -> None:
    time = DAY if op.get_bind().dialect.name == "sqlite" else "decided_at"
    op.create_index("decisions_watched", "decisions", ["model_name", time, *COLUMNS])
