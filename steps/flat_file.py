"""Any lender's flat file, one row a client, to the feature table."""

from pathlib import Path

import duckdb
import pyarrow as pa

from steps.console import UserError
from steps.feature_table import Lineage, source_of, write_feature_table


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
    table = _as_fields(relation, target, identity).sort_by(identity)
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
