"""The monthly balances of credit cards."""

from typing import NamedTuple

import numpy as np

from steps.sample.clients import Clients
from steps.sample.columns import Columns, numbers_of
from steps.sample.draws import Labels, blend, figures, labels
from steps.sample.previous import Previous
from steps.sample.schedule import MONTH
from steps.sample.spans import owners, positions

STATUS = ("Active", "Completed", "Signed", "Demand", "Sent proposal", "Refused", "Approved")
RARE_STATUS = {2: 0.0015, 3: 2e-4, 4: 2e-4, 5: 2e-5, 6: 2e-6}
"""Share of months in each rare status, by its position in `STATUS`."""
DRAWN_MONTHS = 0.32
"""Share of months with drawings among those with a balance."""
MINIMUM_PAYMENT = 0.054
"""Monthly minimum payment, as a share of the balance."""


class Months(NamedTuple):
    """Card months: the index of the card, the month's position in the card's life, and that life's length in months."""

    card: np.ndarray
    position: np.ndarray
    length: np.ndarray
    limit: np.ndarray
    """The limit granted, also in months after the card was closed."""
    used: np.ndarray
    """Mask of months of cards with any drawings."""
    owing: np.ndarray
    """Mask of months with a balance."""
    balance: np.ndarray


def draw_card(rng: np.random.Generator, clients: Clients, previous: Previous) -> tuple[Columns, np.ndarray]:
    """Draw credit_card_balance and the client index of each row.

    A card in use has a balance during part of its life, around a level of its limit that grows with the client's
    appetite for debt; the share drawn as cash grows with late payment. An unused card has no record of drawings.
    """
    loan = np.flatnonzero(previous.card)
    client = previous.client[loan]
    begun = np.floor(-numbers_of(previous.columns, "DAYS_DECISION")[loan] / MONTH).clip(1, 96).astype(np.int64)
    newest = np.minimum(rng.choice(np.arange(1, 5), len(loan), p=[0.603, 0.31, 0.08, 0.007]), begun)
    neglect = clients.neglect[client]
    months = _months(rng, begun - newest + 1, previous.used[loan], clients.appetite[client], neglect)
    columns: Columns = {
        "SK_ID_PREV": numbers_of(previous.columns, "SK_ID_PREV")[loan][months.card],
        "SK_ID_CURR": clients.ids[client][months.card],
        "MONTHS_BALANCE": months.position - begun[months.card],
        "AMT_BALANCE": months.balance,
        "AMT_CREDIT_LIMIT_ACTUAL": _limit_left(rng, months, len(loan)),
        "AMT_RECEIVABLE_PRINCIPAL": (months.balance * 0.96).round(2),
        "AMT_RECIVABLE": (months.balance * 0.997).round(2),
        "AMT_TOTAL_RECEIVABLE": (months.balance * 0.997).round(2),
    }
    columns |= _drawings(rng, months, neglect)
    columns |= _payments(rng, months)
    columns |= _standing(rng, months, neglect)
    return columns, client[months.card]


def _months(
    rng: np.random.Generator, lengths: np.ndarray, used: np.ndarray, appetite: np.ndarray, neglect: np.ndarray
) -> Months:
    """Draw each card's balance over its life: from a first month to a last one or to today, around one level."""
    n = len(lengths)
    level = blend(rng.standard_normal(n), appetite=(0.75, appetite), neglect=(0.2, neglect)) + 0.1
    begins, ends = np.sort(rng.beta(0.6, 0.9, (2, n)), axis=0)
    ends = np.where(rng.random(n) < 0.55, 1.0, ends)
    limit = labels(rng.random(n), figures("card")["limit"]).numbers()
    card, position = owners(lengths), positions(lengths)
    age = position / lengths[card]
    owing = used[card] & (age >= begins[card]) & (age <= ends[card])
    share = np.clip(level[card] * (1 + 0.25 * rng.standard_normal(len(card))), 0.005, 1.06)
    overpaid = used[card] & ~owing & (rng.random(len(card)) < 0.03)
    balance = np.where(owing, limit[card] * share, overpaid * -rng.exponential(300, len(card)))
    return Months(card, position, lengths[card], limit[card], used[card], owing, balance.round(2))


def _limit_left(rng: np.random.Generator, months: Months, cards: int) -> np.ndarray:
    """Return the limit of each month, 0 where the card is closed; unused cards are closed more often."""
    closes, when = rng.random(cards)[months.card], rng.random(cards)[months.card]
    closed = (closes < np.where(months.used, 0.2, 0.4)) & (months.position > when * months.length) & ~months.owing
    return np.where(closed, 0, months.limit)


