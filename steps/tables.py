"""The raw tables: which there are, where they lie, and how they are read by either engine."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import pyarrow.parquet as pq
from ibis import BaseBackend

from steps.console import UserError
from steps.home_credit import APPLICATION, TableSchema, home_credit

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".csv.zip")


def find_tables(folder: Path) -> dict[str, Path]:
    """The file of each table that the folder holds; raise `UserError` where there is no application."""
    found: dict[str, Path] = {}
    for name in home_credit():
        files = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
        present = [file for file in files if file.is_file()]
        if len(present) > 1:
            raise UserError(f"{folder} holds {' and '.join(f.name for f in present)}: keep one of them")
        if present:
            found[name] = present[0]
    if APPLICATION not in found:
        raise UserError(
            f"{folder}: expected {APPLICATION} with one of {', '.join(SUFFIXES)} there, found "
            f"{', '.join(sorted(file.name for file in folder.iterdir())) or 'an empty folder'}"
        )
    return found


@contextmanager
def readable(file: Path) -> Iterator[Path]:
    """The file in a form that both engines read; a zipped CSV is unpacked for as long as it is needed."""
    if not file.name.endswith(".csv.zip"):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder, zipfile.ZipFile(file) as archive:
        members = [member for member in archive.namelist() if member.endswith(".csv")]
        if len(members) != 1:
            raise UserError(f"{file}: expected one CSV file inside, found {len(members)}")
        unpacked = Path(folder) / file.name.removesuffix(".zip")
        with archive.open(members[0]) as source, unpacked.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        yield unpacked


def read_table(engine: BaseBackend, file: Path, schema: TableSchema, extra: tuple[str, ...] = ()) -> ibis.Table:
    """The table with the schema's columns in their types; raise `UserError` where one is missing.

    A CSV is read as text and cast, so that neither engine guesses a type from the first rows. `extra`
    names columns beside the schema's, as the target, that are whole numbers.
    """
    if file.suffix == ".parquet":
        raw = engine.read_parquet(str(file))
    elif engine.name == "duckdb":
        raw = engine.read_csv(str(file), all_varchar=True, header=True)
    else:
        raw = engine.read_csv(str(file), header=True, inferSchema=False)
    types = {**schema.types, **dict.fromkeys(extra, "int64")}
    missing = [name for name in types if name not in raw.columns]
    if missing:
        raise UserError(f"{file}: expected the columns {', '.join(missing)}, and they are not there")
    return raw.select(**{name: _typed(raw[name], kind) for name, kind in types.items()})


@contextmanager
def empty_file(schema: TableSchema) -> Iterator[Path]:
    """A Parquet file of the table without rows, in place of one that is not there."""
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        file = Path(folder) / "empty.parquet"
        pq.write_table(ibis.schema(schema.types).to_pyarrow().empty_table(), file)
        yield file


def _typed(column: ibis.Column, kind: str) -> ibis.Column:
    """The column in its type; empty text and NaN are missing in a raw file, whatever wrote it."""
    if column.type().is_string():
        column = column.nullif("")
        if kind != "string":
            column = column.cast("float64")
    if column.type().is_floating():
        column = ibis.cases((~column.isnan(), column))
    return column if column.type() == ibis.dtype(kind) else column.cast(kind)
