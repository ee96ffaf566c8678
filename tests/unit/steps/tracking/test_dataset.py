"""The dataset: a digest of every value, and the schema of the table."""

from pathlib import Path

import numpy as np
import pytest

from steps.tracking.dataset import FeatureTableDataset
from tests.unit.steps.lender import lender_table

ALL = np.ones(600, bool)


def test_the_same_rows_have_the_same_digest():
    first, second = (FeatureTableDataset(lender_table(), ALL) for _ in range(2))

    assert first.digest == second.digest
    assert len(first.digest) == 8
    assert int(first.digest, 16) >= 0


@pytest.mark.parametrize(
    ("column", "value"), [("bad", 1), ("income", 1.0), ("job", "pilot"), ("job", None), ("past_loans", np.nan)]
)
def test_one_value_in_the_last_row_changes_the_digest(column, value):
    table, changed = lender_table(), lender_table()
    table.frame.loc[599, ["bad", "job", "past_loans"]] = [0, "cook", 3.0]
    changed.frame.loc[599, ["bad", "job", "past_loans"]] = [0, "cook", 3.0]
    changed.frame.loc[599, column] = value

    assert FeatureTableDataset(table, ALL).digest != FeatureTableDataset(changed, ALL).digest


def test_other_rows_and_other_names_have_other_digests():
    table, renamed = lender_table(), lender_table()
    renamed.frame = renamed.frame.rename(columns={"age": "years"})

    digests = {
        FeatureTableDataset(table, ALL).digest,
        FeatureTableDataset(table, np.arange(600) > 0).digest,
        FeatureTableDataset(renamed, ALL).digest,
    }

    assert len(digests) == 3


def test_schema_profile_target_and_source_are_the_tables():
    dataset = FeatureTableDataset(lender_table(), np.arange(600) < 100)

    kinds = {column.name: (column.type.name, column.required) for column in dataset.schema.inputs}
    assert kinds["client"] == ("long", True)
    assert kinds["income"] == ("double", True)
    assert kinds["past_loans"] == ("double", False)
    assert kinds["job"] == ("string", False)
    assert dataset.profile["num_rows"] == 100
    assert dataset.to_dict()["name"] == "lender"
    assert "lender.parquet" in dataset.to_dict()["source"]


@pytest.mark.parametrize("name", ["lender:2024.parquet", "s3:lender.parquet", "o'neill.parquet", "a#b?%20.parquet"])
def test_a_relative_path_is_no_uri_whatever_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = lender_table()
    table.path = Path(name)

    assert FeatureTableDataset(table, ALL).source.to_dict()["uri"] == str(tmp_path / name)
