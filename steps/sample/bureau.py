"""Loans that other lenders reported to the credit bureau."""

from typing import NamedTuple

import numpy as np

from steps.sample.clients import Clients
from steps.sample.columns import Columns
from steps.sample.draws import Labels, amounts, amounts_by, blend, figures, labels
from steps.sample.spans import counts, owners, unique_ids

LOANS_PER_CLIENT = 5.46
"""Mean number of a labelled client's loans, of those with any."""
STATUS = ("Closed", "Active", "Sold", "Bad debt")
SOLD, BAD_DEBT = 0.0039, 1e-5
"""Shares of loans sold or written off."""


class Bureau(NamedTuple):
    """The bureau table, with the client's index of each row."""

    columns: Columns
    client: np.ndarray


def draw_bureau(rng: np.random.Generator, clients: Clients) -> Bureau:
    """Draw the bureau table; days count back from the application, amounts are in the loan's currency."""
    recorded = figures("bureau")
    known = np.flatnonzero(clients.has_bureau)
    client = known[owners(counts(rng, clients.appetite[known], LOANS_PER_CLIENT, shape=1.6))]
    n, appetite = len(client), clients.appetite[client]
    kind = labels(rng.random(n), recorded["CREDIT_TYPE"])
    listed = list(recorded["active_by_type"])
    group = np.array([listed.index(name if name in listed else "other") for name in kind.names])[kind.codes]
    running = np.array(list(recorded["active_by_type"].values()))[group]
    # Clients with many loans have more appetite than average: 0.29 restores the share of active loans.
    active = blend(rng.standard_normal(n), appetite=(0.35, appetite - 0.29)) > 1 - running
    status = np.where(rng.random(n) < SOLD, STATUS.index("Sold"), active)
    status = np.where(rng.random(n) < BAD_DEBT, STATUS.index("Bad debt"), status).astype(np.int16)
    columns: Columns = {
        "SK_ID_CURR": clients.ids[client],
        "SK_ID_BUREAU": unique_ids(rng, 5_000_000, n),
        "CREDIT_ACTIVE": Labels(status, STATUS),
        "CREDIT_CURRENCY": labels(rng.random(n), recorded["CREDIT_CURRENCY"]),
        "CREDIT_TYPE": kind,
        "CNT_CREDIT_PROLONG": rng.poisson(0.008, n).astype(np.int64),
    }
    columns |= _dates(rng, appetite, group, status)
    columns |= _amounts(rng, clients, client, group, status == STATUS.index("Active"))
    return Bureau(columns, client)


def _dates(rng: np.random.Generator, appetite: np.ndarray, group: np.ndarray, status: np.ndarray) -> Columns:
    """Draw the days of start, planned end, actual end and last report; running loans mostly end in the future."""
    recorded = figures("bureau")
    n, active = len(group), status == STATUS.index("Active")
    begun = [recorded["days_credit"]["Closed"], recorded["days_credit"]["Active"]]
    since = amounts_by(blend(rng.standard_normal(n), appetite=(0.25, appetite)), active.astype(int), begun)
    since = np.clip(since.round(), -2922, -1)
    term = amounts_by(rng.random(n), group, list(recorded["term_days"].values()))
    prolonged = active & (since + term < 0) & (rng.random(n) < 0.82)
    ends = (since + np.where(prolonged, 0.6 * term - since, term)).round()
    paid = np.where(rng.random(n) < 0.45, ends, since + (ends - since) * rng.uniform(0.2, 1.3, n))
    paid = np.clip(paid, since, np.minimum(since * rng.random(n) * 0.3, -1)).round()
    closed = (status == 0) | (rng.random(n) < np.where(active, 0.0038, 0.25))
    reported = np.where(closed & (rng.random(n) < 0.5), paid, -rng.gamma(0.5, 100.0, n))
    open_ended = rng.random(n) < np.array(list(recorded["end_missing"].values()))[group]
    return {
        "DAYS_CREDIT": since.astype(np.int64),
        "DAYS_CREDIT_ENDDATE": np.where(open_ended, np.nan, ends),
        "DAYS_ENDDATE_FACT": np.where(closed, paid, np.nan),
        "DAYS_CREDIT_UPDATE": np.clip(reported, since, 0).round().astype(np.int64),
    }


def _amounts(
    rng: np.random.Generator,
    clients: Clients,
    client: np.ndarray,
    group: np.ndarray,
    active: np.ndarray,
) -> Columns:
    """Draw credit, debt and amounts overdue; a client's lenders mostly omit the same amounts."""
    recorded = figures("bureau")
    n, card = len(client), group == 1
    lender = rng.standard_normal(len(clients))[client]

    def missing(column: str) -> np.ndarray:
        habit = blend(rng.standard_normal(n), lender=(0.8, lender))
        return habit < recorded["missing"][column]

    credit = amounts_by(
        blend(rng.standard_normal(n), affluence=(0.25, clients.affluence[client])),
        group,
        list(recorded["amount"].values()),
    )
    owed = amounts_by(
        blend(rng.standard_normal(n), appetite=(0.5, clients.appetite[client])),
        group,
        list(recorded["debt_ratio"].values()),
    )
    debt = np.where(active, credit * owed, np.where(rng.random(n) < 0.01, credit * 0.05, 0.0))
    limit = np.where(card & (rng.random(n) < 0.35), amounts(rng.random(n), recorded["limit"]), 0.0)
    late = blend(rng.standard_normal(n), neglect=(0.5, clients.neglect[client]))
    overdue_now = active & (late > 1 - 0.0073)
    days = np.where(overdue_now, np.ceil(rng.gamma(0.35, 250.0, n)), 0)
    max_overdue = np.where(late > 1 - 0.213, amounts(rng.random(n), recorded["max_overdue"]), 0.0)
    annuity = np.where(rng.random(n) < 0.5, amounts(rng.random(n), recorded["annuity"]), 0.0)
    return {
        "AMT_CREDIT_SUM": credit.round(1),
        "AMT_CREDIT_SUM_DEBT": np.where(missing("AMT_CREDIT_SUM_DEBT"), np.nan, debt.round(1)),
        "AMT_CREDIT_SUM_LIMIT": np.where(missing("AMT_CREDIT_SUM_LIMIT"), np.nan, limit.round(1)),
        "AMT_CREDIT_SUM_OVERDUE": np.where(overdue_now, (credit * 0.02 * rng.random(n)).round(1), 0.0),
        "CREDIT_DAY_OVERDUE": days.astype(np.int64),
        "AMT_CREDIT_MAX_OVERDUE": np.where(missing("AMT_CREDIT_MAX_OVERDUE"), np.nan, max_overdue.round(1)),
        "AMT_ANNUITY": np.where(missing("AMT_ANNUITY"), np.nan, annuity.round(1)),
    }
