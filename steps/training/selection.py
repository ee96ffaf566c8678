"""Feature selection: the columns with the highest gain in a quickly grown model of the training rows."""

import lightgbm as lgb
import numpy as np

MOST_FEATURES = 250  # the winners' single models did as well on 240 to 290 features as on 1,600
MAX_ROWS = 60_000  # more rows take time and hardly change the ranking
ROUNDS = 150
QUICK = {"learning_rate": 0.1, "feature_fraction": 0.3}


def ranking_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """All of the (rows,) row numbers, or a random MAX_ROWS of them, ascending."""
    if len(rows) <= MAX_ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MAX_ROWS, replace=False))


def useful_columns(binned: lgb.Dataset, params: dict, limit: int) -> np.ndarray:
    """Numbers of the columns with the highest gain in a quick model, ascending; those without gain are dropped.

    Parameters
    ----------
    binned
        Training rows only: a validation row would leak into the choice.
    params
        LightGBM's parameters of the final model; the quick model has another rate and share of columns.
    limit
        Upper limit of columns.
    """
    quick = lgb.train({**params, **QUICK}, binned, num_boost_round=ROUNDS)
    gain = quick.feature_importance("gain")
    best = np.argsort(-gain, kind="stable")[:limit]
    return np.sort(best[gain[best] > 0])
