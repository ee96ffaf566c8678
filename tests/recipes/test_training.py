"""Training as the documents print it: tuned, on Home Credit's own files, and on those of any lender."""

import numpy as np
import pandas as pd
import pytest

from tests.loans import write_loans
from tests.recipes.copies import copy_project, shell_in, small_sample
from tests.recipes.following import follow

pytestmark = pytest.mark.slow


def test_tuning_and_training_with_what_it_found(shell):
    _, trained = follow(shell, "tuning")

    assert "Created version" in trained


def test_home_credits_own_files(tmp_path):
    folder = copy_project(tmp_path)
    sample = small_sample(folder)
    sample.rename(folder / "data" / "home-credit")
    shell = shell_in(folder)

    (output,) = follow(shell, "home_credits_files")

    assert "is champion" in output


def test_a_lenders_file_is_described_and_trained_on_by_its_description(tmp_path):
    folder = copy_project(tmp_path)
    write_loans(folder / "loans.csv")

    described, trained = follow(shell_in(folder), "a_described_file")

    assert "kept aside without an outcome: 386" in described
    assert "held out: the latest 21% by issue_d, from 2016-08-01 on" in trained
    assert "charged_off_on" in trained
    assert "is champion" in trained


def test_a_lenders_flat_file(tmp_path):
    folder = copy_project(tmp_path)
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
