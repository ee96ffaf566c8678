"""A lender's file as its description reads it: columns of values."""

from pathlib import Path
from typing import Any

from steps.description.describing import Described, Named, describe
from steps.description.source import opened
from steps.description.typed import check_understood, label, value
from steps.run.settings import Settings


def values_of(file: Path, target: str, **named: Any) -> tuple[dict[str, list], Described]:
    """The values of the fields that arrive, in the file's order, with the labels under the target's name."""
    folder = file.parent / "scratch"
    folder.mkdir(exist_ok=True)
    with opened(file, folder, Settings()) as source:
        described = describe(source, file, Named(target=target, **named))
        check_understood(source, described.description)
        expressions = {
            name: value(source.column(name), source.types[source.names.index(name)], column)
            for name, column in described.description.fields().items()
        }
        expressions[target] = label(source, described.description)
        columns = {}
        for name, expression in expressions.items():
            rows = source.connection.execute(f"SELECT {expression} FROM raw ORDER BY rowid").fetchall()
            columns[name] = [row[0] for row in rows]
        return columns, described
