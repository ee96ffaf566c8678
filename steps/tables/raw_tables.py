"""The raw tables: their files and columns, the same from every format and either engine."""

import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import ibis
import pyarrow.parquet as pq
from ibis import BaseBackend

from steps.run.atomic import naming
from steps.run.console import UserError, listed, progress
from steps.tables.footer import read_footer
from steps.tables.home_credit import APPLICATION, UNDECIDED, TableSchema, home_credit
from steps.tables.paths import compression, duckdb_path, spark_path
from steps.tables.unreadable import check_not_empty, check_shape, reported

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".csv.zip")
LISTED = 12  # files that a message names
ENCRYPTED = 1  # of a zip member's flags


def find_tables(folder: Path, to_decide: bool = False) -> dict[str, Path]:
    """The file of each table in the folder; raise `UserError` if a table has two files or the application none.

    The application is the table to train on, or where clients are `to_decide` on the one without outcomes, if it is
    there.
    """
    files = {name: file for name in home_credit() if (file := _file(folder, name)) is not None}
    undecided = _file(folder, UNDECIDED) if to_decide else None
    if undecided is not None:
        return files | {APPLICATION: undecided}
    if APPLICATION not in files:
        expected = f"{UNDECIDED} or {APPLICATION}" if to_decide else APPLICATION
        raise UserError(
            f"{folder}: expected {expected} with one of {', '.join(SUFFIXES)}, found "
            f"{listed(sorted(file.name for file in folder.iterdir()), LISTED) or 'an empty folder'}"
        )
    return files


def _file(folder: Path, name: str) -> Path | None:
    present = [file for suffix in SUFFIXES if (file := folder / f"{name}{suffix}").is_file()]
    if len(present) > 1:
        raise UserError(f"{folder} has {' and '.join(file.name for file in present)}: keep one of them")
    return present[0] if present else None


@contextmanager
def readable(file: Path, folder: Path) -> Iterator[Path]:
    """The file in a format of both engines; a zipped CSV is unpacked into `folder` for the block."""
    if not file.name.endswith(".csv.zip"):
        yield file
        return
    unpacked = folder / file.name.removesuffix(".zip")
    try:
        with progress(f"unpacking {file.name}"):
            _unpack(file, unpacked)
        yield unpacked
    finally:
        unpacked.unlink(missing_ok=True)


def _unpack(file: Path, unpacked: Path) -> None:
    if not zipfile.is_zipfile(file):
        raise UserError(f"{file} is named .zip but is not a zip file, or is cut off: copy it again")
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if _is_table(member.filename)]
            if len(members) != 1:
                raise UserError(f"{file}: expected one CSV file inside, found {len(members)}")
            if members[0].flag_bits & ENCRYPTED:
                raise UserError(f"{file} is encrypted: unpack it with its password, and pass the CSV file")
            with archive.open(members[0]) as source, naming(unpacked), unpacked.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
    except NotImplementedError as error:  # a compression that Python cannot read
        raise UserError(f"{file} cannot be unpacked ({error}): unpack it, and pass the CSV file") from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error) as error:
        raise UserError(
            f"{file} is damaged and cannot be unpacked: {error or type(error).__name__}; copy it again"
        ) from None


def _is_table(member: str) -> bool:
    """Whether a member of an archive is a CSV; macOS adds one of its own for each file."""
    return member.endswith(".csv") and not member.startswith("__MACOSX/")


def read_raw(engine: BaseBackend, file: Path, types: Mapping[str, str]) -> ibis.Table:
    """The columns of `types` in the types of the file; raise `UserError` if one is missing or cannot be converted.

    A CSV is read as text, so that neither engine guesses types from the first rows.
    """
    check_not_empty(file)
    with reported(file):
        if file.suffix == ".parquet":
            raw = _parquet(engine, file)
        elif engine.name == "duckdb":
            options = {"compression": compression(file), "hive_partitioning": False}
            raw = engine.read_csv(duckdb_path(file), all_varchar=True, header=True, **options)
        else:
            raw = engine.read_csv(spark_path(file), header=True, inferSchema=False)
    missing = [name for name in types if name not in raw.columns]
    if missing:
        check_shape(file)
        columns = "the column" if len(missing) == 1 else "the columns"
        raise UserError(f"{file}: expected {columns} {', '.join(missing)}, which {file.name} does not have")
    for name, kind in types.items():
        column = raw[name].type()
        if column.is_temporal() or column.is_nested() or column.is_binary():
            expected = "text" if kind == "string" else "numbers"
            raise UserError(f"{file}: expected {expected} in {name}, got the type {column}")
    return raw.select(*types)


def _parquet(engine: BaseBackend, file: Path) -> ibis.Table:
    """The file's columns, and none from the names of its folders, which Spark reads only of a whole folder."""
    read_footer(file)
    if engine.name == "duckdb":
        return engine.read_parquet(duckdb_path(file), hive_partitioning=False)
    return engine.read_parquet(spark_path(file))


def typed(raw: ibis.Table, types: Mapping[str, str]) -> ibis.Table:
    """The raw columns in `types`; `find_problems` checks first that they convert."""
    return raw.select(**{name: _typed(raw[name], kind) for name, kind in types.items()})


def write_empty(file: Path, schema: TableSchema) -> Path:
    """Write a Parquet file of the table without rows, in place of a missing file."""
    pq.write_table(ibis.schema(schema.types).to_pyarrow().empty_table(), file)
    return file


def number(column: ibis.Column) -> ibis.Column:
    """The column as float64, missing where it is NaN, empty or not a number."""
    value = column.nullif("").try_cast("float64") if column.type().is_string() else column.cast("float64")
    return ibis.cases((~value.isnan(), value))


def _typed(column: ibis.Column, kind: str) -> ibis.Column:
    """The column in its type; an empty text is a missing value."""
    if kind == "string":
        return (column if column.type().is_string() else column.cast("string")).nullif("")
    if column.type().is_string() or column.type().is_floating():
        column = number(column)
    return column if column.type() == ibis.dtype(kind) else column.cast(kind)
