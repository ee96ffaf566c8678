"""The log's schema, made and brought up to date by Alembic: by any number of processes at once."""

import logging
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

VERSION_TABLE = "decision_log_version"
LOCK = 0x0DEC_1510  # of PostgreSQL's advisory locks, ours
FOLDER = Path(__file__).parent / "migrations"

log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()  # Alembic keeps what it works on in a global


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the log to this revision in one transaction, in which other processes are locked out.

    A log that a later version of the project has migrated is left as it is: migrations only add, so
    this version writes into it as before. SQLite's lock is that of the transaction itself; databases
    other than SQLite and PostgreSQL have none, and want one process to be first.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with _one_at_a_time, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        current = current_revision(connection)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is None or current in known:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        else:
            log.info("the decision log is of a later revision, %s: left as it is", current)


def current_revision(connection: Connection) -> str | None:
    """The revision that the database says it is of; None for one that has no log yet."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
