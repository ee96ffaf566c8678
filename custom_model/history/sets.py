"""Published sets of history features in a database: one kind of place that a history store reads."""

import logging
import time
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from sqlalchemy import URL, Executable, Row, select, text
from sqlalchemy.exc import SQLAlchemyError

from custom_model.databases import dialect_of, display_url, driver_message
from custom_model.errors import Unavailable
from custom_model.history.tables import SETS

# Pointer and rows in one statement and thus one snapshot: a set is seen whole or not at all. No join: before
# PostgreSQL has statistics of the tables, it would scan them for one.
READ = """
    SELECT published, NULL, NULL FROM history_pointer
    UNION ALL
    SELECT version, client_id, features FROM history
    WHERE version = (SELECT published FROM history_pointer) AND client_id {in_values}
"""

CONNECT_WITHIN, READ_WITHIN = 3, 10  # seconds

log = logging.getLogger(__name__)


def is_database(url: URL) -> bool:
    """Whether sets can be published there: in SQLite or PostgreSQL."""
    return dialect_of(url).in_values is not None


class Sets(Protocol):
    """Where sets are published. Both methods raise `Unavailable` where it cannot be read, or has none."""

    def read(self, clients: Collection[str]) -> tuple[int, dict[str, bytes]]:
        """The published version, and the features, packed as `PACKED`, of those of the clients that it has."""
        ...

    def columns(self, version: int) -> Sequence[str]:
        """The names of a set's features, in the order in which they are packed."""
        ...


class DatabaseSets:
    """Sets in SQLite or PostgreSQL; connects at the first read, and rests for `retry_after` seconds after a failure."""

    def __init__(self, url: URL, retry_after: float):
        self._url = url
        self._retry_after = retry_after
        self._dialect = dialect_of(url)
        self._engine = self._dialect.read_only_engine(url, CONNECT_WITHIN, READ_WITHIN)
        self._statement = text(READ.format(in_values=self._dialect.in_values))
        self._retry_at = 0.0

    def read(self, clients: Collection[str]) -> tuple[int, dict[str, bytes]]:
        """By one statement, however many the clients."""
        rows = self._rows(self._statement, {"values": self._dialect.values(clients)})
        version = next((version for version, client, _ in rows if client is None), None)
        if version is None:
            raise Unavailable("the history store has no published set")
        return version, {client: features for _, client, features in rows if client is not None}

    def columns(self, version: int) -> Sequence[str]:
        """Of any set ever published."""
        ((columns,),) = self._rows(select(SETS.c.columns).where(SETS.c.version == version))
        return columns

    def _rows(self, statement: Executable, parameters: dict[str, Any] | None = None) -> Sequence[Row]:
        if time.monotonic() < self._retry_at:
            raise Unavailable("the history store cannot be read")
        try:
            with self._engine.connect() as connection:
                return connection.execute(statement, parameters).all()
        except SQLAlchemyError as error:
            self._retry_at = time.monotonic() + self._retry_after
            log.error("history store %s: %s", display_url(self._url), driver_message(error))
            raise Unavailable("the history store cannot be read") from None
