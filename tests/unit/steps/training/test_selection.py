"""Feature selection: the rows that rank the columns, and the columns that remain."""

import lightgbm as lgb
import numpy as np
import pytest

from steps.training.parameters import Parameters
from steps.training.selection import MAX_ROWS, ranking_rows, useful_columns

PARAMS = Parameters().for_lightgbm(4, seed=1, threads=1)


@pytest.fixture
def binned() -> lgb.Dataset:
    """2,000 clients: a constant, a weak and a strong predictor of default, and noise."""
    generator = np.random.default_rng(5)
    weak, strong, noise = generator.standard_normal((3, 2_000))
    target = generator.random(2_000) < 1 / (1 + np.exp(1 - 0.7 * weak - 2 * strong))
    matrix = np.column_stack([np.ones(2_000), weak, strong, noise])
    return lgb.Dataset(matrix, target.astype(float), params=PARAMS).construct()


def test_few_rows_all_rank_the_columns():
    rows = np.arange(0, 100, 3)

    assert ranking_rows(rows, seed=1) is rows


def test_of_many_rows_a_reproducible_sample_in_ascending_order_ranks_the_columns():
    rows = np.arange(0, 3 * MAX_ROWS, 2)

    sample = ranking_rows(rows, seed=1)

    assert len(sample) == MAX_ROWS
    assert (np.diff(sample) > 0).all()
    assert np.isin(sample, rows).all()
    assert (sample == ranking_rows(rows, seed=1)).all()
    assert (sample != ranking_rows(rows, seed=2)).any()


@pytest.mark.parametrize(("limit", "columns"), [(1, [2]), (2, [1, 2]), (4, [1, 2, 3])])
def test_the_columns_with_the_highest_gain_remain_and_one_without_gain_never_does(binned, limit, columns):
    assert useful_columns(binned, PARAMS, limit).tolist() == columns
