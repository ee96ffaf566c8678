"""The generated sample against the real one: same columns, types and categories, close missing rates and shares."""

import numpy as np
import pandas as pd
import pytest

from steps.sample.draws import figures

TABLES = list(figures("expected"))
ALLOWED = 0.025
"""Tolerance of a missing rate or a share beyond chance; twice as much for the statuses of bureau_balance."""


def chance(rate: float, clients: int) -> float:
    """Four standard errors between a share of the sample's 10,000 clients and of the real clients."""
    return 4 * np.sqrt(rate * (1 - rate) * (1 / clients + 1 / 10_000))


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_their_order_and_types_are_the_real_ones(name, sample, real):
    kinds = {"object": "string", "category": "string", "str": "string"}
    drawn = [(column, kinds.get(str(kind), str(kind))) for column, kind in sample[name].dtypes.items()]
    known = [(column, kinds.get(str(kind), str(kind))) for column, kind in real[name].dtypes.items()]
    assert drawn == known


@pytest.mark.parametrize("name", [name for name in TABLES if name != "installments_payments"])
def test_missing_rates_are_close_to_the_real_ones(name, sample, real):
    clients = real[name]["SK_ID_CURR"].nunique() if "SK_ID_CURR" in real[name] else 1_500
    drawn, known = sample[name].isna().mean(), real[name].isna().mean()
    off = [
        column
        for column in known.index
        if abs(drawn[column] - known[column]) > chance(known[column], clients) + ALLOWED
    ]
    assert not off


@pytest.mark.parametrize("name", TABLES)
def test_every_real_category_can_be_drawn(name, sample, real):
    """A rare category may be absent from the sample, so the test looks at the categories that can be drawn."""
    for column in real[name].select_dtypes("object"):
        known = set(real[name][column].dropna().unique())
        assert known <= set(sample[name][column].cat.categories), column


@pytest.mark.parametrize("name", [name for name in TABLES if name != "installments_payments"])
def test_category_shares_are_close_to_the_real_ones(name, sample, real):
    clients = real[name]["SK_ID_CURR"].nunique() if "SK_ID_CURR" in real[name] else 1_500
    allowed = 2 * ALLOWED if name == "bureau_balance" else ALLOWED
    for column in real[name].select_dtypes("object"):
        known = real[name][column].value_counts(normalize=True)
        drawn = sample[name][column].value_counts(normalize=True).reindex(known.index)
        off = (drawn - known).abs() > chance(known.clip(0, 1), clients) + allowed
        assert not off.any(), f"{column}: {pd.DataFrame({'drawn': drawn, 'real': known})[off]}"


def test_default_rate_is_close_to_the_real_one(sample, real):
    drawn, known = sample["application_train"]["TARGET"].mean(), real["application_train"]["TARGET"].mean()
    assert drawn == pytest.approx(known, abs=chance(0.0807, 5_000))


def test_amounts_have_the_real_magnitude(sample, real):
    """Medians are within a fifth of the real ones."""
    for name, column in (
        ("application_train", "AMT_CREDIT"),
        ("application_train", "AMT_INCOME_TOTAL"),
        ("application_train", "DAYS_BIRTH"),
        ("bureau", "AMT_CREDIT_SUM"),
        ("bureau", "DAYS_CREDIT"),
        ("previous_application", "AMT_CREDIT"),
        ("previous_application", "DAYS_DECISION"),
        ("POS_CASH_balance", "CNT_INSTALMENT"),
        ("credit_card_balance", "AMT_CREDIT_LIMIT_ACTUAL"),
    ):
        assert sample[name][column].median() == pytest.approx(real[name][column].median(), rel=0.2), column


def test_external_scores_separate_defaults_as_well_as_the_real_ones(sample, real):
    """The mean score of defaulters is as far below that of the others as in the real sample, within 0.04."""
    for column in ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"):
        gaps = [
            tables["application_train"].groupby("TARGET")[column].mean().diff().iloc[-1] for tables in (sample, real)
        ]
        assert gaps[0] == pytest.approx(gaps[1], abs=0.04), column
