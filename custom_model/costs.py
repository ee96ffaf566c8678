"""The outcomes of a decision, the costs of a wrong one, the threshold that follows from them, and the decision rule."""

from typing import Literal, TypeVar, get_args, overload

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Floats = npt.NDArray[np.floating]
Number = TypeVar("Number", float, Floats)

Outcome = Literal["granted", "refused", "referred"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Costs(BaseModel):
    """Costs of the two errors, in one unit of the lender's choice.

    Parameters
    ----------
    false_negative : float
        Cost of granting a client who defaults, > 0 and finite.
    false_positive : float
        Cost of refusing a good client, > 0 and finite.

    Raises
    ------
    pydantic.ValidationError
        For a cost that is not a positive finite number, or another key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    false_negative: float = Field(gt=0, description="cost of granting a client who defaults")
    false_positive: float = Field(gt=0, description="cost of refusing a good client")

    @property
    def threshold(self) -> float:
        """The probability of default from which refusing is cheaper than granting.

        C_FP / (C_FP + C_FN), for calibrated probabilities (Elkan 2001, eq. 2). Costs of 10 and 1 give
        1/11 = 0.0909.
        """
        return self.false_positive / (self.false_positive + self.false_negative)

    def granted(self, probability: Number) -> Number:
        """Expected cost of granting.

        Parameters
        ----------
        probability : float or ndarray of any shape
            Calibrated probability of default.

        Returns
        -------
        float or ndarray
            ``false_negative * p`` in the costs' unit: at costs of 10 and 1, a probability of 0.2 costs 2.0.
        """
        return self.false_negative * probability

    def refused(self, probability: Number) -> Number:
        """Expected cost of refusing.

        Parameters
        ----------
        probability : float or ndarray of any shape
            Calibrated probability of default.

        Returns
        -------
        float or ndarray
            ``false_positive * (1 - p)`` in the costs' unit: at costs of 10 and 1, a probability of 0.2 costs 0.8.
        """
        return self.false_positive * (1.0 - probability)


@overload
def is_refused(probability: float, threshold: float) -> bool: ...
@overload
def is_refused(probability: Floats, threshold: float | Floats) -> npt.NDArray[np.bool_]: ...
def is_refused(probability: float | Floats, threshold: float | Floats) -> bool | npt.NDArray[np.bool_]:
    """The decision rule: an application is refused where its probability reaches the threshold.

    The only comparison of a probability with a threshold in the project; everything else reads its answer.

    Parameters
    ----------
    probability : float or ndarray of any shape
        Calibrated probability of default, between 0 and 1 and not NaN, which would be granted.
    threshold : float or ndarray
        Lowest probability that is refused. An array is broadcast against `probability`.

    Returns
    -------
    bool or ndarray of bool
        True for refused, False for granted; an array for an array.

    Examples
    --------
    At a threshold of 1/11 = 0.0909, a client of 0.09 is granted; clients of 1/11 and 0.1 are refused.
    """
    return probability >= threshold
