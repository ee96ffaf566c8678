"""The ratio of two shares, with its interval: how many are approved of a group, compared with the best one."""

from dataclasses import dataclass
from math import exp, log, sqrt

from custom_model.rates import QUANTILE

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

    60 of 100 against 80 of 100 are 0.75, 0.62 to 0.90. The interval counts half a client less of a group of hits alone,
    and half a client more of one without any: 20 of 20 against 20 of 20 are 1, 0.91 to 1.10, and prove no equal shares.
    """
    if not best_hits:
        return None
    value = (hits / clients) / (best_hits / best_clients)
    share, noise = _counted(hits, clients)
    best, of_best = _counted(best_hits, best_clients)
    middle, spread = log(share / best), QUANTILE * sqrt(noise + of_best)
    return Ratio(value, exp(middle - spread) if hits else 0.0, exp(middle + spread))


def _counted(hits: int, clients: int) -> tuple[float, float]:
    """The share, and the variance of its logarithm."""
    counted = min(max(hits, 0.5), clients - 0.5)
    return counted / clients, 1 / counted - 1 / clients
