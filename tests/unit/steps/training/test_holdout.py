"""The holdout: the same clients in every table."""

import numpy as np
import pandas as pd
import pytest

from steps.training.holdout import is_holdout

IDS = pd.Series(range(100_000, 120_000))


def test_a_fifth_of_the_clients_is_held_out():
    # 20,000 draws of 0.2: four standard deviations are 0.011.
    assert is_holdout(IDS, 20).mean() == pytest.approx(0.2, abs=0.012)


def test_a_client_stays_on_its_side_when_the_table_grows_or_is_shuffled():
    on_holdout = dict(zip(IDS, is_holdout(IDS, 20), strict=True))
    shuffled = pd.concat([IDS, pd.Series(range(500_000, 510_000))]).sample(frac=1, random_state=0)

    later = dict(zip(shuffled, is_holdout(shuffled, 20), strict=True))

    assert all(later[client] == side for client, side in on_holdout.items())


def test_an_id_is_on_the_same_side_as_number_and_as_text():
    assert (is_holdout(IDS, 20) == is_holdout(IDS.astype(str), 20)).all()


def test_a_larger_holdout_holds_the_smaller_one():
    smaller, larger = is_holdout(IDS, 20), is_holdout(IDS, 30)

    assert (larger | ~smaller).all()
    assert larger.sum() > smaller.sum()


def test_neighbouring_ids_are_held_out_independently():
    on_holdout = is_holdout(IDS, 50).astype(float)

    assert abs(np.corrcoef(on_holdout[:-1], on_holdout[1:])[0, 1]) < 0.03


def test_the_clients_held_out_are_those_of_every_release():
    # Another hash or key would let new models train on the holdout of old ones.
    assert IDS[is_holdout(IDS, 20)].head(3).tolist() == [100_003, 100_006, 100_011]


def test_nobody_is_held_out_of_an_empty_table():
    assert is_holdout(pd.Series([], dtype=int), 20).tolist() == []
