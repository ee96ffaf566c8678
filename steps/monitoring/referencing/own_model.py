"""A model in this process, which decides for its own reference before it is logged."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import nan

import numpy as np
import pandas as pd

from custom_model.applications import validate
from custom_model.decisions import Decider, Decision
from custom_model.errors import MAX_PROBLEMS
from custom_model.params import RequestParams
from steps.traffic.comparison import KINDS, NOT_DECIDED, Decisions

AT_ONCE = 1_000  # clients: 16 MB of a matrix of 2,000 features


class OwnModel:
    """A decider as `building.Deciding`."""

    def __init__(self, decider: Decider, cores: int = 1):
        self._decider = decider
        self._cores = cores

    def decide(self, applications: pd.DataFrame) -> Decisions:
        """The decisions, in the order of the table; undecided are those that break the contract."""
        decided = [each for part in _parts(applications, AT_ONCE) for each in self._decisions(part, "none")]
        return Decisions(
            np.array([NOT_DECIDED if each is None else KINDS.index(each["decision"]) for each in decided], np.int8),
            np.array([nan if each is None else each["probability_of_default"] for each in decided]),
            np.array([nan if each is None else each["threshold"] for each in decided]),
        )

    def reasons(self, applications: pd.DataFrame) -> list[tuple[str, ...]]:
        """The reason codes of each decision; TreeSHAP works outside of Python's lock, on each core a part."""
        parts = _parts(applications, -(-len(applications) // self._cores))
        with ThreadPoolExecutor(self._cores) as threads:
            found = list(threads.map(lambda part: self._decisions(part, "refused"), parts))
        return [tuple(reason["code"] for reason in each["reasons"]) for part in found for each in part if each]

    def _decisions(self, applications: pd.DataFrame, reasons: str) -> list[Decision | None]:
        """The decision about each application, None where it breaks the contract."""
        validated, problems = validate(self._decider.contract, applications, is_simulation=True)
        params = RequestParams(reasons=reasons, simulate=True)
        if not problems:
            return [*self._decider.decide(validated, params)]
        breaking = {each.row for each in problems}
        if None in breaking or len(problems) > MAX_PROBLEMS:  # of a whole column, or there are more
            return [None] * len(applications)
        sound = [row for row in range(len(applications)) if row not in breaking]
        others, _ = validate(self._decider.contract, applications.iloc[sound].reset_index(drop=True), True)
        found = dict(zip(sound, self._decider.decide(others, params), strict=True))
        return [found.get(row) for row in range(len(applications))]


def _parts(applications: pd.DataFrame, size: int) -> Iterator[pd.DataFrame]:
    for first in range(0, len(applications), size):
        yield applications.iloc[first : first + size].reset_index(drop=True)
