"""Contract, matrix and target of a feature table."""

import numpy as np
import pandas as pd
import pytest

from custom_model.applications import validate
from custom_model.meanings import Meaning
from steps.run.console import UserError
from steps.tables.feature_table import FeatureTable
from steps.training.data import contract_of, training_data, typical_application
from tests.unit.steps.lender import POLICY, lender_table

ALL = np.ones(600, bool)


def test_the_contract_has_the_tables_fields_by_kind():
    contract = contract_of(lender_table(), ALL, POLICY)

    assert contract.id == "client"
    assert contract.numeric == ("income", "age", "past_loans")
    assert contract.categories == {"sex": ("f", "m"), "job": ("cook", "nurse")}
    assert contract.required == ("income",)
    assert contract.history == ("past_loans",)


def test_levels_are_those_of_the_training_clients_alone():
    job = np.array(["cook"] * 500 + ["spy"] * 100, dtype=object)
    rows = np.arange(600) < 500

    assert contract_of(lender_table(job=job), rows, POLICY).categories["job"] == ("cook",)


@pytest.mark.parametrize(("ids", "is_text"), [(np.arange(600), False), ([f"c-{n}" for n in range(600)], True)])
def test_ids_are_text_where_the_tables_are(ids, is_text):
    assert contract_of(lender_table(client=ids), ALL, POLICY).id_is_text is is_text


def test_a_required_field_that_this_data_lacks_is_not_required():
    policy = POLICY.model_copy(update={"required_fields": ("AMT_CREDIT", "income", "DAYS_BIRTH")})

    contract = contract_of(lender_table(), ALL, policy)

    assert contract.required == ("income",)


def test_nothing_is_said_where_all_required_fields_are_there(capsys):
    contract_of(lender_table(), ALL, POLICY)

    assert capsys.readouterr().out == ""


def test_excluded_fields_are_in_the_contract_and_in_no_feature():
    policy = POLICY.model_copy(update={"excluded_fields": ("sex", "age")})

    data = training_data(lender_table(), ALL, policy)

    assert {"sex", "age"} <= set(data.contract.fields)
    assert data.features.names == ["income", "past_loans", "job"]
    assert data.matrix.shape == (600, 3)


def test_a_policy_that_leaves_nothing_to_learn_from_is_an_error():
    everything = ("income", "age", "past_loans", "sex", "job")

    with pytest.raises(UserError, match="excluded_fields leave no feature"):
        training_data(lender_table(), ALL, POLICY.model_copy(update={"excluded_fields": everything}))


def test_matrix_and_target_are_the_chosen_rows_in_order():
    table = lender_table(bad=np.arange(600) // 2 % 2)
    rows = np.arange(600) % 3 == 0

    data = training_data(table, rows, POLICY)

    chosen = table.frame[rows]
    assert data.matrix.shape == (200, 5)
    assert data.target.tolist() == chosen["bad"].tolist()
    np.testing.assert_array_equal(data.matrix[:, :3], chosen[["income", "age", "past_loans"]])
    # Categories follow the numbers by name: job, then sex; a level is its position in the alphabet.
    assert pd.Series(data.matrix[:, 3]).map({0: "cook", 1: "nurse"}).fillna("").tolist() == (
        chosen["job"].fillna("").tolist()
    )
    assert pd.Series(data.matrix[:, 4]).map({0: "f", 1: "m"}).tolist() == chosen["sex"].tolist()


def test_a_client_is_trained_on_as_a_request_of_theirs_is_decided():
    table = lender_table()
    data = training_data(table, ALL, POLICY)
    frame = table.frame.drop(columns="bad").head(20)
    requests = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")

    applications, problems = validate(data.contract, requests)

    assert problems == []
    assert data.features.matrix(applications.values).tobytes() == data.matrix[:20].tobytes()


@pytest.mark.parametrize(("defaults", "good"), [(49, 551), (551, 49)])
def test_fewer_than_50_clients_of_a_kind_are_too_few(defaults, good):
    table = lender_table(bad=np.repeat([1, 0], [defaults, good]))

    with pytest.raises(UserError, match=f"at least 50 defaults and 50 good clients .* found {defaults} and {good}"):
        training_data(table, ALL, POLICY)


def test_50_of_a_kind_are_enough():
    assert training_data(lender_table(bad=np.repeat([1, 0], [50, 550])), ALL, POLICY).target.sum() == 50


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"age": np.inf}, r"600 values break the contract; first: row 0 .* age: expected a finite number"),
    ],
)
def test_data_that_breaks_its_own_contract_is_named_by_row_and_field(changed, message):
    with pytest.raises(UserError, match=message):
        training_data(lender_table(**changed), ALL, POLICY)


