"""Ranges of numeric fields, from their meaning, the policy and the training clients."""

import numpy as np
import pytest

from custom_model.meanings import Meaning
from custom_model.ranges import Range
from steps.run.console import UserError
from steps.tables.feature_table import FeatureTable
from steps.training.ranges import decidable, field_ranges
from tests.unit.steps.lender import POLICY, lender_table

TRAINING = np.arange(600) < 500
AGE = Meaning(description="Age in years.", topic="AGE", lowest=18, highest=100, special=(999,))


def table_with(meaning: Meaning = AGE, **columns: object) -> FeatureTable:
    table = lender_table(**columns)
    table.lineage = table.lineage.model_copy(update={"meanings": {"age": meaning}})
    return table


def narrowed(**ranges: dict) -> object:
    return POLICY.model_validate({**POLICY.model_dump(), "plausible_ranges": ranges})


def test_the_seen_range_is_of_training_clients_alone_and_the_bounds_are_of_the_meaning():
    age = np.concatenate([np.linspace(25, 60, 500), np.full(100, 90.0)])

    ranges = field_ranges(table_with(age=age), TRAINING, POLICY)

    assert ranges["age"] == Range(lowest=18, highest=100, seen=(25, 60), special=(999,))
    assert set(ranges) == {"income", "age", "past_loans"}  # numbers only


def test_a_special_value_is_not_seen_and_breaks_no_bound():
    age = np.where(np.arange(600) % 2, 30.0, 999.0)

    assert field_ranges(table_with(age=age), TRAINING, POLICY)["age"].seen == (30, 30)


def test_a_field_without_a_meaning_has_no_bounds_and_one_without_values_nothing_seen():
    ranges = field_ranges(table_with(past_loans=np.nan), TRAINING, POLICY)

    assert (ranges["income"].lowest, ranges["income"].highest) == (None, None)
    assert ranges["past_loans"] == Range()


def test_the_policy_narrows_bounds_and_never_widens_them():
    age = np.full(600, 40.0)
    policy = narrowed(age={"lowest": 21, "highest": 120})

    bounds = field_ranges(table_with(age=age), TRAINING, policy)["age"]

    assert (bounds.lowest, bounds.highest) == (21, 100)


def test_clients_outside_the_bounds_are_counted_by_field_also_in_the_holdout():
    age = np.full(600, 40.0)
    age[[3, 599]] = 17, 101

    with pytest.raises(
        UserError, match="age is expected to be a number from 18 to 100 and is not for 2 clients: correct or"
    ):
        field_ranges(table_with(age=age), TRAINING, POLICY)


def test_a_fraction_of_a_whole_number_is_an_error_of_the_data():
    age = np.full(600, 40.0)
    age[5] = 40.5

    with pytest.raises(UserError, match="age is expected to be a whole number from 18 to 100 and is not for 1 client:"):
        field_ranges(table_with(AGE.model_copy(update={"whole": True}), age=age), TRAINING, POLICY)


def test_clients_that_the_policy_has_no_decision_about_are_left_out_with_their_number(capsys):
    age = np.full(600, 40.0)
    age[[3, 599]] = 19, 999
    policy = narrowed(age={"lowest": 21}, AMT_CREDIT={"lowest": 1})

    table = decidable(table_with(age=age), policy)

    assert list(table.frame["client"]) == [client for client in range(600) if client != 3]  # 999 is special
    assert "1 client outside policy.yaml's plausible_ranges (age, AMT_CREDIT): left out" in capsys.readouterr().out


def test_without_such_clients_the_table_is_the_same():
    table = table_with(age=40.0)

    assert decidable(table, narrowed(age={"lowest": 21})) is table


def test_a_plausible_range_of_a_text_is_an_error():
    with pytest.raises(UserError, match=r"plausible_ranges: expected numeric fields of lender\.parquet, got sex"):
        field_ranges(table_with(age=40.0), TRAINING, narrowed(sex={"lowest": 0}))
