"""The tables of decisions, contracts, people's second decisions, shadow ones and answers by key, as of this version.

The real tables are created and changed by migrations/, which only ever add: an older model, next to a newer
one or after a rollback, can still write to the same log.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Double,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
    text,
)
from sqlalchemy.types import TypeDecorator

from custom_model.texts import MAX_ID_LENGTH


class Utc(TypeDecorator):
    """Timestamps in UTC: timezone-aware in Python also on SQLite, which stores no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def is_referred(table: FromClause) -> ColumnElement[bool]:
    """The condition for referrals, in the words by which a database can tell that their index serves a query."""
    return table.c.decision == literal_column("'referred'")


MAX_KEY_LENGTH = 128  # characters of an Idempotency-Key

json = JSON(none_as_null=True)
metadata = MetaData()
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String(36), primary_key=True),  # UUIDv7: sorts by time
    Column("decided_at", Utc, nullable=False),
    Column("client_id", String(MAX_ID_LENGTH)),  # as text, also for whole-number ids
    Column("model_name", String(255), nullable=False),
    Column("model_version", String(64)),  # NULL for an unregistered model
    Column("model_run", String(64)),
    Column("contract", String(64), nullable=False),  # digest of the contract of the request; see `contracts`
    Column("threshold", Double, nullable=False),
    Column("threshold_source", String(16), nullable=False),
    Column("cost_false_negative", Double, nullable=False),
    Column("cost_false_positive", Double, nullable=False),
    Column("cost_review", Double),  # NULL where nobody is referred for the sake of the costs
    Column("probability_of_default", Double, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reasons", json, nullable=False),
    Column("unknown_categories", json, nullable=False),
    Column("unusual", json),  # NULL in records of older models, as the next two
    Column("missing", json),
    Column("policy_rules", json),
    Column("alternatives", json),  # offered to a refused client; NULL where not asked for and once erased
    Column("score", Integer),  # in points; NULL where the policy has no scale for them
    Column("history", String(16), nullable=False),
    Column("history_version", String(64)),  # the store's set of `history_fields`
    Column("fields", json),  # of the request, unchanged, by name or by position (see `contracts`); NULL once erased
    Column("history_fields", json),  # from the store, in either form; NULL without such and once erased
    Column("latency_ms", Double, nullable=False),  # from the model's call to the decision
    Column("erased_at", Utc),  # when the fields were erased at the client's request
    Index("decisions_of_client", "client_id", "decided_at"),
    Index("decisions_in_window", "decided_at"),
    Index("decisions_of_model", "model_name", "model_version", "decided_at"),
    # What totals of many decisions take, so that these are added up without the rows, of 5 to 24 KB each. On SQLite it
    # has the day, substr(decided_at, 1, 10), for the time: in the order of its groups nothing is sorted.
    Index(
        "decisions_watched",
        *("model_name", "decided_at", "model_version", "history", "decision", "probability_of_default", "threshold"),
        *("cost_false_negative", "cost_false_positive", "cost_review"),
    ),
    Index(
        "decisions_referred",
        "decided_at",
        sqlite_where=text("decision = 'referred'"),
        postgresql_where=text("decision = 'referred'"),
    ),
)
# The order in which records of a contract have their values. It has no data of a client, and outlives them all.
contracts = Table(
    "contracts",
    metadata,
    Column("contract", String(64), primary_key=True),  # its digest
    Column("names", json, nullable=False),  # of the client's id and of all fields
)
# A client's contest of a decision. No key between the tables: an older model deletes decisions alone.
contests = Table(
    "contests",
    metadata,
    Column("contest_id", String(36), primary_key=True),  # UUIDv7: sorts by time
    Column("decision_id", String(36), nullable=False),
    Column("client_id", String(MAX_ID_LENGTH)),
    Column("after", Integer, nullable=False),  # how many answers the decision had; open while it has no more
    Column("contested_at", Utc, nullable=False),
    Column("taken_by", String(255), nullable=False),  # who put it on record
    Column("statement", Text),  # the client's own view; NULL once erased
    Column("erased_at", Utc),
    Index("contests_of_decision", "decision_id", "after", unique=True),
    Index("contests_of_client", "client_id"),
)
# A person's answer to a referred or contested decision.
overrides = Table(
    "overrides",
    metadata,
    Column("override_id", String(36), primary_key=True),  # UUIDv7: sorts by time
    Column("decision_id", String(36), nullable=False),
    Column("client_id", String(MAX_ID_LENGTH)),
    Column("number", Integer, nullable=False),  # among the answers to this decision, from 1 on
    Column("contest_id", String(36)),  # the contest that it answers; NULL for a referral
    Column("decided_at", Utc, nullable=False),
    Column("decided_by", String(255), nullable=False),
    Column("outcome", String(16), nullable=False),  # granted or refused
    Column("reason", Text),  # why; NULL once erased
    Column("evidence", Text),  # what the person looked at besides; NULL without any and once erased
    Column("seen", json, nullable=False),  # what was on record then
    Column("erased_at", Utc),
    Index("overrides_of_decision", "decision_id", "number", unique=True),
    Index("overrides_of_client", "client_id"),
)
# A person's look at a client's data. No key to the decision: who looked stays known when that is deleted.
looks = Table(
    "looks",
    metadata,
    Column("look_id", String(36), primary_key=True),  # UUIDv7: sorts by time
    Column("looked_at", Utc, nullable=False),
    Column("person", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("what", String(16), nullable=False),  # decision, letter, client or history
    Column("decision_id", String(36)),
    Column("client_id", String(MAX_ID_LENGTH)),
    Index("looks_at_decision", "decision_id"),
    Index("looks_at_client", "client_id"),
    Index("looks_by_age", "looked_at"),
)
# One row for each decision of an answer; the answer is deleted whole, after a day or when one of its clients is erased.
idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column("key", String(MAX_KEY_LENGTH), primary_key=True),  # the request's Idempotency-Key
    Column("position", Integer, primary_key=True),  # of the application in the request
    Column("fingerprint", String(64), nullable=False),  # of the request: another one may not have its key
    Column("client_id", String(MAX_ID_LENGTH)),
    Column("decision", LargeBinary, nullable=False),  # its JSON, byte for byte
    Column("answered_at", Utc, nullable=False),
    Index("idempotent_answers_of_client", "client_id"),
    Index("idempotent_answers_by_age", "answered_at"),
)
# A challenger's decision about a request on record, in the order in which they were made. It has no field of a client.
shadow_decisions = Table(
    "shadow_decisions",
    metadata,
    Column("shadow", String(255), primary_key=True),  # the challenger and the costs that it is compared by
    Column("place", Integer, primary_key=True),  # from 1 on
    Column("decision_id", String(36), nullable=False),  # of the decision on record
    Column("decided_at", Utc, nullable=False),  # when that was made
    Column("shadowed_at", Utc, nullable=False),
    Column("decision", String(16), nullable=False),  # "undecided" where its contract refuses the request
    Column("probability_of_default", Double),
    Column("threshold", Double),
    Column("cost_change", Double),  # expected cost of this decision less that on record
    # After this decision, of all that were compared: their number, the sum of their changes and of the squares, and the
    # logarithms of the evidence that the challenger is cheaper and dearer.
    Column("compared", Integer, nullable=False),
    Column("total", Double, nullable=False),
    Column("squares", Double, nullable=False),
    Column("log_cheaper", Double, nullable=False),
    Column("log_dearer", Double, nullable=False),
    Index("shadow_decisions_of_decision", "decision_id", "shadow", unique=True),
    Index("shadow_decisions_by_age", "decided_at"),
)
