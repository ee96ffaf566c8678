"""The columns of a flat file under the names that the file gives them: DuckDB renames some in silence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from steps.run.console import UserError
from steps.tables.footer import opened
from steps.tables.paths import compression, duckdb_path
from steps.tables.unreadable import check_shape

INDEX = "__index_level_0__"  # pandas' index in a Parquet file


def read_parquet(connection: duckdb.DuckDBPyConnection, file: Path) -> pa.Table:
    """A Parquet file's columns, pandas' index among them, and none from the names of its folders."""
    with opened(file) as footer:
        names = footer.schema_arrow.names
    table = connection.read_parquet(duckdb_path(file), hive_partitioning=False).to_arrow_table()
    return _named(table, names, file)


def read_csv(connection: duckdb.DuckDBPyConnection, file: Path) -> pa.Table:
    """A CSV's columns, named by its first row; types, quotes and separator follow from all rows."""
    path = duckdb_path(file)
    dialect = _dialect(connection, file)
    first = connection.read_csv(path, header=False, all_varchar=True, **dialect).limit(1).fetchall()
    if not first:
        raise UserError(f"{file} is empty: expected a first row with the names of the columns")
    table = connection.read_csv(path, header=True, sample_size=-1, **dialect).to_arrow_table()
    return _named(table, [name or "" for name in first[0]], file)


def _dialect(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, Any]:
    """How the file separates and quotes its values, found once, so that names and rows are read alike."""
    query = "SELECT Delimiter, Quote, Escape, SkipRows FROM sniff_csv(?, sample_size = -1, compression = ?)"
    (found,) = connection.execute(query, [duckdb_path(file), compression(file)]).fetchall()
    separator, quote, escape, skipped = ("" if each == "(empty)" else each for each in found)
    return {
        "delimiter": separator,
        "quotechar": quote,
        "escapechar": escape,
        "skiprows": skipped,
        "compression": compression(file),
        "hive_partitioning": False,
    }


def _named(table: pa.Table, names: Sequence[str], file: Path) -> pa.Table:
    """The table under these names; a column that has no name is left out with a message."""
    doubled = sorted(name for name, count in Counter(filter(str.strip, names)).items() if count > 1)
    if doubled:
        check_shape(file)  # of rows with more values than the header DuckDB skips the header: these are no names
        raise UserError(f"{file} has several columns named {', '.join(doubled)}: rename or remove all but one of each")
    nameless = list(_nameless(names))
    for position in nameless:
        print(f"  column {position + 1} of {file.name} is dropped: it has no name, as an index that pandas wrote")
    positions = [position for position in range(len(names)) if position not in nameless]
    return table.select(positions).rename_columns([names[position] for position in positions])


def _nameless(names: Sequence[str]) -> Iterator[int]:
    for position, name in enumerate(names):
        if not name.strip() or name == INDEX:
            yield position
