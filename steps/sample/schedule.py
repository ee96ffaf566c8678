"""Days of an approved loan: first due, last payment and end; the sentinel for days in the future."""

from typing import NamedTuple

import numpy as np

from steps.sample.columns import Columns
from steps.sample.draws import Labels

NOT_YET = 365_243
"""Kaggle's sentinel in the DAYS_ columns of previous_application."""
MONTH = 365.25 / 12
"""Days in a month of the balance tables."""


class Schedule(NamedTuple):
    """By application: DAYS_ columns, first due day, instalments agreed and due so far, and whether it has ended."""

    columns: Columns
    first_due: np.ndarray
    agreed: np.ndarray
    due: np.ndarray
    ended: np.ndarray


def draw_schedule(rng: np.random.Generator, kind: Labels, decided: np.ndarray, agreed: np.ndarray) -> Schedule:
    """Draw the schedule of each approved application; instalments fall due every 30 days.

    Many loans, mostly cash loans, are repaid early. Days in the future are `NOT_YET`.
    """
    n = len(decided)
    cash, card = kind.among("cash approved"), kind.among("revolving approved")
    granted = cash | card | kind.among("consumer approved")
    payments = np.where(granted & ~card, agreed, 0).astype(np.int64)
    wait = np.where(cash, 30, 31 + np.floor(rng.gamma(0.35, 10.0, n)))
    first = decided + wait
    due_by_now = np.where(first < 0, first, NOT_YET)
    agreed_last = first + 30 * (payments - 1)
    early = rng.random(n) < np.where(cash, 0.6, 0.4)
    served = np.where(early, np.ceil(payments * rng.beta(1.2, 1.7, n)), payments).astype(np.int64)
    served = np.maximum(served, np.minimum(payments, 1))
    last = first + 30 * (served - 1)
    ended = last < -2
    closed = np.minimum(last + 1 + rng.poisson(5, n), -1)
    due = np.where(ended, served, np.clip(np.floor(-first / 30) + 1, 0, payments)).astype(np.int64)
    recorded = granted & (rng.random(n) >= np.select([cash, card], [0.082, 0.048], 0.021))
    drawn = card & (rng.random(n) < 0.65)
    over = card & (rng.random(n) < 0.19)
    paid_off = card & (rng.random(n) < 0.28)
    days = {
        "DAYS_FIRST_DRAWING": np.where(drawn, np.minimum(decided + 20, -1), NOT_YET),
        "DAYS_FIRST_DUE": np.where(card, np.where(drawn, np.minimum(first + 25, -1), NOT_YET), due_by_now),
        "DAYS_LAST_DUE_1ST_VERSION": np.where(card & (rng.random(n) < 0.95), NOT_YET, agreed_last),
        "DAYS_LAST_DUE": np.where(card, np.where(paid_off, np.minimum(first + 400, -1), NOT_YET), last),
        "DAYS_TERMINATION": np.where(card, np.where(over, np.minimum(first + 700, -1), NOT_YET), closed),
    }
    for name in ("DAYS_LAST_DUE", "DAYS_TERMINATION"):
        days[name] = np.where(card | ended, days[name], NOT_YET)
    insured = rng.random(n) < np.select([cash, card], [0.79, 0.009], 0.155)
    columns: Columns = {name: np.where(recorded, value.astype(float), np.nan) for name, value in days.items()}
    columns["NFLAG_INSURED_ON_APPROVAL"] = np.where(recorded, insured.astype(float), np.nan)
    return Schedule(columns, first, payments, due, ended)
