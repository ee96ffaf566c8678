"""Describe a lender's file: what each column is, as a YAML file that a person can correct, in place of the data."""

from pathlib import Path
from typing import Annotated

import typer

from steps.description.describing import Described, Named, describe
from steps.description.document import Description, is_description, write_description
from steps.description.source import opened
from steps.run.console import UserError, counted, progress, run
from steps.run.options import Default, Identity, Target
from steps.run.scratch import scratch_folder
from steps.run.settings import Settings
from steps.tables.home_credit import ID, TARGET
from steps.tables.paths import table_name

WIDTH = 28  # characters of a column's name in the table


def describe_file(file: Path, out: Path, named: Named, settings: Settings) -> Described:
    """Describe a lender's file and write the description, whose path to the file starts from its own folder."""
    if is_description(file):
        raise UserError(f"data: {file} is a description: name the file to describe")
    if not file.is_file():
        raise UserError(f"data: expected a lender's file, found none at {file.absolute()}")
    if out.exists():
        raise UserError(f"out: {out} exists, and may have been corrected: name another file, or remove it")
    with (
        scratch_folder(settings.data_folder, "describing") as folder,
        progress(f"looking through {file.name}"),
        opened(file, folder, settings) as source,
    ):
        described = describe(source, file, named)
        rows = source.rows
    description = described.description.model_copy(update={"file": str(_relative(file, out))})
    write_description(description, out)
    for warning in described.warnings:
        print(f"  warning: {warning}")
    print(as_table(description, rows))
    return Described(description, described.warnings)


def as_table(description: Description, rows: int) -> str:
    """The description at a glance: a line for each column."""
    lines = [f"  {counted(rows, 'row')}, {counted(len(description.columns), 'column')}"]
    for name, column in description.columns.items():
        role = {description.id: "id", description.target.column: "outcome", description.date: "date of application"}
        what = f"{column.kind}{f' in {column.unit}' if column.unit else ''}"
        use = role.get(name) or ("used" if column.use else f"left out: {column.because}")
        lines.append(f"  {name[:WIDTH]:{WIDTH}}  {what:20}  {use}")
    target = description.target
    lines.append(f"  default: {', '.join(target.default)}; good loans: {', '.join(target.no_default)}")
    return "\n".join(lines)


def _relative(file: Path, out: Path) -> Path:
    """The file's path from the folder of the description, where it is below; else its absolute path."""
    folder, place = out.resolve().parent, file.resolve()
    return place.relative_to(folder) if place.is_relative_to(folder) else place


def main(
    data: Annotated[str, typer.Option(help="The lender's file.")],
    out: Annotated[str, typer.Option(help="Description to write; empty: beside the file, under its name.")] = "",
    target: Target = TARGET,
    id: Identity = ID,
    default: Default = "",
    date: Annotated[str, typer.Option(help="Column of the date of the application; empty: found by its name.")] = "",
) -> None:
    """Describe a lender's file: write what each column is to a YAML file, and print it as a table.

    Example: python -m steps.describe --data clients.csv --target loan_status --default "Charged Off"
    """
    file = Path(data)
    place = Path(out) if out else file.with_name(f"{table_name(file)}.yaml")
    values = tuple(value.strip() for value in default.split(",") if value.strip())
    described = Named(target=target, id="" if id == ID else id, default=values, date=date)
    describe_file(file, place, described, Settings())
    print(f"\nCheck it, correct {place} where it is wrong, and train on it:  mlflow run . -P data={place}")


if __name__ == "__main__":
    run(main)