def test_clients_without_a_required_value_are_trained_on_with_a_warning(capsys):
    income = lender_table().frame["income"].where(np.arange(600) >= 30)

    data = training_data(lender_table(income=income), ALL, POLICY)

    assert len(data.target) == 600
    assert "income must have a value, and 5.0% of the training clients lack it" in capsys.readouterr().out


def test_data_of_another_lender_requires_the_fields_that_training_never_saw_missing():
    policy = POLICY.model_copy(update={"required_fields": ("AMT_CREDIT",), "excluded_fields": ("age",)})

    contract = contract_of(lender_table(), ALL, policy)

    assert set(contract.required) == {"income", "sex"}  # not age, which is excluded, past_loans and job have gaps


def test_the_typical_application_has_no_fraction_of_a_whole_number():
    table = lender_table(age=[30.0] * 300 + [31.0] * 300)
    whole = Meaning(description="Age in years.", topic="AGE", whole=True)
    table.lineage = table.lineage.model_copy(update={"meanings": {"age": whole}})

    assert typical_application(table, ALL, contract_of(table, ALL, POLICY))["age"] == 30.0


def test_the_typical_application_is_of_medians_and_commonest_levels_and_nobodys():
    table = lender_table(sex=["f"] * 400 + ["m"] * 200, empty=np.nan, blank=None)
    contract = contract_of(table, ALL, POLICY)

    typical = typical_application(table, ALL, contract)

    assert typical["income"] == np.median(table.frame["income"])
    assert typical["sex"] == "f"
    assert typical["empty"] is None
    assert typical["blank"] is None
    assert set(typical) == set(contract.fields)  # without the id
    assert validate(contract, [typical])[1] == []


@pytest.mark.parametrize("name", ["_score", "__x__", "model_config", "model_fields", "cls"])
def test_a_column_that_no_request_could_name_is_refused(name):
    table = lender_table()
    table.frame[name] = 1.0

    with pytest.raises(UserError, match=f"rename {name}"):
        contract_of(table, ALL, POLICY)


def test_a_field_that_the_description_leaves_out_is_in_the_contract_and_never_used_or_required():
    table = lender_table()
    lineage = table.lineage.model_copy(update={"unused": ("age", "sex"), "directions": {"age": "increasing"}})
    policy = POLICY.model_copy(update={"required_fields": ("AMT_CREDIT",)})

    data = training_data(FeatureTable(table.frame, lineage, table.path), ALL, policy)

    assert {"age", "sex"} <= set(data.contract.fields)
    assert data.features.names == ["income", "past_loans", "job"]
    assert data.contract.required == ("income",)
    assert data.directions == {}


def test_directions_are_those_of_the_description():
    table = lender_table()
    directions = {"age": "increasing", "income": "decreasing"}
    lineage = table.lineage.model_copy(update={"directions": directions})

    assert training_data(FeatureTable(table.frame, lineage, table.path), ALL, POLICY).directions == {
        "age": 1,
        "income": -1,
    }


def long_tailed(levels: int, each: int) -> np.ndarray:
    """(600,) jobs: rare ones with `each` clients, then cooks."""
    rare = [f"job {number}" for number in range(levels) for _ in range(each)]
    return np.array([*rare, *["cook"] * (600 - len(rare))], dtype=object)


def test_the_levels_of_a_long_tail_count_as_one_and_are_told(capsys):
    table = lender_table(job=long_tailed(40, 5))

    data = training_data(table, ALL, POLICY)

    assert data.contract.categories["job"] == ("cook",)
    assert data.contract.rest == ("job",)
    # 200 clients with 40 rare jobs have the code after that of the cooks.
    assert np.bincount(data.matrix[:, data.features.names.index("job")].astype(int)).tolist() == [400, 200]
    assert "levels with fewer than 25 training clients count as one: job (40)" in capsys.readouterr().out


@pytest.mark.parametrize(("levels", "each"), [(9, 5), (24, 1), (20, 25)], ids=["a few", "a small tail", "large ones"])
def test_a_category_without_a_long_tail_keeps_all_of_its_levels(levels, each):
    contract = contract_of(lender_table(job=long_tailed(levels, each)), ALL, POLICY)

    assert len(contract.categories["job"]) == levels + 1
    assert contract.rest == ()


def test_the_tail_is_that_of_the_training_clients():
    rows = np.arange(600) >= 200  # the cooks

    assert contract_of(lender_table(job=long_tailed(40, 5)), rows, POLICY).rest == ()
