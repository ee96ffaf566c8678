"""A decision's record, as a server writes it, and the application in one."""

import json
from datetime import UTC, datetime
from typing import Any

from custom_model.contract import Contract
from custom_model.decision_log.record import Record
from custom_model.identifiers import uuid7
from custom_model.positions import named


def recorded(**changes: object) -> Record:
    """A refusal of now with a new id, and these changes."""
    return {
        "decision_id": str(uuid7()),
        "decided_at": datetime.now(UTC),
        "client_id": "100002",
        "model_name": "credit-scoring",
        "model_version": "1",
        "model_run": "0a1b",
        "contract": "c0ffee",
        "threshold": 1 / 11,
        "threshold_source": "policy",
        "cost_false_negative": 10.0,
        "cost_false_positive": 1.0,
        "probability_of_default": 0.1,
        "decision": "refused",
        "reasons": "[]",
        "unknown_categories": "[]",
        "history": "none",
        "history_version": None,
        "fields": '{"AMT_CREDIT":406597.5}',
        "history_fields": None,
        "latency_ms": 1.5,
        "erased_at": None,
        **changes,
    }


def application_in(contract: Contract, text: str) -> dict[str, Any]:
    """The application of which this is the JSON on record, by name or by position."""
    found = json.loads(text)
    return named(contract.order, found) if isinstance(found, list) else found
