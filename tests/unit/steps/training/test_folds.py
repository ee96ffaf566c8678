"""Folds: a partition of the clients, stratified and reproducible."""

import numpy as np
import pytest

from steps.training.folds import stratified_folds

TARGET = (np.arange(103) % 10 == 0).astype(int)  # 11 defaults


def test_every_client_validates_exactly_one_fold_and_trains_the_others():
    folds = stratified_folds(TARGET, 5, seed=1)

    assert sorted(np.concatenate([validation for _, validation in folds])) == list(range(103))
    assert all(sorted([*train, *validation]) == list(range(103)) for train, validation in folds)


def test_defaults_are_spread_evenly():
    defaults = [TARGET[validation].sum() for _, validation in stratified_folds(TARGET, 5, seed=1)]

    assert sorted(defaults) == [2, 2, 2, 2, 3]


@pytest.mark.parametrize(("seed", "same"), [(1, True), (2, False)])
def test_the_seed_decides_the_folds(seed, same):
    pairs = zip(stratified_folds(TARGET, 5, seed=1), stratified_folds(TARGET, 5, seed=seed), strict=True)

    assert all(np.array_equal(first[1], second[1]) for first, second in pairs) is same
