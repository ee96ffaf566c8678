"""The tables of the history store: written by `mlflow run . -e publish`, read by served models."""

import numpy as np
from sqlalchemy import JSON, Column, DateTime, Integer, LargeBinary, MetaData, String, Table

TABLES = MetaData()

# Every set ever begun, never deleted: recorded decisions refer to the version.
SETS = Table(
    "history_sets",
    TABLES,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    Column("columns", JSON, nullable=False),
    Column("clients", Integer),
    Column("digest", String(64)),
)

# One row: the version that readers see (NULL before the first) and the latest one begun.
POINTER = Table(
    "history_pointer",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("published", Integer),
    Column("begun", Integer, nullable=False),
)

# `features`: float64, little-endian, in the order of the set's columns, NaN where missing.
HISTORY = Table(
    "history",
    TABLES,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("client_id", String, primary_key=True),
    Column("features", LargeBinary, nullable=False),
)

PACKED = np.dtype("<f8")
