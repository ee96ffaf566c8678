"""The holdout: the same clients in every table of any size."""

import numpy as np
import pandas as pd


def is_holdout(ids: pd.Series, percent: int) -> np.ndarray:
    """(rows,) booleans: True for about `percent` % of the clients, by a hash of the id.

    Clients keep their side when the table grows, so that a later model never trains on clients on whom an earlier one
    is evaluated.
    """
    hashes = pd.util.hash_array(ids.astype(str).to_numpy(dtype=object), hash_key="credit-scoring/1")
    return hashes % np.uint64(100) < percent
