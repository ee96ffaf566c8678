"""Answers by Idempotency-Key, so that a request sent again gets the first one's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "idempotent_answers",
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(200)),
        sa.Column("decision", sa.LargeBinary, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("idempotent_answers_of_client", "idempotent_answers", ["client_id"])
    op.create_index("idempotent_answers_by_age", "idempotent_answers", ["answered_at"])
