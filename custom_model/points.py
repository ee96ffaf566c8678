"""The score in points, as lenders read it: a whole number that grows where the odds of a good client grow."""

from math import log2
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, Strict

LEAST = 1e-9  # distance from 0 and 1 of a probability that has points: neither has odds


class ScoreScale(BaseModel):
    """The scale of the points, by one pair of points and odds, and the points that double the odds.

    Parameters
    ----------
    base_points : int
        Points of a client at the odds `base_odds`, at most a million from 0.
    base_odds : float
        Good clients to one default, between a millionth and a million.
    points_to_double_odds : float
        Points more of a client whose odds are twice as high, > 0 and at most 10,000.

    Examples
    --------
    With 600 points at odds of 50 and 20 points to double them, a probability of default of 1/51 = 0.0196, odds of 50 to
    1, has 600 points; 1/101 = 0.0099, odds of 100, has 620; 1/11 = 0.0909, odds of 10, has 600 + 20 log2(10/50) = 554.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # Any points within these bounds fit the decision log's column, of 32 bits.
    base_points: Annotated[int, Strict()] = Field(ge=-1_000_000, le=1_000_000)
    base_odds: Annotated[float, Strict()] = Field(ge=1e-6, le=1e6)
    points_to_double_odds: Annotated[float, Strict()] = Field(gt=0, le=10_000)

    def points(self, probability: float) -> int:
        """The points of a probability of default, to the nearest whole number; a higher risk never has more."""
        bounded = min(max(probability, LEAST), 1.0 - LEAST)
        odds = (1.0 - bounded) / bounded
        return round(self.base_points + self.points_to_double_odds * log2(odds / self.base_odds))
