"""A lender's file as a table of DuckDB: all of its columns by position, texts trimmed, empty ones NULL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from steps.description import workbook
from steps.description.dialect import Dialect, dialect_of, header_of
from steps.description.document import Reading
from steps.description.header import names_of
from steps.description.plain_text import plain_text
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables import footer
from steps.tables.paths import PACKED, duckdb_path
from steps.tables.progress_bar import switch_off_progress_bar
from steps.tables.unreadable import LONGEST, reported

TEXTS = (".csv", ".tsv", ".txt", ".dat", ".data")
BLANKS = " \t\u00a0\u2007\u202f"


@dataclass(frozen=True)
class Source:
    """A file in DuckDB, as the table `raw`.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Has the table, with a column `c0`, `c1`, ... for each of the file's.
    names : list of str or None
        The visible name of each column; None for one without a name.
    types : list of str
        DuckDB's type of each: VARCHAR for every column of a text file.
    reading : Reading or None
        How the text file was read.
    warnings : list of str
        What a person should know of its names and encoding.
    """

    connection: duckdb.DuckDBPyConnection
    names: list[str | None]
    types: list[str]
    reading: Reading | None
    warnings: list[str]

    def column(self, name: str) -> str:
        """The column's name in `raw`."""
        return f"c{self.names.index(name)}"

    def kind(self, name: str) -> str:
        """DuckDB's type of the column."""
        return self.types[self.names.index(name)]

    def with_empty(self, names: Sequence[str]) -> "Source":
        """The source with these columns as empty texts: that the file lacks, or that have no value, of any type."""
        every = [*self.names, *(name for name in names if name not in self.names)]
        types = dict(enumerate(self.types))
        for place in map(every.index, names):
            change = f"ALTER c{place} TYPE VARCHAR" if place in types else f"ADD COLUMN c{place} VARCHAR"
            self.connection.execute(f"ALTER TABLE raw {change}")
            types[place] = "VARCHAR"
        return replace(self, names=every, types=list(types.values()))

    @property
    def rows(self) -> int:
        return self.number("SELECT count(*) FROM raw")

    def number(self, query: str) -> int:
        """The whole number that a query gives."""
        return int(self.connection.execute(query).fetchall()[0][0])


def is_readable(path: Path) -> bool:
    """Whether the path's suffix is that of a file that can be read."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    last = suffixes[-1] if suffixes else ""
    return last in (".parquet", *workbook.SUFFIXES, *TEXTS, *PACKED)


@contextmanager
def opened(file: Path, folder: Path, settings: Settings, reading: Reading | None = None) -> Iterator[Source]:
    """The file in DuckDB; what exceeds its memory limit is in `folder`.

    Parameters
    ----------
    file
        A text file, plain or packed, a workbook or Parquet.
    folder
        Exists; empty again at the end.
    settings
        The memory limit.
    reading
        How the text file is read; None: found.

    Raises
    ------
    UserError
        The file cannot be understood: with line and cause, never with a value.
    """
    if not is_readable(file):
        suffixes = ", ".join((*TEXTS, *PACKED, *workbook.SUFFIXES))
        raise UserError(f"{file}: expected a file that ends in {suffixes} or .parquet")
    database = folder / "raw.duckdb"
    connection = duckdb.connect(str(database.absolute()))  # ~ would be the home folder
    try:
        switch_off_progress_bar(connection)
        connection.execute(f"SET memory_limit = '{settings.duckdb_memory}'")
        connection.execute("SET temp_directory = ?", [str(folder / "spill")])
        if file.suffix.lower() == ".parquet":
            yield _parquet(connection, file)
        elif file.suffix.lower() in workbook.SUFFIXES:
            yield _workbook(connection, file, reading)
        else:
            with plain_text(file, folder, reading.encoding if reading else None) as text:
                source = _text(connection, text.file, file, text.encoding, reading)
            yield source
    finally:
        connection.close()
        database.unlink(missing_ok=True)
        Path(f"{database}.wal").unlink(missing_ok=True)


def _text(
    connection: duckdb.DuckDBPyConnection, text: Path, file: Path, encoding: str, reading: Reading | None
) -> Source:
    try:
        dialect = Dialect(reading.separator, reading.quote, reading.skip) if reading else dialect_of(text)
        header = header_of(text, dialect)
        names, warnings = names_of(header)
    except UserError as error:
        raise UserError(f"{file} {error}") from None
    if encoding not in ("utf-8", "utf-8-sig"):
        warnings.insert(0, f"its bytes are no UTF-8: read as {encoding}")
    columns = {f"c{place}": "VARCHAR" for place in range(len(header))}
    trimmed = ", ".join(f"{_trimmed(name)} AS {name}" for name in columns)
    with reported(file, text):
        connection.execute(
            f"CREATE TABLE raw AS SELECT {trimmed} FROM read_csv(?, auto_detect = false, header = true, "
            "columns = ?, delim = ?, quote = ?, escape = ?, skip = ?, max_line_size = ?, null_padding = false, "
            "strict_mode = true, hive_partitioning = false, encoding = 'utf-8')",
            [duckdb_path(text), columns, dialect.separator, dialect.quote, dialect.quote, dialect.skip, LONGEST],
        )
    found = Reading(separator=dialect.separator, quote=dialect.quote, skip=dialect.skip, encoding=encoding)
    return Source(connection, names, ["VARCHAR"] * len(header), reading or found, warnings)


def _present(name: str) -> str:
    return f"CASE WHEN NOT isnan({name}) THEN {name} END"


def _trimmed(column: str) -> str:
    """The text without blanks around it, NULL for an empty one: trim takes all but tabs, at a third of the time."""
    tabbed = f"trim({column}, '{BLANKS}')"
    return f"nullif(CASE WHEN contains({column}, chr(9)) THEN {tabbed} ELSE trim({column}) END, '')"


def _workbook(connection: duckdb.DuckDBPyConnection, file: Path, reading: Reading | None) -> Source:
    sheet = workbook.read_sheet(file, reading)
    try:
        names, warnings = names_of(sheet.header)
    except UserError as error:
        raise UserError(f"{file} {error}") from None
    aliases = [f"c{place}" for place in range(len(names))]
    connection.register("sheet", pa.table(dict(zip(aliases, sheet.columns, strict=True))))
    connection.execute("CREATE TABLE raw AS SELECT * FROM sheet")
    connection.unregister("sheet")
    types = [str(row[1]) for row in connection.execute("DESCRIBE raw").fetchall()]
    return Source(connection, names, types, reading or sheet.reading, warnings)


def _parquet(connection: duckdb.DuckDBPyConnection, file: Path) -> Source:
    with footer.opened(file) as content:
        header = content.schema_arrow.names
    names, warnings = names_of(header)
    aliases = [f"c{place}" for place in range(len(header))]
    with reported(file):
        connection.execute(
            f"CREATE TABLE raw AS SELECT * FROM read_parquet(?, hive_partitioning = false) AS t({', '.join(aliases)})",
            [duckdb_path(file)],
        )
        types = [str(row[1]) for row in connection.execute("DESCRIBE raw").fetchall()]
        # NaN is a missing value, whatever wrote it.
        clean = {"VARCHAR": _trimmed, "FLOAT": _present, "DOUBLE": _present}
        changed = [f"{name} = {clean[kind](name)}" for name, kind in zip(aliases, types, strict=True) if kind in clean]
        if changed:
            connection.execute(f"UPDATE raw SET {', '.join(changed)}")
    return Source(connection, names, types, None, warnings)
