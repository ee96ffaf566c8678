"""The bounds of what fields can be hold for every client of the sample."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custom_model.meanings import Meaning
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable, read_feature_table
from steps.tables.home_credit import home_credit
from steps.tables.seven_tables import from_seven_tables


def outside(values: np.ndarray, meaning: Meaning) -> int:
    low = values < (-np.inf if meaning.lowest is None else meaning.lowest)
    high = values > (np.inf if meaning.highest is None else meaning.highest)
    return int(((low | high) & ~np.isin(values, meaning.special)).sum())


def features_of(tables: dict[str, pd.DataFrame], folder: Path) -> FeatureTable:
    for name in home_credit():
        tables[name].to_parquet(folder / f"{name}.parquet")
    return read_feature_table(from_seven_tables(folder, folder / "features.parquet", Engine.duckdb, Settings()))


@pytest.mark.slow
@pytest.mark.parametrize("tables", ["sample", "real"])
def test_every_field_has_a_meaning_whose_bounds_hold_for_every_client(tables, tmp_path, request):
    table = features_of(request.getfixturevalue(tables), tmp_path)
    meanings = table.lineage.meanings
    numbers = [name for name in table.fields if table.frame[name].dtype.kind == "f"]

    found = {name: outside(table.frame[name].to_numpy(), meanings[name]) for name in numbers}

    assert set(meanings) == set(table.fields)
    assert {name: count for name, count in found.items() if count} == {}
    assert sum(meanings[name].lowest is not None for name in numbers) > 0.8 * len(numbers)
