"""Describe a lender's file: each column, the id, the outcome, the date of the application."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from steps.description.application_date import application_date
from steps.description.document import Column, Description, Kind
from steps.description.identity import identity_of
from steps.description.kinds import Columns, Found
from steps.description.outcome import candidates, outcome_of
from steps.description.rows import with_day
from steps.description.source import Source
from steps.description.spelling import Decimal, literal
from steps.description.telling import in_words, renamed, telling, with_seasons
from steps.description.typed import value_of
from steps.run.console import UserError, counted, listed
from steps.run.settings import LeaksTreatment

NAMED_AS_ID = re.compile(r"(?i:(^|[_ .])id([_ .]|$)|(number|[_ .]no|[_ .]nr|[_ .]num|key)$)|[a-z]I[dD]$")
NEARLY_ALL = 0.9  # of the rows with an id of their own, from which on a column is meant as one
FEW_ROWS = 20  # up to which any number may have another value in each row
AMONG_VALUES = 0.5  # of the names, from which on the header is taken for a row
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

    @staticmethod
    def values(default: str) -> tuple[str, ...]:
        """The values of an option that lists defaults with commas."""
        return tuple(value.strip() for value in default.split(",") if value.strip())


@dataclass(frozen=True)
class Described:
    """The description, and what a person should know of the file.

    Parameters
    ----------
    description : Description
        What the file is.
    warnings : list of str
        What may be wrong.
    found : tuple of str
        What else was found: the months and weekdays that tell, or whose description it has.
    """

    description: Description
    warnings: list[str]
    found: tuple[str, ...] = ()


def describe(source: Source, file: Path, named: Named) -> Described:
    """Describe an opened file; raise `UserError` where a named column is absent or the outcome cannot be known."""
    if not source.rows:
        raise UserError(f"{file}: it has a header and no rows: expected a row for each client")
    _check_header(source, file)
    found = _columns(source)
    names = list(found)
    columns = {name: each.column for name, each in found.items()}
    if named.target not in names:
        raise UserError(_question(source, file, named.target, columns))
    target = named.target
    identity = _existing(named.id, "id", names, file) if named.id else _identity(source, names, target)
    try:
        outcome = outcome_of(source, target, columns[target], named.default)
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
    date = _existing(named.date, "date", names, file) if named.date else _date(columns, (target, identity))
    if date is not None and columns[date].kind is not Kind.date:
        raise UserError(f"{file}: date: {date} is a {columns[date].kind}: expected a column of dates")
    warnings = [*source.warnings, *(warning for each in found.values() for warning in each.warnings)]
    warnings += _known_later(source, columns, date)
    for other, problem in _other_ids(source, names, target, identity):
        columns[other] = columns[other].model_copy(update={"use": False, "because": problem})
        warnings += [] if identity else [f"{other} is left out: {problem}"]
    warnings += _may_be_ids(source, columns, (target, identity, date), identity)
    # An id is what it is whatever its values look like; a target is read by its values.
    for name in (identity, target, date):
        if name is not None:
            columns[name] = columns[name].model_copy(update={"use": True, "because": ""})
    description = Description(
        file=str(file), reading=source.reading, id=identity, target=outcome, date=date, columns=columns
    )
    seasons = telling(source, description)
    description = with_day(source, with_seasons(description, seasons))
    return Described(description, [*warnings, *renamed(description)], tuple(in_words(seasons, description)))


def _check_header(source: Source, file: Path) -> None:
    """Raise `UserError` where rows repeat the header, or where the header is a row of values."""
    texts = {name: f"c{place}" for place, name in enumerate(source.names) if name and source.types[place] == "VARCHAR"}
    if len(texts) < 2:
        return
    same = [f"({column} IS NOT NULL AND {column} = {literal(name)})" for name, column in texts.items()]
    header = " AND ".join(same)
    counted_rows = ", ".join(f"count(*) FILTER ({each})" for each in (header, *same))
    first, repeated, *counts = source.connection.execute(
        f"SELECT min(rowid) FILTER ({header}), {counted_rows} FROM raw"
    ).fetchall()[0]
    if repeated:
        raise UserError(
            f"{file}: its header is there again in {counted(repeated, 'row')}, first in row {first + 1:,} below it, as "
            "in files that are put together: remove those rows"
        )
    among_values = sum(map(bool, counts))
    if among_values >= AMONG_VALUES * len(texts):
        raise UserError(
            f"{file} has no header: {among_values} of {len(texts)} names in its first row are values of their columns; "
            "expected the names of the columns: add a line with them"
        )


def _columns(source: Source) -> dict[str, Found]:
    """Every column with a name; those that do not show their decimal sign follow the others."""
    finder = Columns(source.connection)
    places = {name: place for place, name in enumerate(source.names) if name is not None}
    looks = finder.looks({f"c{place}": source.types[place] for place in places.values()})
    found = {
        name: finder.found(name, f"c{place}", source.types[place], looks[f"c{place}"]) for name, place in places.items()
    }
    if _decimal(source, list(found.values())) != ",":
        return found
    for name, each in found.items():
        place = places[name]
        if each.decimals == (0, 0) and source.types[place] == "VARCHAR" and each.column.kind is not Kind.date:
            found[name] = finder.found(name, f"c{place}", "VARCHAR", looks[f"c{place}"], ",")
    return found


def _decimal(source: Source, found: Sequence[Found]) -> Decimal:
    """The file's decimal sign: that of most columns which show one."""
    points = sum(each.decimals[0] > each.decimals[1] for each in found)
    commas = sum(each.decimals[1] > each.decimals[0] for each in found)
    return "," if commas > points else "."


