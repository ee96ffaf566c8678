"""The contest is fair: this project and pandas give the same features of the instalments."""

import pandas as pd
import pytest

from benchmarks.features.instalments import SUBSETS, check_agreement, subset, with_pandas, with_project
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.aggregation import features_of
from steps.tables.recipes import RECIPES

pytestmark = pytest.mark.slow  # computes the features twice


def test_both_ways_give_the_same_values(sample_folder, tmp_path):
    file = sample_folder / "installments_payments.parquet"

    with_project(file, "all of the table", tmp_path / "project.parquet", Settings())
    with_pandas(file, "all of the table", tmp_path / "pandas.parquet")

    one, other = pd.read_parquet(tmp_path / "project.parquet"), pd.read_parquet(tmp_path / "pandas.parquet")
    check_agreement(one, other)
    assert list(one) == [name for name, *_ in features_of(RECIPES["installments_payments"])]
    assert len(one) > 2_000
    assert one.notna().any().all()


def test_a_difference_is_an_error():
    one = pd.DataFrame({"A": [1.0, None], "B": [1.0, 2.0]})

    with pytest.raises(UserError, match="this project and pandas disagree on B"):
        check_agreement(one, one.assign(B=[1.0, 2.001]))
    with pytest.raises(UserError, match="other clients or features"):
        check_agreement(one, one[["A"]])


def test_the_subsets_are_the_table_without_and_with_slopes():
    without, whole = ([name for name, *_ in features_of(subset(name))] for name in SUBSETS)

    assert set(whole) - set(without) == {name for name in whole if "_SLOPE_" in name} != set()
