"""The gate: what a version must show before it becomes champion, and what becoming it means."""

from itertools import count

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from steps.promote import CHAMPION, Stage, crown, find_champion, find_version, gate, move, uri
from steps.run.console import UserError
from steps.run.policy import Gate
from tests.unit.steps.judged import calibrated_clients, judged
from tests.unit.steps.lender import POLICY

PROBABILITY, TARGET = calibrated_clients(2_000)
GOOD = judged(PROBABILITY, TARGET)
TOO_HIGH = judged(np.clip(PROBABILITY + 0.1, 0, 1), TARGET)
BLIND = judged(np.random.default_rng(0).permutation(PROBABILITY), TARGET)
NUMBERS = count()
OPEN = Gate(worst_cost_increase=1e9, worst_calibration_error=0.999, least_business_score=-1e9)


@pytest.fixture(autouse=True)
def logged(monkeypatch) -> dict[str, float]:
    """What the gate logs as metrics."""
    metrics: dict[str, float] = {}
    monkeypatch.setattr(mlflow, "log_metrics", metrics.update)
    return metrics


def passed(candidate, champion=None, **gates) -> dict[str, bool]:
    policy = POLICY.model_copy(update={"promotion": OPEN.model_copy(update=gates)})
    return {check.name: check.passed for check in gate(candidate, champion, policy)}


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
    asked = GOOD.quality.figures["business_score"] + margin

    assert passed(GOOD, least_business_score=asked)["business score"] is passes


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
    everyone_refused = judged(PROBABILITY, TARGET, threshold=1e-12)

    increase = everyone_refused.quality.figures["cost"] - GOOD.quality.figures["cost"]

    assert passed(everyone_refused, GOOD, worst_cost_increase=increase - 1e-9)["cost against the champion"] is False


def test_the_interval_is_of_the_difference_on_the_same_clients(logged):
    gate(BLIND, GOOD, POLICY)

    increase = BLIND.quality.figures["cost"] - GOOD.quality.figures["cost"]
    assert logged["cost_increase"] == pytest.approx(increase)
    assert logged["cost_increase_low"] < increase < logged["cost_increase_high"]
    assert logged["candidate_auc"] == BLIND.quality.figures["auc"]
    assert logged["champion_auc"] == GOOD.quality.figures["auc"]


def test_every_check_says_its_finding_and_its_bound_in_words():
    for check in gate(BLIND, GOOD, POLICY):
        assert ", at " in check.said


@pytest.fixture
def registered() -> str:
    """A registered model of its own, with two versions."""
    name = f"gate-{next(NUMBERS)}"
    client = MlflowClient()
    client.create_registered_model(name)
    for _ in range(2):
        client.create_model_version(name, source="file:///nowhere")
    return name


def stages(name: str) -> dict[str, str]:
    return {each.version: each.current_stage for each in MlflowClient().search_model_versions(f"name = '{name}'")}


def test_a_version_is_found_by_number_and_the_latest_without_one(registered):
    assert str(find_version(registered, "1").version) == "1"
    assert str(find_version(registered, "").version) == "2"
    assert uri(find_version(registered, "1")) == f"models:/{registered}/1"


def test_a_version_that_there_is_not_is_told_which_there_are(registered):
    with pytest.raises(UserError, match=f"version: {registered} has 1, 2, and no 3"):
        find_version(registered, "3")


def test_a_model_without_versions_is_told_how_to_make_one():
    with pytest.raises(UserError, match=r"never-trained has no versions: register one with `mlflow run \. -e train`"):
        find_version("never-trained", "")


@pytest.mark.parametrize("name", ["", "it's"])
def test_a_name_that_would_break_the_search_is_refused(name):
    with pytest.raises(UserError, match="model_name: expected a name without quotes"):
        find_version(name, "")


def test_before_the_first_promotion_nobody_is_champion(registered):
    assert find_champion(registered) is None
    assert find_champion("never-trained") is None


def test_a_new_champion_takes_alias_and_stage_and_archives_the_one_before(registered):
    crown(find_version(registered, "1"), None)
    first = find_champion(registered)

    crown(find_version(registered, "2"), first)

    assert MlflowClient().get_model_version_by_alias(registered, CHAMPION).version == find_champion(registered).version
    assert {str(version): stage for version, stage in stages(registered).items()} == {
        "1": "Archived",
        "2": "Production",
    }


@pytest.mark.parametrize("stage", [Stage.staging, Stage.archived])
def test_the_champion_cannot_be_moved_away_but_others_can(registered, stage, capsys):
    crown(find_version(registered, "1"), None)

    with pytest.raises(UserError, match="version 1 is the champion: promote another version first"):
        move(registered, "1", stage)
    move(registered, "2", stage)

    assert f"{registered} version 2 is in {stage}" in capsys.readouterr().out
    assert {str(version): at for version, at in stages(registered).items()} == {"1": "Production", "2": stage}
