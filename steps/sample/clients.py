"""The clients: their ids, the hidden factors behind their records, and the kinds of history they have."""

from dataclasses import dataclass

import numpy as np

FIRST_CLIENT = 100_002
UNLABELLED = 0.137
"""Share of Kaggle's client ids in its test set, which leave gaps between the ids here."""
WITH_BUREAU, WITH_BALANCE, WITH_PREVIOUS, WITH_POS, WITH_CARD = 0.857, 0.30, 0.957, 0.951, 0.282
"""Shares of labelled clients with each kind of history (Home Credit Default Risk)."""


@dataclass(frozen=True)
class Clients:
    """n clients; every factor is standard normal, every mask boolean, all of shape (n,)."""

    ids: np.ndarray
    worth: np.ndarray
    """Creditworthiness: visible in the outside scores and in refusals."""
    affluence: np.ndarray
    """Income, education and region."""
    neglect: np.ndarray
    """Late payment: visible in the history, hardly in the application."""
    appetite: np.ndarray
    """Appetite for debt: visible in the history, hardly in the application."""
    has_bureau: np.ndarray
    has_balance: np.ndarray
    has_previous: np.ndarray
    has_pos: np.ndarray
    has_card: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def draw_clients(rng: np.random.Generator, n: int) -> Clients:
    """Draw n clients; low worth correlates with late payment and with an appetite for debt."""
    noise = rng.standard_normal((4, n))
    worth = noise[0]
    u = rng.random((3, n))
    has_bureau = u[0] < WITH_BUREAU
    has_previous = u[1] < WITH_PREVIOUS
    return Clients(
        ids=FIRST_CLIENT - 1 + np.cumsum(1 + (rng.random(n) < UNLABELLED)),
        worth=worth,
        affluence=0.2 * worth + np.sqrt(1 - 0.2**2) * noise[1],
        neglect=-0.25 * worth + np.sqrt(1 - 0.25**2) * noise[2],
        appetite=-0.15 * worth + np.sqrt(1 - 0.15**2) * noise[3],
        has_bureau=has_bureau,
        has_balance=has_bureau & (rng.random(n) < WITH_BALANCE / WITH_BUREAU),
        has_previous=has_previous,
        has_pos=has_previous & (u[1] < WITH_POS),
        has_card=has_previous & (u[2] < WITH_CARD / WITH_PREVIOUS),
    )
