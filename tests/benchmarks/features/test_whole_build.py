"""A part of the sample: some clients with their whole history."""

import pandas as pd
import pytest

from benchmarks.features.whole_build import part_of, row_count
from steps.tables.home_credit import ID, home_credit


def test_a_part_has_its_clients_with_their_whole_history(sample_folder, tmp_path):
    part = part_of(sample_folder, 10, tmp_path, "parquet")

    clients = pd.read_parquet(part / "application_train.parquet")[ID]
    assert row_count(part / "application_train.parquet") == len(clients) == pytest.approx(250, abs=50)
    loans = pd.read_parquet(part / "bureau.parquet")
    assert set(pd.read_parquet(part / "bureau_balance.parquet")["SK_ID_BUREAU"]) <= set(loans["SK_ID_BUREAU"])
    for name in home_credit():
        whole, own = (pd.read_parquet(folder / f"{name}.parquet") for folder in (sample_folder, part))
        key, known = ("SK_ID_BUREAU", loans["SK_ID_BUREAU"]) if name == "bureau_balance" else (ID, clients)
        assert len(own) == whole[key].isin(known).sum() > 0
