"""Instalments: the due and the paid amounts."""

from typing import NamedTuple

import numpy as np

from steps.sample.clients import Clients
from steps.sample.columns import Columns, numbers_of
from steps.sample.previous import Previous
from steps.sample.schedule import MONTH
from steps.sample.spans import owners, positions


class Due(NamedTuple):
    """Instalments before payment: row of the application, number, plan version, due day and amount."""

    loan: np.ndarray
    number: np.ndarray
    version: np.ndarray
    day: np.ndarray
    amount: np.ndarray


def draw_instalments(rng: np.random.Generator, clients: Clients, previous: Previous) -> tuple[Columns, np.ndarray]:
    """Draw installments_payments and the client index of each row.

    Most pay some days early; each client has a rate of late payment. One instalment in 20 is paid in two parts, which
    are two rows with the same number; one in 60 is never paid in full.
    """
    due = Due(*(np.concatenate(parts) for parts in zip(_loans(rng, previous), _cards(rng, previous), strict=True)))
    n, client = len(due.loan), previous.client[due.loan]
    rate = np.minimum(np.exp(1.1 * clients.neglect - 3.2), 0.9)
    late = rng.random(n) < rate[client] * np.where(due.version == 0, 0.5, 1.15)
    early = np.where(rng.random(n) < 0.22, 0, np.ceil(rng.gamma(0.95, 13.5, n)))
    delay = np.ceil(rng.gamma(0.55, 14.0, n))
    delay = np.where(rng.random(n) < 0.004, delay + rng.exponential(300, n), delay).round()
    paid = due.day + np.where(late, delay, -early)
    unpaid = (paid > 0) & (rng.random(n) < 0.3)
    paid = np.where(unpaid, np.nan, np.minimum(paid, -1))

    split = (rng.random(n) < np.where(late, 0.16, 0.04)) & ~unpaid
    row = np.repeat(np.arange(n), 1 + split)
    second = np.append(False, row[1:] == row[:-1])
    part = rng.uniform(0.05, 0.95, n)
    share = np.select([second, split[row]], [1 - part[row], part[row]], 1.0)
    share = np.where(rng.random(len(row)) < 0.016, share * rng.random(len(row)), share)
    entry = np.where(second, np.minimum(paid[row] + rng.integers(0, 20, len(row)), -1), paid[row])
    columns: Columns = {
        "SK_ID_PREV": numbers_of(previous.columns, "SK_ID_PREV")[due.loan][row],
        "SK_ID_CURR": clients.ids[client][row],
        "NUM_INSTALMENT_VERSION": due.version[row].astype(float),
        "NUM_INSTALMENT_NUMBER": due.number[row],
        "DAYS_INSTALMENT": due.day[row],
        "DAYS_ENTRY_PAYMENT": entry,
        "AMT_INSTALMENT": due.amount[row],
        "AMT_PAYMENT": np.where(unpaid[row], np.nan, (due.amount[row] * share).round(3)),
    }
    return columns, client[row]


def _loans(rng: np.random.Generator, previous: Previous) -> Due:
    """List the instalments of consumer and cash loans due so far: 30 days apart, the last one smaller."""
    schedule = previous.schedule
    has_rows = (schedule.due > 0) & (schedule.agreed > 0) & (previous.schedule.first_due < -1)
    loan = np.flatnonzero(has_rows)
    lengths = schedule.due[loan]
    row, position = loan[owners(lengths)], positions(lengths)
    replanned = rng.random(len(loan)) < 0.14
    version = 1 + (replanned * rng.geometric(0.7, len(loan)))[owners(lengths)] * (
        position > 0.6 * lengths[owners(lengths)]
    )
    whole = numbers_of(previous.columns, "AMT_ANNUITY")[row]
    last = position == schedule.agreed[row] - 1
    day = np.minimum(schedule.first_due[row] + 30 * position, -2)
    return Due(row, position + 1, version, day, np.where(last, whole * 0.95, whole).round(3))


def _cards(rng: np.random.Generator, previous: Previous) -> Due:
    """List the payments of cards with drawings: one or more a month, plan version 0."""
    card = np.flatnonzero(previous.used)
    months = np.floor(-numbers_of(previous.columns, "DAYS_DECISION")[card] / MONTH).astype(np.int64).clip(1)
    rows = months + rng.poisson(0.4 * months)
    owner, position = owners(rows), positions(rows)
    age = (position + 1) / (rows[owner] + 1)
    day = np.minimum(np.floor(numbers_of(previous.columns, "DAYS_DECISION")[card][owner] * (1 - age)), -2)
    amount = np.exp(rng.normal(8.0, 1.6, len(owner))).round(3)
    return Due(card[owner], position + 1, np.zeros(len(owner), np.int64), day, amount)
