"""The tables of the history store, which `mlflow run . -e publish` writes and a served model reads."""

import numpy as np
from sqlalchemy import JSON, Column, DateTime, Integer, LargeBinary, MetaData, String, Table

TABLES = MetaData()

# Every set that was begun, and for good: by its version a decision on record names the set it was made from.
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

# One row: the version that readers see, none before the first, and the last one begun.
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
