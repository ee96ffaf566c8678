"""Two versions with one booster: the same probabilities, bit for bit, each loaded with its own code."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from custom_model.contract import Contract
from custom_model.ranges import Range
from steps.evaluation.in_subprocess import score_in_subprocess
from steps.run.console import UserError

ROWS = 500
MISSING = 0.1  # share of values
SPECIAL = 0.05  # share of values of a meaning of their own, where a field has such


def check_same_scores(one: str, other: str, contract: Contract, ranges: Mapping[str, Range], seed: int) -> None:
    """Raise `UserError` unless both models have the same probability for each of 500 artificial applications.

    The code that computes features may have changed since `one` was logged: no digest of a booster would show that.
    """
    applications = artificial_applications(contract, ranges, seed)
    first, second = (
        score_in_subprocess(uri, applications).decisions["probability_of_default"].to_numpy() for uri in (one, other)
    )
    differing = int((first != second).sum())
    if differing:
        raise UserError(
            f"the model was logged but not registered: {differing} of {ROWS} artificial applications have another "
            f"probability than by {one}, as the code has changed since that was trained: train a new version"
        )


def artificial_applications(contract: Contract, ranges: Mapping[str, Range], seed: int) -> pd.DataFrame:
    """500 applications of nobody: values in the ranges that training saw, known categories, a tenth missing.

    Required fields always have a value.
    """
    generator = np.random.default_rng(seed)
    columns: dict[str, object] = {contract.id: [None] * ROWS}
    for name in contract.fields:
        missing = generator.random(ROWS) < (0.0 if name in contract.required else MISSING)
        if name in contract.categories:
            levels = generator.choice(np.array(contract.categories[name] or [""], object), ROWS)
            levels[missing | (levels == "")] = None
            columns[name] = levels
        else:
            columns[name] = np.where(missing, np.nan, _numbers(ranges.get(name, Range()), generator))
    return pd.DataFrame(columns)


def _numbers(range_: Range, generator: np.random.Generator) -> np.ndarray:
    low, high = range_.seen or (0.0, 1.0)
    numbers = generator.uniform(low, high, ROWS)
    if range_.whole:
        numbers = np.rint(numbers)
    if range_.special:
        numbers = np.where(generator.random(ROWS) < SPECIAL, generator.choice(range_.special, ROWS), numbers)
    return numbers
