"""Reasons of a model with directions never contradict them, whatever the data, the trees and the policy's wording."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.decisions import Decider
from custom_model.features import Features
from custom_model.model import decider as decider_of
from custom_model.params import RequestParams
from custom_model.scorecard import Calibration, Scorecard
from steps.run.console import UserError
from steps.run.policy import Sentences
from steps.training.bagging import bag
from steps.training.binning import CONSTRAINTS, directions_in
from steps.training.data import TrainingData
from steps.training.reasons import reason_texts
from steps.training.wording import rewordings

NAMES = ("income", "debt", "age", "term", "owns_car")
CONTRACT = Contract(id="client", numeric=NAMES, categories={})
FIRM = RequestParams(reasons="all")


def trained(
    seed: int, signs: tuple[int, ...], boosters: int, wording: dict[str, Sentences]
) -> tuple[Decider, TrainingData]:
    """A model under these directions of clients whose risk is noise, corners and jumps in any direction."""
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(300, len(NAMES)))
    matrix[:, -1] = generator.random(300) < 0.5
    matrix[:, :-1][generator.random((300, len(NAMES) - 1)) < 0.1] = np.nan
    weights = generator.normal(size=len(NAMES))
    filled = np.nan_to_num(matrix)
    log_odds = filled @ weights + 2 * generator.normal() * filled[:, 0] * filled[:, 1] - generator.random() * 2
    target = (generator.random(300) < 1 / (1 + np.exp(-log_odds))).astype(int)
    directions = {name: sign for name, sign in zip(NAMES, signs, strict=True) if sign}
    data = TrainingData(Features(CONTRACT, NAMES), matrix, target, directions=directions)
    params = {
        "objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 6, "min_data_in_leaf": 5,
        "learning_rate": 0.3, CONSTRAINTS: list(signs),
    }  # fmt: skip
    parts = []
    for part in range(boosters):
        rows = np.arange(300) % 5 != part
        parts.append(lgb.train(params, lgb.Dataset(matrix[rows], target[rows], params=params), num_boost_round=8))
    booster = parts[0] if boosters == 1 else bag(parts)
    texts = reason_texts(data, NAMES, {})
    scorecard = Scorecard(
        calibration=Calibration(slope=1.1, intercept=-0.2),
        costs=Costs(false_negative=2, false_positive=1),
        texts=texts,
        wording=rewordings(wording, texts, CONTRACT, directions),
    )
    return decider_of(CONTRACT, scorecard, booster, "lender/1"), data


def allowed(signs: tuple[int, ...]) -> dict[str, Sentences]:
    """The most that policy.yaml may word: both sides of features without a direction, the risky one of the others."""
    return {
        name: Sentences(
            low=None if sign == 1 else f"{name} below", high=None if sign == -1 else f"{name} above", missing="none"
        )
        for name, sign in zip(NAMES[:-1], signs, strict=False)
    }


@given(
    seed=st.integers(0, 10_000),
    signs=st.tuples(*[st.sampled_from([-1, 0, 1])] * len(NAMES)).filter(any),
    boosters=st.sampled_from([1, 1, 2]),
    is_worded=st.booleans(),
)
@settings(max_examples=25)
def test_no_reason_names_the_safe_side_of_a_feature_or_one_whose_risk_a_safer_value_would_raise(
    seed, signs, boosters, is_worded
):
    decider, data = trained(seed, signs, boosters, allowed(signs) if is_worded else {})
    sign_of = dict(zip(NAMES, signs, strict=True))
    medians = dict(zip(NAMES, np.nanmedian(data.matrix, axis=0).tolist(), strict=True))
    rows = data.matrix[:120]

    decisions = decider.decide(Applications([None] * len(rows), rows, {}), FIRM)

    for row, decision in zip(rows, decisions, strict=True):
        for reason in decision["reasons"]:
            name = reason["feature"]
            value, sign = row[NAMES.index(name)], sign_of[name]
            if sign == 0 or np.isnan(value):
                continue
            if name == "owns_car":
                assert value == (sign == 1)
            else:
                assert sign * (value - medians[name]) > 0
            safer = np.repeat(row[None], 5, axis=0)
            safer[:, NAMES.index(name)] = value - sign * np.array([0.01, 0.1, 0.5, 1.0, 5.0])
            risks = decider.scorer.probabilities(decider.features.matrix(safer))
            assert max(risks) <= decision["probability_of_default"]


def test_contributions_alone_would_contradict_a_direction():
    """What the catalogue leaves out is there to be left out: a safe value can have a contribution above 0."""
    found = 0
    for seed in range(12):
        decider, data = trained(seed, (-1, 0, 0, 0, 0), 1, {})
        contributions = decider.scorer.contributions(data.matrix)[:, 0]
        found += int(((contributions > 0) & (data.matrix[:, 0] > np.nanmedian(data.matrix[:, 0]))).sum())
    assert found > 0


@pytest.mark.parametrize("boosters", [1, 2])
@pytest.mark.parametrize("signs", [(1, 0, -1, 0, 1), (0, 0, 0, 0, 0)])
def test_a_booster_knows_its_directions_also_as_a_bag_read_from_its_file(signs, boosters):
    decider, data = trained(3, signs, boosters, {})
    read = lgb.Booster(model_str=decider.scorer.booster.model_to_string())

    assert directions_in(read, NAMES) == data.directions


@pytest.mark.parametrize(("sign", "side"), [(1, "low"), (-1, "high")])
def test_the_policy_cannot_word_the_safe_side(sign, side):
    with pytest.raises(UserError, match="is no reason: expected no sentence for it"):
        trained(0, (sign, 0, 0, 0, 0), 1, {"income": Sentences(**{side: "so"})})
