"""A description at a glance: what a person checks, a line for each column."""

from dataclasses import dataclass
from typing import Any

from steps.description.document import WORDS, Column, Description, Kind, reason_of
from steps.description.outcome import values_of
from steps.description.source import Source
from steps.description.typed import value_of
from steps.run.console import counted
from steps.run.printable import clipped, printable

HEADER = ("column", "what it is", "written", "missing", "values", "use")
WIDEST = (28, 22, 22, 7, 36, 44)  # characters of each part of a line
LEVELS = 3  # the most frequent ones, as an example
DECIMAL_COMMA = "decimal comma"


@dataclass(frozen=True)
class Summary:
    """What the rows have of one column: the share without a value, and a range or the most frequent levels."""

    missing: float
    values: str


def as_table(source: Source, description: Description) -> str:
    """The table: what each column is, how it is written, what is missing, its values, and what becomes of it."""
    summed = _summaries(source, description)
    table = [HEADER, *(_line(name, description, summed[name]) for name in description.columns)]
    widths = [min(most, max(len(line[part]) for line in table)) for part, most in enumerate(WIDEST)]
    lines = ["  ".join(_cut(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in table]
    last = [
        size_and_reading(source, description),
        _outcome(source, description),
    ]
    return "\n".join(f"  {line}".rstrip() for line in [*lines, "", *last])


def size_and_reading(source: Source, description: Description) -> str:
    """The numbers of rows and columns, and how the file is read."""
    columns = sum(name is not None for name in source.names)
    size = f"{counted(source.rows, 'row')}, {counted(columns, 'column')}"
    return printable(f"{size}; read {_reading(description)}")


def _outcome(source: Source, description: Description) -> str:
    """The values of each outcome, and how many rows have them."""
    target = description.target
    counts = values_of(source, target.column, description.columns[target.column])
    bad, good = (sum(counts.get(each, 0) for each in values) for values in (target.default, target.no_default))
    text = printable(
        f"defaults: {bad:,} ({', '.join(target.default)}); good loans: {good:,} ({', '.join(target.no_default)})"
    )
    others = source.rows - bad - good
    return f"{text}; kept aside without an outcome: {others:,}" if others else text


def _line(name: str, description: Description, summary: Summary) -> tuple[str, ...]:
    column = description.columns[name]
    role = {description.id: "id", description.target.column: "outcome", description.date: "date of the application"}
    use = role.get(name) or ("used" if column.use else f"left out: {reason_of(column)}")
    marks = [f"also {', '.join(column.also)}"] if column.also else []
    marks += ["protected"] if column.protected else []
    marks += [f"risk {column.direction}"] if column.direction else []
    what = f"{column.kind} in {column.unit}" if column.unit else str(column.kind)
    return clipped(name), what, _written(column), f"{summary.missing:.1%}", summary.values, ", ".join([use, *marks])


def _written(column: Column) -> str:
    parts = list(column.written)
    parts += [DECIMAL_COMMA] if column.decimal == "," else []
    parts += [f"{mark} is missing" for mark in column.missing]
    return ", ".join(parts)


def _reading(description: Description) -> str:
    reading = description.reading
    if reading is None:
        return "as Parquet"
    above = f", without {counted(reading.skip, 'line')} above its header" if reading.skip else ""
    if reading.sheet:
        return f"from sheet {reading.sheet}{above}"
    separator = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "spaces"}.get(
        reading.separator, reading.separator
    )
    return f"as {reading.encoding} with {separator}{above}"


def _summaries(source: Source, description: Description) -> dict[str, Summary]:
    """The summary of each column, in one pass over the rows but for the levels of categories."""
    columns = description.columns
    reads = {name: _read(source, name, column) for name, column in columns.items()}
    wanted = [f"count({read}), {_bounds(read, columns[name])}" for name, read in reads.items()]
    rows, *found = source.connection.execute(f"SELECT count(*), {', '.join(wanted)} FROM raw").fetchall()[0]
    summed = {}
    for place, (name, read) in enumerate(reads.items()):
        present, low, high = found[3 * place : 3 * place + 3]
        values = _values(source, read, columns[name], low, high) if present else ""
        summed[name] = Summary(1 - present / rows, values)
    return summed


def _read(source: Source, name: str, column: Column) -> str:
    # What is left out for its type has no value in SQL that could be read.
    return source.column(name) if not column.use and column.kind is Kind.text else value_of(source, name, column)


def _bounds(read: str, column: Column) -> str:
    return f"min({read}), max({read})" if column.kind not in (*WORDS, Kind.flag) else "NULL, NULL"


def _values(source: Source, read: str, column: Column, low: Any, high: Any) -> str:
    """The range of numbers and dates, the most frequent levels of others; of free text none."""
    if column.kind is Kind.text:
        return ""
    if column.kind is Kind.date:
        return f"{low} to {high}"
    if column.kind not in (Kind.category, Kind.flag):
        return f"{low:,.10g} to {high:,.10g}"
    counts = source.connection.execute(
        f"SELECT {read} AS level, count(*), count(*) OVER () FROM raw WHERE {read} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {LEVELS}"
    ).fetchall()
    words = {1.0: "yes", 0.0: "no"} if column.kind is Kind.flag else {}
    shown = [clipped(str(words.get(level, level))) for level, *_ in counts]
    more = counts[0][2] - len(counts)
    return ", ".join([*shown, f"{more:,} more"] if more else shown)


def _cut(text: str, width: int) -> str:
    return f"{text[: width - 1]}…" if len(text) > width else f"{text:{width}}"
