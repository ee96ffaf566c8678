"""Describe a lender's file: each column, the id, the outcome, the date of the application."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steps.description.document import Column, Description, Kind
from steps.description.identity import identity_of
from steps.description.kinds import Columns, Found
from steps.description.outcome import outcome_of
from steps.description.source import Source
from steps.description.spelling import Decimal
from steps.run.console import UserError
from steps.run.settings import LeaksTreatment

NAMED_AS_ID = re.compile(r"(?i:(^|[_ .])id([_ .]|$)|(number|[_ .]no|[_ .]nr|[_ .]num|key)$)|[a-z]I[dD]$")
NAMED_AS_APPLICATION = re.compile(
    r"(issue|application|applied|approv|origination|granted|disbursement|listing)(_?d(ate)?)?$|^(date|issue_?d)$|"
    r"^(issue|application|approval|origination|listing)_?(date|d|dt)$",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
LISTED = 30  # columns that a message names


@dataclass(frozen=True)
class Named:
    """What the caller names of a file; empty: it is found.

    Parameters
    ----------
    target, id, date : str
        Columns.
    default : tuple of str
        Values of the target that stand for a default.
    leaks : LeaksTreatment
        What fields do that reveal the outcome.
    """

    target: str = ""
    id: str = ""
    date: str = ""
    default: tuple[str, ...] = ()
    leaks: LeaksTreatment = LeaksTreatment.described


@dataclass(frozen=True)
class Described:
    """The description, and what a person should know of the file."""

    description: Description
    warnings: list[str]


def describe(source: Source, file: Path, named: Named) -> Described:
    """Describe an opened file; raise `UserError` where a named column is absent or the outcome cannot be known."""
    found = _columns(source)
    names = list(found)
    target = _existing(named.target, "target", names, file)
    identity = _existing(named.id, "id", names, file) if named.id else _identity(source, names, target)
    columns = {name: each.column for name, each in found.items()}
    try:
        outcome = outcome_of(source, target, columns[target], named.default)
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
    date = _existing(named.date, "date", names, file) if named.date else _date(columns)
    warnings = [*source.warnings, *(warning for each in found.values() for warning in each.warnings)]
    # An id is what it is whatever its values look like; a target is read by its values.
    for name in (identity, target):
        if name is not None:
            columns[name] = columns[name].model_copy(update={"use": True, "because": ""})
    description = Description(
        file=str(file), reading=source.reading, id=identity, target=outcome, date=date, columns=columns
    )
    return Described(description, warnings)


def _columns(source: Source) -> dict[str, Found]:
    """Every column with a name; those that do not show their decimal sign follow the others."""
    finder = Columns(source.connection)
    places = {name: place for place, name in enumerate(source.names) if name is not None}
    found = {name: finder.found(name, f"c{place}", source.types[place]) for name, place in places.items()}
    if _decimal(source, list(found.values())) != ",":
        return found
    for name, each in found.items():
        place = places[name]
        if each.decimals == (0, 0) and source.types[place] == "VARCHAR" and each.column.kind is not Kind.date:
            found[name] = finder.found(name, f"c{place}", "VARCHAR", ",")
    return found


def _decimal(source: Source, found: Sequence[Found]) -> Decimal:
    """The file's decimal sign: that of most columns which show one."""
    points = sum(each.decimals[0] > each.decimals[1] for each in found)
    commas = sum(each.decimals[1] > each.decimals[0] for each in found)
    return "," if commas > points else "."


def _existing(name: str, entry: str, names: Sequence[str], file: Path) -> str:
    if name in names:
        return name
    raise UserError(f"{file} has no column {name!r}: name its {entry} with `-P {entry}=...`, one of {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    """The columns for a message; a first row with numbers may be a client's, and is not repeated."""
    if any(NUMBER.match(name) for name in names):
        return "the names in its first row, which has numbers: does it name the columns?"
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _identity(source: Source, names: Sequence[str], target: str) -> str | None:
    """The first column that is named as an id and has a different value in every row."""
    for name in names:
        if name != target and NAMED_AS_ID.search(name) and _is_identity(source, name):
            return name
    return None


def _is_identity(source: Source, name: str) -> bool:
    """Whether the column has an id of its own in every row."""
    try:
        ids = identity_of(source, name).sql
    except UserError:
        return False
    return source.number(f"SELECT count(DISTINCT {ids}) FROM raw") == source.rows


def _date(columns: dict[str, Column]) -> str | None:
    """The column of dates that is named as that of the application, if there is exactly one."""
    dates = [name for name, column in columns.items() if column.kind is Kind.date and NAMED_AS_APPLICATION.search(name)]
    return dates[0] if len(dates) == 1 else None
