"""The log's schema, created and migrated by Alembic, from any number of processes at once."""

import logging
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from custom_model.databases import dialect_of
from custom_model.decision_log.schema import contracts

VERSION_TABLE = "decision_log_version"
LOCK = 0x0DEC_1510  # key of our advisory lock
HEAD = "head"
FOLDER = Path(__file__).parent / "migrations"

log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()  # Alembic keeps its current context in a global


def migrate(engine: Engine, revision: str = HEAD) -> None:
    """Migrate the log to this revision in one transaction that locks out other processes.

    A log of a later version of the project is left unchanged: migrations only add, so this version can still
    write to it. The table of contracts, which servers fill again, is created again where a restoration left it out.
    Databases other than SQLite and PostgreSQL have no such lock: start one process first there.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with _one_at_a_time, engine.begin() as connection:
        dialect_of(engine.url).lock_transaction(connection, LOCK)
        current = current_revision(connection)
        revisions = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is None or current in revisions:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if revision == HEAD:
                contracts.create(connection, checkfirst=True)
        else:
            log.info("the decision log has a later revision, %s: left unchanged", current)


def current_revision(connection: Connection) -> str | None:
    """The revision of the database's log, None without one."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
