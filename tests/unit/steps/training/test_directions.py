"""The features with which the risk moves one way: by policy.yaml, by a description, and by what derives from both."""

import numpy as np
import pandas as pd
import pytest

from custom_model.meanings import Meaning
from steps.run.console import UserError
from steps.tables.aggregation import history_meanings
from steps.tables.feature_table import FeatureTable
from steps.training.clients import report_directions
from steps.training.data import TrainingData, training_data
from steps.training.directions import columns_of_history
from steps.training.policy_fields import check_policy_fields, report_lacking
from tests.unit.steps.lender import POLICY, lender_table

ALL = np.ones(600, bool)
SCORES = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
GENERATOR = np.random.default_rng(4)
SCORED = {
    **{name: GENERATOR.random(600) for name in SCORES},
    "AMT_CREDIT": GENERATOR.uniform(1_000, 9_000, 600),
    "AMT_ANNUITY": GENERATOR.uniform(100, 900, 600),
    "DAYS_BIRTH": -GENERATOR.uniform(8_000, 20_000, 600),
}


def learned(monotonic: dict[str, str], described: dict[str, str] | None = None, **columns: object) -> TrainingData:
    """The training data under this `monotonic`, and a description with these directions."""
    policy = POLICY.model_copy(update={"monotonic": monotonic})
    return training_data(described_table(described or {}, **columns), ALL, policy)


def described_table(directions: dict[str, str], **columns: object) -> FeatureTable:
    table = lender_table(**columns)
    return FeatureTable(table.frame, table.lineage.model_copy(update={"directions": directions}), table.path)


def test_a_direction_of_the_policy_is_added_to_those_of_the_description():
    data = learned({"age": "increasing"}, {"income": "decreasing", "age": "increasing"})

    assert data.directions == {"age": 1, "income": -1}


def test_a_contradiction_between_policy_and_description_is_an_error():
    with pytest.raises(UserError) as error:
        learned({"age": "increasing"}, {"age": "decreasing"})

    assert str(error.value) == (
        "policy.yaml: monotonic: age is increasing, and age is decreasing in the description of lender.parquet: make "
        "them agree"
    )


def test_derived_features_have_the_direction_that_follows():
    data = learned(dict.fromkeys(SCORES, "decreasing"), **SCORED)

    assert data.directions == {
        **dict.fromkeys(SCORES, -1),
        **{f"EXT_SOURCE_{name}": -1 for name in ("MEAN", "MIN", "MAX", "PRODUCT", "WEIGHTED")},
        # The lower the scores, the higher the ratio to them.
        **{f"{name}_BY_EXT_SOURCE": 1 for name in ("CREDIT", "ANNUITY", "AGE")},
    }


def test_a_derived_feature_that_moves_both_ways_is_left_out_of_the_model_with_the_reason():
    data = learned({"EXT_SOURCE_1": "decreasing"}, **SCORED)

    assert "EXT_SOURCE_STD" not in data.features.names
    assert data.matrix.shape == (600, len(data.features.names))
    assert data.undirected == {"EXT_SOURCE_STD": "left out: it can rise and fall as EXT_SOURCE_1 grows"}
    assert "EXT_SOURCE_KNOWN" in data.features.names  # no value of a score changes how many there are


def test_a_derived_feature_between_two_directions_is_left_out():
    # A ratio of age to scores: young clients and low scores are both a risk, and the ratio is low for the former.
    data = learned({**dict.fromkeys(SCORES, "decreasing"), "DAYS_BIRTH": "increasing"}, **SCORED)

    assert "AGE_BY_EXT_SOURCE" not in data.features.names
    assert data.undirected["AGE_BY_EXT_SOURCE"] == (
        "left out: EXT_SOURCE_1 makes it a higher risk and DAYS_BIRTH a lower one as it grows"
    )


def test_without_directions_every_feature_stays():
    data = learned({}, **SCORED)

    assert data.directions == {}
    assert "EXT_SOURCE_STD" in data.features.names


def test_an_excluded_field_has_no_direction():
    policy = POLICY.model_copy(update={"monotonic": {"age": "increasing"}, "excluded_fields": ("age",)})

    assert training_data(lender_table(), ALL, policy).directions == {}


def history(column: str) -> dict[str, np.ndarray]:
    return {feature.name: np.arange(600.0) for feature in columns_of_history()[column]}


