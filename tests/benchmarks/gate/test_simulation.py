"""The gate on candidates of known truth: those truly worse stay out, those truly better come in, with clients enough.

docs/gate.md has the figures of many more holdouts, by `python -m benchmarks.gate`.
"""

import pytest

from benchmarks.gate.__main__ import pass_tables
from benchmarks.gate.known_truth import World, samples
from benchmarks.gate.simulation import evaluation_of, simulate
from steps.quality.figures import measure
from steps.run.policy import read_policy

POLICY = read_policy()
HOLDOUTS = 40


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def passed():
    return simulate(POLICY, [-0.02, -0.01, 0.0, 0.02, 0.05], likeness=0.99, clients=20_000, count=HOLDOUTS, seed=2)


def test_of_candidates_truly_worse_hardly_any_passes(passed):
    # The margin is 1 % of the cost: one in forty of those that are truly 1 % dearer passes, and fewer of the others.
    assert passed[-0.02].share <= 1 / HOLDOUTS
    assert passed[-0.01].share <= 5 / HOLDOUTS


def test_of_candidates_truly_better_most_pass(passed):
    assert passed[0.02].share >= 0.7
    assert passed[0.05].share >= 0.97


def test_the_better_a_candidate_the_more_of_its_kind_pass(passed):
    shares = [each.share for each in passed.values()]

    assert shares == sorted(shares)


def test_equals_are_stopped_by_the_cost_alone(passed):
    equal = passed[0.0]

    for name in equal.by_check.keys() - {"cost against the champion"}:
        assert equal.share_of(name) >= 0.95, name


def test_with_few_clients_better_ones_stay_out_too():
    few = simulate(POLICY, [0.02], likeness=0.99, clients=2_000, count=HOLDOUTS, seed=2)

    assert few[0.02].share <= 0.3


def test_an_evaluation_has_the_figures_that_a_real_one_has():
    sample = next(samples(World(POLICY.costs), [0.0], 0.99, clients=5_000, count=1, seed=0))
    evaluation = evaluation_of(sample.champion, sample.target, POLICY)

    real = measure(sample.champion, evaluation.refused, sample.target, POLICY.costs, 400, seed=0)

    for name in ("clients", "calibration_error", "business_score"):
        assert evaluation.quality.figures[name] == pytest.approx(real.figures[name])
    simulated = evaluation.quality.intervals["business_score"]
    assert simulated == pytest.approx(real.intervals["business_score"], abs=0.015)


def test_the_tables_have_a_row_for_each_truth_and_each_check():
    whole, by_check = pass_tables(POLICY, 0.99, "trained again", [1_000, 2_000], count=2, seed=0)

    assert whole.header == ["clients held out", "1,000", "2,000"]
    assert [row[0] for row in whole.rows] == [
        "2 % dearer",
        "1 % dearer",
        "as good",
        "1 % cheaper",
        "2 % cheaper",
        "5 % cheaper",
        "holdouts",
    ]
    assert whole.rows[-1] == ["holdouts", "2", "2"]
    assert "cost against the champion" in [row[0] for row in by_check.rows]
