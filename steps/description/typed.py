"""The described columns as numbers and texts: SQL on the table `raw` of a source."""

from steps.description import dates
from steps.description.aggregates import aggregates
from steps.description.document import WORDS, Column, Description, Kind
from steps.description.kinds import FLAGS, is_date, is_number
from steps.description.missing import is_among, is_mark
from steps.description.outcome import as_text
from steps.description.source import Source
from steps.description.spelling import Spelling, currency, is_infinity, literal, same_currency
from steps.run.console import UserError, counted

MEASURES = (Kind.number, Kind.percentage, Kind.money, Kind.duration)
SHOWN = 8  # columns that an error names
# What an error says of the spellings of a kind, where its name alone does not tell them.
SPELLINGS = {
    Kind.duration: "expected a number with its unit: 36 months, 2yrs 3mon, < 1 year, 24 Monate, 5 ans, 10 días",
    Kind.flag: "expected a word for yes or no: Y and N, true and false, ja and nein",
}


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


def value_of(source: Source, name: str, column: Column) -> str:
    """The expression of the value of the file's column of this name, as `value` gives it."""
    return value(source.column(name), source.kind(name), column)


def days_since_1970(date: str) -> str:
    """The expression of a date's day, counted from 1970 on."""
    return f"date_diff('day', DATE '1970-01-01', {date})"


def is_present(name: str, column: Column) -> str:
    """The condition for a text that is no mark of a missing value."""
    return f"{name} IS NOT NULL AND NOT {is_mark(name, column.missing)}" if column.missing else f"{name} IS NOT NULL"


def is_infinite(source: Source, name: str, column: Column) -> str:
    """The condition for an infinite number in this column."""
    text, kind = source.column(name), source.kind(name)
    if kind in ("FLOAT", "DOUBLE"):
        return f"isinf({text})"
    if kind != "VARCHAR" or column.kind not in MEASURES:
        return "false"
    return f"{is_infinity(text)} OR isinf({value_of(source, name, column)})"


def label(source: Source, description: Description) -> str:
    """The expression of the outcome: 1 for a default, 0 for a good loan, NULL for a row without a label."""
    target = description.target
    text = as_text(source.column(target.column), source.kind(target.column), description.columns[target.column])
    return f"CASE WHEN {is_among(text, target.default)} THEN 1 WHEN {is_among(text, target.no_default)} THEN 0 END"


def check_understood(source: Source, description: Description) -> None:
    """Raise `UserError` naming each used column with values in another spelling than its description's, by count."""
    fields = description.fields()
    texts = {
        name: (source.column(name), column)
        for name, column in fields.items()
        if source.kind(name) == "VARCHAR" and column.kind not in WORDS
    }
    wanted = {
        name: [
            f"count(*) FILTER ({is_present(text, column)})",
            f"count({value(text, 'VARCHAR', column)})",
            f"min(rowid) FILTER ({is_present(text, column)} AND {value(text, 'VARCHAR', column)} IS NULL)",
            f"list(DISTINCT {currency(text)})" if column.kind is Kind.money else "NULL",
        ]
        for name, (text, column) in texts.items()
    }
    counts = aggregates(source.connection, wanted)
    problems: list[str] = []
    for name, column in fields.items():
        if source.kind(name) != "VARCHAR":
            problems += _of_another_type(name, source.kind(name), column)
            continue
        values, understood, first, signs = counts.get(name, (0, 0, None, None))
        if understood < values:
            problems.append(
                f"{name} is a {column.kind}: {values - understood:,} of {counted(values, 'value')} cannot be read as "
                f"one{_place(source, first)}{_spellings(column)}"
            )
        elif len({same_currency(sign) for sign in signs or () if sign}) > 1:
            problems.append(f"{name} is a {column.kind} of several currencies: name the one that counts as its `unit`")
    if problems:
        rest = len(problems) - SHOWN
        more = f"; and {counted(rest, 'column')} more" if rest > 0 else ""
        raise UserError(
            f"{'; '.join(problems[:SHOWN])}{more}. Correct the values, name them as `missing`, or say what the column "
            "is"
        )


def _place(source: Source, row: int) -> str:
    """Where the first one is; the rows of Parquet have no place that a person sees."""
    return f", the first in row {row + 1:,} below the header" if source.reading else ""


def _spellings(column: Column) -> str:
    """What is read as a value of this column."""
    if column.kind is Kind.money and same_currency(column.unit):
        return f" (expected amounts in {column.unit})"
    return f" ({SPELLINGS[column.kind]})" if column.kind in SPELLINGS else ""


def _of_another_type(name: str, kind: str, column: Column) -> list[str]:
    """The problem of a column whose own type cannot be what the description says, if it is one."""
    is_plain = is_number(kind) or kind == "BOOLEAN"
    fits = is_date(kind) if column.kind is Kind.date else is_plain or (column.kind in WORDS and is_date(kind))
    return [] if fits else [f"{name} is a {column.kind}, and the file has the type {kind} there"]


def _number(name: str, column: Column) -> str:
    plain = Spelling("number", column.decimal).sql(name)
    if column.kind is Kind.number:
        return plain
    read = Spelling(column.kind.value, column.decimal, column.unit).sql(name)  # type: ignore[arg-type]
    if column.kind is Kind.money and (signs := same_currency(column.unit)):
        # Money of another currency is no number of this column.
        among = ", ".join(map(literal, ("", *sorted(signs))))
        read = f"CASE WHEN {currency(name)} IN ({among}) THEN {read} END"
    return f"coalesce({read}, {plain})"
