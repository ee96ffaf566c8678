"""How many clients would do: a promise about the next holdout, kept by simulated ones."""

import numpy as np
import pytest

from steps.gate.holdout_size import clients_that_would_do, too_few
from steps.quality.paired import mean_difference


def test_a_worked_number():
    # 0.02 to each side on 1,000 clients, bound 0.01: 1,000 x ((1.96 + 0.842) / 1.96 x 2)^2 = 8,175, in two digits.
    assert clients_that_would_do(1_000, 0.02 / 1.96, 0.01) == 8_200
    assert "about 8,200 would do" in too_few(1_000, 0.02, 0.01)


def test_with_no_margin_no_number_would_do():
    assert clients_that_would_do(1_000, 0.02, 0.0) is None
    assert "only one that is better beyond doubt passes" in too_few(1_000, 0.02, 0.0)


def test_a_holdout_that_tells_needs_no_more():
    assert too_few(1_000, 0.009, 0.01) == ""


def test_with_as_many_clients_four_of_five_equals_pass():
    # Differences of cost of -10, -1, 0, 1 and 10 in shares that make none on average.
    generator = np.random.default_rng(2)
    values, shares = np.array([-10, -1, 0, 1, 10]), [0.004, 0.02, 0.952, 0.02, 0.004]
    now = generator.choice(values, 1_000, p=shares)
    exact = 10 * np.sqrt(0.008 + 0.0004)  # of one client, but for what chance made of these
    assert now.std() == pytest.approx(exact, rel=0.4)
    enough = clients_that_would_do(1_000, exact / np.sqrt(1_000), 0.02)

    holdouts = [mean_difference(generator.choice(values, enough, p=shares), 500, seed) for seed in range(150)]

    passed = np.mean([each.high <= 0.02 for each in holdouts])
    assert passed == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 150))
