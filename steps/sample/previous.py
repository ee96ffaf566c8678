"""Earlier applications to this lender, with their outcomes."""

from typing import NamedTuple

import numpy as np

from steps.sample.clients import WITH_CARD, WITH_PREVIOUS, Clients
from steps.sample.columns import Columns, numbers_of
from steps.sample.draws import Labels, amounts, amounts_by, blend, figures, labels
from steps.sample.kinds import by_kind
from steps.sample.previous_amounts import loan_amounts
from steps.sample.previous_labels import loan_labels
from steps.sample.schedule import MONTH, Schedule, draw_schedule
from steps.sample.spans import counts, owners, positions, unique_ids

APPLICATIONS_PER_CLIENT = 4.83
"""Mean number of a labelled client's earlier applications, of those with any."""
FIRST_IS_CONSUMER = 0.86
"""Share of clients whose first loan was a consumer loan; the others' was a cash loan."""


class Previous(NamedTuple):
    """The previous_application table, with the client's index, kind and schedule of each row."""

    columns: Columns
    client: np.ndarray
    kind: Labels
    schedule: Schedule
    card: np.ndarray
    """Mask of the applications behind a credit card with monthly balances."""
    used: np.ndarray
    """Mask of those cards with any drawings."""


def draw_previous(rng: np.random.Generator, clients: Clients) -> Previous:
    """Draw the previous_application table; days count back from the application of today.

    A client's first application is an approved consumer or cash loan; a card holder's second is the approved
    revolving loan behind the card. Refusals grow with the appetite for debt and fall with worth.
    """
    client, kind = _kinds(rng, clients)
    n = len(client)
    decided = by_kind(kind, figures("previous")["days_decision"], amounts_by, rng.random(n))
    card = kind.among("revolving approved") & clients.has_card[client]
    months = amounts(rng.random(n), figures("card")["months"])
    decided = np.where(card, -(months + rng.random(n)) * MONTH, decided).round().clip(-2922, -2)
    columns: Columns = {
        "SK_ID_PREV": unique_ids(rng, 1_000_000, n),
        "SK_ID_CURR": clients.ids[client],
        "DAYS_DECISION": decided.astype(np.int64),
    }
    blank_shares = figures("previous")["blank"]
    blank = rng.random(n) < np.array([blank_shares.get(name, 0) for name in kind.names])[kind.codes]
    columns |= loan_labels(rng, kind, blank)
    columns |= loan_amounts(rng, clients.affluence[client], kind, blank)
    schedule = draw_schedule(rng, kind, decided, numbers_of(columns, "CNT_PAYMENT"))
    used = card & (rng.random(n) < np.where(months < 25, 0.54, 0.865))
    return Previous(columns | schedule.columns, client, kind, schedule, card, used)


def _kinds(rng: np.random.Generator, clients: Clients) -> tuple[np.ndarray, Labels]:
    """Draw each client's number of applications, and their kinds in the shares recorded over all rows."""
    shares = dict(figures("previous")["kinds"])
    holders = np.flatnonzero(clients.has_previous)
    cards = WITH_CARD / WITH_PREVIOUS
    drawn_count = counts(rng, clients.appetite[holders], APPLICATIONS_PER_CLIENT - cards, shape=1.5)
    drawn_count = drawn_count + clients.has_card[holders]
    client, position = holders[owners(drawn_count)], positions(drawn_count)
    shares["consumer approved"] -= FIRST_IS_CONSUMER / APPLICATIONS_PER_CLIENT
    shares["cash approved"] -= (1 - FIRST_IS_CONSUMER) / APPLICATIONS_PER_CLIENT
    shares["revolving approved"] = max(shares["revolving approved"] - cards / APPLICATIONS_PER_CLIENT, 0.002)
    order = sorted(shares, key=lambda name: "refused" in name)
    worry = 0.79 * (clients.appetite - 0.33) - 0.51 * clients.worth
    u = blend(rng.standard_normal(len(client)), worry=(0.6, worry[client]))
    drawn = labels(u, {name: shares[name] for name in order})
    consumer, cash, card = (order.index(f"{name} approved") for name in ("consumer", "cash", "revolving"))
    first = np.where(rng.random(len(client)) < FIRST_IS_CONSUMER, consumer, cash)
    codes = np.where(position == 0, first, drawn.codes)
    codes = np.where((position == 1) & clients.has_card[client], card, codes)
    return client, Labels(codes.astype(np.int16), drawn.names)
