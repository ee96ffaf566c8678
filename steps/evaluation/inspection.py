"""What drives a model's decisions and how firm they are, measured inside the process that has the model's own code."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd

MOST_CLIENTS = 1_000  # TreeSHAP takes 8 ms for each and 800 trees; a share of 1 % is known to 0.6 points
MOST_FIELDS = 30  # with the largest contributions; the rest is changed together with them
DRAWN = 15  # features with points for a picture
CHANGES = (-0.05, -0.01, 0.01, 0.05)  # of a value; around what a client rounds, and what changes within a few months
EVERYTHING = "all numbers at once"
LONGEST = 90  # characters of a field in words
MONEY = "money"  # in the unit of an amount: it is changed in whole units


@dataclass(frozen=True, slots=True)
class Driver:
    """A feature of the model on the explained clients.

    Parameters
    ----------
    feature : str
        Its name.
    code : str
        Topic of its reasons.
    weight : float
        Mean absolute contribution to the calibrated log-odds.
    low, high : str
        What a refused client is told where the value is low or high; empty where there is no such sentence.
    levels : dict of str to float
        Code of each level of a category; empty for a number.
    values, contributions : list of float
        By client, of the strongest features only; NaN where the value is missing.
    """

    feature: str
    code: str
    weight: float
    low: str
    high: str
    levels: dict[str, float]
    values: list[float]
    contributions: list[float]


@dataclass(frozen=True, slots=True)
class Flips:
    """How many decisions change with a field: `changed` clients have another value, `clients` are all that were asked.

    `change` is relative: 0.05 stands for five percent more. A client who was not refused and is counts in `to_refused`,
    and so for the other outcomes.
    """

    field: str
    change: float
    clients: int
    changed: int
    to_refused: int
    to_granted: int
    to_referred: int = 0

    @property
    def share(self) -> float:
        return (self.to_refused + self.to_granted + self.to_referred) / self.clients


@dataclass(frozen=True, slots=True)
class Inspection:
    """Drivers, strongest first, of `explained` clients; the fields that the model uses; and the decisions that flip.

    `score` has the scale of its points, as `custom_model.points.ScoreScale` has it; None: it has none.
    """

    explained: int
    drivers: list[Driver]
    inputs: list[str]
    descriptions: dict[str, str]
    flips: list[Flips]
    score: dict[str, int | float] | None = None

    def in_words(self, field: str) -> str:
        """What the model's own scorecard says that a field is, in a clause; the name of a field that it lacks."""
        description = self.descriptions.get(field, field)
        return shorten(description.partition(";")[0].partition(": ")[0].rstrip("."), LONGEST, placeholder=" …")


def inspect(own: Any, table: pd.DataFrame, seed: int, threads: int) -> Inspection | None:
    """Inspect a loaded model on a sample of the table; None where its code has not the parts to do so.

    `own` is the unwrapped model: its `decider` has contract, features, scorer and scorecard, see
    `custom_model.decisions.Decider`. The types are the model's own, of whatever version of the code.
    """
    from custom_model.applications import validate  # the model's own, once it is loaded

    decider = getattr(own, "decider", None)
    if decider is None or not hasattr(decider, "outcomes") or not hasattr(decider.scorer, "contributions"):
        return None
    generator = np.random.default_rng(seed)
    drawn = np.sort(generator.permutation(len(table))[:MOST_CLIENTS])
    applications, _ = validate(decider.contract, table.iloc[drawn].reset_index(drop=True), is_simulation=True)
    values = applications.values
    matrix = decider.features.matrix(values)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(decider.scorer.contributions, np.array_split(matrix, threads))
        contributions = np.concatenate([part for part in parts if len(part)])
        weights = np.abs(contributions).mean(axis=0)
        fields = _strongest(decider, dict(zip(decider.features.names, weights.tolist(), strict=True)))
        flips = list(_flips(decider, values, fields, generator, pool))
    drivers = list(_drivers(decider, matrix, contributions, weights))
    descriptions = {name: meaning.description for name, meaning in decider.scorecard.meanings.items()}
    scale = getattr(decider.scorecard, "score", None)
    score = None if scale is None else scale.model_dump()
    return Inspection(len(matrix), drivers, sorted(decider.features.inputs), descriptions, flips, score)


