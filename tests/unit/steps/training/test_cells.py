"""Cells: groups of equal or near values, what they tell out of sample, and who is certain."""

import numpy as np
import pytest

from steps.training.cells import MISSING, Certain, auc_of, cells_of, certain

COIN = np.random.default_rng(1).integers(0, 2, 4_000)


def test_equal_values_share_a_cell_and_a_missing_one_has_its_own():
    cells = cells_of(np.array([5.0, np.nan, 7.0, 5.0, 9.0]))

    assert cells[1] == MISSING
    assert cells[0] == cells[3]
    assert len(set(cells.tolist())) == 4


def test_many_values_are_twentieths_in_their_order():
    values = np.arange(10_000) / 7

    cells = cells_of(values)

    assert (np.diff(cells) >= 0).all()
    _, counts = np.unique(cells, return_counts=True)
    assert sorted(counts)[-20:] == pytest.approx([500] * 20, abs=2)


def test_a_value_that_most_clients_have_is_none_of_the_small_ones():
    amounts = np.where(np.arange(10_000) < 9_700, 0.0, np.arange(10_000) / 7)

    cells = cells_of(amounts)

    assert set(cells[:9_700].tolist()).isdisjoint(cells[9_700:].tolist())


def test_each_level_of_a_category_is_a_cell_however_many_there_are():
    codes = np.arange(3_000.0)

    assert len(np.unique(cells_of(codes, is_category=True))) == 3_000


def test_cells_of_the_outcome_have_an_auc_of_one_and_those_of_chance_a_half():
    assert auc_of(COIN, COIN) == 1
    assert auc_of(1 - COIN, COIN) == 1  # the default rates tell which cell is the worse
    assert auc_of(np.arange(4_000), COIN) == 0.5  # no cell of one half is in the other
    assert auc_of(np.random.default_rng(2).integers(0, 9, 4_000), COIN) == pytest.approx(0.5, abs=0.03)


def test_half_of_the_defaults_told_and_the_rest_unknown_is_an_auc_of_three_quarters():
    told = COIN * (np.random.default_rng(3).random(4_000) < 0.5)

    assert auc_of(told.astype(np.int64), COIN) == pytest.approx(0.75, abs=0.02)


def test_the_certain_are_counted_out_of_sample():
    told = (COIN == 1) & (np.random.default_rng(3).random(4_000) < 0.1)

    first, _ = certain(told.astype(np.int64), COIN)

    assert first == Certain(int(told.sum()), 1.0, pytest.approx(1, abs=0.01))


def test_by_chance_no_one_is_certain():
    cells = np.random.default_rng(4).integers(0, 400, 4_000)  # ten clients each, of whom some have one outcome

    assert all(each.clients < 50 or each.concordance < 0.9 for each in certain(cells, COIN))
