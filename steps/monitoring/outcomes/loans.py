"""Which decisions of a window became loans: by the model alone, or by a person's answer after it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from steps.monitoring.observed import Observed

Final = Mapping[str, str]
"""The last answer of people by decision id, "granted" or "refused"; decisions that nobody answered are not in it."""


@dataclass(frozen=True)
class Loans:
    """(decisions,) booleans.

    Attributes
    ----------
    granted
        The client has got the loan, as far as is on record.
    by_model
        Those of the loans that the model granted: of the others people know more than the model, or decide otherwise.
    """

    granted: np.ndarray
    by_model: np.ndarray


def loans_of(observed: Observed, final: Final | None = None) -> Loans:
    """The loans; `final` is None where answers of people are not on record, as in an export."""
    last = np.array([(final or {}).get(each, "") for each in observed.decision_ids], object)
    by_model = observed.decided.granted & (last != "refused")
    return Loans(by_model | (last == "granted"), by_model)
