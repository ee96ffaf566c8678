"""The applications of a request in columns, and as they were sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

Payload: TypeAlias = list[dict] | pd.DataFrame


@dataclass(frozen=True)
class Columns:
    """A payload whose columns are judged at once, or row by row as it was sent where any row is odd.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        The columns, each of a name in the contract and none twice.
    as_sent : callable
        The same applications as a payload for `validate`, which knows what to say of each problem.
    requests : callable
        The applications as JSON, one text a row: what goes on record.
    """

    batch: pa.RecordBatch
    as_sent: Callable[[], Payload]
    requests: Callable[[], list[str]]

    def __len__(self) -> int:
        return len(self.batch)
