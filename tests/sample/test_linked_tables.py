"""Referential integrity: no row of history without its client or loan."""

import pytest

HISTORY = ("bureau", "previous_application", "POS_CASH_balance", "installments_payments", "credit_card_balance")


@pytest.mark.parametrize("name", HISTORY)
def test_every_history_row_has_its_client(name, sample):
    assert sample[name]["SK_ID_CURR"].isin(sample["application_train"]["SK_ID_CURR"]).all()


def test_every_balance_month_has_its_bureau_loan(sample):
    assert sample["bureau_balance"]["SK_ID_BUREAU"].isin(sample["bureau"]["SK_ID_BUREAU"]).all()


@pytest.mark.parametrize("name", HISTORY[2:])
def test_every_month_and_payment_belongs_to_an_earlier_granted_loan_of_the_same_client(name, sample):
    previous = sample["previous_application"].set_index("SK_ID_PREV")
    loans = sample[name][["SK_ID_PREV", "SK_ID_CURR"]].drop_duplicates()
    assert loans["SK_ID_PREV"].is_unique
    assert loans["SK_ID_PREV"].isin(previous.index).all()
    granted = previous.loc[loans["SK_ID_PREV"]]
    assert (granted["SK_ID_CURR"].to_numpy() == loans["SK_ID_CURR"].to_numpy()).all()
    assert (granted["NAME_CONTRACT_STATUS"] == "Approved").all()


@pytest.mark.parametrize(
    ("name", "key"),
    [("application_train", "SK_ID_CURR"), ("bureau", "SK_ID_BUREAU"), ("previous_application", "SK_ID_PREV")],
)
def test_keys_are_unique(name, key, sample):
    assert sample[name][key].is_unique


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("bureau_balance", ["SK_ID_BUREAU", "MONTHS_BALANCE"]),
        ("POS_CASH_balance", ["SK_ID_PREV", "MONTHS_BALANCE"]),
        ("credit_card_balance", ["SK_ID_PREV", "MONTHS_BALANCE"]),
    ],
)
def test_a_loan_has_one_row_a_month_within_eight_years(name, keys, sample):
    months = sample[name]
    assert not months.duplicated(keys).any()
    assert months["MONTHS_BALANCE"].between(-96, 0).all()


def test_the_truth_covers_every_client_and_is_in_no_table(sample):
    assert sample["truth"]["SK_ID_CURR"].equals(sample["application_train"]["SK_ID_CURR"])
    assert sample["truth"]["PROBABILITY"].between(0, 1, inclusive="neither").all()
    assert not any("PROBABILITY" in frame for name, frame in sample.items() if name != "truth")
