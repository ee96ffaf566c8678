"""Fixtures of the tests of the steps."""

from pathlib import Path

import pandas as pd
import pytest

from steps.features import Engine, build
from steps.run.settings import Settings
from steps.tables.home_credit import ID, TARGET
from tests.unit.steps.raw_tables import raw_tables, write_table


@pytest.fixture(scope="session")
def raw() -> dict[str, pd.DataFrame]:
    """The raw tables of 43 clients."""
    return raw_tables()


@pytest.fixture(scope="session")
def tiny_parquet(raw: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their feature table, built from Parquet."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, table in raw.items():
        write_table(table, folder / f"{name}.parquet")
    return build(str(folder), folder / "out" / "features.parquet", Engine.duckdb, TARGET, ID, Settings())


@pytest.fixture(scope="session")
def tiny(tiny_parquet: Path) -> pd.DataFrame:
    """The same table in memory, by client."""
    return pd.read_parquet(tiny_parquet).set_index(ID)
