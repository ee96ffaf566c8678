"""README's entry points one by one, another policy, and a sample of another size."""

import re

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


@pytest.mark.usefixtures("own_policy")
def test_another_policy(shell):
    changed, promoted = follow(shell, "another_policy")

    assert "credit-scoring version 1 has this policy already: no new version" in changed
    # Of the latest version, which is the champion already where no other test has trained one.
    assert re.search(r"is champion|stays champion|is the champion already", promoted)


def test_a_portfolio_is_scored_put_on_record_and_scored_by_spark(lender, shell):
    printed, *_ = follow(shell, "portfolio")

    # The champion, which the tests before may have made another version.
    assert re.search(r"models:/credit-scoring/\d+ decided ", printed)
    scored, on_record, by_spark = (
        pd.read_parquet(lender / "data" / f"{name}.parquet") for name in ("portfolio", "recorded", "by-spark")
    )
    assert {"granted", "refused"} <= set(scored["decision"])
    assert scored["decision"].equals(on_record["decision"])
    assert scored["probability_of_default"].equals(by_spark["probability_of_default"])
    assert on_record["recorded"].equals(on_record["decision"].notna())
    assert not by_spark["recorded"].any()  # the variable of the log is set, and nobody asked for a record


def test_a_sample_of_another_size(lender, shell):
    follow(shell, "a_sample")

    assert len(pd.read_parquet(lender / "data" / "sample-50k" / "truth.parquet")) == 500
