"""What a wrong decision costs, and the threshold that follows from it."""

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
