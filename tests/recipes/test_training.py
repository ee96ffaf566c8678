"""Training as the documents print it: tuned, and on a lender's flat file."""

import numpy as np
import pandas as pd
import pytest

from tests.recipes.copies import copy_project, shell_in
from tests.recipes.following import follow

pytestmark = pytest.mark.slow


def test_tuning_and_training_with_what_it_found(shell):
    _, trained = follow(shell, "tuning")

    assert "Created version" in trained


def test_a_lenders_flat_file(tmp_path, prepared):
    folder = copy_project(tmp_path, prepared)
    chance = np.random.default_rng(0)
    limit, late = chance.lognormal(11, 1, 4_000), chance.poisson(0.7, 4_000)
    risk = 1 / (1 + np.exp(2.5 - late + 0.1 * (limit > 60_000)))
    pd.DataFrame(
        {
            "ID": np.arange(1, 4_001),
            "LIMIT_BAL": limit.round(),
            "PAY_0": late,
            "EDUCATION": chance.choice(["school", "university"], 4_000),
            "default.payment.next.month": (chance.random(4_000) < risk).astype(int),
        }
    ).to_csv(folder / "clients.csv", index=False)

    (output,) = follow(shell_in(folder), "a_flat_file")

    assert "is champion" in output
    assert "decided by" in output
