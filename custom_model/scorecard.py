"""A model's parameters other than its trees: calibration, costs, reason texts and the meanings of the fields."""

from math import isnan

from pydantic import BaseModel, ConfigDict, Field

from custom_model.alternatives import Move
from custom_model.costs import Costs
from custom_model.meanings import Meaning
from custom_model.points import ScoreScale
from custom_model.ranges import Range
from custom_model.rules import Rules


class Calibration(BaseModel):
    """Platt scaling: calibrated log-odds = `slope` x the booster's log-odds + `intercept`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slope: float = Field(gt=0)
    intercept: float


class Rewording(BaseModel):
    """The policy's sentences in place of a feature's own, as in `ReasonText`; None, or no entry, keeps its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: str | None = None
    high: str | None = None
    missing: str | None = None
    values: dict[float, str] = {}


class ReasonText(BaseModel):
    """The sentences that a feature can give as a reason; an empty one gives none.

    Parameters
    ----------
    code : str
        The feature's topic.
    below, above : float or None
        A value below `below` is low, one above `above` is high; None for a category.
    low, high : str
        The sentence of a low and of a high value.
    missing : str
        The sentence of an absent value that the client can supply.
    values : dict of float to str
        The sentences of single values: a category by its code in the matrix, a flag, a special value.
    other : str
        The sentence of a category that `values` lacks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    code: str
    below: float | None = None
    above: float | None = None
    low: str = ""
    high: str = ""
    missing: str = ""
    values: dict[float, str] = {}
    other: str = ""

    def sentence(self, value: float) -> str:
        """The sentence of a value in the matrix, NaN where it is missing; empty where it has none."""
        if isnan(value):
            return self.missing
        if value in self.values:
            return self.values[value]
        if self.below is None or self.above is None:
            return self.other
        return self.low if value < self.below else self.high if value > self.above else ""

    def reworded(self, words: Rewording | None) -> "ReasonText":
        """The same feature with the policy's sentences in place of its own."""
        if words is None:
            return self
        changes = words.model_dump(include={"low", "high", "missing"}, exclude_none=True)
        return self.model_copy(update={**changes, "values": {**self.values, **words.values}})

    @property
    def is_empty(self) -> bool:
        """Whether no value of the feature has a sentence."""
        return not any((self.low, self.high, self.missing, self.other, *self.values.values()))


class Scorecard(BaseModel):
    """Stored next to the booster as JSON.

    The keys of `texts` are the features in the booster's order, those of `meanings` the fields of the contract.
    `ranges` has the range of each number, and `because` why a field must be sent. `wording` has the policy's sentences
    in place of those of `texts`, which keep the feature's own, and `score` the scale of the points, if there are any.
    `alternatives` has the fields of the loan that may move for a refused client.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calibration: Calibration
    costs: Costs
    rules: Rules = Rules()
    texts: dict[str, ReasonText]
    meanings: dict[str, Meaning] = {}
    ranges: dict[str, Range] = {}
    because: dict[str, str] = {}
    wording: dict[str, Rewording] = {}
    score: ScoreScale | None = None
    alternatives: dict[str, Move] = {}

    @property
    def sentences(self) -> dict[str, ReasonText]:
        """The sentences of each feature, in the booster's order, as a client is told them."""
        return {name: text.reworded(self.wording.get(name)) for name, text in self.texts.items()}
