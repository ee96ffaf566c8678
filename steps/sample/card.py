"""The monthly balances of credit cards."""

import numpy as np

from steps.sample.clients import Clients
from steps.sample.draws import Labels, blend, figures, labels
from steps.sample.person import Columns
from steps.sample.previous import Previous
from steps.sample.schedule import MONTH
from steps.sample.spans import owners, positions

STATUS = ("Active", "Completed", "Signed", "Demand", "Sent proposal", "Refused", "Approved")
DRAWN_MONTHS = 0.32
"""Share of the months with a balance in which something is drawn."""


def draw_card(rng: np.random.Generator, clients: Clients, previous: Previous) -> tuple[Columns, np.ndarray]:
    """Draw credit_card_balance and the client index of each row.

    A card in use owes a level of its limit of its own, higher for who takes up debt, during part of its life; the
    share drawn as cash goes with late paying. A card never used has no drawings on record at all.
    """
    loan = np.flatnonzero(previous.card)
    n, client = len(loan), previous.client[loan]
    begun = np.clip(np.floor(-previous.columns["DAYS_DECISION"][loan] / MONTH), 1, 96).astype(np.int64)
    newest = np.minimum(rng.choice(np.array([1, 2, 3, 4]), n, p=[0.603, 0.31, 0.08, 0.007]), begun)
    lengths = begun - newest + 1
    used = previous.used[loan]
    appetite, neglect = clients.appetite[client], clients.neglect[client]
    level = blend(rng.standard_normal(n), appetite=(0.75, appetite), neglect=(0.2, neglect)) * 1.1 + 0.1
    window = np.sort(rng.beta(0.6, 0.9, (2, n)), axis=0)
    window[1] = np.where(rng.random(n) < 0.55, 1.0, window[1])
    cash_taste = blend(rng.standard_normal(n), neglect=(0.6, neglect))
    limit = labels(rng.random(n), figures("card")["limit"]).numbers()

    row, place = owners(lengths), positions(lengths)
    rows, age = len(row), place / np.maximum(lengths[row], 1)
    unused = ~used[row]
    owing = ~unused & (age >= window[0][row]) & (age <= window[1][row])
    closed = rng.random(n) < np.where(used, 0.13, 0.3)
    closed_from = np.where(closed, rng.random(n), 1.0)
    open_limit = np.where((age > closed_from[row]) & ~owing, 0, limit[row])
    share = np.clip(level[row] * (1 + 0.25 * rng.standard_normal(rows)), 0.005, 1.06)
    balance = np.where(owing, limit[row] * share, 0.0).round(2)
    tiny = ~unused & ~owing & (rng.random(rows) < 0.03)
    balance[tiny] = (-rng.exponential(300, tiny.sum())).round(2)

    draws = owing & (rng.random(rows) < DRAWN_MONTHS)
    by_cash = rng.random(rows) < cash_taste[row]
    amount = np.where(draws, limit[row] * np.minimum(rng.gamma(0.6, 0.35, rows), 1.2), 0.0)
    cash = np.where(by_cash, np.ceil(amount / 4_500) * 4_500, 0.0)
    shopping = np.where(draws & (~by_cash | (rng.random(rows) < 0.2)), amount.round(2), 0.0)
    other = np.where(draws & (rng.random(rows) < 0.015), amount.round(0), 0.0)
    count_cash = np.where(cash > 0, 1 + rng.poisson(1.8, rows), 0)
    count_shopping = np.where(shopping > 0, 1 + rng.poisson(rng.gamma(0.5, 13.0, rows)), 0)
    count_other = (other > 0).astype(np.int64)

    unknown_draws = unused
    least = np.where(owing, np.maximum(limit[row] * 0.0, balance * 0.054), 0.0).round(2)
    due = owing & (place > 0)
    pays = np.where(due, least * np.where(rng.random(rows) < 0.35, 1.0, 1 + rng.exponential(1.0, rows)), 0.0)
    pays = np.where(due & (rng.random(rows) < 0.06), balance, pays).round(2)
    skipped = ~unused & ~owing & (rng.random(rows) < 0.06)
    not_paid = np.where(unused, rng.random(rows) < 0.977, skipped)
    opening = (place < 0.33 * lengths[row]) & unused | ~unused & (rng.random(rows) < 0.017)
    paid_so_far = np.cumsum(due) - np.repeat((np.cumsum(due) - due)[np.cumsum(lengths) - lengths], lengths)

    late_rate = np.minimum(0.016 * np.exp(1.0 * neglect), 0.7)
    late = due & (rng.random(rows) < 2.1 * late_rate[row])
    stuck = rng.random(n) < 0.022 * np.exp(0.8 * neglect - 0.3)
    overdue_days = np.where(stuck[row] & (age > 0.4), ((age - 0.4) * lengths[row] * 30).astype(np.int64), 0)
    status = np.where((rng.random(n) < 0.13)[row] & (age > 0.78), 1, 0).astype(np.int16)
    status[(place == 0) & (rng.random(n) < 0.05)[row]] = 2
    for code, rate in {2: 0.0015, 3: 2e-4, 4: 2e-4, 5: 2e-5, 6: 2e-6}.items():
        status[rng.random(rows) < rate] = code

    def drawings(values: np.ndarray) -> np.ndarray:
        return np.where(unknown_draws, np.nan, values)

    columns: Columns = {
        "SK_ID_PREV": previous.columns["SK_ID_PREV"][loan][row],
        "SK_ID_CURR": clients.ids[client][row],
        "MONTHS_BALANCE": place - begun[row],
        "AMT_BALANCE": balance,
        "AMT_CREDIT_LIMIT_ACTUAL": open_limit.astype(np.int64),
        "AMT_DRAWINGS_ATM_CURRENT": drawings(cash),
        "AMT_DRAWINGS_CURRENT": cash + shopping + other,
        "AMT_DRAWINGS_OTHER_CURRENT": drawings(other),
        "AMT_DRAWINGS_POS_CURRENT": drawings(shopping),
        "AMT_INST_MIN_REGULARITY": np.where(opening, np.nan, least),
        "AMT_PAYMENT_CURRENT": np.where(not_paid, np.nan, pays),
        "AMT_PAYMENT_TOTAL_CURRENT": np.where(not_paid, 0.0, (pays * 0.98).round(2)),
        "AMT_RECEIVABLE_PRINCIPAL": (balance * 0.96).round(2),
        "AMT_RECIVABLE": (balance * 0.997).round(2),
        "AMT_TOTAL_RECEIVABLE": (balance * 0.997).round(2),
        "CNT_DRAWINGS_ATM_CURRENT": drawings(count_cash),
        "CNT_DRAWINGS_CURRENT": (count_cash + count_shopping + count_other).astype(np.int64),
        "CNT_DRAWINGS_OTHER_CURRENT": drawings(count_other),
        "CNT_DRAWINGS_POS_CURRENT": drawings(count_shopping),
        "CNT_INSTALMENT_MATURE_CUM": np.where(opening, np.nan, paid_so_far),
        "NAME_CONTRACT_STATUS": Labels(status, STATUS),
        "SK_DPD": np.where(late, 1, 0) + overdue_days,
        "SK_DPD_DEF": late.astype(np.int64),
    }
    return columns, client[row]
