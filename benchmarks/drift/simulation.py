"""Windows of a population, without drift and with one planted: what raises an alarm, and what is found."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.drift.population import Population
from steps.monitoring.drift.feeds import is_silent
from steps.monitoring.drift.sampled import places_of
from steps.monitoring.drift.shifts import Pair, Shift, shifts
from steps.monitoring.drift.units import unit_of
from steps.monitoring.observed import ObservedField
from steps.quality.many_tests import holm
from steps.quality.stability import index_of

USUAL = 0.1  # PSI, the usual rule
SHIFTS = (0.1, 0.2, 0.5)
NEW_LEVEL = 0.02  # share of the requests
UNIT = 1_000.0
TREND, TREND_WINDOWS = 0.05, 10  # deviations more in each window
SAMPLE = 2_000  # requests by whose values a change of unit is told

Planted = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""The counts of a column in a window of these clients, with its drift."""


@dataclass
class FalseAlarms:
    """Windows without drift, and those that raise any alarm, by tolerated PSI and by the usual rule."""

    windows: int = 0
    alarms: Counter[float] = field(default_factory=Counter)
    usual: int = 0


@dataclass
class Found:
    """Windows with a drift, and those in which it is found: by what is planted, with the rule or as "usual"."""

    windows: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    usual: Counter[str] = field(default_factory=Counter)
    trend: list[int] = field(default_factory=list)


def false_alarms(
    population: Population, requests: int, windows: int, tolerated: list[float], level: float, seed: int
) -> FalseAlarms:
    """Windows of so many requests without drift, with Holm's correction over all columns at this level."""
    generator, found = np.random.default_rng([seed, requests]), FalseAlarms()
    for _ in range(windows):
        pairs = pairs_of(population, population.draw(requests, generator))
        found.windows += 1
        found.usual += any(index_of(pair.reference, pair.window) > USUAL for pair in pairs)
        for each in tolerated:
            found.alarms[each] += any(p < level for p in holm([shift.p for shift in shifts(pairs, each)]))
    return found


def pairs_of(population: Population, rows: np.ndarray) -> list[Pair]:
    """All columns of a window beside the reference."""
    counts = population.counts(rows)
    return [
        Pair(str(place), column.field.counts, counts[place], column.field.bins.is_number)
        for place, column in enumerate(population.columns)
    ]


def found_drifts(
    population: Population, requests: int, windows: int, tolerated: float, level: float, seed: int
) -> Found:
    """Windows of so many requests with each planted drift in turn, all other columns as they are."""
    generator, found = np.random.default_rng([seed, requests, 1]), Found()
    for _ in range(windows):
        rows = population.draw(requests, generator)
        pairs = pairs_of(population, rows)
        p = np.array([shift.p for shift in shifts(pairs, tolerated)])
        found.windows += 1
        for name, place, counts in _planted(population, rows, generator):
            pair = Pair(name, pairs[place].reference, counts, pairs[place].is_number)
            (shift,) = shifts([pair], tolerated)
            found.by_rule[name] += _is_raised(p, place, shift, level)
            found.usual[name] += shift.psi > USUAL
        found.by_rule["unit named"] += _is_unit_named(population, rows)
        found.by_rule["empty table named"] += _is_table_named(population, requests)
        found.trend.append(_trend(population, p, requests, tolerated, level, generator))
    return found


def _planted(
    population: Population, rows: np.ndarray, generator: np.random.Generator
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Name, column and its counts with each planted drift."""
    number, amount, category = (population.first(kind) for kind in ("number", "amount", "category"))
    for shift in SHIFTS:
        yield f"shift of {shift:g} deviations", number, _shifted(population, number, rows, shift)
    level = population.columns[category].field.bins.other
    assert level is not None
    places = population.places[rows, category].astype(np.int64)
    places[generator.random(len(rows)) < NEW_LEVEL] = level
    yield f"new category at {NEW_LEVEL:.0%}", category, _counts(population, category, places)
    bins = population.columns[amount].field.bins
    yield "unit change", amount, _counts(population, amount, places_of(_amounts(population, rows) * UNIT, bins))
    place = population.table[0]
    empty = np.full(len(rows), population.columns[place].field.bins.missing)
    yield "empty table", place, _counts(population, place, empty)


def _shifted(population: Population, place: int, rows: np.ndarray, shift: float) -> np.ndarray:
    column = population.columns[place]
    return _counts(population, place, places_of(column.values[rows] + shift, column.field.bins))


def _counts(population: Population, place: int, places: np.ndarray) -> np.ndarray:
    return np.bincount(places, minlength=population.columns[place].field.bins.size)


def _amounts(population: Population, rows: np.ndarray) -> np.ndarray:
    return population.columns[population.first("amount")].values[rows]


def _is_raised(p: np.ndarray, place: int, shift: Shift, level: float) -> bool:
    """Whether a column raises an alarm with this shift in place of its own."""
    changed = p.copy()
    changed[place] = shift.p
    return holm(changed.tolist())[place] < level


def _is_unit_named(population: Population, rows: np.ndarray) -> bool:
    field = population.columns[population.first("amount")].field
    return unit_of(_amounts(population, rows[:SAMPLE]) * UNIT, field) == UNIT


def _is_table_named(population: Population, requests: int) -> bool:
    """Whether an empty table is a broken feed: one of its fields cannot be missing in so many requests by chance."""
    fields = [population.columns[place].field for place in population.table]
    empty = [np.where(np.arange(each.bins.size) == each.bins.missing, requests, 0) for each in fields]
    return any(is_silent(each, ObservedField(counts)) for each, counts in zip(fields, empty, strict=True))


def _trend(
    population: Population, p: np.ndarray, requests: int, tolerated: float, level: float, generator: np.random.Generator
) -> int:
    """The first window of a trend that finds it; one more than there are, where none does."""
    place = population.first("number")
    reference = population.columns[place].field.counts
    for number in range(1, TREND_WINDOWS + 1):
        counts = _shifted(population, place, population.draw(requests, generator), TREND * number)
        (shift,) = shifts([Pair("trend", reference, counts, is_number=True)], tolerated)
        if _is_raised(p, place, shift, level):
            return number
    return TREND_WINDOWS + 1
