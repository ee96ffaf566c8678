"""Applications with their clients' history, and the source of each."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from custom_model.contract import Contract

Source = Literal["request", "store", "none"]


@dataclass(frozen=True, slots=True)
class Completed:
    """Applications completed with history.

    `values` is (rows, fields) as in `Applications`; `sources` has the source of each row's history; `version`
    is the published set that any of it was read from, None without such a row.
    """

    values: np.ndarray
    sources: list[Source]
    version: str | None = None


def request_sources(contract: Contract, values: np.ndarray) -> list[Source]:
    """The source of each row of (rows, fields): "request" where any history field has a value, else "none"."""
    has_history = ~np.isnan(values[:, contract.history_columns]).all(axis=1)
    return ["request" if from_request else "none" for from_request in has_history.tolist()]
