"""Each pipeline learns a planted risk from numbers and categories with missing values."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from custom_model.contract import Contract
from custom_model.features import Features
from steps.comparison.pipelines import dummy, logistic_regression, random_forest, signed_log, xgboost

FEATURES = Features(Contract(id="id", numeric=("amount", "noise", "empty"), categories={"job": tuple("abcdef")}))
LEARNING = {
    "logistic": logistic_regression,
    "forest": random_forest,
    "xgboost": lambda features, seed: xgboost(features, seed, rounds=200),
}


def clients(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrix, target and true log-odds: risk is in the logarithm of an amount and in one job of six."""
    generator = np.random.default_rng(seed)
    amount, job = generator.lognormal(10, 2, rows), generator.integers(5, size=rows).astype(float)
    log_odds = -1.5 + 0.8 * (np.log(amount) - 10) + 2.0 * (job == 2)
    target = (generator.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)
    matrix = np.column_stack([amount, generator.normal(size=rows), np.full(rows, np.nan), job])
    matrix[generator.random(rows) < 0.1, 1] = np.nan
    return matrix, target, log_odds


@pytest.fixture(scope="module", params=LEARNING)
def fitted(request):
    matrix, target, _ = clients(2_000, seed=1)
    return LEARNING[request.param](FEATURES, 1).fit(matrix, target)


def test_ranks_new_clients_nearly_as_the_truth_does(fitted):
    matrix, target, log_odds = clients(4_000, seed=2)

    auc = roc_auc_score(target, fitted.predict_proba(matrix)[:, 1])

    assert auc > roc_auc_score(target, log_odds) - 0.03


def test_probabilities_are_on_the_level_of_the_default_rate(fitted):
    # Class weights or resampling would lift them to a half.
    matrix, target, _ = clients(4_000, seed=3)

    assert fitted.predict_proba(matrix)[:, 1].mean() == pytest.approx(target.mean(), abs=0.03)


def test_a_job_of_risk_is_riskier_with_all_else_the_same(fitted):
    matrix, _, _ = clients(500, seed=4)
    risky, other = matrix.copy(), matrix.copy()
    risky[:, 3], other[:, 3] = 2, 3

    assert (fitted.predict_proba(risky)[:, 1] - fitted.predict_proba(other)[:, 1]).mean() > 0.1


def test_a_job_never_seen_and_one_that_is_missing_are_judged_too(fitted):
    matrix, _, _ = clients(20, seed=5)
    matrix[:10, 3], matrix[10:, 3] = 5, np.nan

    probability = fitted.predict_proba(matrix)[:, 1]

    assert ((probability > 0) & (probability < 1)).all()


@pytest.mark.parametrize("name", LEARNING)
def test_a_seed_gives_the_same_model_again(name):
    matrix, target, _ = clients(300, seed=6)

    first, second = (LEARNING[name](FEATURES, 3).fit(matrix, target).predict_proba(matrix) for _ in range(2))

    assert first.tobytes() == second.tobytes()


def test_the_dummy_gives_everyone_the_default_rate():
    matrix, target, _ = clients(300, seed=7)

    assert (dummy(FEATURES, 1).fit(matrix, target).predict_proba(matrix)[:, 1] == target.mean()).all()


def test_signed_log_keeps_sign_order_and_what_is_missing():
    values = np.array([[-np.expm1(3.0)], [0.0], [np.expm1(2.0)], [np.nan]])

    np.testing.assert_allclose(signed_log(values), [[-3.0], [0.0], [2.0], [np.nan]])
