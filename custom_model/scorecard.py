"""What the model knows beside its trees: its calibration, its costs and the words for its reasons."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from custom_model.costs import Costs


class Calibration(BaseModel):
    """Platt scaling: the calibrated log-odds are `slope` times the booster's plus `intercept`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slope: float = Field(gt=0)
    intercept: float


class ReasonText(BaseModel):
    """How a feature is named to a person: a code that stays the same and a text.

    `typical` is the feature's median in training, None for a category. `scale` chooses the words:
    "days" and "age" count back from the application, a "flag" is yes or no.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    code: str
    text: str
    scale: Literal["amount", "days", "age", "flag"] = "amount"
    typical: float | None = None


class Scorecard(BaseModel):
    """Travels with the booster as JSON; the names of `texts` are the model's features, in the booster's order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calibration: Calibration
    costs: Costs
    texts: dict[str, ReasonText]
