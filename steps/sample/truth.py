"""The true probability of default: a function of what stands in the tables, missing values included."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from steps.sample.draws import Labels
from steps.sample.person import NO_EMPLOYMENT, Columns
from steps.sample.spans import mean_by

YEAR = 365.25


def intercept(effects: np.ndarray, rate: float) -> float:
    """Return the intercept with which the clients default at this rate on average."""
    return brentq(lambda constant: expit(constant + effects).mean() - rate, -30, 30, xtol=1e-12)


def application_effect(columns: Columns) -> np.ndarray:
    """Return what the application adds to the log odds of default, shape (n,).

    The outside scores weigh most, a low third one more than a high one helps, and two low ones more than
    either; a missing score counts as an average one. Then age, time in work, term, price, schooling, region
    and the rest.
    """
    first, second, third = (_score(columns[f"EXT_SOURCE_{number}"]) for number in (1, 2, 3))
    low = np.maximum(-second, 0) * np.maximum(-third, 0)
    effect = -0.31 * first - 0.37 * second - 0.41 * third + 0.12 * low + 0.06 * np.minimum(third, 0) ** 2
    effect += 0.15 * np.isnan(columns["EXT_SOURCE_3"])

    years = -columns["DAYS_BIRTH"] / YEAR
    employed = columns["DAYS_EMPLOYED"] != NO_EMPLOYMENT
    tenure = np.where(employed, -columns["DAYS_EMPLOYED"] / YEAR, 0)
    effect += -0.014 * (years - 44) - 0.37 * np.log1p(tenure) * employed - 0.50 * ~employed
    effect += -0.15 * np.log1p(-np.nan_to_num(columns["DAYS_LAST_PHONE_CHANGE"]) / YEAR)
    effect += -0.03 * (-columns["DAYS_ID_PUBLISH"] / YEAR - 8)

    cash = columns["NAME_CONTRACT_TYPE"].among("Cash loans")
    term = columns["AMT_CREDIT"] / np.where(np.isnan(columns["AMT_ANNUITY"]), np.inf, columns["AMT_ANNUITY"])
    price = np.where(np.isnan(columns["AMT_GOODS_PRICE"]), columns["AMT_CREDIT"], columns["AMT_GOODS_PRICE"])
    effect += cash * (0.25 - 0.0025 * (term - 19) ** 2 + 2.0 * (columns["AMT_CREDIT"] / price - 1.13))

    schooling, work = columns["NAME_EDUCATION_TYPE"], columns["NAME_INCOME_TYPE"]
    effect += -0.54 * schooling.among("Higher education", "Academic degree")
    effect += 0.35 * schooling.among("Lower secondary") + 0.20 * work.among("Working")
    effect += 0.48 * columns["CODE_GENDER"].among("M") + 0.43 * (columns["REGION_RATING_CLIENT_W_CITY"] - 2)
    effect += 0.25 * columns["FLAG_DOCUMENT_3"] + 0.30 * columns["REG_CITY_NOT_LIVE_CITY"]
    effect += -0.40 * columns["FLAG_OWN_CAR"].among("Y") + 0.020 * np.nan_to_num(np.minimum(columns["OWN_CAR_AGE"], 30))
    return effect + 0.30 * np.minimum(np.nan_to_num(columns["DEF_30_CNT_SOCIAL_CIRCLE"]), 3)


def bureau_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh debt still owed to others, as a share of the credit, and how new the loans are."""
    credit = np.where(columns["AMT_CREDIT_SUM"] > 0, columns["AMT_CREDIT_SUM"], np.nan)
    owed = columns["AMT_CREDIT_SUM_DEBT"] / credit
    known = ~np.isnan(owed)
    debt = mean_by(client[known], np.clip(owed[known], 0, 1.2), n)
    age = mean_by(client, -columns["DAYS_CREDIT"] / YEAR, n)
    return _neutral(0.29 * (debt - 0.25) / 0.22) - _neutral(0.16 * (age - 3) / 1.4)


def bureau_balance_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of months in arrears."""
    return 0.15 * _often(client, columns["STATUS"].among("1", "2", "3", "4", "5"), n, usual=0.08, spread=0.1)


def previous_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of applications refused, and once more that of the last two years."""
    refused = columns["NAME_CONTRACT_STATUS"].among("Refused")
    recent = columns["DAYS_DECISION"] > -2 * YEAR
    share = mean_by(client, refused, n)
    newer = mean_by(client[recent], refused[recent], n)
    return _neutral(0.23 * (share - 0.15) / 0.2) + _neutral(0.10 * (newer - 0.17) / 0.25)


def instalments_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of payments made late, and once more that of the last year."""
    delay = columns["DAYS_ENTRY_PAYMENT"] - columns["DAYS_INSTALMENT"]
    recent = columns["DAYS_INSTALMENT"] > -YEAR
    effect = 0.29 * _often(client, delay > 0, n, usual=0.25, spread=0.17)
    return effect + 0.10 * _often(client[recent], delay[recent] > 0, n, usual=0.22, spread=0.22)


def pos_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh the share of months with a delay beyond small debts."""
    return 0.12 * _often(client, columns["SK_DPD_DEF"] > 0, n, usual=0.05, spread=0.1)


def card_effect(columns: Columns, client: np.ndarray, n: int) -> np.ndarray:
    """Weigh how much of the limit is owed, and how often cash is drawn."""
    limit = columns["AMT_CREDIT_LIMIT_ACTUAL"]
    used = np.clip(columns["AMT_BALANCE"] / np.where(limit > 0, limit, np.inf), 0, 1.2)
    owed = mean_by(client, used, n)
    cash = mean_by(client, np.nan_to_num(columns["CNT_DRAWINGS_ATM_CURRENT"]), n)
    return _neutral(0.35 * (owed - 0.2) / 0.25) + _neutral(0.16 * (np.minimum(cash, 2) - 0.3) / 0.4)


def _score(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num((values - 0.51) / 0.2)


def _neutral(effect: np.ndarray) -> np.ndarray:
    """Let those without such a history weigh nothing."""
    return np.nan_to_num(effect)


def _often(client: np.ndarray, event: np.ndarray | Labels, n: int, usual: float, spread: float) -> np.ndarray:
    """Return the root of the share of a client's rows with the event, less the usual one, in spreads."""
    return _neutral((np.sqrt(mean_by(client, event, n)) - usual) / spread)
