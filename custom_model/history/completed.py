"""The client's history in an application, and where it came from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from custom_model.contract import Contract

Source = Literal["request", "store", "none"]


@dataclass(frozen=True, slots=True)
class Completed:
    """What is known of the clients when they are decided about.

    `values` is (rows, fields) as in `Applications`; `sources` says for each row where its history came from;
    `version` is that of the published set that was read, None where nothing was taken from one.
    """

    values: np.ndarray
    sources: list[Source]
    version: str | None = None


def sources_sent(contract: Contract, values: np.ndarray) -> list[Source]:
    """For each row of (rows, fields), whether the request brought any value of the client's past loans."""
    brought = ~np.isnan(values[:, contract.history_position]).all(axis=1)
    return ["request" if sent else "none" for sent in brought.tolist()]
