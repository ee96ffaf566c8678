"""The rehearsal of a decision's record, by which a probe finds out whether one could be written now."""

import os
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert

from custom_model.databases import dialect_of
from custom_model.decision_log.schema import decisions
from custom_model.identifiers import uuid7

SIZE = 24_000  # characters of the fields: all of Home Credit's 657, by name, the most that a record of them takes


def rehearse(connection: Connection) -> None:
    """Write a record of a usual size, and take it back within the transaction: nobody ever sees it.

    The fields are random: a database may compress what repeats itself, and find room for that on a disk that is full.
    """
    record = {
        "decision_id": str(uuid7()),
        "decided_at": datetime.now(UTC),
        "model_name": "rehearsal",
        "contract": "",
        "threshold": 0.0,
        "threshold_source": "",
        "cost_false_negative": 0.0,
        "cost_false_positive": 0.0,
        "probability_of_default": 0.0,
        "decision": "rehearsal",
        "reasons": "[]",
        "unknown_categories": "[]",
        "history": "none",
        "fields": f'{{"rehearsal":"{os.urandom(SIZE // 2).hex()}"}}',
        "latency_ms": 0.0,
    }
    take_back = delete(decisions).where(decisions.c.decision_id == record["decision_id"])
    dialect_of(connection.engine.url).rehearse(connection, insert(decisions).values(record), take_back)
