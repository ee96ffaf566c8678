"""Ids of a portfolio that do not tell its applications apart: counted and reported, no error."""

from pathlib import Path

from steps.tables.messages import repeated_ids, unidentified


def report_ids(file: Path, identity: str, rows: int, present: int, distinct: int) -> None:
    """Print how many of the `rows` have the id of another or none; `present` have one, and `distinct` ones differ."""
    if distinct < present:
        print(f"  warning: {file.name}: {repeated_ids(identity, present - distinct, rows)}")
    if present < rows:
        print(f"  warning: {file.name}: {unidentified(identity, rows - present, rows)}")
