"""Messages about errors in a table: column, expectation, count, never a value."""

from steps.run.console import counted

ERRORS = "the data has errors"
"""The first line of a list of errors."""


def wrong_values(column: str, expected: str, count: int, rows: int) -> str:
    """`TARGET must be 0 or 1: 2 of 5 rows have another value`."""
    return f"{column} must be {expected}: {_share(count, rows)} {_have(count)} another value"


def infinite_values(column: str, count: int, rows: int) -> str:
    """`income must be finite: infinite in 2 of 5 rows`."""
    return f"{column} must be finite: infinite in {_share(count, rows)}"


def duplicates(column: str, count: int) -> str:
    """`SK_ID_CURR must be unique: 1 duplicate row`."""
    return f"{column} must be unique: {counted(count, 'duplicate row')}"


def missing_ids(column: str, count: int, rows: int) -> str:
    """`SK_ID_CURR identifies the client: missing in 2 of 5 rows`."""
    return f"{column} identifies the client: missing in {_share(count, rows)}"


def repeated_ids(column: str, count: int, rows: int) -> str:
    """`2 of 5 rows have the SK_ID_CURR of another: each is decided on`."""
    return f"{_share(count, rows)} {_have(count)} the {column} of another: each is decided on"


def unidentified(column: str, count: int, rows: int) -> str:
    """`2 of 5 rows have no SK_ID_CURR: each is decided on, without an id`."""
    return f"{_share(count, rows)} {_have(count)} no {column}: each is decided on, without an id"


def orphans(count: int, rows: int, owner: str, file: str) -> str:
    """`2 of 5 rows belong to no client of application_train.csv: left out of the feature table`."""
    belong = "belongs" if count == 1 else "belong"
    return f"{_share(count, rows)} {belong} to no {owner} of {file}: left out of the feature table"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _share(count: int, rows: int) -> str:
    return f"{count:,} of {counted(rows, 'row')}"
