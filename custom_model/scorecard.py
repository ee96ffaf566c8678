"""A model's parameters other than its trees: calibration, costs and reason texts."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from custom_model.costs import Costs
from custom_model.meanings import Meaning
from custom_model.ranges import Range
from custom_model.rules import Rules


class Calibration(BaseModel):
    """Platt scaling: calibrated log-odds = `slope` x the booster's log-odds + `intercept`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slope: float = Field(gt=0)
    intercept: float


class ReasonText(BaseModel):
    """A feature's wording in a reason: a stable code and a text.

    `typical` is the feature's median in training, None for a category. `scale` selects the words:
    "days" and "age" count back from the application, a "flag" is yes or no.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    code: str
    text: str
    scale: Literal["amount", "days", "age", "flag"] = "amount"
    typical: float | None = None


class Scorecard(BaseModel):
    """Stored next to the booster as JSON; the keys of `texts` are the features in the booster's order.

    `meanings` has the meaning of each field, `ranges` the range of each number, `because` why a field must be sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calibration: Calibration
    costs: Costs
    rules: Rules = Rules()
    texts: dict[str, ReasonText]
    meanings: dict[str, Meaning] = {}
    ranges: dict[str, Range] = {}
    because: dict[str, str] = {}
