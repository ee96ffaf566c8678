"""Evidence by betting: a mean that may be looked at after every observation, as often as anybody likes.

Who doubts that the mean of d is 0 or more bets on the next one: capital times 1 - bet x d, with a bet that the past
alone determines. While the doubt is unjustified the capital is a supermartingale from 1 on, and ever reaches 40 with a
probability of at most 1/40, however often one looks (Ville 1939; Waudby-Smith and Ramdas 2024, "Estimating means of
bounded random variables by betting", with bets of approximately the fastest growth).
"""

from dataclasses import dataclass, fields
from math import exp, inf
from typing import Self

import numpy as np

MOST_AT_RISK = 0.5  # share of the capital that one observation can take
SURE = 40.0  # capital of either bettor at which a doubt is refuted: both together are wrong once in 20 times at most


@dataclass(frozen=True, slots=True)
class Evidence:
    """The capitals of two bettors after so many observations d.

    Attributes
    ----------
    compared
        Number of observations.
    total, squares
        Their sum, and that of their squares.
    log_cheaper, log_dearer
        Logarithms of the capital of who bets that the mean is below 0, and of who bets that it is above; both begin at
        0, a capital of 1.
    """

    compared: int = 0
    total: float = 0.0
    squares: float = 0.0
    log_cheaper: float = 0.0
    log_dearer: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean observation, None without one."""
        return self.total / self.compared if self.compared else None

    @property
    def is_cheaper(self) -> bool:
        """Whether the mean is below 0 beyond doubt."""
        return self.log_cheaper >= np.log(SURE)

    @property
    def is_dearer(self) -> bool:
        """Whether the mean is above 0 beyond doubt."""
        return self.log_dearer >= np.log(SURE)

    @property
    def capital(self) -> tuple[float, float]:
        """Both capitals, infinite where they have no number."""
        return tuple(exp(each) if each < 700 else inf for each in (self.log_cheaper, self.log_dearer))  # type: ignore[return-value]

    @classmethod
    def of(cls, row: dict[str, object]) -> Self:
        """The evidence that a row of columns with these names has."""
        return cls(**{each.name: row[each.name] for each in fields(cls)})  # type: ignore[arg-type]


def after(evidence: Evidence, changes: np.ndarray, highest: np.ndarray, lowest: np.ndarray) -> list[Evidence]:
    """The evidence after each of the observations.

    Parameters
    ----------
    evidence
        What the observations before add up to.
    changes
        (observations,) in the order in which they are looked at.
    highest, lowest
        (observations,) bounds of each, highest > 0 > lowest, that are known before it.

    Raises
    ------
    ValueError
        An observation lies outside its bounds: the evidence would not be valid.
    """
    if ((changes > highest) | (changes < lowest)).any():
        raise ValueError("expected observations within their bounds")
    number = evidence.compared + np.arange(len(changes) + 1)
    total = evidence.total + np.concatenate([[0.0], np.cumsum(changes)])
    squares = evidence.squares + np.concatenate([[0.0], np.cumsum(changes**2)])
    # Before each observation; one at half of its bounds is added, so that the first bets are small.
    width = (highest - lowest) / 2
    mean = total[:-1] / (number[:-1] + 1)
    variance = (squares[:-1] + width**2 / 4) / (number[:-1] + 1) - mean**2
    bet = mean / (variance + mean**2)
    cheaper = np.clip(-bet, 0.0, MOST_AT_RISK / highest)
    dearer = np.clip(bet, 0.0, MOST_AT_RISK / -lowest)
    log_cheaper = evidence.log_cheaper + np.cumsum(np.log1p(-cheaper * changes))
    log_dearer = evidence.log_dearer + np.cumsum(np.log1p(dearer * changes))
    columns = (number[1:], total[1:], squares[1:], log_cheaper, log_dearer)
    return [Evidence(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
