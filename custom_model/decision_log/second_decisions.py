"""Second decisions: a client's contest of a decision, and a person's answer to one that was referred or contested.

Both are records of their own beside the decision (GDPR art. 22 (3), Directive (EU) 2023/2225 art. 18): who, when, what
and why. None is ever changed but by an erasure, which clears what is about the client.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, union_all, update

from custom_model.databases import dialect_of
from custom_model.decision_log.contracts import with_names
from custom_model.decision_log.schema import contests, decisions, is_referred, overrides
from custom_model.identifiers import uuid7
from custom_model.json_text import as_json

Answer = Literal["granted", "refused"]
Row = dict[str, Any]

LOCK = 0x0DEC_1513  # key of our advisory lock: one second decision at a time
IDS = 500  # decisions that one statement names


class NotOpen(Exception):
    """A decision that cannot be contested or answered now; the text says why, without a value of the client."""


@dataclass(frozen=True, slots=True)
class SecondDecisions:
    """The contests of one decision and the answers to it, oldest first, as rows of their tables."""

    contests: Sequence[Row] = ()
    overrides: Sequence[Row] = ()

    @property
    def open_contest(self) -> Row | None:
        """The contest that nobody has answered yet."""
        last = self.contests[-1] if self.contests else None
        return last if last is not None and last["after"] == len(self.overrides) else None

    def awaits(self, decision: str) -> bool:
        """Whether a person has yet to answer: a contest, or a referral that nobody has answered."""
        return self.open_contest is not None or (decision == "referred" and not self.overrides)


NONE = SecondDecisions()


def of_decisions(connection: Connection, ids: Sequence[str]) -> dict[str, SecondDecisions]:
    """What these decisions have, by their ids; those without any are left out."""
    found: dict[str, SecondDecisions] = {}
    for first in range(0, len(ids), IDS):
        some = ids[first : first + IDS]
        contested = _by_decision(connection, contests, contests.c.after, some)
        answered = _by_decision(connection, overrides, overrides.c.number, some)
        found |= {
            each: SecondDecisions(contested.get(each, ()), answered.get(each, ())) for each in contested | answered
        }
    return found


def last_answers(connection: Connection, where: ColumnElement[bool]) -> dict[str, Answer]:
    """The last answer of people to each decision of the condition, by its id; without those that nobody answered."""
    answered = (
        select(overrides.c.decision_id, overrides.c.outcome)
        .join(decisions, decisions.c.decision_id == overrides.c.decision_id)
        .where(where)
        .order_by(overrides.c.number)
    )
    return {decision_id: outcome for decision_id, outcome in connection.execute(answered)}


def lock(connection: Connection) -> None:
    """Lock out second decisions until the transaction ends, where the database can.

    None is made of what an erasure has just read, or of a decision that is being deleted.
    """
    dialect_of(connection.engine.url).lock_transaction(connection, LOCK)


def contest(connection: Connection, decision_id: str, statement: str, taken_by: str) -> Row:
    """Put a client's contest on record; raises `NotOpen` where an earlier one waits for its answer."""
    decision, so_far = _standing(connection, decision_id)
    waiting = so_far.open_contest
    if waiting is not None:
        raise NotOpen(f"is contested since {_day(waiting['contested_at'])} already, and that contest is not answered")
    row = {
        "contest_id": str(uuid7()),
        "decision_id": decision_id,
        "client_id": decision["client_id"],
        "after": len(so_far.overrides),
        "contested_at": datetime.now(UTC),
        "taken_by": taken_by,
        "statement": statement,
    }
    connection.execute(insert(contests).values(row))
    return row


def override(
    connection: Connection, decision_id: str, outcome: Answer, reason: str, evidence: str | None, decided_by: str
) -> Row:
    """Put a person's answer on record, with what it was based on.

    Raises `NotOpen` where the decision was neither referred nor contested, or is answered already, and `OrderLost`.
    """
    decision, so_far = _standing(connection, decision_id)
    if not so_far.awaits(decision["decision"]):
        raise NotOpen(_settled(decision, so_far))
    (decision,) = with_names(connection, [decision])
    waiting = so_far.open_contest
    row = {
        "override_id": str(uuid7()),
        "decision_id": decision_id,
        "client_id": decision["client_id"],
        "number": len(so_far.overrides) + 1,
        "contest_id": None if waiting is None else waiting["contest_id"],
        "decided_at": datetime.now(UTC),
        "decided_by": decided_by,
        "outcome": outcome,
        "reason": reason,
        "evidence": evidence,
        "seen": orjson.dumps(_seen(decision, so_far)).decode(),
    }
    connection.execute(insert(overrides).values(row))
    return row


