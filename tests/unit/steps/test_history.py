"""Past loans as features: by hand for one client, and against pandas for many."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from steps.history import texts
from steps.home_credit import ID
from steps.recipes import RECIPES
from tests.unit.steps.raw_tables import DRAWN, EMPTY, FULL, OLD

DAYS = {
    "bureau": "DAYS_CREDIT",
    "previous_application": "DAYS_DECISION",
    "installments_payments": "DAYS_INSTALMENT",
}


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        # Loans began 100, 200 and 800 days ago; a month has 30.4375 days, so half a year 182.6 and two years 730.5.
        ("BUREAU_ROWS_COUNT_ALL", 3),
        ("BUREAU_ROWS_COUNT_ACTIVE", 2),
        ("BUREAU_ROWS_COUNT_CLOSED", 1),
        ("BUREAU_ROWS_COUNT_M6", 1),
        ("BUREAU_ROWS_COUNT_M12", 2),
        ("BUREAU_ROWS_COUNT_M24", 2),
        ("BUREAU_ROWS_COUNT_M36", 3),
        ("BUREAU_DAYS_CREDIT_MIN_ALL", -800),
        ("BUREAU_DAYS_CREDIT_MEAN_ALL", -1100 / 3),
        ("BUREAU_DAYS_CREDIT_MAX_ALL", -100),
        ("BUREAU_AMT_CREDIT_SUM_SUM_ALL", 4000),
        ("BUREAU_AMT_CREDIT_SUM_SUM_ACTIVE", 1000),
        ("BUREAU_AMT_CREDIT_SUM_MEAN_M12", 2000),
        ("BUREAU_AMT_CREDIT_SUM_DEBT_MEAN_ALL", 200),  # 400 and 0; the third is not known
        ("BUREAU_DEBT_TO_CREDIT_MEAN_ALL", 0.2),  # 0.4 and 0; a credit of 0 has no share of debt
        ("BUREAU_CREDIT_MINUS_DEBT_SUM_ALL", 3600),
        ("BUREAU_PLANNED_MINUS_REAL_END_MEAN_ALL", 30),  # ended 80 days ago instead of 50
        ("BUREAU_IS_ACTIVE_MEAN_ALL", 2 / 3),
        ("BUREAU_IS_ACTIVE_MEAN_M12", 1 / 2),
        ("BUREAU_IS_OVERDUE_SUM_ALL", 1),
        ("BUREAU_IS_CARD_SUM_ALL", 1),
        ("BUREAU_IS_MICROLOAN_MEAN_ALL", 1 / 3),
        ("BUREAU_CREDIT_DAY_OVERDUE_MAX_ALL", 5),
        ("BUREAU_CREDIT_DAY_OVERDUE_MAX_M12", 0),
        # The months of two loans: 0 and -3 of the first, -8, -14 and -30 of the second.
        ("BALANCE_ROWS_COUNT_ALL", 5),
        ("BALANCE_ROWS_COUNT_M12", 3),
        ("BALANCE_IS_LATE_SUM_ALL", 2),
        ("BALANCE_IS_LATE_SUM_M6", 1),
        ("BALANCE_IS_LATE_MEAN_M12", 2 / 3),
        ("BALANCE_WORST_MAX_ALL", 5),
        ("BALANCE_WORST_MAX_M6", 1),
        ("BALANCE_WORST_MEAN_ALL", 6 / 4),  # 1, 0, 5 and, closed, 0; X is not known
        ("BALANCE_IS_CLOSED_MEAN_ALL", 1 / 5),
        ("BALANCE_IS_UNKNOWN_MEAN_ALL", 1 / 5),
        # Decided 30, 400 and 1000 days ago: approved, refused, approved.
        ("PREVIOUS_ROWS_COUNT_ALL", 3),
        ("PREVIOUS_ROWS_COUNT_M12", 1),
        ("PREVIOUS_ROWS_COUNT_M24", 2),
        ("PREVIOUS_ROWS_COUNT_APPROVED", 2),
        ("PREVIOUS_ROWS_COUNT_REFUSED", 1),
        ("PREVIOUS_IS_REFUSED_MEAN_M24", 1 / 2),
        ("PREVIOUS_IS_APPROVED_SUM_ALL", 2),
        ("PREVIOUS_AMT_APPLICATION_SUM_REFUSED", 200),
        ("PREVIOUS_ASKED_TO_GIVEN_MEAN_ALL", (100 / 80 + 300 / 300) / 2),  # nothing was given to the refused
        ("PREVIOUS_CREDIT_TO_GOODS_MAX_ALL", 300 / 250),
        ("PREVIOUS_TERM_MEAN_APPROVED", (80 / 10 + 300 / 30) / 2),
        ("PREVIOUS_INTEREST_MAX_ALL", (10 * 12 / 80 - 1) / 12),
        ("PREVIOUS_LAST_DUE_MEAN_APPROVED", -650),  # 365243 stands for a day that has not come
        ("PREVIOUS_EARLY_END_MEAN_APPROVED", 50),  # ended 650 days ago instead of 600
        ("PREVIOUS_FIRST_DUE_MAX_APPROVED", -20),
        # Months -1, -7 and -13.
        ("POS_ROWS_COUNT_M6", 1),
        ("POS_ROWS_COUNT_M12", 2),
        ("POS_SK_DPD_MEAN_ALL", 4),
        ("POS_SK_DPD_MAX_M12", 10),
        ("POS_IS_LATE_SUM_ALL", 2),
        ("POS_IS_LATE_TOLERANT_SUM_ALL", 1),
        ("POS_LEFT_SHARE_MEAN_ALL", (3 / 12 + 9 / 12 + 0) / 3),
        ("POS_LEFT_SHARE_MIN_M6", 3 / 12),
        ("POS_IS_COMPLETED_SUM_ALL", 1),
        ("POS_IS_COMPLETED_MEAN_M12", 0),
        # Due 10, 100 and 500 days ago: two days early, twenty late, not known to be paid.
        ("INSTALMENTS_ROWS_COUNT_ALL", 3),
        ("INSTALMENTS_ROWS_COUNT_M3", 1),
        ("INSTALMENTS_ROWS_COUNT_M6", 2),
        ("INSTALMENTS_DAYS_LATE_MEAN_ALL", (0 + 20) / 2),
        ("INSTALMENTS_DAYS_LATE_MAX_M3", 0),
        ("INSTALMENTS_DAYS_EARLY_MEAN_ALL", (2 + 0) / 2),
        ("INSTALMENTS_IS_LATE_MEAN_ALL", 1 / 2),
        ("INSTALMENTS_IS_LATE_15_MEAN_ALL", 1 / 2),
        ("INSTALMENTS_LATE_MONEY_SUM_ALL", 200),
        ("INSTALMENTS_UNDERPAID_SUM_ALL", 50),
        ("INSTALMENTS_PAID_SHARE_MIN_ALL", 150 / 200),
        ("INSTALMENTS_AMT_INSTALMENT_SUM_ALL", 600),
        ("INSTALMENTS_AMT_PAYMENT_MEAN_ALL", (100 + 150) / 2),
        # Months -1 and -5; in the second the limit, the drawings and the minimum are 0 and divide nothing.
        ("CARD_ROWS_COUNT_ALL", 2),
        ("CARD_UTILISATION_MEAN_ALL", 50 / 100),
        ("CARD_AMT_BALANCE_MEAN_ALL", 25),
        ("CARD_AMT_BALANCE_MEAN_M3", 50),
        ("CARD_CASH_SHARE_MEAN_ALL", 20 / 40),
        ("CARD_PAYMENT_TO_MINIMUM_MIN_ALL", 30 / 10),
        ("CARD_SK_DPD_MAX_M6", 3),
        ("CARD_IS_LATE_MEAN_ALL", 1 / 2),
        ("CARD_IS_LATE_TOLERANT_MEAN_ALL", 0),
    ],
)
def test_a_feature_of_a_client_worked_out_by_hand(tiny, feature, value):
    assert tiny.loc[FULL, feature] == pytest.approx(value, abs=1e-6)  # sums are taken over millionths


def test_a_client_without_past_loans_has_no_history_at_all(tiny):
    assert tiny.loc[EMPTY, list(texts())].isna().all()


def test_a_client_with_loans_outside_a_window_has_none_in_it_and_no_figures_of_them(tiny):
    assert tiny.loc[OLD, "BUREAU_ROWS_COUNT_ALL"] == 1
    assert tiny.loc[OLD, "BUREAU_ROWS_COUNT_M36"] == 0
    assert math.isnan(tiny.loc[OLD, "BUREAU_AMT_CREDIT_SUM_SUM_M12"])
    assert math.isnan(tiny.loc[OLD, "BUREAU_AMT_CREDIT_SUM_MEAN_M12"])


def test_loans_of_nobody_in_the_table_add_no_client(tiny):
    assert tiny.index.tolist() == [FULL, EMPTY, OLD, *DRAWN]


def in_window(name: str, table: pd.DataFrame, window: str) -> pd.Series:
    """Which rows a window looks at, by its name alone."""
    if window == "ALL":
        return pd.Series(True, table.index)
    months = re.fullmatch(r"M(\d+)", window)
    if months is None:
        status = "CREDIT_ACTIVE" if name == "bureau" else "NAME_CONTRACT_STATUS"
        return table[status] == window.capitalize()
    days = {
        "bureau": "DAYS_CREDIT",
        "previous_application": "DAYS_DECISION",
        "installments_payments": "DAYS_INSTALMENT",
    }
    if name in days:
        return table[days[name]] >= -int(months[1]) * 365.25 / 12
    return table["MONTHS_BALANCE"] >= -int(months[1])


def by_client(rows: pd.DataFrame, column: str, function: str) -> pd.Series:
    """An aggregate by client as pandas has it."""
    if function == "COUNT":
        return rows.groupby(ID).size()
    values = rows.groupby(ID)[column]
    return values.sum(min_count=1) if function == "SUM" else values.agg(function.lower())


@pytest.mark.parametrize("name", RECIPES)
def test_aggregates_of_raw_columns_are_those_of_pandas(raw, tiny, name):
    table = raw[name]
    if name == "bureau_balance":
        table = table.merge(raw["bureau"][["SK_ID_BUREAU", ID]], on="SK_ID_BUREAU")
    known = table[ID].unique()
    compared = 0
    for recipe in RECIPES[name].recipes:
        if recipe.column != "ROWS" and recipe.column not in table:
            continue  # computed row by row first: worked out by hand above
        for function in recipe.functions.split():
            for window in recipe.windows.split():
                rows = table[in_window(name, table, window)]
                expected = by_client(rows, recipe.column, function).reindex(known)
                expected = expected.fillna(0) if function == "COUNT" else expected
                feature = f"{RECIPES[name].prefix}_{recipe.column}_{function}_{window}"
                expected = expected.reindex(tiny.index)
                np.testing.assert_allclose(tiny[feature], expected, atol=1e-6, err_msg=feature)
                compared += 1
    assert compared >= 2


def test_there_is_one_column_a_function_and_window_and_each_has_words(tiny):
    counted = sum(
        len(recipe.functions.split()) * len(recipe.windows.split())
        for made in RECIPES.values()
        for recipe in made.recipes
    )

    assert len(texts()) == counted  # no two recipes make one name
    assert list(texts()) == [name for name in tiny if name in texts()]


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("BUREAU_ROWS_COUNT_ALL", "Loans elsewhere, ever"),
        ("BUREAU_AMT_CREDIT_SUM_SUM_M12", "Credit elsewhere, total in the last 12 months"),
        ("BUREAU_DAYS_CREDIT_MIN_ACTIVE", "Start of loans elsewhere, oldest of active loans"),
        ("PREVIOUS_AMT_APPLICATION_MAX_REFUSED", "Amount asked before, highest among those refused"),
    ],
)
def test_a_feature_is_worded_by_recipe_function_and_window(feature, words):
    assert texts()[feature][1] == words
