"""Answers by Idempotency-Key: a request sent again gets the first one's, and puts no second decision on record.

An answer is written in the transaction of its decisions' records. So it exists if and only if they do, whichever
process is killed, and of two workers that decide the same request at once, one commits.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Connection, delete, insert, select

from custom_model.decision_log.record import Record
from custom_model.decision_log.schema import idempotent_answers as answers
from custom_model.decisions import Decision

LIFETIME = timedelta(hours=24)
BATCH = 1_000  # answers that one transaction deletes, so that decisions are written in between


class AlreadyAnswered(Exception):
    """Another request with this key was answered first: none of this one's decisions is on record."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A request's key, and the SHA-256 of the request, which tells another request with the same key."""

    key: str
    fingerprint: str

    def rows(self, decisions: list[Decision]) -> list[Record]:
        """The rows of the answer with these decisions, as it is once they are on record."""
        now = datetime.now(UTC)
        return [
            {
                "key": self.key,
                "position": position,
                "fingerprint": self.fingerprint,
                "client_id": None if decision["client_id"] is None else str(decision["client_id"]),
                "decision": orjson.dumps({**decision, "recorded": True}),
                "answered_at": now,
            }
            for position, decision in enumerate(decisions)
        ]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The decisions of an answer, each as JSON, and the fingerprint of its request."""

    fingerprint: str
    decisions: list[bytes]


def find(connection: Connection, key: str) -> StoredAnswer | None:
    """The answer under this key, None without one or with one that has expired."""
    statement = (
        select(answers.c.fingerprint, answers.c.decision)
        .where(answers.c.key == key, answers.c.answered_at >= datetime.now(UTC) - LIFETIME)
        .order_by(answers.c.position)
    )
    rows = connection.execute(statement).all()
    return StoredAnswer(rows[0].fingerprint, [bytes(row.decision) for row in rows]) if rows else None


def answered(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys that have an answer; expired ones are deleted, so that their keys are free again."""
    stored = select(answers.c.key, answers.c.answered_at).where(answers.c.position == 0, answers.c.key.in_(keys))
    expiry, taken, expired = datetime.now(UTC) - LIFETIME, set[str](), set[str]()
    for key, answered_at in connection.execute(stored):
        (expired if answered_at < expiry else taken).add(key)
    if expired:
        connection.execute(delete(answers).where(answers.c.key.in_(expired)))
    return taken


def insert_answers(connection: Connection, rows: list[Record]) -> None:
    """Insert the rows in one order in every process: two that wait for each other's keys would never end."""
    connection.execute(insert(answers), sorted(rows, key=lambda row: (row["key"], row["position"])))


def delete_before(connection: Connection, moment: datetime) -> bool:
    """Delete at most `BATCH` answers from before this moment; return whether older ones may be left."""
    old = select(answers.c.key).where(answers.c.position == 0, answers.c.answered_at < moment).limit(BATCH)
    keys = connection.scalars(old).all()
    if keys:
        connection.execute(delete(answers).where(answers.c.key.in_(keys)))
    return len(keys) == BATCH


def delete_of_client(connection: Connection, client_id: str) -> int:
    """Delete every answer with a decision about this client; return their number."""
    keys = connection.scalars(select(answers.c.key).where(answers.c.client_id == client_id).distinct()).all()
    if keys:
        connection.execute(delete(answers).where(answers.c.key.in_(keys)))
    return len(keys)
