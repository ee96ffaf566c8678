"""Export of the decisions on record to a Parquet file."""

import json
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import JSON, Double, Integer
from tqdm import tqdm

from custom_model.decision_log.reader import Records, Row, window
from custom_model.decision_log.schema import Utc, decisions
from custom_model.decision_log.second_decisions import SecondDecisions
from steps.run.atomic import atomic_write
from steps.run.console import UserError
from steps.stores.second_decisions import in_full

JSON_COLUMNS = tuple(column.name for column in decisions.c if isinstance(column.type, JSON))
OF_PEOPLE = ("contests", "overrides")  # of each decision, as JSON text; null where there is none


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
                second = records.second_decisions([row["decision_id"] for row in rows])
                table = [_parquet_row(row, second.get(row["decision_id"])) for row in rows]
                parquet.write_table(pa.Table.from_pylist(table, schema))
                exported += len(rows)
                bar.update(len(rows))
    except OSError as error:
        raise UserError(f"out: {out} cannot be written: {error.strerror or error}") from None
    return exported


def _parquet_schema() -> pa.Schema:
    kinds = {Utc: pa.timestamp("us", tz="UTC"), Double: pa.float64(), Integer: pa.int64()}
    columns = [(column.name, kinds.get(type(column.type), pa.string())) for column in decisions.c]
    return pa.schema([*columns, *((name, pa.string()) for name in OF_PEOPLE)])


def _parquet_row(row: Row, second: SecondDecisions | None) -> Row:
    """A row with its JSON columns as text, since contracts have different fields, and what people put beside it."""
    texts = {name: None if row[name] is None else json.dumps(row[name]) for name in JSON_COLUMNS}
    of_people = {} if second is None else {name: json.dumps(each) for name, each in in_full(second).items() if each}
    return {**row, **texts, **of_people}
