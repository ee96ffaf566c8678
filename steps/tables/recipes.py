"""Recipes: the features of a client's past loans as data, one line per group of columns.

A feature is named PREFIX_COLUMN_FUNCTION_WINDOW; a line defines a feature for each of its functions and windows.
`steps.tables.aggregation` turns recipes into queries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import ibis
from ibis import Table, Value

from steps.tables.aggregates import AGGREGATES
from steps.tables.home_credit import ID
from steps.tables.measures import FLAG, Measure

NOT_YET = 365243  # Home Credit's sentinel for a future or unknown day
DAYS_A_MONTH = 30.4375
LOAN = (ID, "SK_ID_PREV")

Column = Callable[[Table], Value]


class Window(NamedTuple):
    """The rows that an aggregate covers.

    Parameters
    ----------
    contains : Column or None
        True for the rows in the window, false or null for others; None for a window of all rows. D90 of instalments
        is `DAYS_INSTALMENT >= -90`: of instalments due 10, 90 and 91 days ago it contains the first two.
    words : str
        End of a description, such as "in the last 90 days".
    topic : str
        Topic of the features over this window, where it is not the recipe's: whatever is known of refused
        applications, the matter is that they were refused.
    """

    contains: Column | None
    words: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One line of features: a column, functions over it, and windows.

    `Recipe("DAYS_LATE", "MEAN MAX", "ALL D90 D90/D365", ...)` of instalments defines 2 * 3 = 6 features. With
    delays of 0 days 10 days ago and 20 days 100 days ago, INSTALMENTS_DAYS_LATE_MEAN_ALL is (0 + 20) / 2 = 10,
    _MEAN_D90 is 0 and _MEAN_D90_TO_D365 is 0 / 10 = 0.

    Parameters
    ----------
    column : str
        A column of the table, one of its `values`, or ROWS to count rows.
    functions : str
        Names in `AGGREGATES`, separated by spaces.
    windows : str
        Names of the table's windows, separated by spaces. `D90/D365` is the function over the first divided by the
        function over the second; missing where the second is missing or not positive.
    topic : str
        Topic of the features, the code of their reasons.
    text : str
        Start of the description; the words of function and window follow.
    scale : str
        "amount", or "days" counted back from the application; it selects the words of a function.
    weight : str
        The column of the weights of WMEAN.

    Raises
    ------
    ValueError
        A function is not in `AGGREGATES`, or has no words for the scale.
    """

    column: str
    functions: str
    windows: str
    topic: str
    text: str
    scale: str = "amount"
    weight: str = ""

    def __post_init__(self) -> None:
        for function in self.functions.split():
            if function not in AGGREGATES:
                raise ValueError(f"recipe of {self.column}: expected one of {', '.join(AGGREGATES)}, got {function}")
            if self.scale not in AGGREGATES[function].words:
                raise ValueError(f"recipe of {self.column}: {function} has no words for the scale {self.scale!r}")


@dataclass(frozen=True, slots=True)
class TableRecipes:
    """The recipes of one table.

    Parameters
    ----------
    prefix : str
        Prefix of the names of the table's features, unique to the table.
    values : Mapping[str, Column]
        Columns computed on each row from the table's columns and its `positions`.
    windows : Mapping[str, Window]
        The windows of the recipes, by name.
    recipes : tuple[Recipe, ...]
        In the order of the columns.
    positions : Mapping[str, Column]
        Columns that compare a row with others of its client or loan, such as its rank, 0 for the latest.
    time : str
        The column of the times of SLOPE.
    measures : Mapping[str, Measure]
        Unit and bounds of `values`; a value named IS_ is a flag and needs none.
    """

    prefix: str
    values: Mapping[str, Column]
    windows: Mapping[str, Window]
    recipes: tuple[Recipe, ...]
    positions: Mapping[str, Column] = field(default_factory=dict)
    time: str = ""
    measures: Mapping[str, Measure] = field(default_factory=dict)

    def measure(self, column: str, stored: Mapping[str, Measure]) -> Measure:
        """The measure of a recipe's column; `stored` has those of the table's own columns."""
        if column in self.values:
            return FLAG if column.startswith("IS_") else self.measures[column]
        return stored.get(column, Measure())


def _flag(condition: Value) -> Value:
    return condition.cast("float64")


def _ratio(numerator: Value, denominator: Value) -> Value:
    return numerator / ibis.cases((denominator > 0, denominator))


def _at_least_zero(value: Value) -> Value:
    return ibis.cases((value > 0, value), (value <= 0, 0.0))


def _day(value: Value) -> Value:
    return value.nullif(NOT_YET)


