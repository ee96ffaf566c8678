"""From any lender's file, described or plain, to the feature table."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from custom_model.meanings import Meaning
from steps.description.aggregates import aggregates
from steps.description.describing import Described, Named, describe
from steps.description.document import Column, Description
from steps.description.findings import report, report_reading
from steps.description.given import check_has_rows, contradictions, given_file
from steps.description.identity import identity_of
from steps.description.outcome import check_outcome
from steps.description.rows import Rows, with_day
from steps.description.source import Source, opened
from steps.description.telling import renamed
from steps.description.typed import check_understood, is_infinite
from steps.run.console import UserError, counted, listed, progress
from steps.run.settings import LeaksTreatment, Settings
from steps.tables.catalogue import readable
from steps.tables.feature_table import Lineage, source_of, write_feature_table
from steps.tables.messages import ERRORS, duplicates, infinite_values, missing_ids
from steps.tables.paths import table_name
from steps.tables.unchanged import Snapshot
from steps.tables.words import Words

LISTED = 12  # columns that a message names


@dataclass(frozen=True)
class Known:
    """The description that a model's own data was read by, and what to call the model."""

    description: Description
    model: str


def from_lender_file(
    path: Path, out: Path, named: Named, folder: Path, settings: Settings, known: Known | None = None
) -> Path:
    """Build the feature table of a lender's file.

    Parameters
    ----------
    path
        The file, or its description.
    out
        The Parquet file to write.
    named
        What the caller names of a plain file; a description says all of it.
    folder
        Exists; takes what is unpacked.
    settings
        DuckDB's limit of memory.
    known
        What a plain file of the same columns is read by: a unit or the order of day and month, found in few rows, may
        be another, and days may count from another day.

    Raises
    ------
    UserError
        The file cannot be understood, or its rows have errors.
    """
    given, file = given_file(path, named)
    snapshot = Snapshot([file])
    with progress(f"reading {file.name}"), opened(file, folder, settings, given.reading if given else None) as source:
        check_has_rows(source, file)
        described = _described(source, file, named, known) if given is None else _checked(given, source, path)
        report(described, file)
        if given is None:
            report_reading(source, described.description)
        origin = source_of(file)
        snapshot.check()
        _check(source, described.description, file)
        rows = Rows(source, described.description)
        _report_rows(rows, described.description)
        lineage = Lineage(
            id=rows.identity,
            target=rows.target,
            engine="duckdb",
            sources={table_name(file): origin},
            date=described.description.date,
            unlabelled=rows.total - rows.labelled,
            description=described.description.model_copy(update={"file": file.name}).model_dump_json(by_alias=True),
            leaks=named.leaks or LeaksTreatment(described.description.leaks),
            meanings=dict(_meanings(rows, described.description)),
            **_said(described.description),
        )
        write_feature_table(rows.batches(), rows.schema, lineage, out)
    return out


def _described(source: Source, file: Path, named: Named, known: Known | None) -> Described:
    """The description of a plain file: the known one where it has these columns and outcomes, else what is found."""
    if known is None:
        return describe(source, file, named)
    if not _is_of(known.description, source, named):
        anew = describe(source, file, named)
        other = (
            f"its columns or parameters are others than in the description of {known.model}: it is described anew, and "
            "its units, spellings and days may be others, too"
        )
        return replace(anew, warnings=[other, *anew.warnings])
    description = known.description.model_copy(update={"file": str(file), "reading": source.reading})
    found = (f"{file.name} is read by the description of {known.model}, as its columns are the same",)
    return Described(description, [*source.warnings, *renamed(description)], found)


def _is_of(description: Description, source: Source, named: Named) -> bool:
    names = {name for name in source.names if name is not None}
    return names == set(description.columns) and not any(contradictions(description, named))


