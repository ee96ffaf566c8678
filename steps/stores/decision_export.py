"""Export of the decisions on record to a Parquet file."""

import json
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Double, Integer
from tqdm import tqdm

from custom_model.decision_log.reader import Records, Row, window
from custom_model.decision_log.schema import Utc, decisions
from steps.run.atomic import atomic_write
from steps.run.console import UserError

JSON_COLUMNS = (
    "reasons", "unknown_categories", "unusual", "missing", "policy_rules", "fields", "history_fields",
)  # fmt: skip


def export(records: Records, out: Path, since: datetime | None, until: datetime | None) -> int:
    """Write the decisions from `since` on and before `until` to a Parquet file; return their number.

    The file appears whole or not at all. Raise `UserError` where it cannot be written.
    """
    where, schema, exported = window(since, until), _parquet_schema(), 0
    try:
        with (
            atomic_write(out) as unfinished,
            pq.ParquetWriter(unfinished, schema) as parquet,
            tqdm(desc="  exporting", total=records.count(where), unit=" decisions", file=sys.stderr) as bar,
        ):
            for rows in records.oldest_first(where):
                parquet.write_table(pa.Table.from_pylist([_parquet_row(row) for row in rows], schema))
                exported += len(rows)
                bar.update(len(rows))
    except OSError as error:
        raise UserError(f"out: {out} cannot be written: {error.strerror or error}") from None
    return exported


def _parquet_schema() -> pa.Schema:
    kinds = {Utc: pa.timestamp("us", tz="UTC"), Double: pa.float64(), Integer: pa.int64()}
    return pa.schema([(column.name, kinds.get(type(column.type), pa.string())) for column in decisions.c])


def _parquet_row(row: Row) -> Row:
    """A row with its JSON columns as text, since contracts have different fields."""
    texts = {name: None if row[name] is None else json.dumps(row[name]) for name in JSON_COLUMNS}
    return {**row, **texts}
