"""The outcome of a lender's file: which column, and which of its values are defaults and good loans."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from steps.description.document import Column, Description, Kind, Outcome
from steps.description.kinds import FLAGS, is_number
from steps.description.missing import is_mark
from steps.description.source import Source
from steps.run.console import UserError, counted
from steps.run.printable import printable, shown

SHOWN = 8  # values that a question names
MOST_SHOWN = 16  # different values of which it names any
MANY_ROWS = 20  # from which on a value of one row alone is taken for a client's, and not named
MOST_VALUES = 50
CANDIDATES, MOST_OF_A_CANDIDATE = 5, 10  # columns that a question names, and the values that each may have
SHOWN_OF_A_CANDIDATE = 3
NAMED_AS_OUTCOME = re.compile(
    r"target|default|bad|outcome|status|class|label|good|paid|delinq|charge|risk|^y$|result|loss", re.IGNORECASE
)
OPPOSITES = (
    ("1", "0"), ("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("ja", "nein"), ("oui", "non"), ("si", "no"),
    ("sí", "no"),
)  # fmt: skip
GOOD = ("fully paid", "paid", "paid off", "paid in full", "p i f", "pif", "closed", "good", "repaid", "settled in full")


def outcome_of(source: Source, target: str, column: Column, default: Sequence[str]) -> Outcome:
    """The outcome in this column.

    Parameters
    ----------
    source
        The file.
    target
        Name of the column.
    column
        What it is.
    default
        The values that stand for a default; none: 1 of 0 and 1, yes of yes and no.

    Raises
    ------
    UserError
        It cannot be known which values are defaults, or which are good loans: the question has the values found.
    """
    kind = source.kind(target)
    if kind not in ("VARCHAR", "BOOLEAN") and not is_number(kind):
        raise UserError(f"target: {target} has values of type {kind}: expected numbers, texts, or yes and no")
    counts = values_of(source, target, column)
    if not counts:
        raise UserError(f"target: {target} has no values")
    if len(counts) == 1:
        raise UserError(f"target: {target} is the same in every row: there is nothing to learn")
    if len(counts) > MOST_VALUES:
        raise UserError(
            f"target: {target} has more than {MOST_VALUES} different values: expected the outcome of a loan"
        )
    if default:
        return _with_default(target, counts, default)
    positive = _positive(counts, column)
    if not positive:
        raise UserError(
            f"target: {target} has {_shown(counts)}: which of them is a default? Name it with `-P default=...` "
            "(--default; several with commas)"
        )
    return Outcome(column=target, default=positive, no_default=tuple(each for each in counts if each not in positive))


def candidates(source: Source, columns: Mapping[str, Column]) -> str:
    """The columns of two to ten values, those first whose names are an outcome's, for a question; empty without one."""
    named = sorted(columns, key=lambda name: NAMED_AS_OUTCOME.search(name) is None)
    found, rows = list[str](), source.rows
    for name in named:
        counts = _few_values(source, name, columns[name])
        # A value of one row alone is a client's, such as the one comment in a column.
        if 1 < len(counts) < rows and (rows < MANY_ROWS or min(counts.values()) > 1):
            more = ", ..." if len(counts) > SHOWN_OF_A_CANDIDATE else ""
            found.append(f"{printable(name)} ({', '.join(map(shown, list(counts)[:SHOWN_OF_A_CANDIDATE]))}{more})")
        if len(found) == CANDIDATES:
            break
    return ", ".join(found)


def check_outcome(source: Source, description: Description) -> None:
    """Raise `UserError` where no row has a value that the description calls a default, or none that it calls good."""
    target = description.target
    counts = values_of(source, target.column, description.columns[target.column])
    present = {value.casefold() for value in counts}
    for entry, values in (("default", target.default), ("no_default", target.no_default)):
        if not present & {value.casefold() for value in values}:
            raise UserError(
                f"target.{entry}: {target.column} has no {' and no '.join(map(repr, values))}: it has {_shown(counts)}"
            )