def test_a_column_of_past_loans_stands_for_its_figures_but_for_changes_and_comparisons():
    data = learned({"INSTALMENTS_IS_LATE": "increasing"}, **history("INSTALMENTS_IS_LATE"))

    assert data.directions["INSTALMENTS_IS_LATE_MEAN_D90"] == 1
    assert data.directions["INSTALMENTS_IS_LATE_SUM_ALL"] == 1
    assert set(data.undirected) == {
        "INSTALMENTS_IS_LATE_SLOPE_D1000",
        "INSTALMENTS_IS_LATE_MEAN_D90_TO_D365",
        "INSTALMENTS_IS_LATE_MEAN_D180_TO_D1000",
    }
    assert set(data.undirected) <= set(data.features.names)  # learned freely
    assert set(data.directions) | set(data.undirected) == set(history("INSTALMENTS_IS_LATE"))


def test_the_figures_of_another_column_with_a_longer_name_are_not_meant():
    columns = history("POS_IS_LATE") | history("POS_IS_LATE_TOLERANT")

    directions = learned({"POS_IS_LATE": "increasing"}, **columns).directions

    assert "POS_IS_LATE_MEAN_ALL" in directions
    assert not [name for name in directions if "TOLERANT" in name]


def test_a_single_figure_may_have_a_direction_of_its_own():
    name = "INSTALMENTS_IS_LATE_SLOPE_D1000"

    data = learned({name: "increasing"}, **history("INSTALMENTS_IS_LATE"))

    assert data.directions == {name: 1}
    assert data.undirected == {}


def test_two_entries_that_contradict_each_other_are_an_error():
    entries = {"INSTALMENTS_IS_LATE_MEAN_ALL": "decreasing", "INSTALMENTS_IS_LATE": "increasing"}

    with pytest.raises(UserError, match="another entry says the contrary of INSTALMENTS_IS_LATE_MEAN_ALL"):
        learned(entries, **history("INSTALMENTS_IS_LATE"))


def test_a_text_has_no_direction():
    with pytest.raises(UserError, match=r"monotonic: expected numeric fields of lender\.parquet, got job"):
        learned({"job": "increasing"})


def test_a_field_with_a_value_that_is_no_quantity_has_no_direction():
    table = lender_table(DAYS_EMPLOYED=-GENERATOR.uniform(1, 9_000, 600))
    special = Meaning(description="First day in the job.", topic="EMPLOYMENT", special=(365243,))
    table.lineage = table.lineage.model_copy(update={"meanings": {"DAYS_EMPLOYED": special}})

    with pytest.raises(UserError, match=r"DAYS_EMPLOYED has a value that is no quantity \(365243\)"):
        training_data(table, ALL, POLICY.model_copy(update={"monotonic": {"DAYS_EMPLOYED": "increasing"}}))


@pytest.mark.parametrize(
    ("name", "guess"),
    [("incom", "income"), ("EXT_SOURCE_9", "EXT_SOURCE_"), ("INSTALMENTS_DAYS_LAT", "INSTALMENTS_DAYS_LATE")],
)
def test_a_misspelt_direction_is_an_error_with_the_nearest_name(name, guess):
    with pytest.raises(UserError, match=rf"monotonic: no field {name} .*did you mean {guess}"):
        check_policy_fields(POLICY.model_copy(update={"monotonic": {name: "increasing"}}), lender_table())


def test_directions_of_fields_that_this_data_lacks_are_reported_the_first_five_by_name(capsys):
    entries = {
        "age": "increasing",
        **dict.fromkeys((*SCORES, "BALANCE_WORST", "POS_SK_DPD", "CARD_SK_DPD"), "decreasing"),
    }

    report_lacking(POLICY.model_copy(update={"monotonic": entries}), lender_table())

    assert capsys.readouterr().out.endswith(
        "monotonic EXT_SOURCE_1, EXT_SOURCE_2, EXT_SOURCE_3, BALANCE_WORST, POS_SK_DPD and 1 more\n"
    )


def test_what_became_of_each_direction_is_one_line_and_an_artifact(monkeypatch, capsys):
    logged = {}
    monkeypatch.setattr("mlflow.log_dict", lambda content, name: logged.update({name: content}))
    data = learned({"EXT_SOURCE_1": "decreasing"}, **SCORED)

    report_directions(data)

    assert capsys.readouterr().out == (
        "  risk moves one way with 9 features; left out for it: EXT_SOURCE_STD. Details: features/directions.json\n"
    )
    (content,) = logged.values()
    assert content["directions"]["EXT_SOURCE_1"] == "decreasing"
    assert content["directions"]["CREDIT_BY_EXT_SOURCE"] == "increasing"
    assert list(content["undirected"]) == ["EXT_SOURCE_STD"]


def test_every_history_feature_belongs_to_one_column():
    names = [feature.name for features in columns_of_history().values() for feature in features]

    assert pd.Index(names).is_unique
    assert set(names) == set(history_meanings())
