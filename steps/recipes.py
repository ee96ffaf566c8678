"""What is made of a client's past loans: aggregates as data, a line a column.

A feature is named TABLE_COLUMN_FUNCTION_WINDOW, and one line here makes as many as it names
functions times windows. `steps.history` turns them into queries.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
from ibis import Table, Value

NOT_YET = 365243  # Home Credit's sentinel for a day that has not come or is not known


@dataclass(frozen=True, slots=True)
class Recipe:
    """`column` is one of the table's, one of its `values`, or ROWS to count rows.

    `code`, `text` and `scale` make the reason that the features give when they raise a client's risk.
    """

    column: str
    functions: str
    windows: str
    code: str
    text: str
    scale: str = "amount"


@dataclass(frozen=True, slots=True)
class TableRecipes:
    """The recipes of one table.

    `values` are columns computed row by row, `windows` the rows that an aggregate looks at, each with
    the words for it.
    """

    prefix: str
    values: dict[str, Callable[[Table], Value]]
    windows: dict[str, tuple[Callable[[Table], Value] | None, str]]
    recipes: tuple[Recipe, ...]


# How a function is worded: of an amount, and of a day that counts back from the application.
WORDS = {
    "amount": {"COUNT": "", "SUM": "total", "MEAN": "average", "MIN": "lowest", "MAX": "highest"},
    "days": {"MEAN": "average", "MIN": "oldest", "MAX": "latest"},
}


def _flag(condition: Value) -> Value:
    return condition.cast("float64")


def _ratio(numerator: Value, denominator: Value) -> Value:
    return numerator / ibis.cases((denominator > 0, denominator))


def _at_least_zero(value: Value) -> Value:
    return ibis.cases((value > 0, value), (value <= 0, 0.0))


def _day(value: Value) -> Value:
    return value.nullif(NOT_YET)


def _since_days(column: str, **months: int) -> dict[str, tuple[Callable[[Table], Value], str]]:
    return {
        name: (lambda t, m=count: t[column] >= -30.4375 * m, f"in the last {count} months")
        for name, count in months.items()
    }


def _since_months(**months: int) -> dict[str, tuple[Callable[[Table], Value], str]]:
    return {
        name: (lambda t, m=count: -m <= t.MONTHS_BALANCE, f"in the last {count} months")
        for name, count in months.items()
    }


EVER = {"ALL": (None, "ever")}

RECIPES = {
    "bureau": TableRecipes(
        prefix="BUREAU",
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
            "ACTIVE": (lambda t: t.CREDIT_ACTIVE == "Active", "of active loans"),
            "CLOSED": (lambda t: t.CREDIT_ACTIVE == "Closed", "of closed loans"),
            **_since_days("DAYS_CREDIT", M6=6, M12=12, M24=24, M36=36),
        },
        recipes=(
            Recipe("ROWS", "COUNT", "ALL ACTIVE CLOSED M6 M12 M24 M36", "BUREAU_LOANS", "Loans elsewhere"),
            Recipe("DAYS_CREDIT", "MIN MEAN MAX", "ALL ACTIVE", "BUREAU_LOANS", "Start of loans elsewhere", "days"),
            Recipe("DAYS_CREDIT_ENDDATE", "MEAN MAX", "ALL ACTIVE", "BUREAU_LOANS", "End of loans elsewhere", "days"),
            Recipe("DAYS_CREDIT_UPDATE", "MEAN MAX", "ALL", "BUREAU_LOANS", "Last news of loans elsewhere", "days"),
            Recipe("PLANNED_MINUS_REAL_END", "MEAN MAX", "ALL", "BUREAU_LOANS", "Early end of loans elsewhere"),
            Recipe("IS_ACTIVE", "MEAN", "ALL M12 M24", "BUREAU_LOANS", "Share of active loans elsewhere"),
            Recipe("IS_CARD", "MEAN SUM", "ALL ACTIVE", "BUREAU_LOANS", "Credit cards elsewhere"),
            Recipe("IS_MICROLOAN", "MEAN SUM", "ALL", "BUREAU_LOANS", "Microloans elsewhere"),
            Recipe("AMT_CREDIT_SUM", "SUM MEAN MAX", "ALL ACTIVE CLOSED M12 M24", "BUREAU_DEBT", "Credit elsewhere"),
            Recipe("AMT_CREDIT_SUM_DEBT", "SUM MEAN MAX", "ALL ACTIVE M12 M24", "BUREAU_DEBT", "Debt elsewhere"),
            Recipe("DEBT_TO_CREDIT", "MEAN MAX", "ALL ACTIVE M12 M24", "BUREAU_DEBT",
                   "Debt elsewhere compared with its credit"),
            Recipe("CREDIT_MINUS_DEBT", "SUM MEAN MIN", "ALL ACTIVE", "BUREAU_DEBT", "Credit repaid elsewhere"),
            Recipe("AMT_CREDIT_SUM_LIMIT", "SUM MAX", "ALL ACTIVE", "BUREAU_DEBT", "Card limits elsewhere"),
            Recipe("LIMIT_TO_CREDIT", "MEAN", "ALL", "BUREAU_DEBT", "Card limits elsewhere compared with credit"),
            Recipe("AMT_ANNUITY", "SUM MEAN MAX", "ALL ACTIVE", "BUREAU_DEBT", "Annuities elsewhere"),
            Recipe("CREDIT_DAY_OVERDUE", "MEAN MAX", "ALL ACTIVE M12", "BUREAU_OVERDUE", "Days overdue elsewhere"),
            Recipe("AMT_CREDIT_SUM_OVERDUE", "SUM MAX", "ALL ACTIVE", "BUREAU_OVERDUE", "Amount overdue elsewhere"),
            Recipe("AMT_CREDIT_MAX_OVERDUE", "MEAN MAX", "ALL M12 M24", "BUREAU_OVERDUE",
                   "Highest amount overdue elsewhere"),
            Recipe("OVERDUE_TO_CREDIT", "MEAN MAX", "ALL", "BUREAU_OVERDUE",
                   "Highest amount overdue elsewhere compared with its credit"),
            Recipe("IS_OVERDUE", "MEAN SUM", "ALL ACTIVE", "BUREAU_OVERDUE", "Loans elsewhere that are overdue"),
            Recipe("CNT_CREDIT_PROLONG", "SUM MAX", "ALL ACTIVE", "BUREAU_OVERDUE", "Loans elsewhere prolonged"),
        ),
    ),
    "bureau_balance": TableRecipes(
        prefix="BALANCE",
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
            Recipe("WORST", "MEAN MAX", "ALL M6 M12 M24", "BUREAU_OVERDUE", "Worst delay of loans elsewhere"),
            Recipe("IS_CLOSED", "MEAN", "ALL M12", "BUREAU_LOANS", "Closed months of loans elsewhere"),
            Recipe("IS_UNKNOWN", "MEAN", "ALL M12", "BUREAU_LOANS", "Unknown months of loans elsewhere"),
        ),
    ),
    "previous_application": TableRecipes(
        prefix="PREVIOUS",
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
            "APPROVED": (lambda t: t.NAME_CONTRACT_STATUS == "Approved", "among those approved"),
            "REFUSED": (lambda t: t.NAME_CONTRACT_STATUS == "Refused", "among those refused"),
            **_since_days("DAYS_DECISION", M6=6, M12=12, M24=24),
        },
        recipes=(
            Recipe("ROWS", "COUNT", "ALL APPROVED REFUSED M6 M12 M24", "PREVIOUS_APPLICATIONS", "Applications before"),
            Recipe("IS_REFUSED", "SUM MEAN", "ALL M6 M12 M24", "PREVIOUS_REFUSALS", "Refusals before"),
            Recipe("IS_APPROVED", "SUM MEAN", "ALL M6 M12 M24", "PREVIOUS_REFUSALS", "Approvals before"),
            Recipe("IS_CANCELED", "MEAN", "ALL M12 M24", "PREVIOUS_APPLICATIONS", "Applications taken back before"),
            Recipe("IS_CASH", "MEAN", "ALL M12", "PREVIOUS_APPLICATIONS", "Cash loans before"),
            Recipe("IS_REVOLVING", "MEAN SUM", "ALL M12", "PREVIOUS_APPLICATIONS", "Cards before"),
            Recipe("IS_HIGH_YIELD", "MEAN SUM", "ALL M12", "PREVIOUS_TERMS", "Costly loans before"),
            Recipe("DAYS_DECISION", "MIN MEAN MAX", "ALL APPROVED REFUSED", "PREVIOUS_APPLICATIONS",
                   "Earlier decisions", "days"),
            Recipe("AMT_APPLICATION", "SUM MEAN MAX", "ALL REFUSED M12", "PREVIOUS_AMOUNTS", "Amount asked before"),
            Recipe("AMT_CREDIT", "SUM MEAN MAX", "ALL APPROVED M12", "PREVIOUS_AMOUNTS", "Credit before"),
            Recipe("AMT_ANNUITY", "SUM MEAN MAX", "ALL APPROVED M12", "PREVIOUS_AMOUNTS", "Annuities before"),
            Recipe("AMT_DOWN_PAYMENT", "MEAN MAX", "ALL APPROVED", "PREVIOUS_TERMS", "Down payments before"),
            Recipe("RATE_DOWN_PAYMENT", "MEAN MIN MAX", "ALL APPROVED", "PREVIOUS_TERMS", "Rate of down payment before"),
            Recipe("ASKED_TO_GIVEN", "MEAN MAX", "ALL APPROVED M24", "PREVIOUS_TERMS", "Asked compared with given before"),
            Recipe("CREDIT_TO_GOODS", "MEAN MAX", "ALL APPROVED", "PREVIOUS_TERMS",
                   "Credit compared with the goods before"),
            Recipe("TERM", "MEAN MAX", "ALL APPROVED", "PREVIOUS_TERMS", "Annuities to repay loans before"),
            Recipe("INTEREST", "MEAN MAX", "ALL APPROVED M24", "PREVIOUS_TERMS", "Interest of loans before"),
            Recipe("CNT_PAYMENT", "SUM MEAN MAX", "ALL APPROVED M24", "PREVIOUS_TERMS", "Term of loans before"),
            Recipe("FIRST_DUE", "MIN MAX", "APPROVED", "PREVIOUS_APPLICATIONS", "First payment due on loans before", "days"),
            Recipe("LAST_DUE", "MEAN MAX", "APPROVED", "PREVIOUS_APPLICATIONS", "Last payment due on loans before", "days"),
            Recipe("EARLY_END", "MEAN MAX", "APPROVED", "PREVIOUS_TERMS", "Early end of loans before"),
        ),
    ),
    "POS_CASH_balance": TableRecipes(
        prefix="POS",
        values={
            "IS_LATE": lambda t: _flag(t.SK_DPD > 0),
            "IS_LATE_TOLERANT": lambda t: _flag(t.SK_DPD_DEF > 0),
            "IS_COMPLETED": lambda t: _flag(t.NAME_CONTRACT_STATUS == "Completed"),
            "LEFT_SHARE": lambda t: _ratio(t.CNT_INSTALMENT_FUTURE, t.CNT_INSTALMENT),
        },
        windows={**EVER, **_since_months(M6=6, M12=12, M24=24)},
        recipes=(
            Recipe("ROWS", "COUNT", "ALL M6 M12 M24", "LOAN_BALANCES", "Months on file of loans here"),
            Recipe("SK_DPD", "MEAN MAX", "ALL M6 M12 M24", "LATE_PAYMENTS", "Days past due here"),
            Recipe("SK_DPD_DEF", "MEAN MAX", "ALL M6 M12 M24", "LATE_PAYMENTS", "Days past due here, small debts aside"),
            Recipe("IS_LATE", "SUM MEAN", "ALL M6 M12 M24", "LATE_PAYMENTS", "Late months here"),
            Recipe("IS_LATE_TOLERANT", "SUM MEAN", "ALL M12", "LATE_PAYMENTS", "Late months here, small debts aside"),
            Recipe("IS_COMPLETED", "SUM MEAN", "ALL M12", "LOAN_BALANCES", "Loans completed here"),
            Recipe("CNT_INSTALMENT", "MEAN MAX", "ALL M12", "LOAN_BALANCES", "Term of loans here"),
            Recipe("CNT_INSTALMENT_FUTURE", "MEAN MIN MAX", "ALL M6 M12", "LOAN_BALANCES", "Instalments left here"),
            Recipe("LEFT_SHARE", "MEAN MIN", "ALL M6", "LOAN_BALANCES", "Share of instalments left here"),
        ),
    ),
    "installments_payments": TableRecipes(
        prefix="INSTALMENTS",
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
        windows={**EVER, **_since_days("DAYS_INSTALMENT", M3=3, M6=6, M12=12, M36=36)},
        recipes=(
            Recipe("ROWS", "COUNT", "ALL M3 M6 M12 M36", "INSTALMENT_AMOUNTS", "Instalments here"),
            Recipe("DAYS_LATE", "SUM MEAN MAX", "ALL M3 M6 M12 M36", "LATE_PAYMENTS", "Days late with instalments"),
            Recipe("DAYS_EARLY", "MEAN MAX", "ALL M3 M6 M12 M36", "LATE_PAYMENTS", "Days early with instalments"),
            Recipe("IS_LATE", "SUM MEAN", "ALL M3 M6 M12 M36", "LATE_PAYMENTS", "Instalments paid late"),
            Recipe("IS_LATE_7", "MEAN", "ALL M6 M12 M36", "LATE_PAYMENTS", "Instalments paid over a week late"),
            Recipe("IS_LATE_15", "MEAN", "ALL M6 M12 M36", "LATE_PAYMENTS", "Instalments paid over two weeks late"),
            Recipe("LATE_MONEY", "SUM MEAN", "ALL M6 M12 M36", "LATE_PAYMENTS", "Money paid late"),
            Recipe("UNDERPAID", "SUM MEAN MAX", "ALL M6 M12 M36", "UNDERPAYMENT", "Instalments not paid in full"),
            Recipe("PAID_SHARE", "MEAN MIN", "ALL M12", "UNDERPAYMENT", "Share of instalments paid"),
            Recipe("AMT_INSTALMENT", "SUM MEAN MAX", "ALL M6 M12", "INSTALMENT_AMOUNTS", "Instalments due"),
            Recipe("AMT_PAYMENT", "SUM MEAN MAX", "ALL M6 M12", "INSTALMENT_AMOUNTS", "Payments made"),
        ),
    ),
    "credit_card_balance": TableRecipes(
        prefix="CARD",
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
            Recipe("AMT_BALANCE", "MEAN MAX", "ALL M3 M6 M12", "CARD_UTILISATION", "Card balance"),
            Recipe("AMT_CREDIT_LIMIT_ACTUAL", "MEAN MAX", "ALL M6", "CARD_UTILISATION", "Card limit"),
            Recipe("CASH_SHARE", "MEAN", "ALL M6 M12", "CARD_USE", "Share of cash in the use of the card"),
            Recipe("AMT_DRAWINGS_ATM_CURRENT", "SUM MEAN MAX", "ALL M6 M12", "CARD_USE", "Cash drawn with the card"),
            Recipe("AMT_DRAWINGS_CURRENT", "SUM MEAN MAX", "ALL M6 M12", "CARD_USE", "Use of the card"),
            Recipe("CNT_DRAWINGS_CURRENT", "SUM MEAN", "ALL M6 M12", "CARD_USE", "Times the card was used"),
            Recipe("PAYMENT_TO_MINIMUM", "MEAN MIN", "ALL M6 M12", "CARD_PAYMENTS", "Card payments compared with the minimum"),
            Recipe("AMT_PAYMENT_TOTAL_CURRENT", "SUM MEAN", "ALL M6", "CARD_PAYMENTS", "Card payments"),
            Recipe("SK_DPD", "MEAN MAX", "ALL M6 M12", "LATE_PAYMENTS", "Days past due with the card"),
            Recipe("IS_LATE", "SUM MEAN", "ALL M6 M12", "LATE_PAYMENTS", "Late months with the card"),
            Recipe("IS_LATE_TOLERANT", "MEAN", "ALL M12", "LATE_PAYMENTS", "Late months with the card, small debts aside"),
        ),
    ),
}  # fmt: skip
