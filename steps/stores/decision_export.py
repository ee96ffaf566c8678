"""A window of the decisions on record as a Parquet file."""

import json
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Double
from tqdm import tqdm

from custom_model.decision_log.reader import Records, Row, window
from custom_model.decision_log.schema import Utc, decisions
from steps.run.console import UserError

JSON_COLUMNS = ("reasons", "unknown_categories", "fields", "history_fields")


def export(records: Records, out: Path, since: datetime | None, until: datetime | None) -> int:
    """Write a window to one Parquet file, which appears when it is whole; return the number of decisions."""
    where = window(since, until)
    unfinished = out.with_name(f"{out.name}.unfinished")
    schema = _parquet_schema()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with (
            pq.ParquetWriter(unfinished, schema) as parquet,
            tqdm(desc="  exporting", total=records.count(where), unit=" decisions", file=sys.stderr) as bar,
        ):
            for rows in records.oldest_first(where):
                parquet.write_table(pa.Table.from_pylist([_parquet_row(row) for row in rows], schema))
                bar.update(len(rows))
            exported = bar.n
        unfinished.replace(out)
    except OSError as error:
        raise UserError(f"out: {out} cannot be written: {error.strerror or error}") from None
    finally:
        if unfinished.is_file():
            unfinished.unlink()
    print(f"{exported:,} decisions in {out}")
    return exported


def _parquet_schema() -> pa.Schema:
    kinds = {Utc: pa.timestamp("us", tz="UTC"), Double: pa.float64()}
    return pa.schema([(column.name, kinds.get(type(column.type), pa.string())) for column in decisions.c])


def _parquet_row(row: Row) -> Row:
    """JSON as text: fields differ from one contract to the next."""
    texts = {name: None if row[name] is None else json.dumps(row[name]) for name in JSON_COLUMNS}
    return {**row, **texts}
