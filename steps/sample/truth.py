"""The true probability of default: a function of the tables' values, missing ones included."""

from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from steps.sample.columns import Columns, labels_of, numbers_of
from steps.sample.person import NO_EMPLOYMENT
from steps.sample.spans import mean_by

YEAR = 365.25


def intercept(effects: np.ndarray, rate: float) -> float:
    """Return the intercept for which the mean probability of default is `rate`."""
    return brentq(lambda constant: expit(constant + effects).mean() - rate, -30, 30, xtol=1e-12)


def application_effect(columns: Columns) -> np.ndarray:
    """Return the application's contribution to the log odds of default, of shape (n,).

    The outside scores weigh most: a low third score adds more than a high one subtracts, and two low scores add
    more than both alone; a missing score counts as average. Age, tenure, term, price, education, region and others
    follow.
    """
    number, label = partial(numbers_of, columns), partial(labels_of, columns)
    first, second, third = (_score(number(f"EXT_SOURCE_{digit}")) for digit in (1, 2, 3))
    low = np.maximum(-second, 0) * np.maximum(-third, 0)
    effect = -0.31 * first - 0.37 * second - 0.41 * third + 0.12 * low + 0.06 * np.minimum(third, 0) ** 2
    effect += 0.15 * np.isnan(number("EXT_SOURCE_3"))

    years = -number("DAYS_BIRTH") / YEAR
    employed = number("DAYS_EMPLOYED") != NO_EMPLOYMENT
    tenure = np.where(employed, -number("DAYS_EMPLOYED") / YEAR, 0)
    effect += -0.014 * (years - 44) - 0.37 * np.log1p(tenure) * employed - 0.50 * ~employed
    effect += -0.15 * np.log1p(-np.nan_to_num(number("DAYS_LAST_PHONE_CHANGE")) / YEAR)
    effect += -0.03 * (-number("DAYS_ID_PUBLISH") / YEAR - 8)

    cash, credit = label("NAME_CONTRACT_TYPE").among("Cash loans"), number("AMT_CREDIT")
    annuity, goods = number("AMT_ANNUITY"), number("AMT_GOODS_PRICE")
    term = credit / np.where(np.isnan(annuity), np.inf, annuity)
    price = np.where(np.isnan(goods), credit, goods)
    effect += cash * (0.25 - 0.0025 * (term - 19) ** 2 + 2.0 * (credit / price - 1.13))

    schooling, work = label("NAME_EDUCATION_TYPE"), label("NAME_INCOME_TYPE")
    effect += -0.54 * schooling.among("Higher education", "Academic degree")
    effect += 0.35 * schooling.among("Lower secondary") + 0.20 * work.among("Working")
    effect += 0.48 * label("CODE_GENDER").among("M") + 0.43 * (number("REGION_RATING_CLIENT_W_CITY") - 2)
    effect += 0.25 * number("FLAG_DOCUMENT_3") + 0.30 * number("REG_CITY_NOT_LIVE_CITY")
    effect += -0.40 * label("FLAG_OWN_CAR").among("Y") + 0.020 * np.nan_to_num(np.minimum(number("OWN_CAR_AGE"), 30))
    return effect + 0.30 * np.minimum(np.nan_to_num(number("DEF_30_CNT_SOCIAL_CIRCLE")), 3)


def bureau_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the debt to other lenders, as a share of the credit, and the age of the loans."""
    granted = numbers_of(columns, "AMT_CREDIT_SUM")
    credit = np.where(granted > 0, granted, np.nan)
    owed = numbers_of(columns, "AMT_CREDIT_SUM_DEBT") / credit
    known = ~np.isnan(owed)
    debt = mean_by(client[known], np.clip(owed[known], 0, 1.2), n)
    age = mean_by(client, -numbers_of(columns, "DAYS_CREDIT") / YEAR, n)
    return _neutral(0.29 * (debt - 0.25) / 0.22) - _neutral(0.16 * (age - 3) / 1.4)


def bureau_balance_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of months in arrears."""
    return 0.15 * _often(client, labels_of(columns, "STATUS").among("1", "2", "3", "4", "5"), n, usual=0.08, spread=0.1)


def previous_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of refused applications, and again that of the last two years."""
    refused = labels_of(columns, "NAME_CONTRACT_STATUS").among("Refused")
    recent = numbers_of(columns, "DAYS_DECISION") > -2 * YEAR
    share = mean_by(client, refused, n)
    newer = mean_by(client[recent], refused[recent], n)
    return _neutral(0.23 * (share - 0.15) / 0.2) + _neutral(0.10 * (newer - 0.17) / 0.25)


def instalments_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of late payments, and again that of the last year."""
    delay = numbers_of(columns, "DAYS_ENTRY_PAYMENT") - numbers_of(columns, "DAYS_INSTALMENT")
    recent = numbers_of(columns, "DAYS_INSTALMENT") > -YEAR
    effect = 0.29 * _often(client, delay > 0, n, usual=0.25, spread=0.17)
    return effect + 0.10 * _often(client[recent], delay[recent] > 0, n, usual=0.22, spread=0.22)


def pos_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of months past due, without small debts."""
    return 0.12 * _often(client, numbers_of(columns, "SK_DPD_DEF") > 0, n, usual=0.05, spread=0.1)


def card_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the used share of the limit, and the number of cash drawings."""
    limit = numbers_of(columns, "AMT_CREDIT_LIMIT_ACTUAL")
    used = np.clip(numbers_of(columns, "AMT_BALANCE") / np.where(limit > 0, limit, np.inf), 0, 1.2)
    owed = mean_by(client, used, n)
    cash = mean_by(client, np.nan_to_num(numbers_of(columns, "CNT_DRAWINGS_ATM_CURRENT")), n)
    return _neutral(0.35 * (owed - 0.2) / 0.25) + _neutral(0.16 * (np.minimum(cash, 2) - 0.3) / 0.4)


def _score(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num((values - 0.51) / 0.2)


def _neutral(effect: np.ndarray) -> np.ndarray:
    """Return 0 for clients without such a history."""
    return np.nan_to_num(effect)


def _often(client: np.ndarray, event: np.ndarray, n: int, usual: float, spread: float) -> np.ndarray:
    """Return the square root of the share of a client's rows with the event, standardised by `usual` and `spread`."""
    return _neutral((np.sqrt(mean_by(client, event, n)) - usual) / spread)
