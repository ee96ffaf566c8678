"""History sets for the tests of the store, published as by the step."""

import numpy as np
import pyarrow as pa
from sqlalchemy import make_url

from steps.stores.publication import Published, publish_set


def batch(clients: list, *columns: list) -> pa.RecordBatch:
    """Clients and their values, a list for each column."""
    arrays = [pa.array(clients), *(pa.array(column, pa.float64()) for column in columns)]
    return pa.RecordBatch.from_arrays(arrays, names=["id", *(f"c{place}" for place in range(len(columns)))])


def publish_columns(uri: str, columns: dict[str, list], clients: list) -> Published:
    """Publish a set of one batch."""
    return publish_set(make_url(uri), tuple(columns), [batch(clients, *columns.values())])


def constant_batch(value: float, clients: int, columns: int) -> pa.RecordBatch:
    """Clients 1, 2, ... with one value in every column."""
    column = np.full(clients, value)
    return batch(list(range(1, clients + 1)), *[column] * columns)
