"""Figures of many columns of the table `raw`, in few queries: on a wide table one takes longer to plan than to run."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

AT_ONCE = 25  # columns of one query: of a hundred, each takes twice as long to plan


def aggregates(
    connection: duckdb.DuckDBPyConnection, wanted: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Any, ...]]:
    """The values of the aggregate expressions of each column, by the column's name."""
    found: dict[str, tuple[Any, ...]] = {}
    names = list(wanted)
    for start in range(0, len(names), AT_ONCE):
        chunk = names[start : start + AT_ONCE]
        expressions = [each for name in chunk for each in wanted[name]]
        row = iter(connection.execute(f"SELECT {', '.join(expressions)} FROM raw").fetchall()[0])
        found |= {name: tuple(next(row) for _ in wanted[name]) for name in chunk}
    return found