def erase_of_client(connection: Connection, client_id: str) -> int:
    """Clear what contests and answers say about this client; return the number of their records."""
    now, cleared = datetime.now(UTC), 0
    _erase_digests(connection, client_id)
    for table, texts in ((contests, ("statement",)), (overrides, ("reason", "evidence"))):
        values = {**dict.fromkeys(texts), "erased_at": now}
        present = and_(table.c.client_id == client_id, table.c.erased_at.is_(None))
        cleared += connection.execute(update(table).where(present).values(values)).rowcount
    return cleared


def _erase_digests(connection: Connection, client_id: str) -> None:
    """Clear the digests of this client's requests: of one with few fields, the values could be found by trying."""
    present = overrides.c.client_id == client_id, overrides.c.erased_at.is_(None)
    for override_id, seen in connection.execute(
        select(overrides.c.override_id, overrides.c.seen).where(*present)
    ).all():
        cleared = orjson.dumps({**seen, "request_sha256": None}).decode()
        connection.execute(update(overrides).where(overrides.c.override_id == override_id).values(seen=cleared))


def delete_of_decisions(connection: Connection, ids: Collection[str]) -> None:
    """Delete what these decisions have."""
    for table in (contests, overrides):
        connection.execute(delete(table).where(table.c.decision_id.in_(ids)))


def none_since(moment: datetime) -> ColumnElement[bool]:
    """The condition for decisions that nobody has contested or answered from this moment on."""
    return and_(
        ~exists().where(contests.c.decision_id == decisions.c.decision_id, contests.c.contested_at >= moment),
        ~exists().where(overrides.c.decision_id == decisions.c.decision_id, overrides.c.decided_at >= moment),
    )


def awaiting() -> ColumnElement[bool]:
    """The condition for decisions that a person has yet to answer, as `SecondDecisions.awaits` has it."""
    answers = select(func.count()).select_from(overrides).where(overrides.c.decision_id == contests.c.decision_id)
    # By the ids of the few, each found by an index: as conditions of one query, all decisions would be read for them.
    contested = select(contests.c.decision_id).where(contests.c.after == answers.scalar_subquery())
    referred = decisions.alias("referred")
    is_answered = exists().where(overrides.c.decision_id == referred.c.decision_id)
    unanswered = select(referred.c.decision_id).where(is_referred(referred), ~is_answered)
    return decisions.c.decision_id.in_(union_all(contested, unanswered))


def _standing(connection: Connection, decision_id: str) -> tuple[Row, SecondDecisions]:
    """The decision and what it has, with other second decisions locked out; raises `NotOpen` where there is none."""
    lock(connection)
    row = connection.execute(select(decisions).where(decisions.c.decision_id == decision_id)).mappings().first()
    if row is None:
        raise NotOpen("is not on record")
    return dict(row), of_decisions(connection, [decision_id]).get(decision_id, NONE)


def _settled(decision: Row, so_far: SecondDecisions) -> str:
    if not so_far.overrides:
        return f"is {decision['decision']} and not contested: a contest opens it to an answer"
    last = so_far.overrides[-1]
    return f"was answered by {last['decided_by']} on {_day(last['decided_at'])}: a contest opens it again"


def _seen(decision: Row, so_far: SecondDecisions) -> Row:
    """What was on record when a person answered: the first decision's figures, and what else there was, by its id.

    The request itself by the digest of its fields, which an erasure clears.
    """
    request = {name: decision[name] for name in ("fields", "history_fields")}
    return {
        **{name: decision[name] for name in ("decision", "probability_of_default", "threshold", "policy_rules")},
        "reasons": [each["code"] for each in decision["reasons"]],
        "request_sha256": None
        if decision["erased_at"] is not None
        else sha256(as_json(request, is_sorted=True).encode()).hexdigest(),
        "contests": [each["contest_id"] for each in so_far.contests],
        "overrides": [each["override_id"] for each in so_far.overrides],
    }


def _by_decision(connection: Connection, table: Any, order: Any, ids: Sequence[str]) -> dict[str, list[Row]]:
    rows: Iterator[Any] = iter(
        connection.execute(select(table).where(table.c.decision_id.in_(ids)).order_by(order)).mappings()
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["decision_id"], []).append(dict(row))
    return found


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
