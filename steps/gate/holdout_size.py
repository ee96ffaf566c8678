"""How many held-out clients would do: chance falls with the square root of their number."""

import math

# A difference that is truly none passes a bound at the end of its 95 % interval in 4 of 5 samples where half the
# interval, times this, is the bound: (1.960 + 0.842) / 1.960.
FOUR_OF_FIVE = 1.43


def clients_that_would_do(clients: int, half: float, bound: float) -> int | None:
    """The number of clients at which a version that is truly as good passes in four of five samples, to two digits.

    Parameters
    ----------
    clients
        Number of held-out clients now.
    half
        Half the width of the 95 % interval on them.
    bound
        What is allowed beyond zero, in the unit of `half`; with 0 no number would do: None.
    """
    if bound <= 0:
        return None
    exact = clients * (FOUR_OF_FIVE * half / bound) ** 2
    digits = max(0, math.floor(math.log10(max(exact, 1))) - 1)
    return math.ceil(exact / 10**digits) * 10**digits


def too_few(clients: int, half: float, bound: float) -> str:
    """In words that the holdout is too small to tell within the bound; empty where it is large enough.

    1,000 clients with an interval of 0.02 to each side, and a bound of 0.01: "about 8,200 would do".
    """
    if half <= bound:
        return ""
    enough = clients_that_would_do(clients, half, bound)
    text = f"too few clients to tell: on {clients:,}, chance alone makes {half:.4f} to each side; "
    if enough is None:
        return f"{text}with no margin, only one that is better beyond doubt passes"
    return f"{text}about {enough:,} would do for a version that is as good"
