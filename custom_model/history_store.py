"""The history store: what is known of each client's past loans, published in whole sets."""

import json
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
from sqlalchemy import URL, Engine, create_engine, make_url, select, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.errors import Unavailable
from custom_model.history import Completed, sources_sent
from custom_model.history_tables import PACKED, SETS

# Pointer and rows in one statement, so as of one moment: a set is seen whole or not at all. Where no client is
# known there is one row, without a client; before the first set there is none.
READ = """
    SELECT pointer.published, history.client_id, history.features
    FROM history_pointer AS pointer
    LEFT JOIN history ON history.version = pointer.published AND history.client_id {among}
    WHERE pointer.published IS NOT NULL
"""
# All clients in one parameter: no limit on their number, and the same text for any.
AMONG = {"sqlite": "IN (SELECT value FROM json_each(:clients))", "postgresql": "= ANY(:clients)"}

# Without a driver's name SQLAlchemy would look for psycopg2.
DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}

TIMEOUT = 3  # seconds, for a connection and for a read
REST = 1.0  # seconds for which a store that failed is not asked again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns of a set go to which columns of the applications' matrix."""

    version: int
    contract: Contract
    taken: np.ndarray
    position: np.ndarray


def store_url(uri: str | URL) -> URL:
    """The URL of a store, with the driver that is installed.

    Raises `ValueError` for what is neither a SQLite file nor a PostgreSQL database, without repeating a password.
    """
    expected = "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE as history store"
    try:
        url = make_url(uri)
    except ArgumentError:
        raise ValueError(f"{expected}, got no URL") from None
    if url.drivername not in DRIVERS:
        raise ValueError(f"{expected}, got {url.drivername}")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError(f"{expected}, got SQLite without a file")
    return url.set(drivername=DRIVERS[url.drivername])


class HistoryStore:
    """Completes applications that came without history; it connects when it is first asked.

    Where the store cannot be read, or has no published set, `down` says what happens: "503" withholds the
    decisions, "none" decides without history. Raises `ValueError` for a database that is neither SQLite nor
    PostgreSQL.
    """

    def __init__(self, uri: str | URL, down: Literal["503", "none"] = "503"):
        self._url = store_url(uri)
        self._down = down
        self._statement = text(READ.format(among=AMONG[self._url.get_backend_name()]))
        self._rests_until = 0.0
        self._layout: _Layout | None = None

    def complete(self, contract: Contract, applications: Applications) -> Completed:
        """The applications' values with the published history of each client who is named and brought none.

        One read serves all of them. Raises `Unavailable` where the store is down, unless that means no history.
        """
        sources = sources_sent(contract, applications.values)
        wanted: dict[str, list[int]] = {}
        for row, client in enumerate(applications.ids):
            if client is not None and sources[row] == "none" and _can_be_stored(client):
                wanted.setdefault(str(client), []).append(row)
        if not wanted or not contract.history:
            return Completed(applications.values, sources)
        try:
            version, found = self._read(wanted)
            layout = self._layout_of(version, contract)
        except Unavailable:
            if self._down == "503":
                raise
            return Completed(applications.values, sources)
        if not found or not len(layout.taken):
            return Completed(applications.values, sources)
        rows = [row for client in found for row in wanted[client]]
        packed = b"".join(features for client, features in found.items() for _ in wanted[client])
        values = applications.values.copy()
        values[np.ix_(rows, layout.position)] = np.frombuffer(packed, PACKED).reshape(len(rows), -1)[:, layout.taken]
        for row in rows:
            sources[row] = "store"
        return Completed(values, sources, str(version))

    def published(self) -> str:
        """The version of the published set; raises `Unavailable` where there is none or the store is down."""
        return str(self._read(())[0])

    def _read(self, clients: Collection[str]) -> tuple[int, dict[str, bytes]]:
        """The published version, and the features of those clients that it knows."""
        among = json.dumps(list(clients)) if self._url.get_backend_name() == "sqlite" else list(clients)
        rows = self._rows(self._statement, {"clients": among})
        if not rows:
            raise Unavailable("the history store has no published set")
        return rows[0][0], {client: features for _, client, features in rows if client is not None}

    def _layout_of(self, version: int, contract: Contract) -> _Layout:
        """Where the set's columns go; other columns than the contract's are left aside, and missing ones said."""
        layout = self._layout
        if layout is None or layout.version != version or layout.contract is not contract:
            ((columns,),) = self._rows(select(SETS.c.columns).where(SETS.c.version == version))
            known = set(contract.history)
            lacking = len(known.difference(columns))
            if lacking:
                log.warning("history set %s lacks %d of the contract's %d fields", version, lacking, len(known))
            taken = [place for place, name in enumerate(columns) if name in known]
            position = [contract.position[columns[place]] for place in taken]
            layout = _Layout(version, contract, np.array(taken, np.intp), np.array(position, np.intp))
            self._layout = layout
        return layout

    def _rows(self, statement: Any, parameters: dict[str, Any] | None = None) -> list:
        if time.monotonic() < self._rests_until:
            raise Unavailable("the history store cannot be read")
        try:
            with self._engine.connect() as connection:
                return connection.execute(statement, parameters).all()
        except SQLAlchemyError as error:
            # A store that does not answer would hold up every request for the whole timeout.
            self._rests_until = time.monotonic() + REST
            log.error("history store %s: %s", self._url.set(query={}), _in_short(error))
            raise Unavailable("the history store cannot be read") from None

    @cached_property
    def _engine(self) -> Engine:
        """Connections that only read, each statement a transaction of its own."""
        if self._url.get_backend_name() == "sqlite":
            file = quote(str(Path(self._url.database).absolute()))
            url = URL.create("sqlite", database=f"file:{file}", query={"mode": "ro", "uri": "true"})
            arguments = {"timeout": TIMEOUT}
        else:
            url = self._url
            arguments = {
                "connect_timeout": TIMEOUT,
                "tcp_user_timeout": 1000 * TIMEOUT,
                "options": f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT}s",
            }
        return create_engine(
            url,
            connect_args=arguments,
            pool_pre_ping=True,
            pool_timeout=TIMEOUT,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )


def _can_be_stored(client: int | str) -> bool:
    """Text that no database holds, as half a surrogate pair, is no client's id."""
    if isinstance(client, int):
        return True
    try:
        return b"\0" not in client.encode()
    except UnicodeEncodeError:
        return False


def _in_short(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
