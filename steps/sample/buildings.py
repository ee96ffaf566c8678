"""The applicant's building: 47 columns, mostly missing in the same rows and correlated."""

import numpy as np
from scipy.special import ndtri

from steps.sample.clients import Clients
from steps.sample.columns import Columns
from steps.sample.draws import amounts, blend, figures, labels

MISSING_NOISE = 0.06
"""Difference between the missing rows of two columns (0: exactly nested)."""


def buildings(rng: np.random.Generator, clients: Clients) -> Columns:
    """Draw the building columns: _AVG from its quantiles, _MEDI almost equal to it, _MODE close to it."""
    n, recorded = len(clients), figures("application")
    known, size = rng.standard_normal(n), rng.standard_normal(n)
    size = 0.15 * clients.affluence + np.sqrt(1 - 0.15**2) * size

    def missing(rate: float) -> np.ndarray:
        own = rng.standard_normal(n)
        return np.sqrt(1 - MISSING_NOISE**2) * known + MISSING_NOISE * own < ndtri(rate)

    columns: Columns = {}
    for name, rate in recorded["buildings"]["missing"].items():
        absent = missing(rate)
        if name in recorded["shares"]:
            columns[name] = labels(rng.random(n), recorded["shares"][name]).without(absent)
            continue
        average = f"{name}_AVG" if name != "TOTALAREA_MODE" else name
        u = blend(rng.standard_normal(n), size=(0.8, size))
        value = np.where(absent, np.nan, amounts(u, recorded["buildings"]["quantiles"][average]).round(4))
        columns[average] = value
        if average != name:
            columns[f"{name}_MEDI"] = _near(rng, value, share=0.05, spread=0.05)
            columns[f"{name}_MODE"] = _near(rng, value, share=0.3, spread=0.12)
    return columns


def _near(rng: np.random.Generator, value: np.ndarray, share: float, spread: float) -> np.ndarray:
    """Move this share of the values a little, within 0..1."""
    moved = value * (1 + spread * rng.standard_normal(len(value)))
    return np.where(rng.random(len(value)) < share, np.clip(moved, 0, 1).round(4), value)
