"""The applications of a request in columns, and as they were sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from custom_model.arrow.applications import Cells

Payload: TypeAlias = list[dict] | pd.DataFrame


@dataclass(frozen=True)
class Columns:
    """A payload whose columns are judged at once, or row by row as it was sent where any row is odd.

    Parameters
    ----------
    cells : Cells
        The columns, all of the contract.
    as_sent : callable
        The same applications as a payload for `validate`, which knows what to say of each problem.
    requests : callable
        The applications as JSON, one text a row: what goes on record.
    """

    cells: Cells
    as_sent: Callable[[], Payload]
    requests: Callable[[], list[str]]

    def __len__(self) -> int:
        return len(self.cells.values)
