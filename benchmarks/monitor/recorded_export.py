"""An export of decisions of any size: real ones by a real service, each many times, with ids and times of their own."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import make_url
from tqdm import tqdm

from benchmarks.serving.subject import Subject
from custom_model.decision_log import DecisionLog
from custom_model.decision_log.reader import Records
from custom_model.origin import Origin
from custom_model.service import DecisionService
from steps.stores.decision_export import export

DISTINCT = 2_000  # applications decided by the service
AT_ONCE = 100
PATIENCE = 120.0  # seconds; a busy machine is slow, and nobody waits for an answer
START = datetime(2026, 1, 1, tzinfo=UTC)  # of the copies, one a second
ROWS = 5_000  # of a row group, as `decisions export` writes them


def write_export(subject: Subject, origin: Origin, folder: Path, size: int) -> Path:
    """An export of `size` decisions with all fields, in a folder; its file."""
    url = make_url(f"sqlite:///{folder / 'decisions.db'}")
    rows = subject.applications(min(size, DISTINCT))
    with closing(DecisionService(subject.decider, origin, log=DecisionLog(url, wait=PATIENCE))) as service:
        for first in range(0, len(rows), AT_ONCE):
            service.decide(rows[first : first + AT_ONCE])
    with closing(Records.open(url)) as records:
        export(records, folder / "distinct.parquet", None, None)
    distinct = pq.read_table(folder / "distinct.parquet")
    out = folder / "decisions.parquet"
    with (
        pq.ParquetWriter(out, distinct.schema) as parquet,
        tqdm(desc="  recording", total=size, unit=" decisions") as bar,
    ):
        for first in range(0, size, ROWS):
            places = np.arange(first, min(first + ROWS, size))
            parquet.write_table(_copies(distinct, places))
            bar.update(len(places))
    return out


def _copies(distinct: pa.Table, places: np.ndarray) -> pa.Table:
    """The decisions of these places in the export, from 0 on."""
    table = distinct.take(pa.array(places % len(distinct)))
    times = pa.array(np.datetime64(START.replace(tzinfo=None), "us") + places.astype("timedelta64[s]"))
    own = {
        "decision_id": pa.array([f"{place:036d}" for place in places.tolist()]),
        "decided_at": times.cast(pa.timestamp("us", tz="UTC")),
    }
    for name, column in own.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), column)
    return table
