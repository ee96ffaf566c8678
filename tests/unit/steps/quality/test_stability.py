"""The population stability index, re-derived in words."""

import numpy as np
import pytest

from steps.quality.stability import index_by_chance, index_of, stability

SCORES = np.arange(100_000) / 100_000


def test_equal_scores_are_alike():
    found = stability(SCORES, SCORES)

    assert found.index == pytest.approx(0, abs=1e-9)
    assert found.expected == pytest.approx([0.1] * 10, abs=1e-4)
    assert found.words == "alike"


def test_the_index_is_the_sum_over_the_tenths():
    # The upper half of the scores twice as often: tenths of 1/15 and 2/15 where 1/10 is expected.
    found = stability(SCORES, np.concatenate([SCORES, SCORES[50_000:]]))

    low, high = (1 / 15 - 0.1) * np.log(10 / 15), (2 / 15 - 0.1) * np.log(20 / 15)
    assert found.index == pytest.approx(5 * low + 5 * high, abs=1e-4)
    assert found.words == "shifted"


def test_scores_that_never_occurred_give_a_finite_index():
    found = stability(SCORES, np.ones(50))

    assert 0.25 < found.index < 10
    assert found.words == "another population"
    assert sum(found.actual) == pytest.approx(1)


def test_a_score_that_all_have_is_one_group():
    assert stability(np.full(100, 0.2), np.full(50, 0.2)).index == pytest.approx(0, abs=0.01)


def test_samples_of_one_population_stay_under_the_index_by_chance_in_95_of_100_cases():
    generator = np.random.default_rng(4)

    under = 0
    for _ in range(1_000):
        counts = generator.multinomial(500, [0.1] * 10), generator.multinomial(2_000, [0.1] * 10)
        under += index_of(*counts) < index_by_chance(10, 500, 2_000)

    assert 0.93 <= under / 1_000 <= 0.97
    assert index_by_chance(10, 500, 2_000) == pytest.approx((1 / 500 + 1 / 2_000) * 16.919, rel=1e-4)
