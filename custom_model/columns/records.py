"""Records of decisions in columns: those that the service would make of each row that is sent alone."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custom_model.applications import Applications
from custom_model.arrow.payloads import payloads
from custom_model.contract import Contract
from custom_model.decision_log.record import Record, from_store
from custom_model.json_text import as_json
from custom_model.positions import on_record

NAMES = (
    *("decision_id", "client_id", "threshold", "threshold_source", "probability_of_default", "score", "decision"),
    "history",
)
LISTS = ("reasons", "unknown_categories", "unusual", "missing", "policy_rules")


def records(
    model: Record,
    contract: Contract,
    batch: pa.RecordBatch,
    applications: Applications,
    answer: pa.RecordBatch,
    rows: np.ndarray,
    history_version: str | None,
    latency_ms: float,
) -> list[Record]:
    """The records of some rows of a batch.

    Parameters
    ----------
    model : dict
        From `model_columns`.
    batch, applications, answer
        What was sent, the values with which it was decided, and the decisions: all rows of each.
    rows : numpy.ndarray
        The places of the rows that go on record.
    """
    places = pa.array(rows, pa.int64())
    sent, decided = (batch, answer) if len(rows) == len(batch) else (batch.take(places), answer.take(places))
    columns = {name: decided[name].to_pylist() for name in NAMES}
    columns["client_id"] = decided["client_id"].cast(pa.string()).to_pylist()
    columns.update({name: _lists_as_json(decided[name]) for name in LISTS})
    columns["fields"] = payloads(contract, sent)
    from_the_store = [history == "store" for history in columns["history"]]
    columns["history_version"] = [history_version if each else None for each in from_the_store]
    columns["history_fields"] = [
        on_record(contract, from_store(contract, applications, row)) if each else None
        for row, each in zip(rows.tolist(), from_the_store, strict=True)
    ]
    shared = {
        **model,
        "decided_at": datetime.now(UTC),
        "alternatives": None,
        "latency_ms": latency_ms,
        "erased_at": None,
    }
    names = [*columns]
    return [{**shared, **dict(zip(names, row, strict=True))} for row in zip(*columns.values(), strict=True)]


def _lists_as_json(column: pa.Array) -> list[str]:
    """(rows,) lists, most of them empty, as JSON."""
    texts = ["[]"] * len(column)
    rows = np.flatnonzero(pc.list_value_length(column).to_numpy(zero_copy_only=False))
    for row, each in zip(rows.tolist(), column.take(pa.array(rows)).to_pylist(), strict=True):
        texts[row] = as_json(each)
    return texts
