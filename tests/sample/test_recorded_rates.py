"""The sample against the recorded missing rates, category shares, sentinels and sizes of Home Credit's tables."""

import numpy as np
import pandas as pd
import pytest

from steps.sample.draws import figures

TABLES = list(figures("expected"))
SHARES = [(name, column) for name, rates in figures("expected").items() for column in rates.get("shares", {})]
ALLOWED = {"application_train": 0.005, "bureau_balance": 0.04}
"""Tolerance of a rate beyond chance: narrow for the application, wider for monthly statuses."""
DEFAULT_ALLOWED = 0.02


def tolerance(name: str, rate: float, clients: int) -> float:
    """Four standard errors of a share among so many clients, plus the table's tolerance.

    The rows of a client are correlated, so n is clients, not rows: 1,000 clients and a rate of 0.2 give 0.0506 + 0.02.
    """
    return 4 * np.sqrt(rate * (1 - rate) / clients) + ALLOWED.get(name, DEFAULT_ALLOWED)


def clients_in(name: str, expected: dict) -> int:
    return int(10_000 * expected[name].get("clients", 1))


@pytest.mark.parametrize("name", TABLES)
def test_missing_rates_match_the_record(name, sample, expected):
    missing = sample[name].isna().mean()
    recorded = missing.index.map(lambda column: expected[name]["missing"].get(column, 0.0))
    clients = clients_in(name, expected)
    off = {
        column: (round(rate, 4), known)
        for (column, rate), known in zip(missing.items(), recorded, strict=True)
        if abs(rate - known) > tolerance(name, known, clients)
    }
    assert not off, "missing rates (generated, recorded) beyond tolerance"


@pytest.mark.parametrize(("name", "column"), SHARES)
def test_category_and_sentinel_shares_match_the_record(name, column, sample, expected):
    drawn = sample[name][column].dropna()
    if pd.api.types.is_numeric_dtype(drawn):
        drawn = drawn.astype("int64").astype(str)
    shares = drawn.value_counts(normalize=True)
    clients = clients_in(name, expected)
    off = {
        value: (round(float(shares.get(value, 0)), 4), known)
        for value, known in expected[name]["shares"][column].items()
        if abs(shares.get(value, 0) - known) > tolerance(name, known, clients)
    }
    assert not off, "shares (generated, recorded) beyond tolerance"


def test_columns_never_missing_in_the_real_tables_are_never_missing(sample, expected):
    for name, rates in expected.items():
        missing = sample[name].columns[sample[name].isna().any()]
        assert set(missing) <= set(rates["missing"]), name


@pytest.mark.parametrize("name", [name for name in TABLES if name != "application_train"])
def test_shares_of_clients_with_history_match_the_record(name, sample, expected):
    frame = sample[name]
    if name == "bureau_balance":
        frame = sample["bureau"][sample["bureau"]["SK_ID_BUREAU"].isin(frame["SK_ID_BUREAU"])]
    share = frame["SK_ID_CURR"].nunique() / len(sample["application_train"])
    assert share == pytest.approx(expected[name]["clients"], abs=0.02)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "application_train"])
def test_rows_per_client_match_the_record(name, sample, expected):
    rows = len(sample[name]) / len(sample["application_train"])
    assert rows == pytest.approx(expected[name]["rows_per_client"], rel=0.15)


def test_counts_of_loans_have_a_long_tail(sample):
    """Half of the clients with loans elsewhere have at most 4, one in a hundred 19 or more (real: 4 and 19)."""
    loans = sample["bureau"].groupby("SK_ID_CURR").size()
    assert loans.median() <= 5
    assert 15 <= loans.quantile(0.99) <= 24


def test_the_default_rate_matches_the_record(sample):
    """0.0807 of the clients default: of 10,000, 807 ± 4 x 27."""
    assert sample["truth"]["PROBABILITY"].mean() == pytest.approx(0.0807, abs=1e-6)
    assert sample["application_train"]["TARGET"].mean() == pytest.approx(0.0807, abs=4 * 0.0027)


def test_clients_without_a_job_have_the_sentinel_no_organization_and_no_occupation(sample):
    application = sample["application_train"]
    idle = application["DAYS_EMPLOYED"] == 365_243
    assert idle.equals(application["NAME_INCOME_TYPE"].isin(["Pensioner", "Unemployed"]))
    assert idle.equals(application["ORGANIZATION_TYPE"] == "XNA")
    assert idle.equals(application["FLAG_EMP_PHONE"] == 0)
    assert application.loc[idle, "OCCUPATION_TYPE"].isna().all()
    assert (application.loc[~idle, "DAYS_EMPLOYED"] < 0).all()


def test_the_age_of_a_car_is_known_for_car_owners_only(sample):
    application = sample["application_train"]
    without = application["FLAG_OWN_CAR"] == "N"
    assert application.loc[without, "OWN_CAR_AGE"].isna().all()
    assert application.loc[~without, "OWN_CAR_AGE"].notna().mean() > 0.99


def test_columns_of_a_group_are_missing_together(sample):
    application = sample["application_train"]
    for group in ("AMT_REQ_CREDIT_BUREAU", "SOCIAL_CIRCLE"):
        missing = application.filter(like=group).isna()
        assert missing.all(axis=1).equals(missing.any(axis=1)), group
    for building in ("APARTMENTS", "FLOORSMAX", "COMMONAREA"):
        missing = application[[f"{building}_{kind}" for kind in ("AVG", "MODE", "MEDI")]].isna()
        assert missing.all(axis=1).equals(missing.any(axis=1)), building
    core = application[["APARTMENTS_AVG", "FLOORSMAX_AVG", "HOUSETYPE_MODE"]].isna().astype(float).corr()
    assert core.to_numpy().min() > 0.9


def test_only_granted_loans_have_dates_and_open_loans_have_the_sentinel(sample):
    previous = sample["previous_application"]
    dates = previous[["DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION"]]
    granted = previous["NAME_CONTRACT_STATUS"] == "Approved"
    assert dates[~granted].isna().all(axis=None)
    assert dates[granted].notna().all(axis=1).mean() > 0.9
    over = dates["DAYS_TERMINATION"] < 365_243
    assert (dates.loc[over, "DAYS_TERMINATION"] < 0).all()
