"""Bins: where each value is counted, and coarser bins that are the same for whoever has the bins."""

import numpy as np
import pyarrow as pa
import pytest

from steps.monitoring.bins import MOST_COARSE, Bins


def test_a_value_is_in_the_bin_from_its_edge_on():
    bins = Bins((0.0, 5.0))

    assert bins.codes(np.array([-1.0, 0.0, 4.9, 5.0, np.inf, np.nan])).tolist() == [0, 1, 1, 2, 2, 3]
    assert bins.counts(np.array([-1.0, 0.0, 4.9, 5.0, np.inf, np.nan])).tolist() == [1, 2, 2, 1]


def test_levels_have_a_bin_each_others_one_and_missing_ones_the_last():
    bins = Bins(None, ("blue", "red"))

    column = pa.array(["red", "green", None, "blue", "red"])

    assert bins.codes(column).tolist() == [1, 2, 3, 0, 1]
    assert bins.counts(column).tolist() == [1, 2, 1, 1]
    assert bins.counts(pa.array([], pa.string())).tolist() == [0, 0, 0, 0]


def test_a_field_that_is_never_known_has_a_bin_for_the_day_it_is():
    assert Bins(()).counts(np.array([np.nan, 3.0])).tolist() == [1, 1]


@pytest.mark.parametrize("bins", [Bins(tuple(map(float, range(n)))) for n in (0, 1, 7, 8, 9, 20, 41)])
def test_coarse_bins_of_a_number_merge_neighbours_and_keep_missing_values_apart(bins):
    assert bins.coarse_size == min(bins.size, MOST_COARSE)
    assert (np.diff(bins.coarse) >= 0).all()
    assert (bins.coarse == bins.coarse[bins.missing]).sum() == 1
    merged = np.bincount(bins.coarse)
    assert merged[:-1].max() - merged[:-1].min() <= 1


@pytest.mark.parametrize("levels", [0, 1, 8, 9, 58])
def test_coarse_bins_of_a_category_keep_other_levels_apart(levels):
    bins = Bins(None, tuple(map(str, range(levels))))

    assert bins.coarse_size == min(bins.size, MOST_COARSE)
    assert bins.other is not None
    assert (bins.coarse == bins.coarse[bins.other]).sum() == 1


def test_coarse_counts_are_sums_of_counts():
    bins = Bins(tuple(map(float, range(20))))  # 21 bins and missing values

    assert bins.in_coarse(np.ones(bins.size, int)).tolist() == [3, 2, 2, 3, 2, 2, 3, 2, 2, 1]
