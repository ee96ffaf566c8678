"""DuckDB's progress bar is off: the steps report their own progress."""

from duckdb import DuckDBPyConnection


def switch_off_progress_bar(connection: DuckDBPyConnection) -> None:
    """Switch it off where it is on: in a notebook without ipywidgets it is off, and DuckDB rejects to set it."""
    setting = connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    if setting == (True,):
        connection.execute("SET enable_progress_bar = false")