def _drawings(rng: np.random.Generator, months: Months, neglect: np.ndarray) -> Columns:
    """Draw amounts and counts of drawings: cash in whole notes, purchases, and others."""
    n = len(months.card)
    taste = blend(rng.standard_normal(len(neglect)), neglect=(0.6, neglect))[months.card]
    draws = months.owing & (rng.random(n) < DRAWN_MONTHS)
    by_cash = draws & (rng.random(n) < taste)
    amount = months.limit * np.minimum(rng.gamma(0.6, 0.35, n), 1.2)
    cash = np.where(by_cash, np.ceil(amount / 4_500) * 4_500, 0.0)
    shops = np.where(draws & (~by_cash | (rng.random(n) < 0.2)), amount.round(2), 0.0)
    other = np.where(draws & (rng.random(n) < 0.015), amount.round(0), 0.0)
    counts = {
        "ATM": np.where(cash > 0, 1 + rng.poisson(1.8, n), 0),
        "POS": np.where(shops > 0, 1 + rng.poisson(rng.gamma(0.5, 13.0, n)), 0),
        "OTHER": (other > 0).astype(np.int64),
    }
    columns: Columns = {
        "AMT_DRAWINGS_CURRENT": cash + shops + other,
        "CNT_DRAWINGS_CURRENT": counts["ATM"] + counts["POS"] + counts["OTHER"],
    }
    for kind, amounts in {"ATM": cash, "POS": shops, "OTHER": other}.items():
        columns[f"AMT_DRAWINGS_{kind}_CURRENT"] = np.where(months.used, amounts, np.nan)
        columns[f"CNT_DRAWINGS_{kind}_CURRENT"] = np.where(months.used, counts[kind], np.nan)
    return columns


def _payments(rng: np.random.Generator, months: Months) -> Columns:
    """Draw minimum and actual payments: the minimum, more than that, or the whole balance."""
    n = len(months.card)
    minimum = np.where(months.owing, months.balance * MINIMUM_PAYMENT, 0.0).round(2)
    due = months.owing & (months.position > 0)
    paid = due * minimum * np.where(rng.random(n) < 0.35, 1.0, 1 + rng.exponential(1.0, n))
    paid = np.where(due & (rng.random(n) < 0.06), months.balance, paid).round(2)
    no_record = rng.random(n) < np.where(months.used, 0.04 * ~months.owing, 0.977)
    too_early = np.where(months.used, rng.random(n) < 0.017, months.position < 0.33 * months.length)
    total_due = np.cumsum(due)
    before: np.ndarray = (total_due - due)[np.arange(n) - months.position]
    return {
        "AMT_INST_MIN_REGULARITY": np.where(too_early, np.nan, minimum),
        "AMT_PAYMENT_CURRENT": np.where(no_record, np.nan, paid),
        "AMT_PAYMENT_TOTAL_CURRENT": np.where(no_record, 0.0, (paid * 0.98).round(2)),
        "CNT_INSTALMENT_MATURE_CUM": np.where(too_early, np.nan, total_due - before),
    }


def _standing(rng: np.random.Generator, months: Months, neglect: np.ndarray) -> Columns:
    """Draw days past due: single late months, and a few cards whose delay grows to the end."""
    n, cards = len(months.card), len(neglect)
    rate = np.minimum(0.032 * np.exp(neglect), 0.9)[months.card]
    late = months.owing & (months.position > 0) & (rng.random(n) < rate)
    stuck = (rng.random(cards) < 0.022 * np.exp(0.8 * neglect - 0.3))[months.card]
    overdue = np.where(stuck, np.maximum(months.position - 0.4 * months.length, 0) * 30, 0).astype(np.int64)
    status = (rng.random(cards) < 0.13)[months.card] & (months.position > 0.78 * months.length)
    status = status.astype(np.int16)
    status[(months.position == 0) & (rng.random(cards) < 0.05)[months.card]] = STATUS.index("Signed")
    for code, share in RARE_STATUS.items():
        status[rng.random(n) < share] = code
    return {
        "NAME_CONTRACT_STATUS": Labels(status, STATUS),
        "SK_DPD": late + overdue,
        "SK_DPD_DEF": late.astype(np.int64),
    }
