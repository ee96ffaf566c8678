"""The outcomes of a decision, the costs of a wrong one, the threshold that follows from them, and the decision rule."""

from typing import Literal, Self, TypeVar, get_args, overload

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

Floats = npt.NDArray[np.floating]
Number = TypeVar("Number", float, Floats)

Outcome = Literal["granted", "refused", "referred"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Costs(BaseModel):
    """Costs of the two errors, and of a person's look at an application, in one unit of the lender's choice.

    Parameters
    ----------
    false_negative : float
        Cost of granting a client who defaults, > 0 and finite.
    false_positive : float
        Cost of refusing a good client, > 0 and finite.
    review : float or None
        Cost of a person's look, > 0; None: nobody looks for the sake of the costs.

    Raises
    ------
    pydantic.ValidationError
        For a cost that is not a positive finite number, or another key; for a review that costs as much as the better
        decision ever does, so that nobody would be referred.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    false_negative: float = Field(gt=0, description="cost of granting a client who defaults")
    false_positive: float = Field(gt=0, description="cost of refusing a good client")
    review: float | None = Field(None, gt=0, description="cost of a person's look at an application")

    @model_validator(mode="after")
    def _review_can_be_worth_it(self) -> Self:
        dearest = self.granted(self.threshold)
        if self.review is not None and self.review >= dearest:
            raise ValueError(
                f"expected `review` to be less than {dearest:.4g}, what the better decision is expected to cost at "
                "most, or no such entry"
            )
        return self

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
    def needs_review(self, probability: float) -> bool: ...
    @overload
    def needs_review(self, probability: Floats) -> npt.NDArray[np.bool_]: ...
    def needs_review(self, probability: float | Floats) -> bool | npt.NDArray[np.bool_]:
        """Whether both decisions are expected to cost more than a person's look (Chow 1970, with unequal costs).

        Parameters
        ----------
        probability : float or ndarray of any shape
            Calibrated probability of default.

        Returns
        -------
        bool or ndarray of bool
            Costs of 10, 1 and 0.6 for the review: True between 0.6/10 = 0.06 and 1 - 0.6/1 = 0.4, both excluded. False
            for every probability where a review has no cost.
        """
        cost = float("inf") if self.review is None else self.review
        return (self.false_negative * probability > cost) & (self.false_positive * (1.0 - probability) > cost)


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
