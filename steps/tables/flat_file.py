"""From any lender's flat file, one row per client, to the feature table."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from steps.run.console import UserError
from steps.tables.feature_table import Lineage, source_of, write_feature_table
from steps.tables.flat_columns import read_csv, read_parquet
from steps.tables.messages import (
    ERRORS,
    decimal_commas,
    duplicates,
    infinite_values,
    missing_ids,
    mostly_numbers,
    wrong_values,
)
from steps.tables.unchanged import Snapshot
from steps.tables.unreadable import check_not_empty, check_shape, reported

SUFFIXES = (".parquet", ".csv", ".gz")
NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
MOST_LEVELS = 5  # of a target that a message names
EXACT = 2**53  # from here on a float stands for several whole numbers
AS_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_decimal, pa.types.is_temporal)
DECIMAL_COMMA = r"^\s*[+-]?\d+,\d+\s*$"
MIN_NUMERIC_SHARE = 0.9  # of numbers in a text column, from which on it is reported


def from_flat_file(path: Path, out: Path, target: str, identity: str) -> Path:
    """Build the feature table of any lender's file; raise `UserError` where the data is not as expected.

    Numbers and booleans become numbers, texts stay texts; other columns, such as dates, are dropped with a message.
    """
    snapshot = Snapshot([path])
    content = _read(path)
    source = source_of(path)
    snapshot.check()
    for name, meaning in ((target, "target"), (identity, "id")):
        if name not in content.column_names:
            check_shape(path)
            raise UserError(
                f"{path} has no column {name!r}: name its {meaning} with `-P {meaning}=...`, one of {_names(content)}"
            )
    if not content.num_rows:
        raise UserError(f"{path} has a header and no rows: expected a row for each client")
    table = _as_fields(content, target, identity)
    errors = [f"{path.name}: {error}" for error in _errors(table, target, identity)]
    if errors:
        raise UserError("\n  ".join([ERRORS, *errors]))
    for warning in _nearly_numbers(table, target, identity):
        print(f"  warning: {path.name}: {warning}")
    table = table.sort_by(identity)
    lineage = Lineage(id=identity, target=target, engine="duckdb", sources={table_name(path): source})
    write_feature_table(table.to_batches(), table.schema, lineage, out)
    return out


def _names(table: pa.Table) -> str:
    """The columns for a message; a first row with numbers may be a client's, and is not repeated."""
    if any(re.match(NUMBER, name) for name in table.column_names):
        return "the names in its first row, which has numbers: does it name the columns?"
    return ", ".join(table.column_names)


def table_name(path: Path) -> str:
    """The file's name without its suffixes: `clients` of clients.csv.gz."""
    return path.name.removesuffix(".gz").removesuffix(".csv").removesuffix(".parquet")


def _read(path: Path) -> pa.Table:
    if path.suffix not in SUFFIXES:
        raise UserError(f"{path}: expected a file that ends in .csv, .csv.gz or .parquet")
    check_not_empty(path)
    with reported(path), duckdb.connect() as connection:
        return (read_parquet if path.suffix == ".parquet" else read_csv)(connection, path)


def _as_fields(table: pa.Table, target: str, identity: str) -> pa.Table:
    columns: dict[str, pa.ChunkedArray] = {}
    for name in table.column_names:
        kind = table.schema.field(name).type
        if name == target:
            columns[name] = _target(table[name], name)
        elif name == identity:
            columns[name] = _identity(table[name], name)
        elif pa.types.is_boolean(kind):
            columns[name] = table[name].cast(pa.int8()).cast(pa.float64())
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            columns[name] = table[name].cast(pa.float64(), safe=False)  # rounds numbers of over 15 digits
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            columns[name] = table[name].cast(pa.string())
        else:
            print(f"  {name} is dropped: its type is {kind}, neither a number nor a text")
    return pa.table(columns)


def _identity(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """The ids as whole numbers or texts; a float of 2^53 or more may have been another client's."""
    kind = column.type
    with suppress(pa.ArrowInvalid):  # a fraction, beyond int64, not UTF-8
        if pa.types.is_integer(kind) or pa.types.is_null(kind):
            return column.cast(pa.int64())
        if pa.types.is_floating(kind):
            whole = pc.if_else(pc.is_nan(column), None, column).cast(pa.int64())
            if (pc.max(pc.abs(whole)).as_py() or 0) < EXACT:
                return whole
        elif any(is_kind(kind) for is_kind in AS_TEXT):
            return column.cast(pa.string())
    raise UserError(
        f"{name} identifies the client: expected whole numbers below 2^63 (of type double, below 2^53) or texts, got "
        f"others, of type {kind}: write the ids as texts"
    )


def _target(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"{name} must be 0 or 1, 1 for a default, got {_levels(column)}: replace them") from None


def _levels(column: pa.ChunkedArray) -> str:
    """The levels of a target in words; of many, only their number and type."""
    if pa.types.is_nested(column.type):
        return f"values of type {column.type}"
    levels = sorted(str(level) for level in pc.unique(column).to_pylist() if level is not None)
    if len(levels) > MOST_LEVELS:
        return f"{len(levels):,} different values of type {column.type}"
    return " and ".join(map(repr, levels))


def _errors(table: pa.Table, target: str, identity: str) -> Iterator[str]:
    rows = table.num_rows
    missing = table[identity].null_count
    if missing:
        yield missing_ids(identity, missing, rows)
    repeated = rows - missing - pc.count_distinct(table[identity], mode="only_valid").as_py()
    if repeated:
        yield duplicates(identity, repeated)
    wrong = rows - (pc.sum(pc.is_in(table[target], pa.array([0, 1]))).as_py() or 0)
    if wrong:
        yield wrong_values(target, "0 or 1", wrong, rows)
    for name in table.column_names:
        if name not in (target, identity) and pa.types.is_floating(table[name].type):
            infinite = pc.sum(pc.is_inf(table[name])).as_py()
            if infinite:
                yield infinite_values(name, infinite, rows)


def _nearly_numbers(table: pa.Table, target: str, identity: str) -> Iterator[str]:
    """Warnings about text columns with few values that are not numbers: they are probably meant to be numeric."""
    for name in table.column_names:
        if name in (target, identity) or not pa.types.is_string(table[name].type):
            continue
        values = len(table) - table[name].null_count
        numbers = pc.sum(pc.match_substring_regex(table[name], NUMBER)).as_py() or 0
        commas = pc.sum(pc.match_substring_regex(table[name], DECIMAL_COMMA)).as_py() or 0
        if commas and numbers + commas >= MIN_NUMERIC_SHARE * values:
            yield decimal_commas(name, commas, values)
        elif values > numbers >= MIN_NUMERIC_SHARE * values:
            yield mostly_numbers(name, values - numbers, values)
