"""DuckDB's progress bar: switched off where it is on, and not touched where it is off."""

import duckdb

from steps.tables.progress_bar import switch_off_progress_bar


class Recorded:
    """A connection that records what it executes; in a notebook without ipywidgets DuckDB rejects a SET."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self.connection, self.executed = connection, list[str]()

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        self.executed.append(query)
        return self.connection.execute(query)


def is_on(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]


def test_a_bar_that_is_on_is_switched_off():
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = true")

    switch_off_progress_bar(connection)

    assert not is_on(connection)


def test_a_bar_that_is_off_is_not_set_again():
    connection = Recorded(duckdb.connect())
    connection.connection.execute("SET enable_progress_bar = false")

    switch_off_progress_bar(connection)

    assert [query for query in connection.executed if query.startswith("SET")] == []
