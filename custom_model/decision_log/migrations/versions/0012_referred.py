"""Referred decisions in an index of their own: few, and looked for among all by who answers them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    is_referred = sa.text("decision = 'referred'")
    op.create_index(
        "decisions_referred", "decisions", ["decided_at"], sqlite_where=is_referred, postgresql_where=is_referred
    )
