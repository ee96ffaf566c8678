"""From a lender's file, with or without outcomes, to its applications: by the description that a model learnt from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from steps.description.aggregates import aggregates
from steps.description.applications import Applications
from steps.description.building import Known
from steps.description.describing import Described, Named
from steps.description.document import Description, Kind
from steps.description.findings import report, report_reading
from steps.description.given import check_has_rows, contradictions, given_file
from steps.description.source import Source, opened
from steps.description.telling import renamed
from steps.description.typed import check_understood
from steps.portfolio.ids import report_ids
from steps.run.console import UserError, counted, listed, progress
from steps.run.settings import Settings

LISTED = 12  # columns that a message names


def description_for(path: Path, identity: str, known: Known | None) -> tuple[Description, Path]:
    """The description that the lender's file at `path` is read by, and the file.

    A description says it itself; a plain file is read by the one of the model's own data. Raise `UserError` where there
    is neither, or where it is not whole: nothing can be described anew without outcomes.
    """
    named = Named(id=identity)
    description, file = given_file(path, named)
    if description is not None:
        _check_day(description, path)
        return description, file
    if known is None:
        raise UserError(
            f"{path}: the model has no record of how its file was read, and none without outcomes can be described: "
            "expected a description of it, a feature table, or a folder of tables as the model was trained on"
        )
    for parameter, told in contradictions(known.description, named):
        raise UserError(f"{parameter}: {known.model} was trained on data described as {told}: leave out the parameter")
    return known.description.model_copy(update={"file": str(file), "reading": None}), file


@contextmanager
def applications_in(
    description: Description, file: Path, folder: Path, settings: Settings, model: str
) -> Iterator[Applications]:
    """The applications of a file, opened for the block; raise `UserError` where they cannot be understood.

    `folder` takes what is unpacked. `model` is whose description it is read by; empty: its own.
    """
    with progress(f"reading {file.name}"), opened(file, folder, settings, description.reading) as source:
        check_has_rows(source, file)
        completed, warnings = _completed(source, description, file)
        description = description.model_copy(update={"reading": source.reading})
        found = (f"{file.name} is read by the description of {model}",) if model else ()
        report(Described(description, [*source.warnings, *warnings, *renamed(description)], found), file)
        if model:
            report_reading(source, description)
        try:
            check_understood(completed, description)
            applications = Applications(completed, description)
        except UserError as error:
            raise UserError(f"{file}: {error}") from None
        _report_ids(applications, source, description, file)
        yield applications


def _check_day(description: Description, path: Path) -> None:
    """Raise `UserError` where dates count from the latest day of a file: in another file they would mean another."""
    dates = [name for name, column in description.fields().items() if column.kind is Kind.date]
    if dates and description.date is None and description.days_from is None:
        raise UserError(
            f"{path}: expected days_from, the day that {listed(dates, LISTED)} counted from when a model learnt it: "
            "the description in `features/lineage.json` of its run has it"
        )


def _completed(source: Source, description: Description, file: Path) -> tuple[Source, list[str]]:
    """The source with all fields of the description, and warnings of those that are absent and of unknown columns.

    A field without any value is an empty text, whatever type a workbook or Parquet has there.

    Raise `UserError` where the id or the date of the application is absent, or all fields are.
    """
    names = [name for name in source.names if name is not None]
    for entry, name in {"id": description.id, "date of the application": description.date}.items():
        if name is not None and name not in names:
            raise UserError(
                f"{file} has no column {name}, the {entry}: expected the columns that the model learnt from"
            )
    absent = [name for name in description.fields() if name not in names]
    if len(absent) == len(description.fields()):
        raise UserError(
            f"{file} has none of the columns that the model learnt from ({listed(absent, LISTED)}): is it another "
            "lender's, or its separator another?"
        )
    unknown = [name for name in names if name not in description.columns]
    warnings = [f"it has no {listed(absent, LISTED)}: missing in every row"] if absent else []
    warnings += [f"it has {listed(unknown, LISTED)}, which the model does not know: not read"] if unknown else []
    typed = [name for name in description.fields() if name not in absent and source.kind(name) != "VARCHAR"]
    counts = aggregates(source.connection, {name: [f"count({source.column(name)})"] for name in typed})
    return source.with_empty([*absent, *(name for name in typed if counts[name] == (0,))]), warnings


def _report_ids(applications: Applications, source: Source, description: Description, file: Path) -> None:
    """Print how many rows have another's id or none: each is an application, and is decided on."""
    ids, rows = applications.ids.sql, source.rows
    present, distinct = source.connection.execute(f"SELECT count({ids}), count(DISTINCT {ids}) FROM raw").fetchall()[0]
    if description.id is None:
        print("  no column tells the clients apart: each is known by the content of its row")
        if distinct < rows:
            print(
                f"  warning: {counted(rows - distinct, 'row')} equal to another: each is decided on, under the same id"
            )
        return
    report_ids(file, description.id, rows, present, distinct)
