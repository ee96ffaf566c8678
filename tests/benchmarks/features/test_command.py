"""What is measured side by side is the same: the features of the instalments, here and in pandas."""

import pandas as pd
import pytest

from benchmarks.features.__main__ import SUBSETS, _agree, cost_of, ours, pandas, part_of, subset
from steps.run.console import UserError
from steps.tables.aggregation import features_of
from steps.tables.home_credit import ID, home_credit
from steps.tables.recipes import RECIPES


def held(gigabytes: float) -> None:
    assert bytearray(int(gigabytes * 2**30)).count(1) == 0


def test_both_ways_give_the_same_values(sample_folder, tmp_path):
    file = sample_folder / "installments_payments.parquet"

    ours(file, "all of the table", tmp_path / "ours.parquet")
    pandas(file, "all of the table", tmp_path / "pandas.parquet")

    one, other = pd.read_parquet(tmp_path / "ours.parquet"), pd.read_parquet(tmp_path / "pandas.parquet")
    _agree(one, other)
    assert list(one) == [name for name, *_ in features_of(RECIPES["installments_payments"])]
    assert len(one) > 2_000
    assert one.notna().any().all()


def test_a_difference_is_told():
    one = pd.DataFrame({"A": [1.0, None], "B": [1.0, 2.0]})

    with pytest.raises(UserError, match="the two ways disagree on B"):
        _agree(one, one.assign(B=[1.0, 2.001]))
    with pytest.raises(UserError, match="other clients or features"):
        _agree(one, one[["A"]])


def test_the_subsets_are_the_table_without_and_with_slopes():
    without, whole = ([name for name, *_ in features_of(subset(name))] for name in SUBSETS)

    assert set(whole) - set(without) == {name for name in whole if "_SLOPE_" in name} != set()


def test_a_part_has_its_clients_with_their_whole_history(sample_folder, tmp_path):
    part = part_of(sample_folder, 10, tmp_path, "parquet")

    clients = pd.read_parquet(part / "application_train.parquet")[ID]
    assert len(clients) == pytest.approx(250, abs=50)
    loans = pd.read_parquet(part / "bureau.parquet")
    assert set(pd.read_parquet(part / "bureau_balance.parquet")["SK_ID_BUREAU"]) <= set(loans["SK_ID_BUREAU"])
    for name in home_credit():
        whole, own = (pd.read_parquet(folder / f"{name}.parquet") for folder in (sample_folder, part))
        key, known = ("SK_ID_BUREAU", loans["SK_ID_BUREAU"]) if name == "bureau_balance" else (ID, clients)
        assert len(own) == whole[key].isin(known).sum() > 0


@pytest.mark.slow
def test_memory_is_that_of_the_work_and_not_of_the_process_that_asks():
    mine = bytearray(b"1") * 2**30

    small, large = cost_of(held, 0.01).memory, cost_of(held, 0.5).memory

    assert len(mine) == 2**30
    assert small < 0.9
    assert 0.45 < large - small < 0.55
