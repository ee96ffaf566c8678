"""What the tests of the steps share."""

from pathlib import Path

import pandas as pd
import pytest

from steps.features import Engine, build
from steps.tables import ID, TARGET
from tests.unit.steps.hand_made import TINY, raw_table, write_table


@pytest.fixture(scope="session")
def tiny_parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feature table of the hand-made tables, built from Parquet."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, rows in TINY.items():
        write_table(raw_table(name, rows), folder / f"{name}.parquet")
    return build(str(folder), folder / "out" / "features.parquet", Engine.duckdb, TARGET, ID)


@pytest.fixture(scope="session")
def tiny(tiny_parquet: Path) -> pd.DataFrame:
    """The same in memory, by client."""
    return pd.read_parquet(tiny_parquet).set_index(ID)
