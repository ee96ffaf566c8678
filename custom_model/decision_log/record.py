"""What of a decision goes on record: rows of the table `decisions`."""

import json
from datetime import UTC, datetime
from math import isnan
from typing import Any

import orjson
import pandas as pd

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.decisions import Decider, Decision
from custom_model.origin import Origin

Record = dict[str, Any]


def judged_by(decider: Decider, origin: Origin) -> Record:
    """The columns that are the same for every decision of a model."""
    costs = decider.scorecard.costs
    return {
        "model_name": origin.name,
        "model_version": origin.version,
        "model_run": origin.run,
        "contract": decider.contract.digest,
        "cost_false_negative": costs.false_negative,
        "cost_false_positive": costs.false_positive,
    }


def records(
    model: Record,
    contract: Contract,
    sent: object,
    applications: Applications,
    decisions: list[Decision],
    history_version: str | None,
    latency_ms: float,
) -> list[Record]:
    """One row for each decision; `model` is from `judged_by`, `sent` is what `judge` accepted.

    JSON columns are JSON text already: a row that waits to be written takes a tenth of the memory, and
    what cannot be written fails here, for its own request alone.
    """
    now = datetime.now(UTC)
    requests = _as_sent(sent)
    return [
        {
            **model,
            "decision_id": decision["decision_id"],
            "decided_at": now,
            "client_id": None if decision["client_id"] is None else str(decision["client_id"]),
            "threshold": decision["threshold"],
            "threshold_source": decision["threshold_source"],
            "probability_of_default": decision["probability_of_default"],
            "decision": decision["decision"],
            "reasons": as_json(decision["reasons"]),
            "unknown_categories": as_json(decision["unknown_categories"]),
            "history": decision["history"],
            "history_version": history_version if decision["history"] == "store" else None,
            "fields": as_json(requests[row]),
            "history_fields": as_json(_from_store(contract, applications, row))
            if decision["history"] == "store"
            else None,
            "latency_ms": latency_ms,
            "erased_at": None,
        }
        for row, decision in enumerate(decisions)
    ]


def as_json(value: object) -> str:
    """JSON text, NaN as null.

    What orjson refuses, numbers of over 64 bits and halves of surrogate pairs, Python's own JSON escapes.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(_without_nan(value), allow_nan=False)


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and isnan(value) else value


def _as_sent(sent: object) -> list[dict[str, Any]]:
    """The applications as JSON has them; a table's missing values, which nobody sent, are left out."""
    if not isinstance(sent, pd.DataFrame):
        return sent
    rows = sent.astype(object).where(sent.notna(), None).to_dict(orient="records")
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _from_store(contract: Contract, applications: Applications, row: int) -> dict[str, float]:
    """The values of the history fields that a row was completed with."""
    values = applications.values[row, contract.history_position].tolist()
    return {name: value for name, value in zip(contract.history, values, strict=True) if not isnan(value)}
