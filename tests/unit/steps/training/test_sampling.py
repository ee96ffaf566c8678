"""The sample of training clients: stratified, reproducible, outside the holdout."""

import numpy as np
import pytest

from steps.run.console import UserError
from steps.run.settings import Settings
from steps.training.data import training_rows
from steps.training.sampling import sampled_rows
from tests.unit.steps.lender import lender_table

SETTINGS = Settings(seed=1)
TABLE = lender_table(2_000)


@pytest.mark.parametrize("clients", [0, 10_000])
def test_none_asked_for_or_more_than_there_are_means_all_training_clients(clients):
    assert (sampled_rows(TABLE, clients, SETTINGS) == training_rows(TABLE, Settings().holdout_percent)).all()


def test_as_many_as_asked_for_are_drawn_with_the_same_default_rate_and_none_is_held_out():
    training = training_rows(TABLE, Settings().holdout_percent)

    rows = sampled_rows(TABLE, 400, SETTINGS)

    assert rows.sum() == 400
    assert not (rows & ~training).any()
    assert TABLE.frame.loc[rows, "bad"].mean() == pytest.approx(TABLE.frame.loc[training, "bad"].mean(), abs=0.5 / 400)


def test_a_seed_draws_the_same_clients_again_and_another_seed_others():
    first, again, other = (sampled_rows(TABLE, 400, Settings(seed=seed)) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_one_client_is_too_few():
    with pytest.raises(UserError, match="clients: 1 are too few"):
        sampled_rows(TABLE, 1, SETTINGS)


def test_the_rows_are_those_of_the_table_in_order():
    assert sampled_rows(TABLE, 400, SETTINGS).shape == (len(TABLE.frame),)
    assert sampled_rows(TABLE, 400, SETTINGS).dtype == np.bool_
