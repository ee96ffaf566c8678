"""Derived features that the data does not allow are reported with their reasons."""

import mlflow
import numpy as np
import pytest

from custom_model.contract import Contract
from custom_model.features import Features
from steps.training.clients import LEFT_OUT, report_left_out
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

    report_left_out(data.features.left_out())

    reasons = artifacts[LEFT_OUT]
    assert reasons["EMPLOYED_TO_AGE"] == "no DAYS_EMPLOYED, DAYS_BIRTH"
    printed = capsys.readouterr().out
    assert f"{len(reasons)} derived features left out: EXT_SOURCE_MEAN (no EXT_SOURCE_1, EXT_SOURCE_2" in printed
    assert f"and {len(reasons) - 5} more: {LEFT_OUT}" in printed


def test_one_renamed_column_is_named(artifacts, capsys):
    fields = ("DAYS_EMPLOYED", "DAYS_BIRTH_2")

    report_left_out({name: reason for name, reason in left_out(fields).items() if name == "EMPLOYED_TO_AGE"})

    assert "1 derived feature left out: EMPLOYED_TO_AGE (no DAYS_BIRTH): " in capsys.readouterr().out


def test_a_field_with_a_derived_features_name_costs_the_others_of_its_group():
    fields = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", "TERM")

    reasons = left_out(fields)

    assert reasons["CREDIT_TO_INCOME"] == "named like its group's: TERM"
    assert "TERM" not in reasons


def test_nothing_is_printed_or_logged_where_no_feature_is_left_out(artifacts, capsys):
    report_left_out({})

    assert (artifacts, capsys.readouterr().out) == ({}, "")


def left_out(fields: tuple[str, ...]) -> dict[str, str]:
    return Features(Contract(id="ID", numeric=fields, categories={})).left_out()
