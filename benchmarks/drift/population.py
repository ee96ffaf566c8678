"""A population of correlated columns of mixed kinds, as places in bins, from which windows are drawn."""

from dataclasses import dataclass

import numpy as np

from steps.monitoring.bins import Bins
from steps.monitoring.drift.sampled import places_of
from steps.monitoring.reference import FieldReference

FACTORS, LOADING = 10, 0.6  # common factors, and the part of a column's deviation that they give together
CLIENTS, REFERENCE = 300_000, 100_000
QUANTILES = 20
SPREAD, MEDIAN = 0.67, 200_000.0  # of the amounts of money, lognormal
WIDEST = 32  # bins of a column at most
TABLE = 20  # columns of the history table: numbers of which clients lack some
KINDS = ("number", "amount", "many zeros", "missing", "category", "flag")
SHARES = (0.25, 0.15, 0.2, 0.2, 0.1, 0.1)


@dataclass(frozen=True)
class Column:
    """A column: its kind, the (clients,) values of a number, and the reference's counts."""

    kind: str
    values: np.ndarray
    field: FieldReference


@dataclass(frozen=True)
class Population:
    """Columns with their reference, and (clients, columns) places of all clients in their bins."""

    columns: list[Column]
    places: np.ndarray

    def first(self, kind: str) -> int:
        """The first column of a kind."""
        return next(place for place, column in enumerate(self.columns) if column.kind == kind)

    @property
    def table(self) -> list[int]:
        """Some columns of which clients lack values, as those of a history table."""
        return [place for place, column in enumerate(self.columns) if column.kind == "missing"][:TABLE]

    def draw(self, requests: int, generator: np.random.Generator) -> np.ndarray:
        """(requests,) clients of a window."""
        return generator.integers(len(self.places), size=requests)

    def counts(self, rows: np.ndarray) -> list[np.ndarray]:
        """The counts of a window by column."""
        width = len(self.columns)
        flat = (self.places[rows] + WIDEST * np.arange(width, dtype=np.int64)).ravel()
        counts = np.bincount(flat, minlength=WIDEST * width).reshape(width, WIDEST)
        return [counts[place, : column.field.bins.size] for place, column in enumerate(self.columns)]


def population(columns: int, seed: int, clients: int = CLIENTS, reference: int = REFERENCE) -> Population:
    """A population, and a reference of some of its clients by whose quantiles numbers are binned.

    Parameters
    ----------
    columns
        Number of columns, of `KINDS` in turn by their `SHARES`.
    seed, clients, reference
        The seed, the clients to draw windows from, and those behind the reference.
    """
    generator = np.random.default_rng(seed)
    factors = generator.standard_normal((clients, FACTORS)).astype(np.float32)
    referred = generator.integers(clients, size=reference)
    kinds = np.repeat(KINDS, np.diff(np.round(np.cumsum([0, *SHARES]) * columns).astype(int)))
    made, places = [], np.empty((clients, columns), np.uint8)
    for place, kind in enumerate(kinds.tolist()):
        loadings = generator.standard_normal(FACTORS).astype(np.float32)
        common = factors @ (LOADING * loadings / np.linalg.norm(loadings))
        latent = common + (1 - LOADING**2) ** 0.5 * generator.standard_normal(clients).astype(np.float32)
        column, places[:, place] = _column(kind, latent.astype(float), referred, generator)
        made.append(column)
    return Population(made, places)


def _column(
    kind: str, latent: np.ndarray, referred: np.ndarray, generator: np.random.Generator
) -> tuple[Column, np.ndarray]:
    if kind in ("category", "flag"):
        levels = 2 if kind == "flag" else int(generator.integers(3, 15))
        shares = np.sort(generator.dirichlet(np.full(levels, 0.7)))[::-1]
        shares = np.maximum(shares, 0.0005) / np.maximum(shares, 0.0005).sum()
        bins = Bins(None, tuple(map(str, range(levels))))
        bounds = np.quantile(latent, np.cumsum(shares)[:-1])
        places = np.searchsorted(bounds, latent)
        values = np.empty(0)
        ends: tuple[float, float] | tuple[()] = ()
    else:
        values = _values(kind, latent, generator)
        known = values[referred][~np.isnan(values[referred])]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, QUANTILES + 1)[1:-1]))
        bins = Bins(tuple(edges.tolist()))
        places = places_of(values, bins)
        ends = float(known.min()), float(known.max())
    counts = np.bincount(places[referred], minlength=bins.size)
    return Column(kind, values, FieldReference(bins, counts, *ends)), places.astype(np.uint8)


def _values(kind: str, latent: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    if kind == "number":
        return latent
    if kind == "amount":
        return np.round(MEDIAN * np.exp(SPREAD * latent))
    if kind == "many zeros":
        return np.where(latent < np.quantile(latent, generator.uniform(0.5, 0.97)), 0.0, np.exp(latent))
    is_missing = generator.random(len(latent)) < generator.uniform(0.02, 0.7)
    return np.where(is_missing, np.nan, latent)
