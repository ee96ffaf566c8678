"""The history store: what is known of each client's past loans, published in whole sets."""

import json
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
from sqlalchemy import URL, Engine, create_engine, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.databases import reason, shown
from custom_model.errors import Unavailable
from custom_model.history.completed import Completed, request_sources
from custom_model.history.tables import PACKED, SETS

# Pointer and rows in one statement, so as of one moment: a set is seen whole or not at all. No join: before
# PostgreSQL knows the tables' sizes, it would read them whole for one.
READ = """
    SELECT published, NULL, NULL FROM history_pointer
    UNION ALL
    SELECT version, client_id, features FROM history
    WHERE version = (SELECT published FROM history_pointer) AND client_id {among}
"""
# All clients in one parameter: no limit on their number, and the same text for any.
AMONG = {"sqlite": "IN (SELECT value FROM json_each(:clients))", "postgresql": "= ANY(:clients)"}

CONNECTED_WITHIN, READ_WITHIN = 3, 10  # seconds
RETRY_AFTER_FAILURE = 1.0  # seconds for which a store that failed is not asked again

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns of a set go to which columns of the applications' matrix."""

    version: int
    contract: Contract
    taken: np.ndarray
    position: np.ndarray


class HistoryStore:
    """Completes applications that came without history; it connects when it is first asked.

    Where the store cannot be read, or has no published set, `down` says what happens: "503" withholds the
    decisions, "none" decides without history. Raises `ValueError` for a database that is neither SQLite nor
    PostgreSQL.
    """

    def __init__(self, uri: str | URL, down: Literal["503", "none"] = "503"):
        self._url = make_url(uri)
        if self._dialect not in AMONG:
            raise ValueError(f"expected a history store in SQLite or PostgreSQL, got {self._dialect}")
        self._down = down
        self._engine = _reading(self._url)
        self._statement = text(READ.format(among=AMONG[self._dialect]))
        self._rests_until = 0.0
        self._layout: _Layout | None = None

    def complete(self, contract: Contract, applications: Applications) -> Completed:
        """The applications' values with the published history of each client who is named and brought none.

        One read serves all of them. Raises `Unavailable` where the store is down, unless that means no history.
        """
        sources = request_sources(contract, applications.values)
        wanted: dict[str, list[int]] = {}
        for row, client in enumerate(applications.ids):
            if client is not None and sources[row] == "none":
                wanted.setdefault(str(client), []).append(row)
        if not wanted or not contract.history:
            return Completed(applications.values, sources)
        try:
            version, found = self._read(wanted)
            layout = self._layout_of(version, contract)
        except Unavailable:
            if self.is_required:
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

    @property
    def is_required(self) -> bool:
        """Whether decisions are withheld while the store is down."""
        return self._down == "503"

    def published_version(self) -> str:
        """The version of the published set; raises `Unavailable` where there is none or the store is down."""
        return str(self._read(())[0])

    def _read(self, clients: Collection[str]) -> tuple[int, dict[str, bytes]]:
        """The published version, and the features of those clients that it knows."""
        among = json.dumps(list(clients)) if self._dialect == "sqlite" else list(clients)
        rows = self._rows(self._statement, {"clients": among})
        version = next((version for version, client, _ in rows if client is None), None)
        if version is None:
            raise Unavailable("the history store has no published set")
        return version, {client: features for _, client, features in rows if client is not None}

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
            position = [contract.column_of[columns[place]] for place in taken]
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
            self._rests_until = time.monotonic() + RETRY_AFTER_FAILURE
            log.error("history store %s: %s", shown(self._url), reason(error))
            raise Unavailable("the history store cannot be read") from None

    @property
    def _dialect(self) -> str:
        return self._url.get_backend_name()


def _reading(url: URL) -> Engine:
    """Connections that only read, each statement a transaction of its own; the first is made when it is needed."""
    url, arguments = _read_only(url)
    return create_engine(
        url,
        connect_args=arguments,
        pool_pre_ping=True,
        pool_timeout=CONNECTED_WITHIN,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )


def _read_only(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL and the driver's arguments for connections that cannot write; what the URL itself says stays."""
    if url.get_backend_name() == "sqlite":
        file = f"file:{quote(str(Path(url.database).absolute()))}"
        return url.set(database=file, query={"mode": "ro", "uri": "true"}), {"timeout": CONNECTED_WITHIN}
    limits = {"connect_timeout": CONNECTED_WITHIN, "tcp_user_timeout": 1000 * READ_WITHIN}
    own = f"-c default_transaction_read_only=on -c statement_timeout={READ_WITHIN}s"
    options = " ".join([*url.normalized_query.get("options", ()), own])
    return url, {"options": options, **{name: limit for name, limit in limits.items() if name not in url.query}}
