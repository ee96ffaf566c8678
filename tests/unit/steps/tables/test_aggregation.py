"""Features of past loans: calculated by hand for one client, compared with pandas for many."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from steps.features import Engine, build
from steps.run.settings import Settings
from steps.tables.aggregation import history_meanings
from steps.tables.home_credit import APPLICATION, ID, TARGET
from steps.tables.recipes import RECIPES
from tests.unit.steps.raw_tables import DRAWN, EMPTY, FULL, OLD, write_table

pytestmark = pytest.mark.slow  # computes all features

# Time of a row, and columns that order rows of the same time.
TIMES = {
    "bureau": ("DAYS_CREDIT", ["SK_ID_BUREAU"]),
    "bureau_balance": ("MONTHS_BALANCE", []),
    "previous_application": ("DAYS_DECISION", ["SK_ID_PREV"]),
    "POS_CASH_balance": ("MONTHS_BALANCE", []),
    "installments_payments": (
        "DAYS_INSTALMENT",
        [
            *("SK_ID_PREV", "NUM_INSTALMENT_NUMBER", "NUM_INSTALMENT_VERSION"),
            *("DAYS_ENTRY_PAYMENT", "AMT_INSTALMENT", "AMT_PAYMENT"),
        ],
    ),
    "credit_card_balance": ("MONTHS_BALANCE", []),
}
STATES = {
    "ACTIVE": ("CREDIT_ACTIVE", ["Active"]),
    "CLOSED": ("CREDIT_ACTIVE", ["Closed"]),
    "CONSUMER": ("CREDIT_TYPE", ["Consumer credit"]),
    "CARD": ("CREDIT_TYPE", ["Credit card"]),
    "SECURED": ("CREDIT_TYPE", ["Car loan", "Mortgage"]),
    "APPROVED": ("NAME_CONTRACT_STATUS", ["Approved"]),
    "REFUSED": ("NAME_CONTRACT_STATUS", ["Refused"]),
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
        ("BUREAU_AMT_CREDIT_SUM_SUM_M12", 4000),
        ("BUREAU_AMT_CREDIT_SUM_MEAN_LAST1", 1000),
        ("BUREAU_CREDIT_DAY_OVERDUE_MEAN_LAST1", 0),
        ("BUREAU_AMT_CREDIT_SUM_DEBT_MEAN_ALL", 200),  # 400 and 0; the third is missing
        ("BUREAU_DEBT_TO_CREDIT_MEAN_ALL", 0.2),  # 0.4 and 0; a credit of 0 has no share of debt
        ("BUREAU_CREDIT_MINUS_DEBT_SUM_ALL", 3600),
        ("BUREAU_PLANNED_MINUS_REAL_END_MEAN_ALL", 30),  # ended 80 days ago instead of 50
        ("BUREAU_IS_ACTIVE_MEAN_ALL", 2 / 3),
        ("BUREAU_IS_ACTIVE_MEAN_M12", 1 / 2),
        ("BUREAU_IS_OVERDUE_SUM_ALL", 1),
        ("BUREAU_IS_CARD_MEAN_ACTIVE", 1 / 2),
        ("BUREAU_ROWS_COUNT_CONSUMER", 1),
        ("BUREAU_DEBT_TO_CREDIT_MEAN_CARD", 0.4),
        ("BUREAU_DEBT_TO_CREDIT_MAX_CLOSED", 0),
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
        ("BALANCE_WORST_MEAN_ALL", 6 / 4),  # 1, 0, 5 and, closed, 0; X is missing
        # Delays of 1, 0, 5 and 0 in the months 0, -3, -8 and -30, whose mean is -10.25: the line through them
        # rises by (10.25 * 1 + 7.25 * 0 + 2.25 * 5 - 19.75 * 0) / (10.25^2 + 7.25^2 + 2.25^2 + 19.75^2) a month.
        ("BALANCE_WORST_SLOPE_ALL", 21.5 / 552.75),
        ("BALANCE_IS_LATE_MEAN_M6_TO_M24", (1 / 2) / (2 / 4)),
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
        ("PREVIOUS_ASKED_TO_GIVEN_MEAN_ALL", (100 / 80 + 300 / 300) / 2),  # the refused application has no credit
        ("PREVIOUS_CREDIT_TO_GOODS_MAX_ALL", 300 / 250),
        ("PREVIOUS_TERM_MEAN_APPROVED", (80 / 10 + 300 / 30) / 2),
        ("PREVIOUS_INTEREST_MAX_ALL", (10 * 12 / 80 - 1) / 12),
        ("PREVIOUS_LAST_DUE_MEAN_APPROVED", -650),  # 365243 is a day in the future
        ("PREVIOUS_EARLY_END_MEAN_APPROVED", 50),  # ended 650 days ago instead of 600
        ("PREVIOUS_FIRST_DUE_MAX_APPROVED", -20),
        ("PREVIOUS_AMT_CREDIT_MEAN_LAST1", 80),
        ("PREVIOUS_AMT_APPLICATION_MEAN_LAST3", 200),
        ("PREVIOUS_DAYS_DECISION_MEAN_LAST5", -1430 / 3),
        ("PREVIOUS_IS_REFUSED_MEAN_LAST3", 1 / 3),
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
        ("POS_IS_COMPLETED_SUM_M12", 0),
        # The running loan has 3 instalments left at an annuity of 10; the other is completed, at its full term.
        ("POS_REMAINING_SUM_NOW", 30),
        ("POS_DUE_3_SUM_NOW", 30),
        ("POS_CNT_INSTALMENT_FUTURE_MAX_NOW", 3),
        ("POS_IS_EARLY_SUM_COMPLETED", 0),
        ("POS_IS_LATE_SLOPE_M12", -1 / 6),  # late in month -7 and not in month -1
        # Due 10, 100 and 500 days ago: two days early, twenty late, not paid so far.
        ("INSTALMENTS_ROWS_COUNT_ALL", 3),
        ("INSTALMENTS_ROWS_COUNT_D90", 1),
        ("INSTALMENTS_ROWS_COUNT_D180", 2),
        ("INSTALMENTS_DAYS_LATE_MEAN_ALL", (0 + 20) / 2),
        ("INSTALMENTS_DAYS_LATE_MAX_D90", 0),
        ("INSTALMENTS_DAYS_EARLY_MEAN_ALL", (2 + 0) / 2),
        ("INSTALMENTS_IS_LATE_MEAN_ALL", 1 / 2),
        ("INSTALMENTS_IS_LATE_15_MEAN_ALL", 1 / 2),
        ("INSTALMENTS_LATE_MONEY_SUM_ALL", 200),
        ("INSTALMENTS_UNDERPAID_SUM_ALL", 50),
        ("INSTALMENTS_PAID_SHARE_MIN_ALL", 150 / 200),
        ("INSTALMENTS_DAYS_LATE_WMEAN_ALL", (0 * 100 + 20 * 200) / (100 + 200)),
        ("INSTALMENTS_DAYS_LATE_MEAN_D90_TO_D365", 0 / 10),
        ("INSTALMENTS_DAYS_LATE_SLOPE_D365", -20 / 90),  # 20 days late 100 days ago, none 10 days ago
        ("INSTALMENTS_DAYS_LATE_MAX_LOAN", 20),
        ("INSTALMENTS_ROWS_COUNT_LOAN", 2),  # the latest instalment is of loan 101
        ("INSTALMENTS_AMT_PAYMENT_MEAN_LAST5", (100 + 150) / 2),
        ("INSTALMENTS_AMT_PAYMENT_SUM_D90_TO_D365", 100 / 250),
        ("INSTALMENTS_AMT_INSTALMENT_SUM_ALL", 600),
        ("INSTALMENTS_AMT_PAYMENT_MEAN_D365", (100 + 150) / 2),
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
    assert tiny.loc[FULL, feature] == pytest.approx(value, abs=1e-6)  # sums are of millionths


def test_a_client_without_past_loans_has_no_history_at_all(tiny):
    assert tiny.loc[EMPTY, list(history_meanings())].isna().all()


def test_a_client_with_loans_outside_a_window_has_none_in_it_and_no_figures_of_them(tiny):
    assert tiny.loc[OLD, "BUREAU_ROWS_COUNT_ALL"] == 1
    assert tiny.loc[OLD, "BUREAU_ROWS_COUNT_M36"] == 0
    assert math.isnan(tiny.loc[OLD, "BUREAU_AMT_CREDIT_SUM_SUM_M12"])
    assert math.isnan(tiny.loc[OLD, "BUREAU_DEBT_TO_CREDIT_MEAN_M12"])


def test_loans_of_nobody_in_the_table_add_no_client(tiny):
    assert tiny.index.tolist() == [FULL, EMPTY, OLD, *DRAWN]


def latest_first(name: str, table: pd.DataFrame) -> pd.DataFrame:
    time, ties = TIMES[name]
    return table.sort_values([time, *ties], ascending=[False, *(True for _ in ties)], na_position="last")


def in_window(name: str, table: pd.DataFrame, window: str) -> pd.DataFrame:
    """The rows of a window, by its name alone."""
    if window == "ALL":
        return table
    if window in STATES:
        column, values = STATES[window]
        return table[table[column].isin(values)]
    if window.startswith("LAST"):
        return latest_first(name, table).groupby(ID).head(int(window[4:]))
    if window == "LOAN":
        return table[table["SK_ID_PREV"] == table[ID].map(latest_first(name, table).groupby(ID)["SK_ID_PREV"].first())]
    if window in ("NOW", "COMPLETED"):
        last = table[table["MONTHS_BALANCE"] == table.groupby([ID, "SK_ID_PREV"])["MONTHS_BALANCE"].transform("max")]
        if window == "COMPLETED":
            return last[last["NAME_CONTRACT_STATUS"] == "Completed"]
        return last[(last["MONTHS_BALANCE"] >= -3) & (last["CNT_INSTALMENT_FUTURE"] > 0)]
    unit, count = re.fullmatch(r"([DM])(\d+)", window).groups()
    time, _ = TIMES[name]
    days = 365.25 / 12 if unit == "M" and time.startswith("DAYS") else 1
    return table[table[time] >= -int(count) * days]


def by_client(rows: pd.DataFrame, column: str, function: str) -> pd.Series:
    """An aggregate by client, in pandas."""
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
            continue  # a computed column: calculated by hand above
        for function in recipe.functions.split():
            for window in recipe.windows.split():
                first, *second = (
                    by_client(in_window(name, table, part), recipe.column, function).reindex(known)
                    for part in window.split("/")
                )
                expected = first / second[0].where(second[0] > 0) if second else first
                expected = expected.fillna(0) if function == "COUNT" else expected
                feature = f"{RECIPES[name].prefix}_{recipe.column}_{function}_{window.replace('/', '_TO_')}"
                expected = expected.reindex(tiny.index)
                np.testing.assert_allclose(tiny[feature], expected, atol=1e-6, err_msg=feature)
                compared += 1
    assert compared >= 2


@pytest.mark.parametrize("window", ["ALL", "D90", "D365", "D1000", "LAST5", "LOAN"])
def test_a_weighted_mean_is_that_of_numpy(raw, tiny, window):
    rows = in_window("installments_payments", raw["installments_payments"], window)
    late = (rows["DAYS_ENTRY_PAYMENT"] - rows["DAYS_INSTALMENT"]).clip(lower=0)
    rows = rows.assign(late=late, due=rows["AMT_INSTALMENT"])[late.notna() & rows["AMT_INSTALMENT"].gt(0)]

    expected = rows.groupby(ID)[["late", "due"]].apply(lambda client: np.average(client["late"], weights=client["due"]))

    found = tiny[f"INSTALMENTS_DAYS_LATE_WMEAN_{window}"]
    assert expected.count() > 10
    np.testing.assert_allclose(found, expected.reindex(found.index), atol=1e-6)


@pytest.mark.parametrize("window", ["D365", "D1000", "LAST5"])
def test_a_slope_is_that_of_the_line_that_numpy_fits(raw, tiny, window):
    rows = in_window("installments_payments", raw["installments_payments"], window)
    late = (rows["DAYS_ENTRY_PAYMENT"] - rows["DAYS_INSTALMENT"]).clip(lower=0)
    rows = rows.assign(late=late, time=rows["DAYS_INSTALMENT"])[late.notna()]
    rows = rows[rows.groupby(ID)["time"].transform("nunique") > 1]  # no slope through one point

    expected = rows.groupby(ID)[["time", "late"]].apply(lambda client: np.polyfit(client["time"], client["late"], 1)[0])

    found = tiny[f"INSTALMENTS_DAYS_LATE_SLOPE_{window}"]
    assert expected.count() > 10
    np.testing.assert_allclose(found, expected.reindex(found.index), atol=1e-6)


def test_rows_of_the_same_day_are_told_apart_and_only_equal_rows_tie(raw):
    for name in ("bureau", "previous_application", "installments_payments"):
        time, ties = TIMES[name]
        table = raw[name]
        assert table.duplicated([ID, time]).any()  # some rows share a day
        tied = table[table.duplicated([ID, time, *ties], keep=False)]
        assert len(tied) == tied.duplicated(keep=False).sum()  # rows that tie in all columns are equal


@pytest.mark.slow
def test_the_order_of_rows_does_not_matter(raw, tiny, tmp_path):
    for name, table in raw.items():
        write_table(table.sample(frac=1, random_state=3), tmp_path / f"{name}.parquet")

    built = build(str(tmp_path), tmp_path / "out" / "features.parquet", Engine.duckdb, TARGET, ID, Settings())

    pd.testing.assert_frame_equal(pd.read_parquet(built).set_index(ID), tiny, check_exact=True)


@pytest.mark.slow
def test_no_feature_looks_at_the_target_or_at_other_clients(raw, tiny, tmp_path):
    clients = [FULL, *DRAWN[::2]]
    for name, table in raw.items():
        if name == APPLICATION:
            table = table[table[ID].isin(clients)].assign(**{TARGET: lambda rows: 1 - rows[TARGET]})
        elif ID in table:
            table = table[table[ID].isin(clients)]
        write_table(table, tmp_path / f"{name}.parquet")

    built = build(str(tmp_path), tmp_path / "out" / "features.parquet", Engine.duckdb, TARGET, ID, Settings())

    alone = pd.read_parquet(built).set_index(ID)
    assert (alone[TARGET] == 1 - tiny.loc[clients, TARGET]).all()
    pd.testing.assert_frame_equal(alone.drop(columns=TARGET), tiny.loc[clients].drop(columns=TARGET), check_exact=True)


def test_there_is_one_column_a_function_and_window_and_each_has_words(tiny):
    counted = sum(
        len(recipe.functions.split()) * len(recipe.windows.split())
        for table in RECIPES.values()
        for recipe in table.recipes
    )

    assert len(history_meanings()) == counted  # the names of all recipes are unique
    assert list(history_meanings()) == [name for name in tiny if name in history_meanings()]


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
    assert history_meanings()[feature].description == f"{words}."
