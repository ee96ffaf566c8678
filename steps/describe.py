"""Describe a lender's file: what each column is, as a YAML file to correct, which stands for the data."""

from pathlib import Path
from typing import Annotated

import typer

from steps.description.application_date import other_dates
from steps.description.describing import Described, Named, describe
from steps.description.description_file import SUFFIXES, is_description, write_description
from steps.description.glance import as_table
from steps.description.source import opened
from steps.run.console import UserError, listed, progress, run
from steps.run.names import checked_path
from steps.run.options import Default, Identity, Target
from steps.run.printable import printable
from steps.run.scratch import scratch_folder
from steps.run.settings import Settings
from steps.tables.home_credit import ID, TARGET
from steps.tables.paths import table_name
from steps.tables.unreadable import check_not_empty

LISTED = 12  # columns that a message names


def describe_file(file: Path, out: Path, named: Named, settings: Settings) -> Described:
    """Describe a lender's file, print the table, and write the description.

    The description's path to the file starts from its own folder, where the file is below that. Raise `UserError` where
    the file cannot be understood, its outcome cannot be known, or `out` exists: it may have been corrected.
    """
    _check(file, out)
    with (
        scratch_folder(settings.data_folder, "describing") as folder,
        progress(f"looking through {file.name}"),
        opened(file, folder, settings) as source,
    ):
        described = describe(source, file, named)
        table = as_table(source, described.description)
    description = described.description.model_copy(update={"file": str(_relative(file, out))})
    print(table)
    dates = other_dates(description)
    if description.date is None and dates:
        print(
            f"  no date of the application among: {listed(dates, LISTED)}: name it with `-P date=...`, so that the "
            "latest are held out"
        )
    for each in described.found:
        print(f"  {each}")
    for warning in described.warnings:
        print(f"  warning: {printable(warning)}")
    write_description(description, out)
    return Described(description, described.warnings, described.found)


def _check(file: Path, out: Path) -> None:
    if is_description(file):
        raise UserError(f"data: {file} is a description: name the file to describe")
    if not file.is_file():
        raise UserError(f"data: expected a lender's file, found none at {file.absolute()}")
    if not is_description(out):
        raise UserError(f"out: expected a file that ends in {' or '.join(SUFFIXES)}, got {out.name}")
    if out.exists():
        raise UserError(f"out: {out} exists, and may have been corrected: name another file, or remove it")
    check_not_empty(file)


def _relative(file: Path, out: Path) -> Path:
    """The file's path from the folder of the description, where it is below; else its absolute path."""
    folder, place = out.resolve().parent, file.resolve()
    return place.relative_to(folder) if place.is_relative_to(folder) else place


def main(
    data: Annotated[str, typer.Option(help="The lender's file: text, plain or packed, .xlsx or .parquet.")] = "",
    out: Annotated[str, typer.Option(help="Description to write; empty: beside the file, under its name.")] = "",
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    date: Annotated[str, typer.Option(help="Column of the date of the application; empty: found by its name.")] = "",
) -> None:
    """Describe a lender's file: write what each column is to a YAML file, and print it as a table.

    Example: python -m steps.describe --data clients.csv --target loan_status --default "Charged Off"
    """
    if not data:
        raise UserError("data: expected a lender's file, got none: name it with `-P data=clients.csv`")
    file = Path(data)
    place = checked_path("out", Path(out)) if out else file.with_name(f"{table_name(file)}.yaml")
    named = Named(target=target, id="" if id == ID else id, default=Named.values(default), date=date)
    describe_file(file, place, named, Settings())
    train = f"mlflow run . --env-manager local -P data={place}"
    print(f"\nCheck it, correct {place} where it is wrong, and train on it:  {train}")


if __name__ == "__main__":
    run(main)
