"""The described columns as numbers and texts: SQL on the table `raw` of a source."""

from steps.description import dates
from steps.description.document import WORDS, Column, Description, Kind
from steps.description.kinds import FLAGS, NUMERIC
from steps.description.missing import is_among, is_mark
from steps.description.outcome import as_text
from steps.description.source import Source
from steps.description.spelling import Spelling, is_infinity
from steps.run.console import UserError, counted

MEASURES = (Kind.number, Kind.percentage, Kind.money, Kind.duration)
SHOWN = 8  # columns that an error names


def value(name: str, kind: str, column: Column) -> str:
    """The expression of a column's value: DOUBLE, VARCHAR or DATE; NULL where missing or not understood.

    Parameters
    ----------
    name
        The column in `raw`.
    kind
        DuckDB's type of it.
    column
        What it is.
    """
    if kind != "VARCHAR":
        types = {Kind.date: "DATE", Kind.category: "VARCHAR", Kind.text: "VARCHAR"}
        return f"CAST({name} AS {types.get(column.kind, 'DOUBLE')})"
    if column.kind in MEASURES:
        read = _number(name, column)
    elif column.kind is Kind.flag:
        yes, no = (", ".join(f"'{word}'" for word in words) for words in FLAGS)
        read = f"CASE WHEN lower({name}) IN ({yes}) THEN 1e0 WHEN lower({name}) IN ({no}) THEN 0e0 END"
    elif column.kind is Kind.date:
        read = dates.read(name, column.written)
    else:
        read = name
    return f"CASE WHEN {is_present(name, column)} THEN {read} END"


def is_present(name: str, column: Column) -> str:
    """The condition for a text that is no mark of a missing value."""
    return f"{name} IS NOT NULL AND NOT {is_mark(name, column.missing)}" if column.missing else f"{name} IS NOT NULL"


def is_infinite(source: Source, name: str, column: Column) -> str:
    """The condition for an infinite number in this column."""
    place = source.names.index(name)
    kind = source.types[place]
    if kind in ("FLOAT", "DOUBLE"):
        return f"isinf(c{place})"
    if kind != "VARCHAR" or column.kind not in MEASURES:
        return "false"
    return f"{is_infinity(f'c{place}')} OR isinf({value(f'c{place}', kind, column)})"


def label(source: Source, description: Description) -> str:
    """The expression of the outcome: 1 for a default, 0 for a good loan, NULL for a row without a label."""
    target = description.target
    place = source.names.index(target.column)
    text = as_text(f"c{place}", source.types[place], description.columns[target.column])
    return f"CASE WHEN {is_among(text, target.default)} THEN 1 WHEN {is_among(text, target.no_default)} THEN 0 END"


def check_understood(source: Source, description: Description) -> None:
    """Raise `UserError` naming each used column with values in another spelling than its description's, by count."""
    problems: list[str] = []
    for name, column in description.fields().items():
        place = source.names.index(name)
        if source.types[place] != "VARCHAR":
            problems += _of_another_type(name, source.types[place], column)
            continue
        if column.kind in WORDS:
            continue
        text = f"c{place}"
        present = f"count(*) FILTER ({is_present(text, column)})"
        query = f"SELECT {present}, count({value(text, 'VARCHAR', column)}) FROM raw"
        values, understood = source.connection.execute(query).fetchall()[0]
        if understood < values:
            problems.append(
                f"{name} is a {column.kind}: {values - understood:,} of {counted(values, 'value')} cannot be read as "
                "one"
            )
    if problems:
        rest = len(problems) - SHOWN
        more = f"; and {counted(rest, 'column')} more" if rest > 0 else ""
        raise UserError(
            f"{'; '.join(problems[:SHOWN])}{more}. Correct the values, name them as `missing`, or say what the column "
            "is"
        )


def _of_another_type(name: str, kind: str, column: Column) -> list[str]:
    """The problem of a column whose own type cannot be what the description says, if it is one."""
    is_date = kind == "DATE" or kind.startswith("TIMESTAMP")
    is_plain = kind in (*NUMERIC, "BOOLEAN") or kind.startswith("DECIMAL")
    fits = is_date if column.kind is Kind.date else is_date or is_plain if column.kind in WORDS else is_plain
    return [] if fits else [f"{name} is a {column.kind}, and the file has the type {kind} there"]


def _number(name: str, column: Column) -> str:
    plain = Spelling("number", column.decimal).sql(name)
    if column.kind is Kind.number:
        return plain
    return f"coalesce({Spelling(column.kind.value, column.decimal, column.unit).sql(name)}, {plain})"  # type: ignore[arg-type]
