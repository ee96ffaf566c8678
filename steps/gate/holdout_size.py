"""How many held-out clients would do: chance falls with the square root of their number."""

import math

from custom_model.rates import QUANTILE

POWER = 0.841621  # quantile of the normal distribution: 4 of 5


def clients_that_would_do(clients: int, error: float, bound: float, quantile: float = QUANTILE) -> int | None:
    """The number of clients at which a version that is truly as good passes in four of five samples, to two digits.

    Its difference of zero, the `quantile` standard errors that are asked for, and the 0.842 that four of five samples
    stay under, then are the bound.

    Parameters
    ----------
    clients
        Number of held-out clients now.
    error
        Standard error on them.
    bound
        What is allowed beyond zero, in the unit of `error`; with 0 no number would do: None.
    quantile
        Of the normal distribution: 1.960 at the end of a 95 % interval, 1.645 in a one-sided test.
    """
    if bound <= 0:
        return None
    exact = clients * ((quantile + POWER) * error / bound) ** 2
    digits = max(0, math.floor(math.log10(max(exact, 1))) - 1)
    return math.ceil(exact / 10**digits) * 10**digits


def too_few(clients: int, half: float, bound: float) -> str:
    """In words that the holdout is too small to tell within the bound; empty where it is large enough.

    1,000 clients with an interval of 0.02 to each side (`half`), and a bound of 0.01: "about 8,200 would do".
    """
    if half <= bound:
        return ""
    enough = clients_that_would_do(clients, half / QUANTILE, bound)
    text = f"too few clients to tell: on {clients:,}, chance alone makes {half:.4f} to each side; "
    if enough is None:
        return f"{text}with no margin, only one that is better beyond doubt passes"
    return f"{text}about {enough:,} would do for a version that is as good"
