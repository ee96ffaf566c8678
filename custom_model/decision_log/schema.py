"""The table of decisions: one row for each, as this version of the project reads and writes it.

The tables that are really there are made and changed by migrations/, which only ever add: an older
model beside a newer one, or after a rollback, goes on writing into the same log.
"""

from datetime import UTC, datetime

from sqlalchemy import JSON, Column, DateTime, Dialect, Double, Index, MetaData, String, Table
from sqlalchemy.types import TypeDecorator

LONGEST_ID = 200  # characters of a client's id; applications with a longer one are refused


class Utc(TypeDecorator):
    """Moments in UTC: aware in Python on every database, also where it keeps no time zone, as SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


json = JSON(none_as_null=True)
metadata = MetaData()
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String(36), primary_key=True),  # UUIDv7: sorts by time
    Column("decided_at", Utc, nullable=False),
    Column("client_id", String(LONGEST_ID)),  # as text, whatever kind of id the contract has
    Column("model_name", String(255), nullable=False),
    Column("model_version", String(64)),  # none for a model that is not registered
    Column("model_run", String(64)),
    Column("contract", String(64), nullable=False),  # digest of the contract that the request fulfilled
    Column("threshold", Double, nullable=False),
    Column("threshold_source", String(16), nullable=False),
    Column("cost_false_negative", Double, nullable=False),
    Column("cost_false_positive", Double, nullable=False),
    Column("probability_of_default", Double, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reasons", json, nullable=False),
    Column("unknown_categories", json, nullable=False),
    Column("history", String(16), nullable=False),
    Column("history_version", String(64)),  # of the store's set that `history_fields` are from
    Column("fields", json),  # of the request, as sent; none once they are erased
    Column("history_fields", json),  # taken from the store; none where none were, and once they are erased
    Column("latency_ms", Double, nullable=False),  # from the request's arrival in the model to the decision
    Column("erased_at", Utc),  # when the client's fields were erased on request
    Index("decisions_of_client", "client_id", "decided_at"),
    Index("decisions_in_window", "decided_at"),
    Index("decisions_of_model", "model_name", "model_version", "decided_at"),
)