def _drivers(decider: Any, matrix: np.ndarray, contributions: np.ndarray, weights: np.ndarray) -> Iterator[Driver]:
    texts = decider.scorecard.texts
    for place, column in enumerate(np.argsort(-weights, kind="stable").tolist()):
        name = decider.features.names[column]
        has_points = place < DRAWN
        yield Driver(
            feature=name,
            code=texts[name].code,
            weight=float(weights[column]),
            low=texts[name].low,
            high=texts[name].high,
            levels=dict(decider.contract.codes.get(name, {})),
            values=matrix[:, column].tolist() if has_points else [],
            contributions=contributions[:, column].tolist() if has_points else [],
        )


def _strongest(decider: Any, weights: dict[str, float]) -> list[str]:
    """The numeric fields with the largest contributions, those of the features derived from them included."""
    total, numeric = sum(weights.values()), set(decider.contract.numeric)
    of_field = {
        name: total - sum(weights[kept] for kept in decider.features.without([name]))
        for name in decider.features.inputs
        if name in numeric
    }
    return sorted(of_field, key=lambda name: -of_field[name])


def _flips(
    decider: Any, values: np.ndarray, fields: list[str], generator: np.random.Generator, pool: ThreadPoolExecutor
) -> Iterator[Flips]:
    """Of each of the strongest fields, and of all of them at once, each by chance up or down."""
    before = np.array(decider.outcomes(_applications(values)))

    def flips(field: str, changed: list[str], change: float, relative: np.ndarray) -> Flips:
        columns = [decider.contract.column_of[name] for name in changed]
        altered = np.column_stack(
            [_altered(decider, name, values[:, at], relative[:, place])
             for place, (name, at) in enumerate(zip(changed, columns, strict=True))]
        )  # fmt: skip
        rows = np.flatnonzero(((altered != values[:, columns]) & ~np.isnan(altered)).any(axis=1))
        if not len(rows):
            return Flips(field, change, len(values), 0, 0, 0)
        asked = values[rows]
        asked[:, columns] = altered[rows]
        after, earlier = np.array(decider.outcomes(_applications(asked))), before[rows]
        refused, granted, referred = (
            int(((after == outcome) & (earlier != outcome)).sum()) for outcome in ("refused", "granted", "referred")
        )
        return Flips(field, change, len(values), len(rows), refused, granted, referred)

    same = np.ones((len(values), 1))
    alone = [(name, [name], change, change * same) for name in fields[:MOST_FIELDS] for change in CHANGES]
    together = [
        (EVERYTHING, fields, change, change * generator.choice([-1.0, 1.0], (len(values), len(fields))))
        for change in sorted({abs(each) for each in CHANGES})
        if fields
    ]
    yield from pool.map(lambda task: flips(*task), [*alone, *together])


def _altered(decider: Any, name: str, column: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """The values changed, within what the field can be: money and counts are whole, special values stay."""
    bounds, meaning = decider.scorecard.ranges.get(name), decider.scorecard.meanings.get(name)
    altered = column * (1.0 + relative)
    if (bounds is not None and bounds.whole) or (meaning is not None and MONEY in meaning.unit):
        altered = np.rint(altered)
    if bounds is not None:
        altered = np.clip(altered, bounds.lowest, bounds.highest)
        altered = np.where(np.isin(column, bounds.special), column, altered)
    return altered


def _applications(values: np.ndarray) -> Any:
    from custom_model.applications import Applications  # the model's own

    return Applications([None] * len(values), values, {})