def _question(source: Source, file: Path, target: str, columns: dict[str, Column]) -> str:
    """Which column is the outcome: with those that may be."""
    possible = candidates(source, columns)
    named = f"those of two to ten values are {possible}" if possible else f"one of {_names(list(columns))}"
    return (
        f"{file} has no column {target!r}: which column is the outcome of the loan? Name its target with "
        f"`-P target=...`: {named}"
    )


def _existing(name: str, entry: str, names: Sequence[str], file: Path) -> str:
    if name in names:
        return name
    raise UserError(f"{file} has no column {name!r}: name its {entry} with `-P {entry}=...`, one of {_names(names)}")


def _names(names: Sequence[str]) -> str:
    """The columns for a message; a first row with numbers may be a client's, and is not repeated."""
    if any(NUMBER.match(name) for name in names):
        return "the names in its first row, which has numbers: does it name the columns?"
    return listed(names, LISTED)


def _identity(source: Source, names: Sequence[str], target: str) -> str | None:
    """The first column that is named as an id and has a different value in every row."""
    for name in names:
        if name != target and NAMED_AS_ID.search(name) and _is_identity(source, name):
            return name
    return None


def _other_ids(source: Source, names: Sequence[str], target: str, identity: str | None) -> Iterator[tuple[str, str]]:
    """The columns that are named as an id and nearly tell the rows apart, but are not it, with the reason."""
    rows = source.rows
    for name in names:
        if name in (target, identity) or not NAMED_AS_ID.search(name):
            continue
        column = source.column(name)
        different, present = source.connection.execute(
            f"SELECT count(DISTINCT {column}), count({column}) FROM raw"
        ).fetchall()[0]
        if rows > FEW_ROWS and different == present == rows:
            yield name, "it has another value in each row, as an id"
        elif rows > FEW_ROWS and different >= NEARLY_ALL * rows:
            doubled, blank = present - different, rows - present
            problem = " and ".join(
                [f"{counted(doubled, 'row')} with the id of another"] * bool(doubled)
                + [f"{counted(blank, 'row')} without one"] * bool(blank)
            )
            yield name, f"it is named as an id and has {problem}: correct them, or name another id"


def _may_be_ids(
    source: Source, columns: dict[str, Column], known: Sequence[str | None], identity: str | None
) -> Iterator[str]:
    """A warning for each whole number that is another in each row, as sequences and ids are, whatever its name."""
    rows = source.rows
    if rows <= FEW_ROWS:
        return
    for name, column in columns.items():
        if column.kind is not Kind.number or not column.use or name in known:
            continue
        number = value_of(source, name, column)
        if source.number(f"SELECT count(*) FILTER ({number} = floor({number})) FROM raw") < rows:
            continue
        if source.number(f"SELECT count(DISTINCT {number}) FROM raw") == rows:
            remedy = "Leave it out" if identity else f"Name it with `-P id={name}`, or leave it out"
            yield f"{name} has another value in each row: is it an id? {remedy} (`use: false`)"


def _is_identity(source: Source, name: str) -> bool:
    """Whether the column has an id of its own in every row."""
    try:
        ids = identity_of(source, name).sql
    except UserError:
        return False
    return source.number(f"SELECT count(DISTINCT {ids}) FROM raw") == source.rows


def _known_later(source: Source, columns: dict[str, Column], date: str | None) -> Iterator[str]:
    """A warning for each column with dates after that of the application: known only then, it may tell the outcome."""
    if date is None:
        return
    applied = value_of(source, date, columns[date])
    for name, column in columns.items():
        if column.kind is not Kind.date or name == date:
            continue
        query = f"SELECT count(*) FILTER ({value_of(source, name, column)} > {applied}), count(*) FROM raw"
        later, rows = source.connection.execute(query).fetchall()[0]
        if later:
            yield (
                f"{name} is after the date of the application ({date}) in {later:,} of {counted(rows, 'row')}: if it "
                "is known only then, it must not be used (`use: false`)"
            )


def _date(columns: dict[str, Column], others: Sequence[str | None]) -> str | None:
    """The column of dates that is named as that of the application, if there is exactly one; `others` are none."""
    return application_date(name for name, column in columns.items() if column.kind is Kind.date and name not in others)
