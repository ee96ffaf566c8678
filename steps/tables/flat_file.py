"""Any lender's flat file, one row a client, to the feature table."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from steps.run.console import UserError
from steps.tables.feature_table import Lineage, source_of, write_feature_table

NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
MOSTLY = 0.9  # the share of numbers from which on a column of text is worth a warning


def from_flat_file(path: Path, out: Path, target: str, identity: str) -> Path:
    """Any lender's table: numbers and booleans become numbers, the rest text; dates are left out, and said."""
    reader = {".parquet": "read_parquet", ".csv": "read_csv", ".gz": "read_csv"}.get(path.suffix)
    if reader is None:
        raise UserError(f"{path}: expected a file that ends in .csv, .csv.gz or .parquet")
    options = ", sample_size = -1" if reader == "read_csv" else ""
    try:
        relation = duckdb.sql(f"SELECT * FROM {reader}(?{options})", params=[str(path)]).to_arrow_table()
    except duckdb.Error as error:
        raise UserError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    for name, meaning in ((target, "target"), (identity, "id")):
        if name not in relation.column_names:
            raise UserError(
                f"{path} has no column {name!r}: name its {meaning} with `-P {meaning}=...`, one of "
                f"{', '.join(relation.column_names)}"
            )
    table = _as_fields(relation, target, identity)
    errors = [f"{path.name}: {error}" for error in _problems(table, target, identity)]
    if errors:
        raise UserError("\n  ".join(["the data cannot be used as it is", *errors]))
    for warning in _nearly_numbers(table, target, identity):
        print(f"  warning: {path.name}: {warning}")
    table = table.sort_by(identity)
    lineage = Lineage(id=identity, target=target, engine="duckdb", sources={path.stem: source_of(path)})
    rows = write_feature_table(table.to_batches(), table.schema, lineage, out)
    print(f"  {out}: {rows:,} clients")
    return out


def _as_fields(table: pa.Table, target: str, identity: str) -> pa.Table:
    columns: dict[str, pa.ChunkedArray] = {}
    for name in table.column_names:
        kind = table.schema.field(name).type
        if name == target:
            columns[name] = _outcome(table[name], name)
        elif name == identity:
            columns[name] = table[name].cast(pa.int64() if pa.types.is_integer(kind) else pa.string())
        elif pa.types.is_boolean(kind):
            columns[name] = table[name].cast(pa.int8()).cast(pa.float64())
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            columns[name] = table[name].cast(pa.float64(), safe=False)  # numbers of over 15 digits are rounded
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            columns[name] = table[name].cast(pa.string())
        else:
            print(f"  {name} is of type {kind}, which is neither a number nor a text: it is left out")
    return pa.table(columns)


def _outcome(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"{name} must be 0 or 1, and holds values of type {column.type} that are neither") from None


def _problems(table: pa.Table, target: str, identity: str) -> Iterator[str]:
    """What must be mended before the table can be used."""
    rows = f"{table.num_rows:,} rows"
    unnamed = table[identity].null_count
    if unnamed:
        yield f"{identity} names the client, and is missing in {unnamed:,} of {rows}"
    repeated = table.num_rows - unnamed - pc.count_distinct(table[identity], mode="only_valid").as_py()
    if repeated:
        yield f"{identity} must be unique, and {repeated:,} rows repeat one"
    wrong = table.num_rows - (pc.sum(pc.is_in(table[target], pa.array([0, 1]))).as_py() or 0)
    if wrong:
        yield f"{target} must be 0 or 1, and is not in {wrong:,} of {rows}"
    for name in table.column_names:
        if name not in (target, identity) and pa.types.is_floating(table[name].type):
            infinite = pc.sum(pc.is_inf(table[name])).as_py()
            if infinite:
                yield f"{name} must be a finite number, and is none in {infinite:,} of {rows}"


def _nearly_numbers(table: pa.Table, target: str, identity: str) -> Iterator[str]:
    """Columns of text that hold numbers but for a few values: most likely they are meant to be numbers."""
    for name in table.column_names:
        if name in (target, identity) or not pa.types.is_string(table[name].type):
            continue
        known = len(table) - table[name].null_count
        numbers = pc.sum(pc.match_substring_regex(table[name], NUMBER)).as_py() or 0
        if known > numbers >= MOSTLY * known:
            yield (
                f"{name} is taken as text, as {known - numbers:,} of {known:,} values are no numbers: mend them or "
                "leave them empty if it is meant to be one"
            )
