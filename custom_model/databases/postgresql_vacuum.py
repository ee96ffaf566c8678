"""Vacuuming of PostgreSQL's tables until nobody can read erased rows, and who keeps them where somebody still can.

VACUUM itself reports success where it leaves rows: those that an older snapshot can still see, and all of a table that
the role does not own.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from custom_model.databases.base import ErasurePending

if TYPE_CHECKING:
    import psycopg

PATIENCE = 5.0  # seconds for the transactions that are running, most of them a server's, to end
NAMED = 5  # of those that keep rows

# Whoever may see a row that was deleted before the transaction %(xid)s. Once none is left, none can appear: a snapshot
# is as old as the oldest transaction that runs when it is taken. Of other databases only running transactions count.
HOLDERS = """
    SELECT format('process %%s (user %%s, application %%s)', pid, coalesce(usename::text, 'unknown'),
                  coalesce(nullif(application_name, ''), 'unnamed'))
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)
      AND (age(backend_xid) >= age(%(xid)s::xid)
           OR age(backend_xmin) >= age(%(xid)s::xid) AND coalesce(datname = current_database(), true))
    UNION ALL
    SELECT format('replication slot %%s', slot_name) FROM pg_replication_slots WHERE age(xmin) >= age(%(xid)s::xid)
    UNION ALL
    SELECT format('prepared transaction %%s (user %%s)', gid, owner) FROM pg_prepared_xacts
    WHERE age(transaction) >= age(%(xid)s::xid)
"""


def vacuum(driver: "psycopg.Connection", tables: Sequence[str]) -> None:
    """Remove the rows that were deleted or updated until now; raises `ErasurePending` where any may be left.

    The connection is in autocommit.
    """
    xid = driver.execute("SELECT txid_current() & 4294967295").fetchone()
    holders = _holders(driver, str(xid[0] if xid else 0))
    warnings = list[str]()

    def note(diagnostic: "psycopg.errors.Diagnostic") -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            warnings.append(diagnostic.message_primary or "")

    driver.add_notice_handler(note)
    try:
        for table in tables:
            driver.execute(f"VACUUM {table}".encode())
    finally:
        driver.remove_notice_handler(note)
    if warnings:
        raise ErasurePending(
            f"this role may not vacuum the tables, which still have the data ({warnings[0]})", "as their owner"
        )
    if holders:
        more = f" and {len(holders) - NAMED} more" if len(holders) > NAMED else ""
        raise ErasurePending(
            f"the tables still have the data, which {', '.join(holders[:NAMED])}{more} can read",
            "once that has ended, or is gone",
        )


def _holders(driver: "psycopg.Connection", xid: str) -> list[str]:
    """Who can still read what was erased, after at most `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        holders = [name for (name,) in driver.execute(HOLDERS, {"xid": xid}).fetchall()]
        if not holders or time.monotonic() > deadline:
            return holders
        time.sleep(0.05)
