"""An SQLite log as a crash would leave it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def ids_after_crash(file: Path) -> set[str]:
    """The decisions on record after a crash, for which copies of the files are what is left; the file is whole."""
    left = file.parent / "left"
    left.mkdir()
    for each in file.parent.glob(f"{file.name}*"):
        shutil.copy(each, left)
    with closing(sqlite3.connect(left / file.name)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = {each for (each,) in connection.execute("SELECT decision_id FROM decisions")}
    shutil.rmtree(left)
    return found
