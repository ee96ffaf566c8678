"""The monthly balances of this lender's consumer and cash loans."""

import numpy as np

from steps.sample.clients import Clients
from steps.sample.columns import Columns, numbers_of
from steps.sample.draws import Labels
from steps.sample.previous import Previous
from steps.sample.schedule import MONTH, Schedule
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
ACTIVE, COMPLETED, SIGNED, DEMAND, AMORTIZED, RETURNED, APPROVED, CANCELED, UNKNOWN = range(len(STATUS))


def draw_pos(rng: np.random.Generator, clients: Clients, previous: Previous) -> tuple[Columns, np.ndarray]:
    """Draw POS_CASH_balance and the client index of each row.

    A loan has one row a month from its approval to its end. SK_DPD_DEF counts days past due without small debts.
    Clients who pay late have single late months; about one loan in 200 is never settled: its delay grows until today.
    """
    loan = _with_balance(rng, clients, previous)
    n, schedule, client = len(loan), previous.schedule, previous.client[loan]
    start = np.round(numbers_of(previous.columns, "DAYS_DECISION")[loan] / MONTH).clip(-96, -1).astype(np.int64)
    ended = schedule.ended[loan]
    end = _last_month(rng, schedule, loan, start)
    settled = end - start + 1
    unsettled = rng.random(n) < 0.0035 * np.exp(0.7 * clients.neglect[client])
    lengths = np.where(unsettled, -start, settled)

    row, position = owners(lengths), positions(lengths)
    closing = (position == lengths[row] - 1) & ended[row] & (rng.random(len(row)) < 0.9)
    agreed = schedule.agreed[loan][row]
    behind = np.where(unsettled[row], np.maximum(position - settled[row] + 1, 0), 0) * 30
    status = _status(rng, row, position, closing & ~unsettled[row], behind)

    hazard = np.minimum(0.0075 * np.exp(1.05 * clients.neglect - 0.3), 0.6)[client]
    late = (rng.random(len(row)) < hazard[row]) & (position > 0)
    days = late * np.ceil(rng.exponential(4.0, len(row))).astype(np.int64)
    small_debt = (rng.random(len(row)) < 0.006) * rng.integers(1, 25, len(row)) * (status == ACTIVE)
    counts_as_late = (rng.random(n) < 0.2)[row]
    opening = (status == SIGNED) | (status == RETURNED)
    no_plan = (status == APPROVED) | (opening & (rng.random(len(row)) < 0.25))
    columns: Columns = {
        "SK_ID_PREV": numbers_of(previous.columns, "SK_ID_PREV")[loan][row],
        "SK_ID_CURR": numbers_of(previous.columns, "SK_ID_CURR")[loan][row],
        "MONTHS_BALANCE": position + start[row],
        "CNT_INSTALMENT": np.where(no_plan, np.nan, np.where(closing, schedule.due[loan][row].clip(1), agreed)),
        "CNT_INSTALMENT_FUTURE": np.where(
            no_plan, np.nan, np.where(closing, 0, (agreed - np.maximum(position - 1, 0)).clip(0))
        ),
        "NAME_CONTRACT_STATUS": Labels(status, STATUS),
        "SK_DPD": np.maximum(behind + days, small_debt),
        "SK_DPD_DEF": counts_as_late * behind + days,
    }
    return columns, client[row]


def _with_balance(rng: np.random.Generator, clients: Clients, previous: Previous) -> np.ndarray:
    """Choose the approved loans with balances: nearly all, and always the first of a client with any."""
    kind = previous.kind
    likely = np.select([kind.among("consumer approved"), kind.among("cash approved")], [0.973, 0.918], 0.0)
    first = np.append(True, previous.client[1:] != previous.client[:-1])[: len(likely)]
    chosen = (rng.random(len(likely)) < likely) | (first & (likely > 0))
    return np.flatnonzero(chosen & clients.has_pos[previous.client])


def _last_month(rng: np.random.Generator, schedule: Schedule, loan: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return each loan's last month: the one after its last payment or, while it runs, one of the newest four."""
    last_due = schedule.first_due[loan] + 30 * (schedule.due[loan] - 1)
    closed = np.round((last_due + 11) / MONTH).clip(start, -1)
    behind = np.where(rng.random(len(loan)) < 0.3, rng.integers(1, 4, len(loan)), 0)
    return np.where(schedule.ended[loan], closed, np.maximum(-1 - behind, start)).astype(np.int64)


def _status(
    rng: np.random.Generator, row: np.ndarray, position: np.ndarray, completed: np.ndarray, behind: np.ndarray
) -> np.ndarray:
    """Draw the status of each month as a code into `STATUS`: the first and the last of a loan may differ."""
    n = row[-1] + 1 if len(row) else 0
    status = np.full(len(row), ACTIVE, np.int16)
    opening = rng.random(n)[row]
    first = position == 0
    status[first & (opening < 0.085)] = SIGNED
    status[first & (opening > 0.99) & (opening < 0.995)] = RETURNED
    status[first & (opening > 0.9954)] = APPROVED
    status[completed & ~first] = COMPLETED
    demanded = (behind > 150) & (rng.random(n) < 0.12)[row]
    status[demanded] = DEMAND
    status[demanded & (behind > 1200)] = AMORTIZED
    rare = rng.random(len(row))
    status[rare < 1e-5] = CANCELED
    status[rare > 1 - 2e-7] = UNKNOWN
    return status