def values_of(source: Source, target: str, column: Column) -> dict[str, int]:
    """The number of rows of each value as a text, the most frequent first; missing ones are left out."""
    name = source.column(target)
    text = as_text(name, source.kind(target), column)
    rows: list[tuple[Any, int]] = source.connection.execute(
        f"SELECT {text} AS value, count(*) FROM raw WHERE {text} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 1}"
    ).fetchall()
    return {str(value): count for value, count in rows}


def as_text(name: str, kind: str, column: Column) -> str:
    """The expression of a value as the text that an outcome names: 1 for 1.0; NULL for a mark of a missing value."""
    if kind == "BOOLEAN":
        return f"CASE WHEN {name} THEN '1' WHEN NOT {name} THEN '0' END"
    if kind != "VARCHAR":
        return _plain_number(f"TRY_CAST({name} AS DOUBLE)")
    text = f"CASE WHEN NOT {is_mark(name, column.missing)} THEN {name} END"
    return f"coalesce({_plain_number(f'TRY_CAST({text} AS DOUBLE)')}, {text})" if column.kind is Kind.number else text


def _few_values(source: Source, name: str, column: Column) -> dict[str, int]:
    """The number of rows of each value of a column of at most ten; empty for another column."""
    if column.kind is Kind.date or source.kind(name).endswith(("[]", ")")):
        return {}
    counts = values_of(source, name, column)
    return counts if len(counts) <= MOST_OF_A_CANDIDATE else {}


def _plain_number(number: str) -> str:
    whole = f"CAST(TRY_CAST({number} AS HUGEINT) AS VARCHAR)"  # NULL for one too large for it
    return f"coalesce(CASE WHEN {number} = round({number}) THEN {whole} END, CAST({number} AS VARCHAR))"


def _with_default(target: str, counts: dict[str, int], default: Sequence[str]) -> Outcome:
    """The outcome with these defaults, in the spellings that the column has, as Paid and PAID."""
    rows = sum(counts.values())
    present = {value.casefold() for value in counts}
    absent = [value for value in default if value.casefold() not in present]
    if absent:
        raise UserError(f"default: {target} has no {' and no '.join(map(repr, absent))}: it has {_shown(counts, rows)}")
    wanted = {value.casefold() for value in default}
    bad = tuple(value for value in counts if value.casefold() in wanted)
    others = [value for value in counts if value not in bad]
    good = _good(others, wanted)
    if not good:
        besides = _shown({value: counts[value] for value in others}, rows)
        raise UserError(
            f"default: {target} has besides {besides}: which of them is a "
            "good loan? Name it as target.no_default in a description (`mlflow run . -e describe`)"
        )
    return Outcome(column=target, default=bad, no_default=good)


def _good(others: Sequence[str], default: Collection[str]) -> tuple[str, ...]:
    """The good loans among the other values, where that goes without saying: the only one, 0 for 1, or their names.

    `default` is in folded letter case.
    """
    if len({value.casefold() for value in others}) == 1:
        return tuple(others)
    opposite = {other for pair in OPPOSITES for one, other in (pair, pair[::-1]) if one in default}
    return tuple(value for value in others if value.casefold() in opposite or value.casefold() in GOOD)


def _positive(counts: dict[str, int], column: Column) -> tuple[str, ...]:
    """The value of a default where it goes without saying, in each letter case that it has; empty otherwise."""
    if set(counts) <= {"0", "1"}:
        return ("1",) if "1" in counts else ()
    if column.kind is Kind.flag:
        return tuple(value for value in counts if value.casefold() in FLAGS[0])
    return ()


def _shown(counts: dict[str, int], rows: int | None = None) -> str:
    """The values with their number of rows; without those that may be of single clients: one of many, or of one row.

    `rows` are those of the file, where these are not all of its values.
    """
    if len(counts) > MOST_SHOWN:
        return f"{len(counts):,} different values"
    are_few = (sum(counts.values()) if rows is None else rows) < MANY_ROWS
    named = [f"{shown(value)} ({count:,})" for value, count in counts.items() if are_few or count > 1][:SHOWN]
    rest = len(counts) - len(named)
    if not named:
        return f"{counted(rest, 'value')} of one row each"
    return ", ".join(named) + (f" and {counted(rest, 'value')} more" if rest > 0 else "")
