"""Derived features that the data does not allow are reported with their reasons."""

import mlflow
import numpy as np
import pytest

from custom_model.contract import Contract
from custom_model.features import Features
from steps.run.console import UserError
from steps.run.policy import Sentences
from steps.training.clients import UNAVAILABLE, read_clients, report_unavailable
from steps.training.data import training_data
from tests.unit.steps.lender import POLICY, lender_table


@pytest.fixture
def artifacts(monkeypatch) -> dict[str, dict[str, str]]:
    """The artifacts that are logged, by file."""
    artifacts: dict[str, dict[str, str]] = {}
    monkeypatch.setattr(mlflow, "log_dict", lambda content, file: artifacts.update({file: content}))
    return artifacts


def test_every_derived_feature_that_the_data_does_not_allow_is_on_record_with_its_reason(artifacts, capsys):
    data = training_data(lender_table(), np.ones(600, bool), POLICY)

    report_unavailable(data.features.unavailable())

    reasons = artifacts[UNAVAILABLE]
    assert reasons["EMPLOYED_TO_AGE"] == "no DAYS_EMPLOYED, DAYS_BIRTH"
    printed = capsys.readouterr().out
    assert f"{len(reasons)} derived features unavailable: EXT_SOURCE_MEAN, EXT_SOURCE_MIN, " in printed
    assert f"and {len(reasons) - 5} more: the data lacks their inputs. Details: {UNAVAILABLE}" in printed


def test_one_renamed_column_is_named(artifacts, capsys):
    fields = ("DAYS_EMPLOYED", "DAYS_BIRTH_2")

    report_unavailable({name: reason for name, reason in unavailable(fields).items() if name == "EMPLOYED_TO_AGE"})

    assert "1 derived feature unavailable: EMPLOYED_TO_AGE (no DAYS_BIRTH). Details: " in capsys.readouterr().out


def test_a_field_with_a_derived_features_name_costs_the_others_of_its_group():
    fields = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "TERM")

    reasons = unavailable(fields)

    assert reasons["CREDIT_TO_INCOME"] == "its group is replaced by the field TERM"
    assert "TERM" not in reasons


def test_an_input_that_is_text_is_not_reported_as_absent():
    contract = Contract(id="ID", numeric=("DAYS_EMPLOYED",), categories={"DAYS_BIRTH": ("1980-01-01",)})

    reasons = Features(contract).unavailable()

    assert reasons["EMPLOYED_TO_AGE"] == "needs a numeric DAYS_BIRTH"
    assert reasons["CAR_AGE_TO_AGE"] == "no OWN_CAR_AGE, needs a numeric DAYS_BIRTH"


def test_nothing_is_printed_or_logged_where_no_feature_is_left_out(artifacts, capsys):
    report_unavailable({})

    assert (artifacts, capsys.readouterr().out) == ({}, "")


def unavailable(fields: tuple[str, ...]) -> dict[str, str]:
    return Features(Contract(id="ID", numeric=fields, categories={})).unavailable()


def test_a_sentence_that_no_model_of_the_data_can_say_stops_a_step_before_its_work():
    policy = POLICY.model_copy(update={"wording": {"job": Sentences(values={"nurs": "Nurses move often"})}})

    with pytest.raises(UserError, match=r"wording: job is never 'nurs': .* did you mean nurse\?"):
        read_clients(lender_table(), np.ones(600, bool), policy, "training", seed=1)
