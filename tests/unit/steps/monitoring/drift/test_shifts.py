"""Effect sizes and p-values of many comparisons at once."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest, ncx2, norm

from steps.monitoring.drift.shifts import Pair, shifts
from steps.quality.stability import index_by_chance, index_of

TWENTIETHS = norm.ppf(np.linspace(0, 1, 21)[1:-1])
REFERENCE = np.array([5_000] * 20 + [0])


def normal_window(rows, shift, seed=0):
    """Counts of (rows,) normal values, `shift` deviations higher, in twentieths of the reference."""
    values = np.random.default_rng(seed).standard_normal(rows) + shift
    return np.append(np.bincount(np.searchsorted(TWENTIETHS, values, side="right"), minlength=20), 0)


def one(reference, window, is_number=True, tolerated=0.0):
    return shifts([Pair("field", np.asarray(reference), np.asarray(window), is_number)], tolerated)[0]


def test_effect_sizes_are_those_of_the_project_and_of_scipy():
    window = normal_window(5_000, 0.3)

    found = one(REFERENCE, window)

    assert found.psi == pytest.approx(index_of(REFERENCE[:20], window[:20]))
    assert found.by_chance == pytest.approx(index_by_chance(20, 100_000, 5_000))
    # The bins see no more than the values: 2 Phi(0.15) - 1 = 0.119.
    values = np.random.default_rng(0).standard_normal(5_000) + 0.3
    assert found.distance <= kstest(values, "norm").statistic + 0.005
    assert found.distance == pytest.approx(0.119, abs=0.01)


def test_distance_of_a_category_is_the_share_that_would_have_another_level():
    # 0.5, 0.3, 0.2 then; 0.4, 0.3, 0.3 now: a tenth.
    assert one([500, 300, 200, 0, 0], [40, 30, 30, 0, 0], False).distance == pytest.approx(0.1)


def test_distance_of_a_number_is_of_its_known_values():
    assert one([500, 500, 0], [50, 50, 900]).distance == 0


def test_p_value_of_large_samples_is_the_non_central_chi_square_s():
    window = normal_window(5_000, 0.1)
    size = 5_000 * 100_000 / 105_000
    pooled = (REFERENCE + window)[:20] / 105_000
    value = size * ((window[:20] / 5_000 - 0.05) ** 2 / pooled).sum()

    assert one(REFERENCE, window).p == pytest.approx(chi2.sf(value, 19))
    assert one(REFERENCE, window, tolerated=0.005).p == pytest.approx(ncx2.sf(value, 19, size * 0.005))


@pytest.mark.parametrize("rows", [100, 200, 500, 5_000])
def test_p_values_without_drift_are_uniform(rows):
    generator, shares = np.random.default_rng(0), np.append(np.full(20, 0.05), 0)
    drawn = [generator.multinomial(size, shares, 1_000) for size in (100_000, rows)]
    pairs = [Pair("field", then, now, is_number=True) for then, now in zip(*drawn, strict=True)]

    p = np.array([each.p for each in shifts(pairs, 0.0)])

    # Of 1,000 the binomial's 99.99 % range at 0.05 is 25 to 79, at 0.5 it is 439 to 561.
    assert 25 <= (p < 0.05).sum() <= 79
    assert 439 <= (p < 0.5).sum() <= 561


def test_a_difference_as_large_as_tolerated_is_no_more_common_than_the_level():
    # 0.0707 deviations are an index of 0.005.
    pairs = [Pair("field", REFERENCE, normal_window(20_000, 0.0707, seed), is_number=True) for seed in range(400)]

    p = np.array([each.p for each in shifts(pairs, 0.005)])

    assert (p < 0.05).sum() <= 40  # 20 are expected; the binomial's 99.99 % bound is 38
    assert (np.array([each.p for each in shifts(pairs, 0.0)]) < 0.05).mean() > 0.9


def test_a_field_of_one_value_and_an_empty_window_are_no_difference():
    assert one([1_000, 0, 0], [100, 0, 0]).p == 1
    assert one([1_000, 500, 0], [0, 0, 0]).p == 1
    assert one([1_000, 0, 0], [100, 0, 0]).psi == 0


def test_a_new_level_is_certain_from_few_requests_on():
    assert one([70_000, 30_000, 0, 0], [343, 147, 10, 0], False).p < 1e-6


def test_p_values_are_the_same_each_time_and_in_the_pairs_order():
    pairs = [Pair(str(seed), REFERENCE, normal_window(200, 0.4, seed), is_number=True) for seed in range(20)]
    pairs[7:7] = [Pair("category", np.array([800, 200, 0, 0]), np.array([150, 50, 0, 0]), is_number=False)]

    found = shifts(pairs, 0.0)

    assert found == shifts(pairs, 0.0)
    assert found[7].psi == shifts(pairs[7:8], 0.0)[0].psi
    assert len(found) == 21
