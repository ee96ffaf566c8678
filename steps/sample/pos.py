"""The monthly standing of the consumer and cash loans of this lender."""

import numpy as np

from steps.sample.clients import Clients
from steps.sample.draws import Labels
from steps.sample.person import Columns
from steps.sample.previous import Previous
from steps.sample.schedule import MONTH
from steps.sample.spans import owners, positions

STATUS = (
    "Active",
    "Completed",
    "Signed",
    "Demand",
    "Amortized debt",
    "Returned to the store",
    "Approved",
    "Canceled",
    "XNA",
)


def draw_pos(rng: np.random.Generator, clients: Clients, previous: Previous) -> tuple[Columns, np.ndarray]:
    """Draw POS_CASH_balance and the client index of each row.

    A loan has one row a month from its grant to its end. SK_DPD_DEF counts days late beyond small debts. A late
    client's months are late here and there; one loan in 200 is never settled and its delay grows until today.
    """
    loan = _with_balance(rng, clients, previous)
    n, schedule, client = len(loan), previous.schedule, previous.client[loan]
    start = np.clip(np.round(previous.columns["DAYS_DECISION"][loan] / MONTH), -96, -1).astype(np.int64)
    ended = schedule.ended[loan]
    last_due = schedule.first_due[loan] + 30 * (schedule.due[loan] - 1)
    end = np.where(ended, np.clip(np.round((last_due + 11) / MONTH), start, -1), -1).astype(np.int64)
    end = np.where(~ended & (rng.random(n) < 0.3), np.maximum(end - rng.integers(1, 4, n), start), end)
    unsettled = rng.random(n) < 0.0035 * np.exp(0.7 * clients.neglect[client])
    settled_rows = end - start + 1
    end = np.where(unsettled, -1, end)
    lengths = end - start + 1

    row, place = owners(lengths), positions(lengths)
    last = place == lengths[row] - 1
    agreed = schedule.agreed[loan][row]
    shortened = last & ended[row] & (rng.random(len(row)) < 0.9)
    instalments = np.where(shortened, np.maximum(schedule.due[loan][row], 1), agreed)
    future = np.where(shortened, 0, np.maximum(agreed - np.maximum(place - 0.3, 0).astype(np.int64), 0))

    status = np.zeros(len(row), np.int16)
    opening = rng.random(n)[row]
    first = place == 0
    status[first & (opening < 0.085)] = 2
    status[first & (opening > 0.9954)] = 6
    status[first & (opening > 0.99) & (opening < 0.995)] = 5
    status[shortened & ~unsettled[row] & ~first] = 1
    delay = np.where(unsettled[row], np.maximum(place - settled_rows[row] + 1, 0), 0) * 30
    demanded = (delay > 150) & (rng.random(n) < 0.12)[row]
    status[demanded] = 3
    status[demanded & (delay > 1200)] = 4
    status[rng.random(len(row)) < 1e-5] = 7
    status[rng.random(len(row)) < 2e-7] = 8

    hazard = np.minimum(0.0075 * np.exp(1.05 * clients.neglect - 0.3), 0.6)
    late = (rng.random(len(row)) < hazard[previous.client[loan]][row]) & (place > 0)
    days = np.where(late, np.ceil(rng.exponential(4.0, len(row))), 0).astype(np.int64)
    grace = (rng.random(len(row)) < 0.006) * rng.integers(1, 25, len(row))
    counted = np.where((rng.random(n) < 0.2)[row], delay, 0)
    nothing = (status == 6) | ((status == 2) | (status == 5)) & (rng.random(len(row)) < 0.25)
    columns: Columns = {
        "SK_ID_PREV": previous.columns["SK_ID_PREV"][loan][row],
        "SK_ID_CURR": previous.columns["SK_ID_CURR"][loan][row],
        "MONTHS_BALANCE": place + start[row],
        "CNT_INSTALMENT": np.where(nothing, np.nan, instalments),
        "CNT_INSTALMENT_FUTURE": np.where(nothing, np.nan, future),
        "NAME_CONTRACT_STATUS": Labels(status, STATUS),
        "SK_DPD": np.maximum(delay + days, grace * (status == 0)),
        "SK_DPD_DEF": counted + days,
    }
    return columns, client[row]


def _with_balance(rng: np.random.Generator, clients: Clients, previous: Previous) -> np.ndarray:
    """Choose the granted loans that have balances: nearly all, and always the first loan of a client with any."""
    kind = previous.kind
    likely = np.select([kind.among("consumer approved"), kind.among("cash approved")], [0.973, 0.918], 0.0)
    first = np.append(True, previous.client[1:] != previous.client[:-1])
    chosen = (rng.random(len(likely)) < likely) | (first & (likely > 0))
    return np.flatnonzero(chosen & clients.has_pos[previous.client])
