"""A decision's record: a row of the table `decisions`."""

from datetime import UTC, datetime
from math import isnan
from typing import Any

import pandas as pd

from custom_model.applications import Applications, whole_table
from custom_model.arrow.columns import Columns
from custom_model.contract import Contract
from custom_model.decisions import Decider, Decision
from custom_model.field_order import OneApplication
from custom_model.json_text import as_json
from custom_model.origin import Origin
from custom_model.positions import on_record

Record = dict[str, Any]


def model_columns(decider: Decider, origin: Origin) -> Record:
    """The columns that all records of a model share."""
    costs = decider.scorecard.costs
    return {
        "model_name": origin.name,
        "model_version": origin.version,
        "model_run": origin.run,
        "contract": decider.contract.digest,
        "cost_false_negative": costs.false_negative,
        "cost_false_positive": costs.false_positive,
        "cost_review": costs.review,
    }


def records(
    model: Record,
    contract: Contract,
    requests: list[str],
    applications: Applications,
    decisions: list[Decision],
    history_version: str | None,
    latency_ms: float,
) -> list[Record]:
    """One row for each decision; `model` is from `model_columns`, `requests` has the applications as JSON.

    JSON columns are JSON text already: a waiting row takes a tenth of the memory, and a value that cannot be
    written fails here, for its own request alone.
    """
    now = datetime.now(UTC)
    return [
        {
            **model,
            "decision_id": decision["decision_id"],
            "decided_at": now,
            "client_id": None if decision["client_id"] is None else str(decision["client_id"]),
            "threshold": decision["threshold"],
            "threshold_source": decision["threshold_source"],
            "probability_of_default": decision["probability_of_default"],
            "score": decision.get("score"),
            "decision": decision["decision"],
            "reasons": as_json(decision["reasons"]),
            "unknown_categories": as_json(decision["unknown_categories"]),
            "unusual": as_json(decision["unusual"]),
            "missing": as_json(decision["missing"]),
            "policy_rules": as_json(decision["policy_rules"]),
            "alternatives": as_json(decision["alternatives"]) if "alternatives" in decision else None,
            "history": decision["history"],
            "history_version": history_version if decision["history"] == "store" else None,
            "fields": requests[row],
            "history_fields": on_record(contract, from_store(contract, applications, row))
            if decision["history"] == "store"
            else None,
            "latency_ms": latency_ms,
            "erased_at": None,
        }
        for row, decision in enumerate(decisions)
    ]


def requests_as_json(contract: Contract, payload: Any) -> list[str]:
    """The applications of a valid payload as JSON; a table's missing values are left out."""
    if isinstance(payload, Columns | OneApplication):
        return payload.requests()
    return [on_record(contract, row) for row in (_rows(payload) if isinstance(payload, pd.DataFrame) else payload)]


def _rows(payload: pd.DataFrame) -> list[dict[str, Any]]:
    payload = whole_table(payload)
    rows = payload.astype(object).where(payload.notna(), None).to_dict(orient="records")
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def from_store(contract: Contract, applications: Applications, row: int) -> dict[str, float]:
    """The history fields of a row completed from the store."""
    values = applications.values[row, contract.history_columns].tolist()
    return {name: value for name, value in zip(contract.history, values, strict=True) if not isnan(value)}
