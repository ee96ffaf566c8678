"""What leaving information out would win: the refused clients that would be granted without some of their fields."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd

from custom_model.applications import Applications, validate
from custom_model.cores import available_cores
from custom_model.decisions import Decider
from custom_model.lowest_leaves import LowestLeaves
from custom_model.rates import wilson_interval
from custom_model.rules import HISTORY

MOST_REFUSED = 2_000  # clients; more narrow the interval little and take minutes
ROUNDING = 1e-6  # of log-odds, which are sums of hundreds of leaves


@dataclass(frozen=True, slots=True)
class Omission:
    """The effect of leaving one field or group of fields out.

    Attributes
    ----------
    name : str
        Name of the field or group.
    fields : tuple of str
        The fields left out together.
    refused : int
        Refused clients that were decided again without these fields.
    granted : int
        Those of them who were granted.
    """

    name: str
    fields: tuple[str, ...]
    refused: int
    granted: int

    @property
    def share(self) -> float:
        """Share of the refused who win by it, 0 where nobody is refused."""
        return self.granted / self.refused if self.refused else 0.0

    @property
    def highest(self) -> float:
        """Upper end of the share's 95 % interval (Wilson 1927), 1 where nobody is refused: 0 of 190 give 0.02."""
        if not self.refused:
            return 1.0
        _, highest = wilson_interval(np.array([self.share]), np.array([self.refused]))
        return float(highest[0])


class RefusedClients:
    """Refused clients of a model, to be decided again without some of their fields.

    Parameters
    ----------
    decider : Decider
        The model.
    applications : Applications
        Complete applications of clients that training has not seen, with their history.
    seed : int
        Seed of the choice among more than `MOST_REFUSED` refused clients.
    """

    def __init__(self, decider: Decider, applications: Applications, seed: int = 0):
        self._decider = decider
        refused = np.flatnonzero(np.array(decider.outcomes(applications)) == "refused")
        if len(refused) > MOST_REFUSED:
            refused = np.sort(np.random.default_rng(seed).choice(refused, MOST_REFUSED, replace=False))
        self._values = applications.values[refused]
        if len(refused):
            self._lowest, self._to_fall = self._distances()

    def __len__(self) -> int:
        return len(self._values)

    def _distances(self) -> tuple[LowestLeaves, np.ndarray]:
        """The leaves of the clients, and how far the booster's log-odds of each are above the threshold's."""
        scorer, threshold = self._decider.scorer, self._decider.scorecard.costs.threshold
        matrix = self._decider.features.matrix(self._values)
        lowest = LowestLeaves(self._decider.features, scorer.booster, matrix)
        raw = np.asarray(scorer.booster.predict(matrix, raw_score=True, num_threads=1)).reshape(len(matrix))
        granted_below = (log(threshold / (1 - threshold)) - scorer.calibration.intercept) / scorer.calibration.slope
        return lowest, raw - granted_below

    def without_each(self, names: Sequence[str]) -> list[Omission]:
        """Decide again without each of these fields alone; a thread for each core, since scoring takes one."""
        with ThreadPoolExecutor(available_cores()) as pool:
            return list(pool.map(lambda name: self.without([name]), names))

    def without(self, fields: Sequence[str], name: str | None = None) -> Omission:
        """Decide again with these fields missing; `name` is by default the first field's."""
        return Omission(name or fields[0], tuple(fields), len(self), self._granted(fields) if len(self) else 0)

    def _granted(self, fields: Sequence[str]) -> int:
        columns = [self._decider.contract.column_of[field] for field in fields]
        has_any = ~np.isnan(self._values[:, columns]).all(axis=1)
        # Where even the lowest leaves would be refused, nothing is won.
        affected = self._values[has_any & (self._lowest.fall(fields) > self._to_fall - ROUNDING)]
        affected[:, columns] = np.nan
        return self._decider.outcomes(Applications([None] * len(affected), affected, {})).count("granted")


@dataclass(frozen=True, slots=True)
class Examination:
    """The contract's demands on complete applications.

    Attributes
    ----------
    incomplete : list of int
        Rows without a value that the contract requires: no decision in production.
    omissions : list of Omission
        As `omissions` returns them.
    """

    incomplete: list[int]
    omissions: list[Omission]


def examine(decider: Decider, table: pd.DataFrame, seed: int) -> Examination:
    """Examine a table of complete applications, with their history, of clients that training has not seen."""
    applications, _ = validate(decider.contract, table, is_simulation=True)
    required = applications.values[:, decider.contract.required_columns]
    topics = {name: meaning.topic for name, meaning in decider.scorecard.meanings.items()}
    incomplete = np.flatnonzero(np.isnan(required).any(axis=1)).tolist()
    return Examination(incomplete, omissions(decider, applications, topics, seed))


def used_fields(decider: Decider) -> list[str]:
    """The fields that the model's features are computed from, sorted by name; all others win nothing."""
    return sorted(decider.features.inputs)


def omissible(decider: Decider, used: Collection[str]) -> list[str]:
    """Those of the used fields that an application may be sent without.

    A category that must be sent is among them where the policy lets the model decide about an unknown level: it counts
    as missing. Not so one of the contract's `rest`, of which no level is unknown.
    """
    contract = decider.contract
    must_send = {*contract.required, *contract.declared}
    if decider.scorecard.rules.unusual_values.otherwise == "decide":
        must_send -= set(contract.categories).difference(contract.rest)
    return [name for name in used if name not in must_send]


def omissions(decider: Decider, applications: Applications, topics: dict[str, str], seed: int = 0) -> list[Omission]:
    """The effect of each omission that the contract accepts, largest first.

    Parameters
    ----------
    decider : Decider
        The model.
    applications : Applications
        As for `RefusedClients`.
    topics : dict of str to str
        Topic by field: the fields of a topic are left out together, too.
    seed : int
        As for `RefusedClients`.

    Returns
    -------
    list of Omission
        Each field alone, each topic of several fields, the history and everything that may be left out, by name.
    """
    refused = RefusedClients(decider, applications, seed)
    fields = omissible(decider, used_fields(decider))
    results = refused.without_each(fields)
    results += [refused.without(members, name) for name, members in groups(decider, fields, topics).items()]
    return sorted(results, key=lambda each: -each.granted)


def groups(decider: Decider, fields: Collection[str], topics: dict[str, str]) -> dict[str, list[str]]:
    """The groups of at least two of these fields that can be left out together, by name, the largest last."""
    history = set(decider.contract.history)
    by_topic: dict[str, list[str]] = {}
    for name in fields:
        by_topic.setdefault(topics.get(name, name), []).append(name)
    candidates = {
        **by_topic,
        HISTORY: [name for name in fields if name in history],
        "everything optional": list(fields),
    }
    return {name: members for name, members in candidates.items() if len(members) > 1}
