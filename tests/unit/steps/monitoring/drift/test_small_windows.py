"""p-values of few requests are those of a plain simulation, which takes thousands of times as long."""

import numpy as np
import pytest
from scipy.stats import chi2

from steps.monitoring.drift.small_windows import least_extreme, p_value, statistic

DRAWS = 400_000


def plain(reference, window, tolerated, seed=0):
    """The share of samples drawn from the same populations whose statistic is as large."""
    generator = np.random.default_rng(seed)
    observed, larger = statistic(reference, window) * (1 - 1e-9), 0
    shares = [each / each.sum() for each in least_extreme(reference, window, tolerated)]
    for _ in range(DRAWS // 20_000):
        samples = [
            generator.multinomial(int(counts.sum()), share, 20_000)
            for counts, share in zip((reference, window), shares, strict=True)
        ]
        larger += int((statistic(*samples) >= observed).sum())
    return larger / DRAWS


def test_the_statistic_is_that_of_the_docstring():
    # N = 100 x 100 / 200 = 50; 0.2^2 / 0.4 + 0.2^2 / 0.6 = 0.1667; 50 x 0.1667 = 8.33.
    assert statistic(np.array([30.0, 70.0]), np.array([50.0, 50.0])) == pytest.approx(8.333, abs=0.001)


def test_the_tolerated_populations_differ_by_what_is_tolerated_and_have_the_samples_pooled_shares():
    reference, window = np.array([5_000.0, 3_000, 2_000]), np.array([60.0, 100, 40])

    then, now = least_extreme(reference, window, 0.02)

    pooled = (reference + window) / (reference.sum() + window.sum())
    assert ((then - now) ** 2 / pooled).sum() == pytest.approx(0.02)
    assert then.sum() == pytest.approx(1)
    assert now.sum() == pytest.approx(1)
    assert (10_000 * then + 200 * now) / 10_200 == pytest.approx(pooled)


@pytest.mark.parametrize("tolerated", [0.0, 0.005])
@pytest.mark.parametrize(
    ("reference", "window"),
    [
        ([5_000] * 20, [2, 6, 5, 9, 1, 5, 3, 12, 4, 5, 0, 2, 5, 6, 13, 1, 4, 14, 2, 1]),
        ([97_000, 3_000], [183, 17]),
        ([9_000, 600, 400], [172, 4, 24]),
        ([120, 60, 20], [70, 80, 50]),
    ],
    ids=["twenty bins", "a rare level", "three levels", "samples alike in size"],
)
def test_a_small_probability_is_that_of_a_plain_simulation(reference, window, tolerated):
    reference, window = np.array(reference, float), np.array(window, float)

    found = p_value(reference, window, tolerated, np.random.default_rng(0))

    # Never below what a simulation 200 times as long gives, but for its own noise, and hardly above.
    expected = plain(reference, window, tolerated)
    noise = (expected / DRAWS) ** 0.5
    assert expected - 4 * noise <= found <= 2.5 * expected + 8 * noise + 5 / DRAWS


def test_chi_square_understates_what_a_rare_level_does_by_chance():
    # 5 of 5,000 are expected and 15 seen: chi-square gives 3e-5; Poisson's tail beyond 15 is 2e-4.
    reference, window = np.array([99_900.0, 100]), np.array([4_985.0, 15])

    found = p_value(reference, window, 0.0, np.random.default_rng(0))

    assert chi2.sf(statistic(reference, window), 1) < 4e-5
    assert found > 1e-4


def test_more_tolerance_gives_a_larger_probability():
    reference, window = np.array([5_000.0] * 10), np.array([5.0, 9, 12, 15, 18, 22, 25, 28, 31, 35])

    found = [p_value(reference, window, each, np.random.default_rng(0)) for each in (0.0, 0.01, 0.05, 0.5)]

    assert found == sorted(found)
    assert found[-1] > 0.3
