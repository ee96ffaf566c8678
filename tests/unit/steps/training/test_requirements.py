"""The fields that must be sent, so that leaving them out wins no credit."""

import lightgbm as lgb
import numpy as np
import pytest

from custom_model.applications import Applications
from custom_model.contract import Contract
from custom_model.costs import Costs
from custom_model.features import Features
from custom_model.model import decider as decider_of
from custom_model.omission import RefusedClients
from custom_model.scorecard import Calibration, ReasonText, Scorecard
from steps.training.requirements import Requirements, find_requirements

pytestmark = pytest.mark.slow  # trains models

NAMES = ("strong", "weak", "past", "pair_1", "pair_2", "idle")
CLIENTS = 4_000


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """(clients, fields) numbers: missing values of `strong` and of each of the pair are good clients'."""
    generator = np.random.default_rng(5)
    values = generator.random((CLIENTS, len(NAMES)))
    values[:, NAMES.index("pair_2")] = values[:, NAMES.index("pair_1")]  # either tells what the other does
    values[generator.random(values.shape) < 0.05] = np.nan
    return values


@pytest.fixture(scope="module")
def decider(values):
    """A model whose risk grows with every field but the idle one, and is low where the field is missing."""
    contract = Contract(id="ID", numeric=NAMES, categories={}, required=("weak",), history=("past",))
    weights = np.array([4.0, 0.05, 1.5, 1.5, 1.5, 0.0])
    log_odds = np.nan_to_num(values) @ weights - 6.0
    target = np.random.default_rng(6).random(CLIENTS) < 1 / (1 + np.exp(-log_odds))
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 8, "seed": 1}
    booster = lgb.train(params, lgb.Dataset(Features(contract).matrix(values), target), num_boost_round=60)
    scorecard = Scorecard(
        calibration=Calibration(slope=1.0, intercept=0.0),
        costs=Costs(false_negative=10, false_positive=1),
        texts={name: ReasonText(code=name) for name in Features(contract).names},
    )
    return decider_of(contract, scorecard, booster, "lender/1")


def requirements(decider, values, bound=0.02, missing=0.0, topics=None) -> Requirements:
    holdout = Applications([None] * len(values), values, {})
    return find_requirements(decider, holdout, dict.fromkeys(NAMES, missing), topics or {}, bound, seed=0)


def test_a_field_whose_absence_wins_credit_must_be_sent_and_the_effect_is_its_reason(decider, values):
    found = requirements(decider, values)

    effect = next(each for each in found.alone if each.name == "strong")
    assert effect.share > 0.02
    assert "strong" in found.contract.required
    assert found.because["strong"] == (
        f"without it {effect.share:.1%} of the refused would be granted (at most {effect.highest:.1%})"
    )


@pytest.mark.parametrize(("missing", "required"), [(0.0, True), (0.0099, True), (0.01, False), (0.5, False)])
def test_it_needs_a_value_where_training_hardly_ever_saw_it_missing_and_may_be_null_otherwise(
    decider, values, missing, required
):
    contract = requirements(decider, values, missing=missing).contract

    assert ("strong" in contract.required) is required
    assert ("strong" in contract.declared) is not required


def test_history_may_always_be_null_since_new_clients_have_none(decider, values):
    contract = requirements(decider, values).contract

    assert "past" in contract.declared_history
    assert "past" not in contract.required


def test_what_the_policy_requires_stays_required_whatever_it_wins(decider, values):
    found = requirements(decider, values, bound=0.5, missing=0.5)

    assert found.contract.required == ("weak",)
    assert found.because["weak"] == "it is always asked"


def test_no_field_and_no_group_that_may_be_left_out_wins_more_than_the_bound(decider, values):
    topics = {"pair_1": "PAIR", "pair_2": "PAIR"}

    found = requirements(decider, values, topics=topics)

    refused = RefusedClients(decider, Applications([None] * CLIENTS, values, {}))
    free = [name for name in decider.features.inputs if name not in found.because]
    assert all(refused.without([name]).highest <= 0.02 for name in free)
    assert not free or refused.without(free).highest <= 0.02
    assert all(each.highest <= 0.02 for each in found.open)


def test_fields_that_win_little_alone_and_much_together_must_be_sent(decider, values):
    refused = RefusedClients(decider, Applications([None] * CLIENTS, values, {}))
    alone = max(refused.without([name]).highest for name in ("pair_1", "pair_2"))
    together = refused.without(["pair_1", "pair_2"]).highest
    assert alone < together
    bound = (alone + together) / 2

    found = requirements(decider, values, bound, topics={"pair_1": "PAIR", "pair_2": "PAIR"})

    added = {name for name in ("pair_1", "pair_2") if name in found.because}
    assert added
    assert all("without" in found.because[name] and "of the refused" in found.because[name] for name in added)
    assert not any("without it" in found.because[name] for name in added)


def test_where_nobody_is_refused_nothing_is_known_and_every_used_field_must_be_sent(decider, values):
    nobody = values[np.array(decider.outcomes(Applications([None] * CLIENTS, values, {}))) == "granted"][:200]

    found = requirements(decider, nobody)

    assert {*found.contract.required, *found.contract.declared} == decider.features.inputs | {"weak"}
    assert found.open == []