def _checked(description: Description, source: Source, path: Path) -> Described:
    """The description of an opened file, whose columns it must name."""
    names = [name for name in source.names if name is not None]
    absent = [name for name in description.columns if name not in names]
    reading = source.reading
    if absent and reading and reading.separator and len(source.names) == 1 < len(description.columns):
        raise UserError(
            f"{path}: {description.file} has one column when it is read with the separator {reading.separator!r}, and "
            f"{len(description.columns)} are described: its separator is another: correct `separator`"
        )
    if description.target.column in absent:
        raise UserError(
            f"{path}: {description.file} has no {description.target.column}, the outcome of its loans: applications "
            "whose outcome is not known can be decided on, not trained on or evaluated"
        )
    unknown = [name for name in names if name not in description.columns]
    if absent or unknown:
        problems = [f"{description.file} has no {listed(absent, LISTED)}"] if absent else []
        problems += [f"it does not describe {listed(unknown, LISTED)}"] if unknown else []
        raise UserError(f"{path}: {' and '.join(problems)}: describe the file anew, or correct the names")
    return Described(with_day(source, description), [*source.warnings, *renamed(description)])


def _check(source: Source, description: Description, file: Path) -> None:
    """Raise `UserError` for ids that are none, missing or doubled, infinite numbers, values in no known spelling."""
    try:
        errors = [f"{file.name}: {error}" for error in _errors(source, description)]
        if not errors:
            check_understood(source, description)
            check_outcome(source, description)
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
    if errors:
        raise UserError("\n  ".join([ERRORS, *errors]))


def _errors(source: Source, description: Description) -> Iterator[str]:
    rows = source.rows
    if description.id is not None:
        ids = identity_of(source, description.id).sql
        present = source.number(f"SELECT count({ids}) FROM raw")
        repeated = present - source.number(f"SELECT count(DISTINCT {ids}) FROM raw")
        if present < rows:
            yield missing_ids(description.id, rows - present, rows)
        if repeated:
            yield duplicates(description.id, repeated)
    conditions = {name: is_infinite(source, name, column) for name, column in description.fields().items()}
    wanted = {name: [f"count(*) FILTER ({each})"] for name, each in conditions.items() if each != "false"}
    for name, (infinite,) in aggregates(source.connection, wanted).items():
        if infinite:
            yield infinite_values(name, infinite, rows)


def _report_rows(rows: Rows, description: Description) -> None:
    if description.id is None:
        print("  no column tells the clients apart: each is known by the content of its row")
    if rows.repeated:
        print(f"  warning: {counted(rows.repeated, 'row')} equal to another: counted once")
    if rows.labelled < rows.total:
        good, bad = (
            " or ".join(map(repr, values)) for values in (description.target.no_default, description.target.default)
        )
        print(
            f"  {counted(rows.total - rows.labelled, 'row')} without an outcome ({description.target.column} is "
            f"neither {good} nor {bad}): kept aside, not trained on"
        )


def _meanings(rows: Rows, description: Description) -> Iterator[tuple[str, Meaning]]:
    for name, column in rows.fields.items():
        yield name, Meaning(description=f"{_about(name, column)}.", topic=name, unit=rows.unit(name))
    for name, (date, calendar) in description.calendar_fields().items():
        about = f"{_about(date, description.columns[date])}: {calendar.period}."
        highest = len(calendar.levels)
        yield name, Meaning(description=about, topic=name, unit=calendar.unit, lowest=1, highest=highest, whole=True)


def _about(name: str, column: Column) -> str:
    """What a column is, in its own words or else those of its name."""
    return column.words.about.rstrip(".") or readable(name) or name


def _words_of_calendars(description: Description) -> Iterator[tuple[str, Words]]:
    """A month is neither low nor high."""
    for name, (date, calendar) in description.calendar_fields().items():
        about = f"{_about(date, description.columns[date])}: {calendar.period}"
        reason = f"{about} counts against the application"
        yield name, Words(about=about, low=reason, high=reason)


def _said(description: Description) -> dict[str, Any]:
    """What the description says of its fields beside their meaning, for the lineage."""
    fields = {name: column for name, column in description.fields().items() if name != description.date}
    return {
        "words": {name: column.words for name, column in fields.items()} | dict(_words_of_calendars(description)),
        "directions": {name: column.direction for name, column in fields.items() if column.direction},
        "protected": tuple(name for name, column in fields.items() if column.protected),
        "unused": tuple(name for name, column in fields.items() if not column.use),
    }
