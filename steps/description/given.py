"""What a caller gives: a lender's file, plain or by its description, and parameters that name columns and values."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from steps.description.describing import Named
from steps.description.description_file import is_description, read_description
from steps.description.document import Description
from steps.description.source import Source
from steps.run.console import UserError
from steps.run.printable import printable
from steps.tables.home_credit import TARGET
from steps.tables.unreadable import check_not_empty


class Given(NamedTuple):
    """A lender's file, and its description where that was given; None: the file is plain."""

    description: Description | None
    file: Path


def given_file(path: Path, named: Named) -> Given:
    """The file at `path`, or the one that the description there is of.

    Raise `UserError` where the file does not exist or is empty, or where a parameter says something else than the
    description, which would count in silence.
    """
    description = read_description(path) if is_description(path) else None
    if description is not None:
        _check_named(description, named, path)
    if description is not None and "\0" in description.file:
        raise UserError(f"{path}: file: expected the path of a file, got one with a NUL character")
    file = path if description is None else path.parent / description.file
    if not file.is_file():
        raise UserError(printable(f"{path}: its file {file} does not exist"))
    check_not_empty(file)
    return Given(description, file)


def _check_named(description: Description, named: Named, path: Path) -> None:
    for parameter, told in contradictions(description, named):
        raise UserError(
            f"{parameter}: {path.name} describes it as {told}: leave out the parameter, or correct the description"
        )


def contradictions(description: Description, named: Named) -> Iterator[tuple[str, str]]:
    """The parameters that say something else than the description, and what it says."""
    target = description.target
    said = {
        "target": (named.target, (TARGET, "", target.column), target.column),
        "id": (named.id, ("", description.id), description.id or "none"),
        "default": (sorted(named.default), ([], sorted(target.default)), ", ".join(target.default)),
    }
    for parameter, (given, known, told) in said.items():
        if given not in known:
            yield parameter, told


def check_has_rows(source: Source, file: Path) -> None:
    """Raise `UserError` for a file of a header alone."""
    if not source.rows:
        raise UserError(f"{file} has a header and no rows: expected a row for each client")
