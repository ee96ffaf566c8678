"""The variants of an ablation: the features of their names, and the same rows."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.quality.ablations import monotonic, protected, restricted, selection, tables_added
from custom_model.contract import Contract
from custom_model.features import Features
from steps.tables.recipes import RECIPES
from steps.training.data import TrainingData

HISTORY = ("BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ACTIVE", "PREVIOUS_AMT_ANNUITY_MEAN_LAST1",
           "PREVIOUS_AMT_CREDIT_MAX_APPROVED", "POS_REMAINING_SUM_NOW")  # fmt: skip
APPLICATION = ("AMT_ANNUITY", "AMT_CREDIT", "AMT_INCOME_TOTAL", "DAYS_BIRTH", "DAYS_EMPLOYED")


@pytest.fixture(scope="module")
def data():
    contract = Contract(
        id="SK_ID_CURR",
        numeric=(*APPLICATION, *HISTORY),
        categories={"CODE_GENDER": ("F", "M")},
        history=HISTORY,
    )
    features = Features(contract)
    values = np.random.default_rng(1).random((20, len(contract.fields)))
    return TrainingData(features, features.matrix(values), np.arange(20) % 2)


def test_each_table_adds_its_own_fields_and_what_derives_with_them(data):
    variants = tables_added(data)

    assert [variant.name for variant in variants] == ["application_train", *(f"+ {table}" for table in RECIPES)]
    added = {later.name: set(later.features) - set(earlier.features) for earlier, later in pairwise(variants)}
    assert not set(HISTORY) & set(variants[0].features)
    assert "DEBT_TO_INCOME" not in variants[0].features  # it needs tables that are not there yet
    assert added["+ bureau"] == {"BUREAU_AMT_CREDIT_SUM_DEBT_SUM_ACTIVE", "DEBT_TO_INCOME"}
    assert added["+ bureau_balance"] == set()
    assert added["+ POS_CASH_balance"] == {"POS_REMAINING_SUM_NOW", "REMAINING_TO_INCOME"}
    assert set(variants[-1].features) == set(data.features.names)


def test_without_protected_attributes_nothing_is_left_that_derives_from_them(data):
    with_all, no_sex, no_age, without_any = protected(data, ["CODE_GENDER", "DAYS_BIRTH", "NAME_FAMILY_STATUS"])

    assert set(with_all.features) - set(no_sex.features) == {"CODE_GENDER"}
    assert set(with_all.features) - set(no_age.features) == {"DAYS_BIRTH", "EMPLOYED_TO_AGE"}
    assert set(without_any.features) == set(no_sex.features) & set(no_age.features)


def test_fewer_features_are_chosen_from_all_of_them(data):
    for variant in selection(data):
        assert variant.features == data.features.names
    assert selection(data)[0].limit == 0


def test_a_variant_has_the_same_rows_with_its_own_columns(data):
    names = ["AMT_CREDIT", "CODE_GENDER", "TERM"]

    some = restricted(data, [name for name in data.features.names if name in names])

    columns = [data.features.names.index(name) for name in some.features.names]
    assert some.matrix.tolist() == data.matrix[:, columns].tolist()
    assert some.target.tolist() == data.target.tolist()
    assert [some.features.names[place] for place in some.features.categorical] == ["CODE_GENDER"]


def test_directions_are_priced_against_a_model_that_learns_freely_from_all_features(data):
    fewer = restricted(data, [name for name in data.features.names if name != "EMPLOYED_TO_AGE"], {"AMT_CREDIT": 1})
    scores = restricted(data, data.features.names, {"AMT_INCOME_TOTAL": -1})

    free, of_scores, all_of_them = monotonic(data, scores, fewer)

    assert (free.features, free.directions) == (data.features.names, {})
    assert (of_scores.features, of_scores.directions) == (data.features.names, {"AMT_INCOME_TOTAL": -1})
    assert all_of_them.directions == {"AMT_CREDIT": 1}
    assert set(free.features) - set(all_of_them.features) == {"EMPLOYED_TO_AGE"}
    assert restricted(scores, free.features, free.directions).directions == {}
    assert restricted(scores, free.features).directions == {"AMT_INCOME_TOTAL": -1}  # the data's own
