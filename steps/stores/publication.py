"""Publication of a set of history features: servers read the previous set until the new one is complete."""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

import numpy as np
import pyarrow as pa
from sqlalchemy import URL, ColumnElement, Engine, delete, insert, select, text, tuple_, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from custom_model.databases import dialect_of, display_url, driver_message
from custom_model.history.tables import HISTORY, PACKED, POINTER, SETS, TABLES
from steps.run.console import UserError
from steps.tables.messages import missing_ids

INSERT_ROWS, DELETE_ROWS = 2_000, 20_000  # rows per transaction: the time that another writer of a SQLite file waits
LOCK_TIMEOUT = 60  # seconds until a wait for another writer's transaction fails
CREATION_LOCK = 7_405_061_925_010_423_091  # arbitrary key of the lock for creating the tables
NO_SET = 0  # no version: the first is 1


class _Row(TypedDict):
    """A client's row; `features` are packed float64 in the order of the set's columns."""

    version: int
    client_id: str
    features: bytes


@dataclass(frozen=True)
class Published:
    """A published set; `digest` is the SHA-256 of its columns, clients and values."""

    version: int
    clients: int
    digest: str


def publish_set(url: URL, columns: tuple[str, ...], batches: Iterable[pa.RecordBatch]) -> Published:
    """Write a set of `columns` and publish it in place of the previous set, which is then removed.

    Each batch has the id and then the columns, float64, null or NaN where missing. Missing tables are created and the
    rows of a killed publication removed first. Of two concurrent publications the one that started later wins; the
    other raises `UserError`, as does one whose store cannot be written or whose clients are not unique.
    """
    engine = _engine(url)
    try:
        _create_tables(engine)
        version = _begin(engine, columns)
        try:
            published = _write(engine, version, columns, batches)
            _publish(engine, published)
        except BaseException:
            _remove(engine, HISTORY.c.version == version)
            raise
        _remove(engine, HISTORY.c.version < version)
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
            raise UserError(f"the history store's folder {file.parent} cannot be created: {error.strerror}") from None
    return dialect.publishing_engine(url, LOCK_TIMEOUT)


def _create_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        dialect_of(engine.url).lock_transaction(connection, CREATION_LOCK)
        for table in TABLES.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
        connection.execute(text("INSERT INTO history_pointer (id, begun) VALUES (1, 0) ON CONFLICT DO NOTHING"))


def _begin(engine: Engine, columns: tuple[str, ...]) -> int:
    """Take the next version, after which no earlier publication can succeed."""
    with engine.begin() as connection:
        next_version = update(POINTER).values(begun=POINTER.c.begun + 1)
        version, published = connection.execute(next_version.returning(POINTER.c.begun, POINTER.c.published)).one()
        connection.execute(insert(SETS).values(version=version, begun_at=datetime.now(UTC), columns=list(columns)))
    _remove(engine, (HISTORY.c.version < version) & (HISTORY.c.version != (published or NO_SET)))
    return version


def _write(engine: Engine, version: int, columns: tuple[str, ...], batches: Iterable[pa.RecordBatch]) -> Published:
    digest, clients = hashlib.sha256(json.dumps(columns).encode()), 0
    for batch in batches:
        for start in range(0, len(batch), INSERT_ROWS):
            rows = list(_rows(version, columns, batch.slice(start, INSERT_ROWS)))
            _insert(engine, rows)
            for row in rows:
                digest.update(row["client_id"].encode() + b"\0" + row["features"])
            clients += len(rows)
    if not clients:
        raise UserError("the data has no client to publish: the previous set stays")
    return Published(version, clients, digest.hexdigest())


def _insert(engine: Engine, rows: list[_Row]) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(insert(HISTORY), rows)
    except IntegrityError:
        raise UserError("expected one row a client, got a client more than once") from None


def _rows(version: int, columns: tuple[str, ...], batch: pa.RecordBatch) -> Iterator[_Row]:
    identity, *features = batch.columns
    if identity.null_count:
        raise UserError(missing_ids(batch.schema.names[0], identity.null_count, len(batch)))
    values = np.column_stack([column.to_numpy(zero_copy_only=False) for column in features]).astype(PACKED)
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        raise UserError(f"{columns[infinite.argmax()]}: expected finite numbers, got infinite ones")
    for client, row in zip(identity.to_pylist(), values, strict=True):
        yield {"version": version, "client_id": str(client), "features": row.tobytes()}


def _publish(engine: Engine, published: Published) -> None:
    with dialect_of(engine.url).transaction(engine) as connection:
        dialect_of(engine.url).update_statistics(connection, HISTORY.name)
        moved = connection.execute(
            update(POINTER).where(POINTER.c.begun == published.version).values(published=published.version)
        )
        if moved.rowcount != 1:
            raise UserError(
                "another publication began after this one and takes its place: this set is not published. Where the "
                "other fails, too, the set before stays: run this again"
            )
        record = {"published_at": datetime.now(UTC), "clients": published.clients, "digest": published.digest}
        connection.execute(update(SETS).where(SETS.c.version == published.version).values(record))


def _remove(engine: Engine, unread: ColumnElement[bool]) -> None:
    """Remove rows that no server reads; an error leaves the rest to the next publication, with a warning."""
    key = (HISTORY.c.version, HISTORY.c.client_id)
    some = delete(HISTORY).where(tuple_(*key).in_(select(*key).where(unread).limit(DELETE_ROWS)))
    removed = DELETE_ROWS
    try:
        while removed == DELETE_ROWS:
            with engine.begin() as connection:
                removed = connection.execute(some).rowcount
    except SQLAlchemyError as error:
        print(
            f"  warning: {display_url(engine.url)} still has clients' rows of a set that no server reads "
            f"({driver_message(error)}); the next publication removes them",
            file=sys.stderr,
        )
