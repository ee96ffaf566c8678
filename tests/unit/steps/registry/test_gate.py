"""The gate: the conditions under which a version becomes champion."""

import mlflow
import numpy as np
import pytest

from steps.registry.gate import Verdict, assess
from steps.run.policy import Gate
from tests.unit.steps.evaluations import calibrated_clients, evaluation_of
from tests.unit.steps.lender import POLICY

PROBABILITY, TARGET = calibrated_clients(2_000)
GOOD = evaluation_of(PROBABILITY, TARGET)
TOO_HIGH = evaluation_of(np.clip(PROBABILITY + 0.1, 0, 1), TARGET)
BLIND = evaluation_of(np.random.default_rng(0).permutation(PROBABILITY), TARGET)
OPEN = Gate(worst_cost_increase=1e9, worst_calibration_error=0.999, least_business_score=-1e9)


def verdict_on(candidate, champion=None, policy=POLICY) -> Verdict:
    return assess(candidate, champion, policy, bootstraps=200, seed=0)


def passed(candidate, champion=None, **gates) -> dict[str, bool]:
    policy = POLICY.model_copy(update={"promotion": OPEN.model_copy(update=gates)})
    return {check.name: check.passed for check in verdict_on(candidate, champion, policy).checks}


def test_the_first_version_is_judged_for_itself_alone():
    assert passed(GOOD, worst_calibration_error=0.02, least_business_score=0.0) == {
        "calibration": True,
        "business score": True,
    }


def test_probabilities_a_tenth_too_high_do_not_pass():
    assert passed(TOO_HIGH, worst_calibration_error=0.02)["calibration"] is False
    assert passed(TOO_HIGH, worst_calibration_error=0.15)["calibration"] is True


def test_an_error_that_chance_alone_explains_is_never_held_against_a_version():
    figures = GOOD.quality.figures
    strict = figures["calibration_error"] / 2

    assert figures["calibration_error"] <= figures["calibration_noise"]
    assert passed(GOOD, worst_calibration_error=strict)["calibration"] is True


@pytest.mark.parametrize(("margin", "passes"), [(-1e-9, True), (0.0, True), (1e-9, False)])
def test_the_business_score_must_reach_what_the_policy_asks_for(margin, passes):
    least = GOOD.quality.figures["business_score"] + margin

    assert passed(GOOD, least_business_score=least)["business score"] is passes


@pytest.mark.parametrize(("margin", "passes"), [(-1e-9, False), (1e-9, True)])
def test_a_challenger_may_cost_more_than_the_champion_only_within_the_policys_margin(margin, passes):
    increase = BLIND.quality.figures["cost"] - GOOD.quality.figures["cost"]
    assert increase > 0

    assert passed(BLIND, GOOD, worst_cost_increase=increase + margin)["cost against the champion"] is passes


def test_a_challenger_like_the_champion_passes_with_no_margin_at_all():
    assert passed(GOOD, GOOD, worst_cost_increase=0.0)["cost against the champion"] is True


def test_a_cheaper_challenger_passes():
    assert passed(GOOD, BLIND, worst_cost_increase=0.0)["cost against the champion"] is True


def test_each_is_judged_by_its_own_threshold():
    everyone_refused = evaluation_of(PROBABILITY, TARGET, threshold=1e-12)

    increase = everyone_refused.quality.figures["cost"] - GOOD.quality.figures["cost"]

    assert passed(everyone_refused, GOOD, worst_cost_increase=increase - 1e-9)["cost against the champion"] is False


def test_the_interval_is_of_the_difference_on_the_same_clients():
    metrics = verdict_on(BLIND, GOOD).metrics

    increase = BLIND.quality.figures["cost"] - GOOD.quality.figures["cost"]
    assert metrics["cost_increase"] == pytest.approx(increase)
    assert metrics["cost_increase_low"] < increase < metrics["cost_increase_high"]
    assert metrics["candidate_auc"] == BLIND.quality.figures["auc"]
    assert metrics["champion_auc"] == GOOD.quality.figures["auc"]


def test_every_check_says_its_finding_and_its_bound_in_words():
    for check in verdict_on(BLIND, GOOD).checks:
        assert ", at " in check.finding


def test_assessing_logs_nothing(monkeypatch):
    monkeypatch.setattr(mlflow, "log_metrics", lambda *_: pytest.fail("the gate logged"))

    assert verdict_on(GOOD).passed
    assert not verdict_on(GOOD).metrics.keys() & {"cost_increase"}


def test_the_gate_reads_the_models_own_decisions():
    # Two evaluations of one booster: the second grants all that the first refuses.
    overruled = evaluation_of(PROBABILITY, TARGET, threshold=1.0)

    increase = verdict_on(overruled, GOOD).metrics["cost_increase"]

    refused = GOOD.refused
    assert increase == pytest.approx((10 * TARGET[refused].sum() - (1 - TARGET[refused]).sum()) / len(TARGET))