def _latest_first(time: str, *ties: str):
    """A client's rows, latest first; columns of `ties` order rows of the same time."""
    return lambda t: ibis.window(
        group_by=ID,
        order_by=[ibis.desc(t[time], nulls_first=False), *(ibis.asc(t[tie], nulls_first=False) for tie in ties)],
    )


def _since(column: str, first: float) -> Column:
    return lambda t: t[column] >= first


def _since_days(column: str, **days: int) -> dict[str, Window]:
    return {name: Window(_since(column, -count), f"in the last {count} days") for name, count in days.items()}


def _since_months_in_days(column: str, **months: int) -> dict[str, Window]:
    return {
        name: Window(_since(column, -DAYS_A_MONTH * count), f"in the last {count} months")
        for name, count in months.items()
    }


def _since_months(**months: int) -> dict[str, Window]:
    return {
        name: Window(_since("MONTHS_BALANCE", -count), f"in the last {count} months") for name, count in months.items()
    }


def _ranked_below(rows: int) -> Column:
    return lambda t: t.RANK.between(0, rows - 1)


def _last(**rows: int) -> dict[str, Window]:
    return {
        name: Window(_ranked_below(count), f"of the last {count}" if count > 1 else "of the latest")
        for name, count in rows.items()
    }


def _due(months: int) -> Column:
    """The amount due in the next months: one annuity a month, while instalments remain."""
    return lambda t: t.CNT_INSTALMENT_FUTURE.clip(upper=float(months)) * t.LOAN_ANNUITY


def _is_latest(t: Table) -> Value:
    return t.MONTHS_BALANCE == t.LATEST_MONTH


def _is_running(t: Table) -> Value:
    """The latest month of a loan with remaining instalments; a loan without a balance in 3 months has ended."""
    return _is_latest(t) & (t.MONTHS_BALANCE >= -3) & (t.CNT_INSTALMENT_FUTURE > 0)


# Instalments have no key: rows that tie in all of these columns give the same features in any order.
_latest_instalment = _latest_first(
    "DAYS_INSTALMENT",
    *("SK_ID_PREV", "NUM_INSTALMENT_NUMBER", "NUM_INSTALMENT_VERSION"),
    *("DAYS_ENTRY_PAYMENT", "AMT_INSTALMENT", "AMT_PAYMENT"),
)

MONEY = Measure("amount of money")
NEVER_NEGATIVE = Measure("amount of money", 0)
RATIO = Measure("ratio", 0)
DAYS = Measure("days from the application, negative before it", -36_525, 36_525)

EVER = {"ALL": Window(None, "ever")}

