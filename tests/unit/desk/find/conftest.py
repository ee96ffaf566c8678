"""Records of decisions, and what people put beside them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_model.decision_log.second_decisions import SecondDecisions
from desk.find.past_decision import PastDecision
from tests.recorded import recorded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REASONS = [
    {
        "code": "A",
        "feature": "A",
        "text": "Time in the present job is short for a person of this age",
        "contribution": 0.2,
    },
    {"code": "B", "feature": "B", "text": "A sentence of this lender's own", "contribution": 0.7},
]
OFFER = {"field": "AMT_CREDIT", "values": {"AMT_CREDIT": 1200.5, "AMT_ANNUITY": 100.0}, "probability_of_default": 0.08}


@pytest.fixture
def past() -> Callable[..., PastDecision]:
    """A function that returns a refusal with these columns, contests and answers."""

    def new(contests: list[Any] | None = None, overrides: list[Any] | None = None, **changes: Any) -> PastDecision:
        columns = {
            "decision_id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "decided_at": NOON,
            "model_version": "7",
            "cost_review": None,
            "probability_of_default": 0.132,
            "reasons": REASONS,
            "unknown_categories": [],
            "unusual": [],
            "missing": [],
            "policy_rules": [],
            "alternatives": [OFFER],
            "score": None,
            "history": "store",
            "history_version": "set-1",
            "fields": {"SK_ID_CURR": 100002, "AMT_CREDIT": 1500.0, "AMT_ANNUITY": 125.25, "FLAG_OWN_CAR": "Y"},
            "history_fields": {"BUREAU_ROWS_COUNT_ALL": 2.0},
        }
        record = recorded(**{**columns, **changes})
        return PastDecision(record, SecondDecisions(contests or (), overrides or ()))

    return new


@pytest.fixture
def answered() -> Callable[..., dict[str, Any]]:
    """A function that returns a person's answer, two days after the decision."""

    def new(outcome: str, **changes: Any) -> dict[str, Any]:
        at = NOON.replace(day=3)
        answer = {"number": 1, "decided_at": at, "decided_by": "eva", "outcome": outcome, "reason": "Income is proven."}
        return {**answer, "evidence": None, "contest_id": None, **changes}

    return new
