"""Problems of a raw table: counted in one pass, reported by file and column, never by value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
from ibis import BaseBackend, Table, Value

from steps.tables.aggregates import LARGEST
from steps.tables.engines import batches_of
from steps.tables.home_credit import APPLICATION, ID, TARGET, home_credit
from steps.tables.messages import duplicates, orphans, repeated_ids, unidentified, wrong_values
from steps.tables.raw_tables import number, typed
from steps.tables.unreadable import reported

UNIQUE = {APPLICATION: ID, "bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV"}
EXACT = 2**53 - 1
# Tables whose rows do not belong to a client: the owner's table, key and noun.
OWNERS = {"bureau_balance": ("bureau", "SK_ID_BUREAU", "loan")}


@dataclass(frozen=True)
class RawTable:
    """A table in the types of its file; `types` are the types that the features need.

    Applications without the type of an outcome are to be decided on, row by row.
    """

    name: str
    file: Path
    raw: Table
    types: Mapping[str, str]

    @property
    def is_to_decide(self) -> bool:
        """Whether the rows are applications to decide on: a client may have several, or no id."""
        return self.name == APPLICATION and TARGET not in self.types

    @property
    def typed(self) -> Table:
        """The columns in `types`; `find_problems` checks first that they convert."""
        return typed(self.raw, self.types)


@dataclass(frozen=True)
class Problems:
    """Problems of one table: errors, which make it unusable, and warnings."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Check:
    """A condition on `column`; `is_invalid` is 1 for each row that breaks it, else 0."""

    column: str
    expected: str
    is_invalid: Callable[[Table], Value]


def find_problems(backend: BaseBackend, table: RawTable, tables: Mapping[str, RawTable]) -> Problems:
    """Count the problems of a table; `tables` include the table of the clients or loans that own its rows."""
    checks, unique = list(_checks(table)), UNIQUE.get(table.name)
    owner, key, noun = OWNERS.get(table.name, (APPLICATION, ID, "client"))
    # Beside a portfolio of some clients lies the history of many.
    has_owner = table.name != APPLICATION and owner in tables and not tables[owner].is_to_decide
    rows = _with_owner(table.raw, tables[owner].raw, key) if has_owner else table.raw
    expressions = {f"check {position}": check.is_invalid(rows).sum() for position, check in enumerate(checks)}
    if unique:
        ids = number(rows[unique]) if table.is_to_decide else rows[unique]
        expressions |= {"distinct": ids.nunique(), "present": ids.count()}
    if has_owner:
        expressions["orphans"] = rows.owner.isnull().sum()
    counts = _counts(backend, rows.aggregate(rows=rows.count(), **expressions), table.file)
    total = counts["rows"]
    repeated = counts["present"] - counts["distinct"] if unique else 0
    errors = [
        wrong_values(check.column, check.expected, counts[f"check {position}"], total)
        for position, check in enumerate(checks)
        if counts[f"check {position}"]
    ]
    warnings = [orphans(counts["orphans"], total, noun, tables[owner].file.name)] if counts.get("orphans") else []
    if table.is_to_decide:
        warnings += [repeated_ids(ID, repeated, total)] if repeated else []
        warnings += [unidentified(ID, total - counts["present"], total)] if total > counts["present"] else []
    elif unique and repeated:
        errors.append(duplicates(unique, repeated))
    return Problems(*(tuple(f"{table.file.name}: {line}" for line in lines) for lines in (errors, warnings)))


def _with_owner(rows: Table, owners: Table, key: str) -> Table:
    """The rows with the column `owner`, null where no row of `owners` has their key."""
    keys = owners.select(owner=number(owners[key])).distinct()
    return rows.mutate(key=number(rows[key])).left_join(keys, [("key", "owner")])


def _checks(table: RawTable) -> Iterator[_Check]:
    keys = home_credit()[table.name].keys
    for name, kind in table.types.items():
        if name in keys:
            yield _Check(name, "a whole number", partial(_invalid_key, name, table.is_to_decide))
            yield _Check(name, f"a number up to {EXACT:,}", partial(_inexact_key, name))
        elif name == TARGET:
            yield _Check(name, "0 or 1", partial(_invalid_target, name))
        elif kind != "string" and table.is_to_decide:  # a number too large is the decision's to refuse
            if table.raw[name].type().is_string():
                yield _Check(name, "a number", partial(_no_number, name))
        elif kind != "string":
            yield _Check(name, f"a number up to {LARGEST:,.0f}", partial(_invalid_number, name))


def _invalid_key(name: str, may_be_missing: bool, rows: Table) -> Value:
    value = number(rows[name])
    is_invalid = value.isnull() | (value != value.floor())
    return (is_invalid & _is_present(rows[name]) if may_be_missing else is_invalid).cast("int64")


def _inexact_key(name: str, rows: Table) -> Value:
    """Keys are compared as float64, in which greater ones stand for several clients."""
    return (number(rows[name]).abs() > EXACT).fill_null(False).cast("int64")


def _invalid_target(name: str, rows: Table) -> Value:
    return (~number(rows[name]).isin([0.0, 1.0]).fill_null(False)).cast("int64")


def _invalid_number(name: str, rows: Table) -> Value:
    column, value = rows[name], number(rows[name])
    is_invalid = value.abs() > LARGEST
    if column.type().is_string():
        is_invalid = is_invalid.fill_null(_is_other_text(column))
    return is_invalid.fill_null(False).cast("int64")


def _no_number(name: str, rows: Table) -> Value:
    return _is_other_text(rows[name]).cast("int64")


def _is_other_text(column: Value) -> Value:
    """Whether a text is no number, infinite or not."""
    return column.nullif("").notnull() & column.nullif("").try_cast("float64").isnull()


def _is_present(column: Value) -> Value:
    """Whether a key has a value: neither an empty text nor NaN."""
    if column.type().is_string():
        return column.nullif("").notnull()
    return column.notnull() & ~column.isnan() if column.type().is_floating() else column.notnull()


def _counts(backend: BaseBackend, counts: Table, file: Path) -> dict[str, int]:
    with reported(file):
        (row,) = pa.Table.from_batches(batches_of(backend, counts)).to_pylist()
    return {name: int(count or 0) for name, count in row.items()}
