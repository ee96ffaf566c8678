"""The history store: each client's history features, published in whole sets."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import URL

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.databases import read_url
from custom_model.errors import Unavailable
from custom_model.history.completed import Completed, request_sources
from custom_model.history.sets import DatabaseSets, Sets
from custom_model.history.tables import PACKED

# The kinds of history stores, by the scheme of their URIs.
KINDS: Mapping[str, Callable[[URL, float], Sets]] = {"sqlite": DatabaseSets, "postgresql": DatabaseSets}

RETRY_AFTER_FAILURE = 1.0  # seconds; a store that does not answer would block every request for the whole timeout

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of a set that the contract has, and their columns in the applications' matrix."""

    version: int
    contract: Contract
    set_columns: np.ndarray
    matrix_columns: np.ndarray


class HistoryStore:
    """Completes applications that came without history; connects at the first of them.

    `down` is the behaviour while the store cannot be read or has no published set: "503" withholds the
    decisions, "none" decides without history. After a failure it is not read again for `retry_after` seconds.
    Raises `ValueError` for a database other than SQLite or PostgreSQL.
    """

    def __init__(self, uri: str | URL, down: Literal["503", "none"] = "503", retry_after: float = RETRY_AFTER_FAILURE):
        url = uri if isinstance(uri, URL) else read_url(uri)
        kind = url.get_backend_name()
        if kind not in KINDS:
            raise ValueError(f"expected a history store in SQLite or PostgreSQL, got {kind}")
        self._down = down
        self._sets = KINDS[kind](url, retry_after)
        self._layout: _Layout | None = None

    def complete(self, contract: Contract, applications: Applications) -> Completed:
        """Complete each application that has an id and no history, in one read.

        Raises `Unavailable` when the store is down and required.
        """
        sources = request_sources(contract, applications.values)
        rows_of: dict[str, list[int]] = {}
        for row, client in enumerate(applications.ids):
            if client is not None and sources[row] == "none":
                rows_of.setdefault(str(client), []).append(row)
        if not rows_of or not contract.history:
            return Completed(applications.values, sources)
        try:
            version, features_of = self._sets.read(rows_of)
            layout = self._layout_of(version, contract)
        except Unavailable:
            if self.is_required:
                raise
            return Completed(applications.values, sources)
        if not features_of or not len(layout.set_columns):
            return Completed(applications.values, sources)
        rows = [row for client in features_of for row in rows_of[client]]
        packed = b"".join(features for client, features in features_of.items() for _ in rows_of[client])
        features = np.frombuffer(packed, PACKED).reshape(len(rows), -1)
        values = applications.values.copy()
        values[np.ix_(np.array(rows, np.intp), layout.matrix_columns)] = features[:, layout.set_columns]
        for row in rows:
            sources[row] = "store"
        return Completed(values, sources, str(version))

    @property
    def is_required(self) -> bool:
        """Whether decisions are withheld while the store is down."""
        return self._down == "503"

    def published_version(self) -> str:
        """The version of the published set; raises `Unavailable` without one or when the store is down."""
        return str(self._sets.read(())[0])

    def _layout_of(self, version: int, contract: Contract) -> _Layout:
        """The layout of this set, cached; columns of the contract that the set lacks are logged as a warning."""
        layout = self._layout
        if layout is None or layout.version != version or layout.contract is not contract:
            columns = self._sets.columns(version)
            history = set(contract.history)
            missing = len(history.difference(columns))
            if missing:
                log.warning("history set %s lacks %d of the contract's %d fields", version, missing, len(history))
            set_columns = [column for column, name in enumerate(columns) if name in history]
            matrix_columns = [contract.column_of[columns[column]] for column in set_columns]
            layout = _Layout(version, contract, np.array(set_columns, np.intp), np.array(matrix_columns, np.intp))
            self._layout = layout
        return layout
