"""What was found in a lender's file, as each command says that reads it."""

from collections.abc import Iterator
from pathlib import Path

from steps.description.application_date import other_dates
from steps.description.describing import Described
from steps.description.document import Description, Kind, reason_of
from steps.description.glance import size_and_reading
from steps.description.source import Source
from steps.run.console import counted, listed
from steps.run.printable import printable

LISTED = 12  # columns that a message names
SAID = {
    Kind.date: "dates",
    Kind.money: "money",
    Kind.percentage: "percentages",
    Kind.duration: "durations",
    Kind.flag: "yes/no",
}  # kinds whose values are not those of the file


def report(described: Described, file: Path) -> None:
    """Print what was found that a person should know."""
    for each in described.found:
        print(f"  {each}")
    for warning in described.warnings:
        print(f"  warning: {printable(f'{file.name}: {warning}')}")
    left_out = {name: reason_of(column) for name, column in described.description.columns.items() if not column.use}
    for name, because in list(left_out.items())[:LISTED]:
        print(f"  {name} is left out: {printable(because)}")
    if len(left_out) > LISTED:
        print(f"  {counted(len(left_out) - LISTED, 'more column')} left out: `mlflow run . -e describe` lists them")


def report_reading(source: Source, description: Description) -> None:
    """Print what a plain file was found to be: how it is read, when its clients applied, and what is converted."""
    print(f"  {size_and_reading(source, description)}")
    print(f"  {_application(description)}")
    converted = "; ".join(_converted(description))
    if converted:
        print(f"  {converted}")


def _application(description: Description) -> str:
    """The date of the application, or what stands in for it."""
    if description.date is not None:
        return f"date of the application: {printable(description.date)}"
    if not other_dates(description):
        return "no date of the application: it has no dates"
    return (
        "no date of the application: name it with `date` in a description (`mlflow run . -e describe` writes one); "
        f"dates count from {description.days_from}"
    )


def _converted(description: Description) -> Iterator[str]:
    """The fields of each kind that is neither a plain number nor a category."""
    others = {name: column for name, column in description.fields().items() if name != description.date}
    for kind, said in SAID.items():
        names = [name for name, column in others.items() if column.kind is kind]
        if names:
            yield f"{said}: {listed(names, LISTED)}"
