"""A lender's clients as a feature table, the reference of a model on them, and traffic in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from custom_model.contract import Contract
from custom_model.decisions import Decider
from custom_model.meanings import Meaning
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.building import Subject, build_reference
from steps.monitoring.referencing.own_model import OwnModel
from steps.run.policy import Policy, Segment
from steps.tables.feature_table import FeatureTable, Lineage
from steps.traffic.recorded import SCHEMA, Span
from tests.unit.steps.lender import POLICY as LENDER

POLICY: Policy = LENDER.model_copy(
    update={
        "required_fields": ("AMT_CREDIT",),
        "protected_attributes": ("CODE_GENDER", "DAYS_BIRTH"),
        "segments": {
            "client": Segment(by="history"),
            "contract": Segment(by="NAME_CONTRACT_TYPE"),
            "size": Segment(by="AMT_CREDIT", bands=3),
        },
    }
)
START = datetime(2026, 3, 1, tzinfo=UTC)


def table_of(contract: Contract, values: np.ndarray) -> FeatureTable:
    """The clients of (clients, fields) values as in `Applications.values`, a fifth of them with a default."""
    columns: dict[str, object] = {contract.id: np.arange(len(values)), "TARGET": np.arange(len(values)) % 5 // 4}
    for name, column in zip(contract.fields, values.T, strict=True):
        levels = contract.categories.get(name)
        columns[name] = column if levels is None else [None if np.isnan(c) else levels[int(c)] for c in column]
    lineage = Lineage(
        id=contract.id,
        target="TARGET",
        engine="duckdb",
        sources={},
        history=contract.history,
        meanings={"DAYS_BIRTH": Meaning(description="Day of birth.", topic="AGE")},
    )
    return FeatureTable(pd.DataFrame(columns), lineage, Path("clients.parquet"))


def reference_of(decider: Decider, table: FeatureTable, policy: Policy = POLICY, held_out: int = 100) -> Reference:
    """The reference of a model on a table of which the last clients are held out."""
    unseen = np.arange(len(table.frame)) >= len(table.frame) - held_out
    subject = Subject(decider.contract, decider.features.inputs, decider.scorecard.costs, OwnModel(decider))
    return build_reference(table, ~unseen, unseen, subject, policy, seed=1)


def requests_of(table: FeatureTable) -> list[dict[str, Any]]:
    """The clients of a table as requests: missing values are left out."""
    names = [table.lineage.id, *table.fields]
    return [
        {name: value for name, value in row.items() if value is not None and value == value}
        for row in table.frame[names].to_dict("records")
    ]


@dataclass
class MemoryTraffic:
    """Traffic of batches in memory."""

    rows: Sequence[dict[str, Any]]
    name: str = "memory"
    span: Span = field(default_factory=lambda: Span("credit-scoring"))

    def count(self) -> int:
        return len(self.rows)

    def batches(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        size = rows or 250
        for first in range(0, len(self.rows), size):
            yield pa.RecordBatch.from_pylist(list(self.rows[first : first + size]), SCHEMA)


def recorded(requests: Sequence[object], **columns: Sequence[object]) -> MemoryTraffic:
    """Traffic of these requests, one a second; further columns replace those of the same name."""
    rows = []
    for place, request in enumerate(requests):
        row: dict[str, Any] = {
            "decision_id": f"decision {place}",
            "decided_at": START + timedelta(seconds=place),
            "client_id": str(place),
            "model_version": "1",
            "threshold": 0.1,
            "threshold_source": "policy",
            "probability_of_default": 0.05,
            "decision": "granted",
            "reasons": "[]",
            "history": "request",
            "fields": request if request is None or isinstance(request, str) else orjson.dumps(request).decode(),
            "history_fields": None,
        }
        rows.append(row | {name: values[place] for name, values in columns.items()})
    return MemoryTraffic(rows)
