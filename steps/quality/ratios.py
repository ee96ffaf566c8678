"""The ratio of two shares, with its interval: how many are approved of a group, compared with the best one."""

from dataclasses import dataclass
from math import exp, log, sqrt

from steps.quality.ranking import QUANTILE

FOUR_FIFTHS = 0.8  # 29 CFR 1607.4(D): a rate below four fifths of the highest group's is regarded as adverse impact


@dataclass(frozen=True)
class Ratio:
    """A ratio of shares, and the ends of its 95 % interval (Katz 1978)."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Against four fifths: `met` or `not met` beyond doubt, else `unclear`."""
        if self.low >= FOUR_FIFTHS:
            return "met"
        return "not met" if self.high < FOUR_FIFTHS else "unclear"


def ratio_of_shares(hits: int, clients: int, best_hits: int, best_clients: int) -> Ratio | None:
    """The share of a group over that of the best one; None where nobody of the best one is a hit.

    60 of 100 against 80 of 100 are 0.75, 0.62 to 0.90. A group without hits has the upper end of half a hit.
    """
    if not best_hits:
        return None
    share, best = hits / clients, best_hits / best_clients
    counted = hits or 0.5
    spread = QUANTILE * sqrt(max(1 / counted - 1 / clients, 0) + 1 / best_hits - 1 / best_clients)
    middle = log(counted / clients / best)
    return Ratio(share / best, exp(middle - spread) if hits else 0.0, exp(middle + spread))
