"""The monthly status of the bureau's loans."""

import numpy as np

from steps.sample.bureau import Bureau
from steps.sample.clients import Clients
from steps.sample.columns import Columns, numbers_of
from steps.sample.draws import Labels
from steps.sample.schedule import MONTH
from steps.sample.spans import owners, positions

STATUS = ("C", "0", "X", "1", "2", "3", "4", "5")
"""Closed, paid on time, unknown, then arrears of up to 30, 60, 90, 120 days and beyond or written off."""


def draw_bureau_balance(rng: np.random.Generator, clients: Clients, bureau: Bureau) -> tuple[Columns, np.ndarray]:
    """Draw the months of all loans of the clients with such a history, and the client index of each row.

    Each loan runs from its first month to today, or ends early in a third of cases; once closed it stays C.
    Arrears are single late months and rare episodes that grow month by month.
    """
    loan = np.flatnonzero(clients.has_balance[bureau.client])
    n = len(loan)
    begun = np.floor(-numbers_of(bureau.columns, "DAYS_CREDIT")[loan] / MONTH).clip(max=95).astype(np.int64)
    paid = numbers_of(bureau.columns, "DAYS_ENDDATE_FACT")[loan]
    closing = np.where(np.isnan(paid), -1, np.floor(-paid / MONTH)).astype(np.int64)
    last = np.where(rng.random(n) < 0.55, 0, (begun * rng.random(n) * 0.9).astype(np.int64))
    lengths = begun - last + 1
    neglect = clients.neglect[bureau.client[loan]]
    unknown = np.select([(u := rng.random(n)) < 0.38, u > 0.84], [0.0, 1.0], rng.beta(0.9, 1.3, n))
    episode = rng.random(n) < 0.018 * np.exp(0.9 * neglect - 0.4)
    episode_from = np.where(episode, (lengths * rng.random(n)).astype(np.int64), lengths)
    hazard = 0.024 * np.exp(0.9 * neglect - 0.4)

    row, position = owners(lengths), positions(lengths)
    month = position - begun[row]
    status = np.ones(len(row), np.int16)
    status[rng.random(len(row)) < hazard[row]] = 3
    status[position < (unknown * lengths).astype(np.int64)[row]] = 2
    arrears = position - episode_from[row]
    status = np.where(arrears >= 0, 3 + arrears.clip(0, 4), status)
    status = np.where(-month <= closing[row], 0, status).astype(np.int16)
    columns: Columns = {
        "SK_ID_BUREAU": numbers_of(bureau.columns, "SK_ID_BUREAU")[loan][row],
        "MONTHS_BALANCE": month,
        "STATUS": Labels(status, STATUS),
    }
    return columns, bureau.client[loan][row]
