"""README's entry points one by one, and a sample of another size."""

import pandas as pd
import pytest

from tests.recipes.following import follow

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("own_policy")
def test_entry_points_one_by_one(shell):
    output, reported = follow(shell, "entry_points")

    assert "is champion" in output or "stays champion" in output
    assert "business score" in output
    assert "credit-scoring/1 on " in reported


def test_a_sample_of_another_size(lender, shell):
    follow(shell, "a_sample")

    assert len(pd.read_parquet(lender / "data" / "sample-50k" / "truth.parquet")) == 500
