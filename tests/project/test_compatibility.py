"""Another lender's table under a model's name: refused before the training, with the remedy."""

import pytest
from mlflow import MlflowClient

from steps.promote import promote
from steps.registry.compatibility import check_same_lender
from steps.run.console import UserError
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.train import train
from tests.unit.steps.lender import POLICY, lender_table

pytestmark = pytest.mark.slow

NAME = "one-lender"


@pytest.fixture(scope="module")
def lender():
    lenient = POLICY.model_copy(update={"most_won_by_omission": 0.999})  # no field is required but the policy's own
    return train(lender_table(), NAME, Settings(), lenient, '{"rounds": 20, "patience": 20}')


def changed(**names: str) -> FeatureTable:
    """The lender's table with other names of its columns."""
    table = lender_table()
    lineage = table.lineage.model_copy(update={"id": names.get(table.lineage.id, table.lineage.id)})
    return FeatureTable(table.frame.rename(columns=names), lineage, table.path, {"data": "other.csv"})


def test_the_same_lenders_table_passes_with_a_column_more_or_less(lender):
    less = lender_table()
    less.frame = less.frame.drop(columns="job").assign(more=1.0)

    check_same_lender(less, NAME)


def test_a_model_without_versions_takes_any_table():
    check_same_lender(lender_table(), "no-version-yet")


@pytest.mark.parametrize(
    ("table", "difference"),
    [
        (changed(client="ID"), "whose id is client, not ID"),
        (changed(income="salary"), "which requires income"),
        (changed(age="a", past_loans="b", sex="c", job="d"), "which has 5 fields, and this data 1 of them"),
        (lender_table(job=[1.0] * 600), "whose type of job is another"),
    ],
    ids=["id", "required", "fields", "type"],
)
def test_another_lenders_table_stops_before_the_training_and_registers_nothing(lender, table, difference):
    with pytest.raises(UserError, match="model_name: one-lender version 1 is of other data, ") as error:
        train(table, NAME, Settings(), POLICY)

    assert difference in str(error.value)
    assert "train this data under another name, such as model_name=" in str(error.value)
    assert len(MlflowClient().search_model_versions(f"name = '{NAME}'")) == 1


def test_the_error_suggests_the_name_of_the_data(lender, tmp_path):
    (tmp_path / "other.csv").write_bytes(b"")
    table = changed(client="ID")
    table.parameters["data"] = str(tmp_path / "other.csv")

    with pytest.raises(UserError, match=r"such as model_name=other$"):
        check_same_lender(table, NAME)


def test_a_promotion_with_another_lenders_table_says_so(lender):
    with pytest.raises(UserError, match="one-lender version 1 is of other data"):
        promote(changed(client="ID"), NAME, Settings(), POLICY)
