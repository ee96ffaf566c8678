"""What a wrong decision costs, and the threshold that follows from it."""

from typing import overload

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field


class Costs(BaseModel):
    """The price of the two errors, in one unit of the lender's choice."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    false_negative: float = Field(gt=0, description="a client who is granted and defaults")
    false_positive: float = Field(gt=0, description="a good client who is refused")

    @property
    def threshold(self) -> float:
        """The probability of default from which refusing is cheaper than granting.

        Right for calibrated probabilities (Elkan 2001, eq. 2): C_FP / (C_FP + C_FN). Costs 10 and 1
        give 1/11 = 0.0909.
        """
        return self.false_positive / (self.false_positive + self.false_negative)

    def granted(self, probability: float) -> float:
        """Expected cost of granting: the default is missed with this probability."""
        return self.false_negative * probability

    def refused(self, probability: float) -> float:
        """Expected cost of refusing: the client was good with probability 1 - p."""
        return self.false_positive * (1.0 - probability)


@overload
def is_refused(probability: float, threshold: float) -> bool: ...
@overload
def is_refused(
    probability: npt.NDArray[np.floating], threshold: float | npt.NDArray[np.floating]
) -> npt.NDArray[np.bool_]: ...
def is_refused(
    probability: float | npt.NDArray[np.floating], threshold: float | npt.NDArray[np.floating]
) -> bool | npt.NDArray[np.bool_]:
    """The decision rule: refuse from the threshold on, which is itself refused.

    The only place that compares a probability with a threshold; everything else reads its answer.

    Parameters
    ----------
    probability : float or ndarray of any shape
        Calibrated probability of default, between 0 and 1.
    threshold : float or ndarray
        Probability from which on an application is refused. An array is broadcast against `probability`.

    Returns
    -------
    bool or ndarray of bool
        True for refused, False for granted; an array in the shape of `probability` where one came in. NaN is
        granted, so probabilities must be known.

    Examples
    --------
    At a threshold of 1/11 = 0.0909 a client of 0.09 is granted, one of 1/11 and one of 0.1 are refused.
    """
    return probability >= threshold
