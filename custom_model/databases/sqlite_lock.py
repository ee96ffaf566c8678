"""The lock of an SQLite file, which whoever writes takes: waited for without long sleeps.

Left to itself SQLite sleeps longer after each try, up to 100 ms, while other processes take the lock in turn: with two
workers under load, one decision in a hundred waited that long.
"""

import sqlite3
import time
from collections.abc import Sequence
from math import ceil
from typing import Any

FIRST, LONGEST = 0.0001, 0.0005  # seconds between two tries: a few rows on a fast disk take half a millisecond
PATIENCE, BUSY_TIMEOUT = "patience", "busy_timeout"  # seconds, in the pool's entry of a connection


def execute_with_lock(
    driver: sqlite3.Connection, statement: str, patience: float, values: Sequence[object] = ()
) -> None:
    """Execute a statement that fails at once where another has the lock, until it does not; for `patience` seconds.

    The connection's own patience must be 0. Raises the driver's error.
    """
    deadline, pause = time.monotonic() + patience, FIRST
    while True:
        try:
            driver.execute(statement, values)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST)


def use_own_patience(driver: sqlite3.Connection, info: dict[str, Any]) -> None:
    """Let SQLite itself wait for another's lock, as its connection was opened to."""
    _set_busy_timeout(driver, info, info[PATIENCE])


def use_no_patience(driver: sqlite3.Connection, info: dict[str, Any]) -> None:
    """Let SQLite fail at once where another has the lock."""
    _set_busy_timeout(driver, info, 0.0)


def _set_busy_timeout(driver: sqlite3.Connection, info: dict[str, Any], seconds: float) -> None:
    if info.get(BUSY_TIMEOUT) != seconds:  # each word to the driver costs a wait for Python's lock
        driver.execute(f"PRAGMA busy_timeout = {ceil(1000 * seconds)}")
        info[BUSY_TIMEOUT] = seconds