RECIPES: Mapping[str, TableRecipes] = {
    "bureau": TableRecipes(
        prefix="BUREAU",
        measures={
            "DEBT_TO_CREDIT": Measure("ratio"),
            "CREDIT_MINUS_DEBT": MONEY,
            "LIMIT_TO_CREDIT": Measure("ratio"),
            "OVERDUE_TO_CREDIT": RATIO,
            "PLANNED_MINUS_REAL_END": Measure("days"),
        },
        positions={"RANK": lambda t: ibis.row_number().over(_latest_first("DAYS_CREDIT", "SK_ID_BUREAU")(t))},
        values={
            "DEBT_TO_CREDIT": lambda t: _ratio(t.AMT_CREDIT_SUM_DEBT, t.AMT_CREDIT_SUM),
            "CREDIT_MINUS_DEBT": lambda t: t.AMT_CREDIT_SUM - t.AMT_CREDIT_SUM_DEBT,
            "LIMIT_TO_CREDIT": lambda t: _ratio(t.AMT_CREDIT_SUM_LIMIT, t.AMT_CREDIT_SUM),
            "OVERDUE_TO_CREDIT": lambda t: _ratio(t.AMT_CREDIT_MAX_OVERDUE, t.AMT_CREDIT_SUM),
            "PLANNED_MINUS_REAL_END": lambda t: t.DAYS_CREDIT_ENDDATE - t.DAYS_ENDDATE_FACT,
            "IS_ACTIVE": lambda t: _flag(t.CREDIT_ACTIVE == "Active"),
            "IS_OVERDUE": lambda t: _flag(t.CREDIT_DAY_OVERDUE > 0),
            "IS_CARD": lambda t: _flag(t.CREDIT_TYPE == "Credit card"),
            "IS_MICROLOAN": lambda t: _flag(t.CREDIT_TYPE == "Microloan"),
        },
        windows={
            **EVER,
            "ACTIVE": Window(lambda t: t.CREDIT_ACTIVE == "Active", "of active loans"),
            "CLOSED": Window(lambda t: t.CREDIT_ACTIVE == "Closed", "of closed loans"),
            "CONSUMER": Window(lambda t: t.CREDIT_TYPE == "Consumer credit", "of consumer credits"),
            "CARD": Window(lambda t: t.CREDIT_TYPE == "Credit card", "of cards"),
            "SECURED": Window(lambda t: t.CREDIT_TYPE.isin(["Car loan", "Mortgage"]), "of car loans and mortgages"),
            **_since_months_in_days("DAYS_CREDIT", M6=6, M12=12, M24=24, M36=36),
            **_last(LAST1=1),
        },
        recipes=(
            Recipe("ROWS", "COUNT", "ALL ACTIVE CLOSED CONSUMER CARD SECURED M6 M12 M24 M36", "BUREAU_LOANS",
                   "Loans elsewhere"),
            Recipe("DAYS_CREDIT", "MIN MEAN MAX", "ALL ACTIVE", "BUREAU_LOANS", "Start of loans elsewhere", "days"),
            Recipe("DAYS_CREDIT_ENDDATE", "MEAN MAX", "ALL ACTIVE", "BUREAU_LOANS", "End of loans elsewhere", "days"),
            Recipe("DAYS_CREDIT_UPDATE", "MEAN MAX", "ALL", "BUREAU_LOANS", "Last news of loans elsewhere", "days"),
            Recipe("PLANNED_MINUS_REAL_END", "MEAN MAX", "ALL", "BUREAU_LOANS", "Early end of loans elsewhere"),
            Recipe("IS_ACTIVE", "MEAN", "ALL M12 M24", "BUREAU_LOANS", "Share of active loans elsewhere"),
            Recipe("IS_CARD", "MEAN", "ALL ACTIVE", "BUREAU_LOANS", "Share of credit cards elsewhere"),
            Recipe("IS_MICROLOAN", "MEAN SUM", "ALL", "BUREAU_LOANS", "Microloans elsewhere"),
            Recipe("AMT_CREDIT_SUM", "SUM MEAN MAX", "ALL ACTIVE CLOSED", "BUREAU_DEBT", "Credit elsewhere"),
            Recipe("AMT_CREDIT_SUM", "SUM", "M6 M12 M24 M36", "BUREAU_DEBT", "Credit elsewhere"),
            Recipe("AMT_CREDIT_SUM", "MEAN", "LAST1", "BUREAU_DEBT", "Credit elsewhere"),
            Recipe("AMT_CREDIT_SUM_DEBT", "SUM MEAN MAX", "ALL ACTIVE", "BUREAU_DEBT", "Debt elsewhere"),
            Recipe("AMT_CREDIT_SUM_DEBT", "SUM", "M6 M12 M24 M36", "BUREAU_DEBT", "Debt elsewhere"),
            Recipe("DEBT_TO_CREDIT", "MEAN MAX", "ALL ACTIVE CLOSED CONSUMER CARD SECURED M12 M24", "BUREAU_DEBT",
                   "Debt elsewhere compared with its credit"),
            Recipe("CREDIT_MINUS_DEBT", "SUM MEAN MIN", "ALL ACTIVE", "BUREAU_DEBT", "Credit repaid elsewhere"),
            Recipe("AMT_CREDIT_SUM_LIMIT", "SUM MAX", "ALL ACTIVE", "BUREAU_DEBT", "Card limits elsewhere"),
            Recipe("LIMIT_TO_CREDIT", "MEAN", "ALL", "BUREAU_DEBT", "Card limits elsewhere compared with credit"),
            Recipe("AMT_ANNUITY", "SUM MEAN MAX", "ALL ACTIVE", "BUREAU_DEBT", "Annuities elsewhere"),
            Recipe("CREDIT_DAY_OVERDUE", "MEAN MAX", "ALL ACTIVE M12", "BUREAU_OVERDUE", "Days overdue elsewhere"),
            Recipe("CREDIT_DAY_OVERDUE", "MEAN", "LAST1", "BUREAU_OVERDUE", "Days overdue elsewhere"),
            Recipe("AMT_CREDIT_SUM_OVERDUE", "SUM MAX", "ALL ACTIVE", "BUREAU_OVERDUE", "Amount overdue elsewhere"),
            Recipe("AMT_CREDIT_SUM_OVERDUE", "MEAN", "LAST1", "BUREAU_OVERDUE", "Amount overdue elsewhere"),
            Recipe("AMT_CREDIT_MAX_OVERDUE", "MEAN MAX", "ALL M12 M24", "BUREAU_OVERDUE",
                   "Highest amount overdue elsewhere"),
            Recipe("AMT_CREDIT_MAX_OVERDUE", "MEAN", "LAST1", "BUREAU_OVERDUE", "Highest amount overdue elsewhere"),
            Recipe("OVERDUE_TO_CREDIT", "MEAN MAX", "ALL", "BUREAU_OVERDUE",
                   "Highest amount overdue elsewhere compared with its credit"),
            Recipe("IS_OVERDUE", "MEAN SUM", "ALL ACTIVE", "BUREAU_OVERDUE", "Loans elsewhere that are overdue"),
            Recipe("CNT_CREDIT_PROLONG", "SUM MAX", "ALL ACTIVE", "BUREAU_OVERDUE", "Loans elsewhere prolonged"),
        ),
    ),
    "bureau_balance": TableRecipes(
        prefix="BALANCE",
        measures={"WORST": Measure("months late, at most 5", 0, 5)},
        time="MONTHS_BALANCE",
        values={
            "WORST": lambda t: ibis.cases((t.STATUS.isin(list("12345")), t.STATUS.cast("float64")),
                                          (t.STATUS.isin(["0", "C"]), 0.0)),
            "IS_LATE": lambda t: _flag(t.STATUS.isin(list("12345"))),
            "IS_CLOSED": lambda t: _flag(t.STATUS == "C"),
            "IS_UNKNOWN": lambda t: _flag(t.STATUS == "X"),
        },
        windows={**EVER, **_since_months(M6=6, M12=12, M24=24)},
        recipes=(
            Recipe("ROWS", "COUNT", "ALL M12", "BUREAU_LOANS", "Months on file for loans elsewhere"),
            Recipe("IS_LATE", "SUM MEAN", "ALL M6 M12 M24", "BUREAU_OVERDUE", "Late months of loans elsewhere"),
            Recipe("IS_LATE", "MEAN", "M6/M24", "BUREAU_OVERDUE", "Late months of loans elsewhere"),
            Recipe("WORST", "MEAN MAX", "ALL M6 M12 M24", "BUREAU_OVERDUE", "Worst delay of loans elsewhere"),
            Recipe("WORST", "SLOPE", "ALL M12 M24", "BUREAU_OVERDUE", "Delay of loans elsewhere"),
            Recipe("IS_CLOSED", "MEAN", "ALL M12", "BUREAU_LOANS", "Closed months of loans elsewhere"),
            Recipe("IS_UNKNOWN", "MEAN", "ALL M12", "BUREAU_LOANS", "Unknown months of loans elsewhere"),
        ),
    ),
    "previous_application": TableRecipes(
        prefix="PREVIOUS",
        measures={
            "ASKED_TO_GIVEN": RATIO,
            "CREDIT_TO_GOODS": RATIO,
            "TERM": Measure("instalments", 0),
            "INTEREST": Measure("interest an instalment, as a share of the credit", -1),
            "LAST_DUE": DAYS,
            "FIRST_DUE": DAYS,
            "EARLY_END": Measure("days"),
        },
        positions={"RANK": lambda t: ibis.row_number().over(_latest_first("DAYS_DECISION", "SK_ID_PREV")(t))},
        values={
            "IS_APPROVED": lambda t: _flag(t.NAME_CONTRACT_STATUS == "Approved"),
            "IS_REFUSED": lambda t: _flag(t.NAME_CONTRACT_STATUS == "Refused"),
            "IS_CANCELED": lambda t: _flag(t.NAME_CONTRACT_STATUS == "Canceled"),
            "IS_CASH": lambda t: _flag(t.NAME_CONTRACT_TYPE == "Cash loans"),
            "IS_REVOLVING": lambda t: _flag(t.NAME_CONTRACT_TYPE == "Revolving loans"),
            "IS_HIGH_YIELD": lambda t: _flag(t.NAME_YIELD_GROUP == "high"),
            "ASKED_TO_GIVEN": lambda t: _ratio(t.AMT_APPLICATION, t.AMT_CREDIT),
            "CREDIT_TO_GOODS": lambda t: _ratio(t.AMT_CREDIT, t.AMT_GOODS_PRICE),
            "TERM": lambda t: _ratio(t.AMT_CREDIT, t.AMT_ANNUITY),
            "INTEREST": lambda t: _ratio(_ratio(t.AMT_ANNUITY * t.CNT_PAYMENT, t.AMT_CREDIT) - 1.0, t.CNT_PAYMENT),
            "LAST_DUE": lambda t: _day(t.DAYS_LAST_DUE),
            "FIRST_DUE": lambda t: _day(t.DAYS_FIRST_DUE),
            "EARLY_END": lambda t: _day(t.DAYS_LAST_DUE_1ST_VERSION) - _day(t.DAYS_LAST_DUE),
        },
        windows={
            **EVER,
            "APPROVED": Window(lambda t: t.NAME_CONTRACT_STATUS == "Approved", "among those approved"),
            "REFUSED": Window(lambda t: t.NAME_CONTRACT_STATUS == "Refused", "among those refused", "PREVIOUS_REFUSALS"),
            **_since_months_in_days("DAYS_DECISION", M6=6, M12=12, M24=24),
            **_last(LAST1=1, LAST3=3, LAST5=5),
        },
        recipes=(
            Recipe("ROWS", "COUNT", "ALL APPROVED REFUSED M6 M12 M24", "PREVIOUS_APPLICATIONS", "Applications before"),
            Recipe("IS_REFUSED", "SUM MEAN", "ALL M6 M12 M24", "PREVIOUS_REFUSALS", "Refusals before"),
            Recipe("IS_REFUSED", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_REFUSALS", "Refusals before"),
            Recipe("IS_APPROVED", "SUM MEAN", "ALL M6 M12 M24", "PREVIOUS_REFUSALS", "Approvals before"),
            Recipe("IS_APPROVED", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_REFUSALS", "Approvals before"),
            Recipe("IS_CANCELED", "MEAN", "ALL M12 M24", "PREVIOUS_APPLICATIONS", "Applications taken back before"),
            Recipe("IS_CASH", "MEAN", "ALL M12", "PREVIOUS_APPLICATIONS", "Cash loans before"),
            Recipe("IS_REVOLVING", "MEAN", "ALL M12", "PREVIOUS_APPLICATIONS", "Cards before"),
            Recipe("IS_REVOLVING", "SUM", "ALL", "PREVIOUS_APPLICATIONS", "Cards before"),
            Recipe("IS_HIGH_YIELD", "MEAN", "ALL M12 LAST3", "PREVIOUS_TERMS", "Costly loans before"),
            Recipe("IS_HIGH_YIELD", "SUM", "ALL", "PREVIOUS_TERMS", "Costly loans before"),
            Recipe("DAYS_DECISION", "MIN MEAN MAX", "ALL APPROVED REFUSED", "PREVIOUS_APPLICATIONS",
                   "Earlier decisions", "days"),
            Recipe("DAYS_DECISION", "MEAN", "LAST3 LAST5", "PREVIOUS_APPLICATIONS", "Earlier decisions", "days"),
            Recipe("AMT_APPLICATION", "SUM MEAN MAX", "ALL REFUSED M12", "PREVIOUS_AMOUNTS", "Amount asked before"),
            Recipe("AMT_APPLICATION", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_AMOUNTS", "Amount asked before"),
            Recipe("AMT_CREDIT", "SUM MEAN MAX", "ALL APPROVED M12", "PREVIOUS_AMOUNTS", "Credit before"),
            Recipe("AMT_CREDIT", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_AMOUNTS", "Credit before"),
            Recipe("AMT_ANNUITY", "SUM MEAN MAX", "ALL APPROVED M12", "PREVIOUS_AMOUNTS", "Annuities before"),
            Recipe("AMT_ANNUITY", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_AMOUNTS", "Annuities before"),
            Recipe("AMT_DOWN_PAYMENT", "MEAN MAX", "ALL", "PREVIOUS_TERMS", "Down payments before"),
            Recipe("RATE_DOWN_PAYMENT", "MEAN MIN MAX", "ALL", "PREVIOUS_TERMS", "Rate of down payment before"),
            Recipe("ASKED_TO_GIVEN", "MEAN MAX", "ALL APPROVED M24", "PREVIOUS_TERMS", "Asked compared with given before"),
            Recipe("ASKED_TO_GIVEN", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_TERMS", "Asked compared with given before"),
            Recipe("CREDIT_TO_GOODS", "MEAN MAX", "ALL APPROVED", "PREVIOUS_TERMS",
                   "Credit compared with the goods before"),
            Recipe("TERM", "MEAN MAX", "ALL APPROVED", "PREVIOUS_TERMS", "Annuities to repay loans before"),
            Recipe("INTEREST", "MEAN MAX", "ALL M24", "PREVIOUS_TERMS", "Interest of loans before"),
            Recipe("INTEREST", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_TERMS", "Interest of loans before"),
            Recipe("CNT_PAYMENT", "MEAN MAX", "ALL APPROVED M24", "PREVIOUS_TERMS", "Term of loans before"),
            Recipe("CNT_PAYMENT", "SUM", "ALL APPROVED", "PREVIOUS_TERMS", "Term of loans before"),
            Recipe("CNT_PAYMENT", "MEAN", "LAST1 LAST3 LAST5", "PREVIOUS_TERMS", "Term of loans before"),
            Recipe("FIRST_DUE", "MIN MAX", "APPROVED", "PREVIOUS_APPLICATIONS", "First payment due on loans before", "days"),
            Recipe("LAST_DUE", "MEAN MAX", "APPROVED", "PREVIOUS_APPLICATIONS", "Last payment due on loans before", "days"),
            Recipe("EARLY_END", "MEAN MAX", "APPROVED", "PREVIOUS_TERMS", "Early end of loans before"),
        ),
    ),
    "POS_CASH_balance": TableRecipes(
        prefix="POS",
        measures={
            "LEFT_SHARE": RATIO,
            "REMAINING": NEVER_NEGATIVE,
            **{f"DUE_{months}": NEVER_NEGATIVE for months in (3, 6, 12)},
        },
        time="MONTHS_BALANCE",
        positions={
            "LATEST_MONTH": lambda t: t.MONTHS_BALANCE.max().over(group_by=LOAN),
            "LONGEST_TERM": lambda t: t.CNT_INSTALMENT.max().over(group_by=LOAN),
        },
        values={
            "IS_LATE": lambda t: _flag(t.SK_DPD > 0),
            "IS_LATE_TOLERANT": lambda t: _flag(t.SK_DPD_DEF > 0),
            "IS_COMPLETED": lambda t: _flag(t.NAME_CONTRACT_STATUS == "Completed"),
            # After early repayment a loan is booked with its actual term.
            "IS_EARLY": lambda t: _flag(t.CNT_INSTALMENT < t.LONGEST_TERM),
            "LEFT_SHARE": lambda t: _ratio(t.CNT_INSTALMENT_FUTURE, t.CNT_INSTALMENT),
            "REMAINING": lambda t: t.CNT_INSTALMENT_FUTURE * t.LOAN_ANNUITY,
            **{f"DUE_{months}": _due(months) for months in (3, 6, 12)},
        },
        windows={
            **EVER,
            **_since_months(M6=6, M12=12, M24=24),
            "COMPLETED": Window(lambda t: _is_latest(t) & (t.NAME_CONTRACT_STATUS == "Completed"), "of completed loans"),
            "NOW": Window(_is_running, "of loans that run"),
        },
        recipes=(
            Recipe("ROWS", "COUNT", "ALL M6 M12 M24", "LOAN_BALANCES", "Months on file of loans here"),
            Recipe("SK_DPD", "MEAN MAX", "ALL M6 M12 M24", "LATE_PAYMENTS", "Days past due here"),
            Recipe("SK_DPD_DEF", "MEAN MAX", "ALL M6 M12 M24", "LATE_PAYMENTS", "Days past due here, small debts aside"),
            Recipe("IS_LATE", "SUM MEAN", "ALL M6 M12 M24", "LATE_PAYMENTS", "Late months here"),
            Recipe("IS_LATE", "MEAN", "M6/M24", "LATE_PAYMENTS", "Late months here"),
            Recipe("IS_LATE", "SLOPE", "M12 M24", "LATE_PAYMENTS", "Late months here"),
            Recipe("IS_LATE_TOLERANT", "SUM MEAN", "ALL M12", "LATE_PAYMENTS", "Late months here, small debts aside"),
            Recipe("IS_COMPLETED", "SUM", "ALL M12", "LOAN_BALANCES", "Loans completed here"),
            Recipe("IS_EARLY", "SUM MEAN", "COMPLETED", "LOAN_BALANCES", "Loans repaid early here"),
            Recipe("CNT_INSTALMENT", "MEAN MAX", "ALL M12", "LOAN_BALANCES", "Term of loans here"),
            Recipe("CNT_INSTALMENT_FUTURE", "MEAN MIN MAX", "ALL M6 M12", "LOAN_BALANCES", "Instalments left here"),
            Recipe("CNT_INSTALMENT_FUTURE", "SUM MAX", "NOW", "LOAN_BALANCES", "Instalments left here"),
            Recipe("LEFT_SHARE", "MEAN MIN", "ALL M6", "LOAN_BALANCES", "Share of instalments left here"),
            Recipe("LEFT_SHARE", "MEAN", "NOW", "LOAN_BALANCES", "Share of instalments left here"),
            Recipe("REMAINING", "SUM MAX", "NOW", "LOAN_BALANCES", "Debt left here"),
            Recipe("DUE_3", "SUM", "NOW", "LOAN_BALANCES", "Payments due here in the next 3 months"),
            Recipe("DUE_6", "SUM", "NOW", "LOAN_BALANCES", "Payments due here in the next 6 months"),
            Recipe("DUE_12", "SUM", "NOW", "LOAN_BALANCES", "Payments due here in the next 12 months"),
        ),
    ),
    "installments_payments": TableRecipes(
        prefix="INSTALMENTS",
        measures={
            "DAYS_LATE": Measure("days", 0),
            "DAYS_EARLY": Measure("days", 0),
            "UNDERPAID": NEVER_NEGATIVE,
            "PAID_SHARE": RATIO,
            "LATE_MONEY": NEVER_NEGATIVE,
        },
        time="DAYS_INSTALMENT",
        positions={
            "RANK": lambda t: ibis.row_number().over(_latest_instalment(t)),
            "LATEST_LOAN": lambda t: t.SK_ID_PREV.first().over(_latest_instalment(t)),
        },
        values={
            "DAYS_LATE": lambda t: _at_least_zero(t.DAYS_ENTRY_PAYMENT - t.DAYS_INSTALMENT),
            "DAYS_EARLY": lambda t: _at_least_zero(t.DAYS_INSTALMENT - t.DAYS_ENTRY_PAYMENT),
            "IS_LATE": lambda t: _flag(t.DAYS_ENTRY_PAYMENT > t.DAYS_INSTALMENT),
            "IS_LATE_7": lambda t: _flag(t.DAYS_ENTRY_PAYMENT > t.DAYS_INSTALMENT + 7),
            "IS_LATE_15": lambda t: _flag(t.DAYS_ENTRY_PAYMENT > t.DAYS_INSTALMENT + 15),
            "UNDERPAID": lambda t: _at_least_zero(t.AMT_INSTALMENT - t.AMT_PAYMENT),
            "PAID_SHARE": lambda t: _ratio(t.AMT_PAYMENT, t.AMT_INSTALMENT),
            "LATE_MONEY": lambda t: t.AMT_INSTALMENT * _flag(t.DAYS_ENTRY_PAYMENT > t.DAYS_INSTALMENT),
        },
        windows={
            **EVER,
            **_since_days("DAYS_INSTALMENT", D30=30, D60=60, D90=90, D180=180, D365=365, D1000=1000),
            **_last(LAST5=5),
            "LOAN": Window(lambda t: t.SK_ID_PREV == t.LATEST_LOAN, "of the latest loan"),
        },
        recipes=(
            Recipe("ROWS", "COUNT", "ALL D30 D60 D90 D180 D365 D1000 LOAN", "INSTALMENT_AMOUNTS", "Instalments here"),
            Recipe("DAYS_LATE", "MEAN MAX", "ALL D30 D60 D90 D180 D365 D1000 LAST5 LOAN", "LATE_PAYMENTS",
                   "Days late with instalments"),
            Recipe("DAYS_LATE", "SUM", "ALL D365", "LATE_PAYMENTS", "Days late with instalments"),
            Recipe("DAYS_LATE", "WMEAN", "ALL D90 D365 D1000 LAST5 LOAN", "LATE_PAYMENTS",
                   "Days late with instalments", weight="AMT_INSTALMENT"),
            Recipe("DAYS_LATE", "MEAN", "D90/D365 D180/D1000", "LATE_PAYMENTS", "Days late with instalments"),
            Recipe("DAYS_LATE", "SLOPE", "D365 D1000 LAST5", "LATE_PAYMENTS", "Days late with instalments"),
            Recipe("DAYS_EARLY", "MEAN", "ALL D30 D60 D90 D180 D365 D1000 LAST5 LOAN", "LATE_PAYMENTS",
                   "Days early with instalments"),
            Recipe("DAYS_EARLY", "MAX", "ALL D365", "LATE_PAYMENTS", "Days early with instalments"),
            Recipe("DAYS_EARLY", "MEAN", "D90/D365", "LATE_PAYMENTS", "Days early with instalments"),
            Recipe("DAYS_EARLY", "SLOPE", "D365 D1000", "LATE_PAYMENTS", "Days early with instalments"),
            Recipe("IS_LATE", "MEAN", "ALL D30 D60 D90 D180 D365 D1000 LAST5 LOAN", "LATE_PAYMENTS",
                   "Instalments paid late"),
            Recipe("IS_LATE", "SUM", "ALL D365", "LATE_PAYMENTS", "Instalments paid late"),
            Recipe("IS_LATE", "MEAN", "D90/D365 D180/D1000", "LATE_PAYMENTS", "Instalments paid late"),
            Recipe("IS_LATE", "SLOPE", "D1000", "LATE_PAYMENTS", "Instalments paid late"),
            Recipe("IS_LATE_7", "MEAN", "ALL D90 D180 D365 D1000 LAST5 LOAN", "LATE_PAYMENTS",
                   "Instalments paid over a week late"),
            Recipe("IS_LATE_15", "MEAN", "ALL D180 D365 D1000 LOAN", "LATE_PAYMENTS",
                   "Instalments paid over two weeks late"),
            Recipe("LATE_MONEY", "SUM", "ALL D180 D365 D1000", "LATE_PAYMENTS", "Money paid late"),
            Recipe("UNDERPAID", "SUM MAX", "ALL D90 D180 D365 D1000 LAST5 LOAN", "UNDERPAYMENT",
                   "Instalments not paid in full"),
            Recipe("UNDERPAID", "MEAN", "ALL D365", "UNDERPAYMENT", "Instalments not paid in full"),
            Recipe("PAID_SHARE", "MEAN MIN", "ALL D365 LAST5 LOAN", "UNDERPAYMENT", "Share of instalments paid"),
            Recipe("AMT_INSTALMENT", "SUM", "ALL D30 D90 D180 D365", "INSTALMENT_AMOUNTS", "Instalments due"),
            Recipe("AMT_INSTALMENT", "MEAN MAX", "ALL D365 LOAN", "INSTALMENT_AMOUNTS", "Instalments due"),
            Recipe("AMT_PAYMENT", "SUM", "ALL D30 D90 D180 D365 D90/D365", "INSTALMENT_AMOUNTS", "Payments made"),
            Recipe("AMT_PAYMENT", "MEAN MAX", "ALL D365 LAST5", "INSTALMENT_AMOUNTS", "Payments made"),
        ),
    ),
    "credit_card_balance": TableRecipes(
        prefix="CARD",
        # A corrected booking is negative: so are balances and drawings with it.
        measures={
            "UTILISATION": Measure("ratio"),
            "CASH_SHARE": Measure("ratio"),
            "PAYMENT_TO_MINIMUM": RATIO,
        },
        time="MONTHS_BALANCE",
        values={
            "UTILISATION": lambda t: _ratio(t.AMT_BALANCE, t.AMT_CREDIT_LIMIT_ACTUAL),
            "CASH_SHARE": lambda t: _ratio(t.AMT_DRAWINGS_ATM_CURRENT, t.AMT_DRAWINGS_CURRENT),
            "PAYMENT_TO_MINIMUM": lambda t: _ratio(t.AMT_PAYMENT_CURRENT, t.AMT_INST_MIN_REGULARITY),
            "IS_LATE": lambda t: _flag(t.SK_DPD > 0),
            "IS_LATE_TOLERANT": lambda t: _flag(t.SK_DPD_DEF > 0),
        },
        windows={**EVER, **_since_months(M3=3, M6=6, M12=12)},
        recipes=(
            Recipe("ROWS", "COUNT", "ALL M12", "CARD_USE", "Months on file of the card"),
            Recipe("UTILISATION", "MEAN MAX", "ALL M3 M6 M12", "CARD_UTILISATION", "Card balance compared with its limit"),
            Recipe("UTILISATION", "MEAN", "M3/M12", "CARD_UTILISATION", "Card balance compared with its limit"),
            Recipe("UTILISATION", "SLOPE", "M12", "CARD_UTILISATION", "Card balance compared with its limit"),
            Recipe("AMT_BALANCE", "MEAN MAX", "ALL M3 M12", "CARD_UTILISATION", "Card balance"),
            Recipe("AMT_CREDIT_LIMIT_ACTUAL", "MEAN MAX", "ALL M6", "CARD_UTILISATION", "Card limit"),
            Recipe("CASH_SHARE", "MEAN", "ALL M6 M12", "CARD_USE", "Share of cash in the use of the card"),
            Recipe("AMT_DRAWINGS_ATM_CURRENT", "SUM MAX", "ALL M6 M12", "CARD_USE", "Cash drawn with the card"),
            Recipe("AMT_DRAWINGS_CURRENT", "SUM MAX", "ALL M6 M12", "CARD_USE", "Use of the card"),
            Recipe("CNT_DRAWINGS_CURRENT", "SUM MEAN", "ALL M6 M12", "CARD_USE", "Times the card was used"),
            Recipe("PAYMENT_TO_MINIMUM", "MEAN MIN", "ALL M6 M12", "CARD_PAYMENTS", "Card payments compared with the minimum"),
            Recipe("AMT_PAYMENT_TOTAL_CURRENT", "SUM MEAN", "ALL M6", "CARD_PAYMENTS", "Card payments"),
            Recipe("SK_DPD", "MEAN MAX", "ALL M6 M12", "LATE_PAYMENTS", "Days past due with the card"),
            Recipe("IS_LATE", "SUM MEAN", "ALL M6 M12", "LATE_PAYMENTS", "Late months with the card"),
            Recipe("IS_LATE_TOLERANT", "MEAN", "ALL M12", "LATE_PAYMENTS", "Late months with the card, small debts aside"),
        ),
    ),
}  # fmt: skip
