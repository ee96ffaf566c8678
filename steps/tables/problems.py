"""What is wrong with a raw table: counted in one pass over it, told by file and column, and never by value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
from ibis import BaseBackend, Table, Value

from steps.run.console import UserError
from steps.tables.aggregates import LARGEST
from steps.tables.engines import batches_of
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.raw_tables import number, typed

UNIQUE = {APPLICATION: ID, "bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV"}
# What a row of history belongs to, where that is no client: the table, its key, and the word for it.
OWNERS = {"bureau_balance": ("bureau", "SK_ID_BUREAU", "loans")}


@dataclass(frozen=True)
class RawTable:
    """A table as its file has it; `types` are those that its columns should have."""

    name: str
    file: Path
    raw: Table
    types: Mapping[str, str]

    @property
    def typed(self) -> Table:
        """The columns in their types; whether they can have them is for `find_problems` to tell."""
        return typed(self.raw, self.types)


@dataclass(frozen=True)
class Problems:
    """Of one table: what must be mended before it can be used, and what is only worth knowing."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def find_problems(backend: BaseBackend, table: RawTable, tables: Mapping[str, RawTable]) -> Problems:
    """Count what is wrong with the table; one of `tables` has the clients or loans that its rows belong to."""
    checks = list(_checks(table))
    rows, strays = table.raw, None
    owner, key, kind = OWNERS.get(table.name, (APPLICATION, ID, "clients"))
    if table.name != APPLICATION and owner in tables:
        known = tables[owner].raw.select(known=number(tables[owner].raw[key])).distinct()
        rows = rows.mutate(own=number(rows[key])).left_join(known, [("own", "known")])
        strays = f"rows are of {kind} that {tables[owner].file.name} does not have: they are left out"
    counts = {f"check {place}": bad(rows).sum() for place, (bad, _) in enumerate(checks)}
    if table.name in UNIQUE:
        counts["distinct"] = rows[UNIQUE[table.name]].nunique()
        counts["named"] = rows[UNIQUE[table.name]].count()
    if strays:
        counts["strays"] = rows.known.isnull().sum()
    found = _evaluated(backend, rows.aggregate(rows=rows.count(), **counts), table.file)
    errors = [
        f"{words} in {found[f'check {place}']:,} of {found['rows']:,} rows"
        for place, (_, words) in enumerate(checks)
        if found[f"check {place}"]
    ]
    if table.name in UNIQUE and found["named"] > found["distinct"]:
        errors.append(
            f"{UNIQUE[table.name]} must be unique, and {found['named'] - found['distinct']:,} rows repeat one"
        )
    warnings = [f"{found['strays']:,} of {found['rows']:,} {strays}"] if found.get("strays") else []
    return Problems(*(tuple(f"{table.file.name}: {line}" for line in lines) for lines in (errors, warnings)))


def _checks(table: RawTable) -> Iterator[tuple[Callable[[Table], Value], str]]:
    """For each column what a bad row is, and the words for it."""
    keys = home_credit()[table.name].keys
    for name, kind in table.types.items():
        if name in keys:
            yield partial(_no_key, name), f"{name} must be a whole number, and is none"
        elif name == TARGET:
            yield partial(_no_target, name), f"{name} must be 0 or 1, and is not"
        elif kind != "string":
            yield partial(_no_number, name), f"{name} must be a number up to {LARGEST:,.0f}, and is none"


def _no_key(name: str, rows: Table) -> Value:
    value = number(rows[name])
    return (value.isnull() | (value != value.floor())).cast("int64")


def _no_target(name: str, rows: Table) -> Value:
    return (~number(rows[name]).isin([0.0, 1.0]).fill_null(False)).cast("int64")


def _no_number(name: str, rows: Table) -> Value:
    column, value = rows[name], number(rows[name])
    none = value.abs() > LARGEST
    if column.type().is_string():
        none = none.fill_null(column.nullif("").notnull() & column.nullif("").try_cast("float64").isnull())
    return none.fill_null(False).cast("int64")


def _evaluated(backend: BaseBackend, counts: Table, file: Path) -> dict[str, int]:
    try:
        (row,) = pa.Table.from_batches(batches_of(backend, counts)).to_pylist()
    except duckdb.Error as error:
        raise UserError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None
    return {name: int(count or 0) for name, count in row.items()}
