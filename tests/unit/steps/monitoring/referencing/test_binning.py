"""Bins made of a reference: equally many clients in each, masses apart, and no client's own value as a bound."""

import numpy as np
import pyarrow as pa
import pytest

from steps.monitoring.referencing.binning import LEAST_CLIENTS, MOST_LEVELS, QUANTILES, category_bins, number_bins

NORMAL = np.random.default_rng(3).normal(500_000, 200_000, 40_000)


def test_a_continuous_number_has_twenty_bins_of_equally_many_clients():
    counts = number_bins(NORMAL).counts(NORMAL)

    assert len(counts) == QUANTILES + 1  # and that of missing values
    assert np.abs(counts[:-1] / len(NORMAL) - 1 / QUANTILES).max() < 0.002


def test_bounds_have_few_digits_and_are_no_clients_value():
    edges = np.array(number_bins(NORMAL).edges)

    assert not np.isin(edges, NORMAL).any()
    mantissas = np.frexp(edges)[0] * 2**16
    assert (mantissas == np.rint(mantissas)).all()


def test_a_value_that_many_have_is_in_a_bin_of_its_own():
    days = np.where(np.arange(40_000) % 5 == 0, 365_243.0, -np.abs(NORMAL) / 100)

    bins = number_bins(days)

    code = bins.codes(np.array([365_243.0]))[0]
    assert bins.counts(days)[code] == 8_000
    assert bins.codes(np.array([365_242.0, 365_244.0])).tolist() == [code - 1, code + 1]


def test_a_value_of_nearly_all_leaves_bins_for_the_others():
    late = np.where(np.arange(40_000) % 10 == 0, np.abs(NORMAL), 0.0)

    counts = number_bins(late).counts(late)

    assert 36_000 in counts
    assert sorted(counts[counts > 0])[:2] == pytest.approx([2_000, 2_000], abs=50)  # 20 bins' tenth: two


def test_a_number_of_few_values_has_a_bin_for_each_and_one_on_either_side():
    bins = number_bins(np.array([0.0, 1.0, 1.0, np.nan, 3.0]))

    assert bins.counts(np.array([0.0, 1.0, 1.0, np.nan, 3.0])).tolist() == [0, 1, 2, 1, 0, 1]
    assert bins.codes(np.array([-1.0, 3.5])).tolist() == [0, 4]


@pytest.mark.parametrize("values", [np.full(50, np.nan), np.full(50, 7.0), np.arange(50) + 1e9, np.arange(50) * -1e-9])
def test_bounds_ascend_whatever_the_values(values):
    edges = np.array(number_bins(values).edges)

    assert (np.diff(edges) > 0).all()
    assert number_bins(values).counts(values).sum() == 50


def test_numbers_close_together_and_far_from_zero_are_told_apart():
    days = 17_000 + np.random.default_rng(1).integers(0, 100, 10_000).astype(float)

    counts = number_bins(days).counts(days)[:-1]

    assert counts.max() < 800


def test_a_bound_that_is_asked_for_is_among_the_others():
    bins = number_bins(NORMAL, 200, [1 / 11])

    assert 1 / 11 in bins.edges


def test_a_category_has_the_levels_of_the_contract_and_others_of_more_than_a_few_clients():
    texts = pa.array(["b", "rare", None, "own"] * 4 + ["rare"])

    bins = category_bins(texts, ("a", "b"))

    assert bins.levels == ("a", "b", "rare")
    assert bins.counts(texts).tolist() == [0, 4, 5, 4, 4]


def test_a_category_of_very_many_levels_keeps_the_most_frequent():
    texts = [f"town {place}" for place in range(3 * MOST_LEVELS)] * LEAST_CLIENTS + ["town 7"] * 3

    bins = category_bins(pa.array(texts), ("town 599",))

    assert len(bins.levels) == MOST_LEVELS
    assert {"town 7", "town 599"} <= set(bins.levels)
    assert bins.counts(pa.array(texts))[bins.other] == 2 * MOST_LEVELS * LEAST_CLIENTS
