"""Which clients are held out: always the same ones, in any table, at any size."""

import numpy as np
import pandas as pd


def is_holdout(ids: pd.Series, percent: int) -> np.ndarray:
    """(rows,) booleans: true for about `percent` of 100 clients, by a hash of the id.

    A client stays on one side when the table grows, so that no later model can have trained on what an
    earlier one is judged by.
    """
    hashes = pd.util.hash_array(ids.astype(str).to_numpy(dtype=object), hash_key="credit-scoring/1")
    return hashes % np.uint64(100) < percent
