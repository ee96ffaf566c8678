"""Looks: who saw which client's data at which time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from custom_model.decision_log.schema import looks
from custom_model.identifiers import uuid7

Row = dict[str, Any]
NEWEST_FIRST = looks.c.looked_at.desc(), looks.c.look_id.desc()  # ids of one millisecond are in no order


def add(
    connection: Connection, person: str, role: str, what: str, decision_id: str | None, client_id: str | None
) -> Row:
    """Put a look on record."""
    row = {
        "look_id": str(uuid7()),
        "looked_at": datetime.now(UTC),
        "person": person,
        "role": role,
        "what": what,
        "decision_id": decision_id,
        "client_id": client_id,
    }
    connection.execute(insert(looks).values(row))
    return row


def of_decision(connection: Connection, decision_id: str, limit: int) -> Sequence[Row]:
    """The looks at a decision, newest first."""
    own = select(looks).where(looks.c.decision_id == decision_id).order_by(*NEWEST_FIRST).limit(limit)
    return [dict(row) for row in connection.execute(own).mappings()]


def of_client(connection: Connection, client_id: str, limit: int) -> Sequence[Row]:
    """The looks at a client, newest first."""
    own = select(looks).where(looks.c.client_id == client_id).order_by(*NEWEST_FIRST).limit(limit)
    return [dict(row) for row in connection.execute(own).mappings()]


def delete_before(connection: Connection, moment: datetime, limit: int) -> int:
    """Delete at most so many looks from before this moment; return their number."""
    ids = connection.scalars(select(looks.c.look_id).where(looks.c.looked_at < moment).limit(limit)).all()
    connection.execute(delete(looks).where(looks.c.look_id.in_(ids)))
    return len(ids)
