"""The decision on the console, and the choice of its client."""

import json

import numpy as np

from steps.main import decision_text, example_application
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import lender_table

DECISION = {
    "client_id": 100_002,
    "decision": "refused",
    "probability_of_default": 0.25,
    "threshold": 1 / 11,
    "threshold_source": "policy",
    "expected_cost_granted": 2.5,
    "expected_cost_refused": 0.75,
    "reasons": [{"code": "INCOME", "feature": "AMT_INCOME", "text": "The stated income is low", "contribution": 0.5}],
    "unknown_categories": [],
    "unusual": [],
    "missing": ["history"],
    "policy_rules": [],
    "history": "none",
    "model": "credit-scoring/3",
    "decision_id": "0190",
    "simulated": False,
    "recorded": True,
}


def test_a_decision_is_told_with_its_figures_and_reasons():
    text = decision_text(DECISION)

    for part in (
        "Client 100002: REFUSED",
        "25.0%, refused from 9.1% on (policy)",
        "2.50 if granted, 0.75 if refused",
        "credit-scoring/3, decision 0190",
        "missing                 history\n",
        "+0.50  The stated income is low [AMT_INCOME]",
    ):
        assert part in text
    assert "unusual" not in text
    assert "points" not in text


def test_points_are_told_where_there_are_any():
    assert "  score                   554 points\n" in decision_text({**DECISION, "score": 554})


def test_a_client_without_a_required_value_is_no_example():
    probability, target = calibrated_clients()
    evaluation = evaluation_of(probability, target)
    first, second = np.flatnonzero(probability >= 1 / 11)[:2].tolist()
    evaluation.examination.incomplete.append(first)

    assert example_application(lender_table(), evaluation)["client"] == second


def test_the_example_is_the_first_client_refused_without_the_outcome_and_as_json():
    probability, target = calibrated_clients()
    evaluation = evaluation_of(probability, target)

    application = example_application(lender_table(), evaluation)

    assert application["client"] == int(np.argmax(probability >= 1 / 11))
    assert "bad" not in application
    assert json.loads(json.dumps(application, allow_nan=False)) == application


def test_where_nobody_is_refused_the_example_is_the_first_client():
    probability, target = calibrated_clients()

    application = example_application(lender_table(), evaluation_of(probability, target, threshold=1.0))

    assert application["client"] == 0
