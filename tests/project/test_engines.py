"""DuckDB and Spark, CSV and Parquet: the same feature table."""

import shutil

import pandas as pd
import pytest

from steps.features import Engine, build
from steps.run.settings import Settings
from steps.tables.home_credit import ID, TARGET

pytestmark = pytest.mark.slow


def test_spark_and_duckdb_build_the_same_table(sample_folder, table, tmp_path):
    pytest.importorskip("pyspark", reason="Spark engine: PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Spark engine: no Java on this machine")

    built = build(str(sample_folder), tmp_path / "spark.parquet", Engine.spark, TARGET, ID, Settings())

    pd.testing.assert_frame_equal(pd.read_parquet(built), table.frame, check_exact=True)


def test_features_are_built_from_the_real_csv_sample(real_data, tmp_path, capsys):
    built = build(
        str(real_data / "home_credit_real499_csv"), tmp_path / "csv.parquet", Engine.duckdb, TARGET, ID, Settings()
    )

    frame = pd.read_parquet(built)
    assert len(frame) == 499
    assert "has no bureau_balance: its features stay empty" in capsys.readouterr().out
    assert frame["BALANCE_ROWS_COUNT_ALL"].isna().all()
    assert frame["INSTALMENTS_ROWS_COUNT_ALL"].notna().mean() > 0.9
