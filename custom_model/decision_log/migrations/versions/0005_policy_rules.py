"""What the application lacked, what was unusual in it, and which rules of the policy decided."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for column in ("unusual", "missing", "policy_rules"):
        op.add_column("decisions", sa.Column(column, sa.JSON))
