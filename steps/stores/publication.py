"""Writing a set of history features to the store: readers see the set before it until its last row is there."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from sqlalchemy import URL, ColumnElement, Engine, delete, insert, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from custom_model.databases import dialect_of, display_url, driver_message
from custom_model.history.tables import HISTORY, PACKED, POINTER, SETS, TABLES
from steps.run.console import UserError

ADDED, REMOVED = 2_000, 20_000  # rows a transaction: what else writes to a SQLite file waits for one, not for all
WAIT = 60  # seconds, for another's transaction
CREATION = 7_405_061_925_010_423_091  # key of the lock around the creation of the tables
NO_SET = 0  # before the first version


@dataclass(frozen=True)
class Published:
    """A set that readers see; `digest` is SHA-256 of its columns, clients and values."""

    version: int
    clients: int
    digest: str


def publish_set(url: URL, columns: tuple[str, ...], batches: Iterable[pa.RecordBatch]) -> Published:
    """Write a set of `columns` and show it to readers in place of the one before, which is then removed.

    Each batch has the id and then the columns, float64, null or NaN where missing. Tables are made where
    they are not there. What a publication that was killed has left is removed first. Of two at once the one
    begun last is published; the other ends with `UserError`, as does one whose store cannot be written.
    """
    engine = _engine(url)
    try:
        _create(engine)
        version = _begin(engine, columns)
        try:
            published = _write(engine, version, columns, batches)
            _show(engine, published)
        except BaseException:
            _remove(engine, HISTORY.c.version == version)
            raise
        _remove(engine, HISTORY.c.version < version)
    except IntegrityError:
        raise UserError("a client is there twice: expected one row a client") from None
    except SQLAlchemyError as error:
        raise UserError(f"the history store {display_url(url)} cannot be written: {driver_message(error)}") from None
    finally:
        engine.dispose()
    return published


def _engine(url: URL) -> Engine:
    dialect = dialect_of(url)
    file = dialect.file(url)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"the history store's folder {file.parent} cannot be made: {error.strerror}") from None
    return dialect.publishing_engine(url, WAIT)


def _create(engine: Engine) -> None:
    with engine.begin() as connection:
        dialect_of(engine.url).lock_transaction(connection, CREATION)
        for table in TABLES.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
        connection.execute(text("INSERT INTO history_pointer (id, begun) VALUES (1, 0) ON CONFLICT DO NOTHING"))


def _begin(engine: Engine, columns: tuple[str, ...]) -> int:
    """Take the next version; from here on no set that was begun earlier can be shown any more."""
    with engine.begin() as connection:
        taken = update(POINTER).values(begun=POINTER.c.begun + 1).returning(POINTER.c.begun, POINTER.c.published)
        version, published = connection.execute(taken).one()
        connection.execute(insert(SETS).values(version=version, begun_at=datetime.now(UTC), columns=list(columns)))
    _remove(engine, (HISTORY.c.version < version) & (HISTORY.c.version != (published or NO_SET)))
    return version


def _write(engine: Engine, version: int, columns: tuple[str, ...], batches: Iterable[pa.RecordBatch]) -> Published:
    digest, clients = hashlib.sha256(json.dumps(columns).encode()), 0
    for batch in batches:
        for start in range(0, len(batch), ADDED):
            rows = list(_rows(version, columns, batch.slice(start, ADDED)))
            with engine.begin() as connection:
                connection.execute(insert(HISTORY), rows)
            for row in rows:
                digest.update(row["client_id"].encode() + b"\0" + row["features"])
            clients += len(rows)
    if not clients:
        raise UserError("there is no client to publish: the set before stays")
    return Published(version, clients, digest.hexdigest())


def _rows(version: int, columns: tuple[str, ...], batch: pa.RecordBatch) -> Iterator[dict[str, object]]:
    identity, *features = batch.columns
    if identity.null_count:
        raise UserError(f"{batch.schema.names[0]} names the client, and is missing in {identity.null_count:,} rows")
    values = np.column_stack([column.to_numpy(zero_copy_only=False) for column in features]).astype(PACKED)
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        raise UserError(f"{columns[infinite.argmax()]}: expected finite numbers, and there are infinite ones")
    for client, row in zip(identity.to_pylist(), values, strict=True):
        yield {"version": version, "client_id": str(client), "features": row.tobytes()}


def _show(engine: Engine, done: Published) -> None:
    with engine.begin() as connection:
        dialect_of(engine.url).update_statistics(connection, HISTORY.name)
        moved = connection.execute(
            update(POINTER).where(POINTER.c.begun == done.version).values(published=done.version)
        )
        if moved.rowcount != 1:
            raise UserError("another publication was begun since: its set will be shown, and not this one")
        said = {"published_at": datetime.now(UTC), "clients": done.clients, "digest": done.digest}
        connection.execute(update(SETS).where(SETS.c.version == done.version).values(said))


def _remove(engine: Engine, which: ColumnElement[bool]) -> None:
    """Remove rows that no reader is shown; what cannot be removed now, the next publication removes."""
    key = (HISTORY.c.version, HISTORY.c.client_id)
    some = delete(HISTORY).where(tuple_(*key).in_(select(*key).where(which).limit(REMOVED)))
    removed = REMOVED
    with suppress(SQLAlchemyError):
        while removed == REMOVED:
            with engine.begin() as connection:
                removed = connection.execute(some).rowcount
