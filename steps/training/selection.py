"""Feature selection: the columns with the highest gain in a quick model on the training rows."""

import lightgbm as lgb
import numpy as np

MOST_FEATURES = 250  # winners' single models lost nothing between 1,600 features and 240 to 290
# Rows that rank the columns: more would cost time and change little.
ENOUGH_ROWS = 60_000
ROUNDS = 150
QUICK = {"learning_rate": 0.1, "feature_fraction": 0.3}


def ranking_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """All of the (rows,) row numbers, or a random ENOUGH_ROWS of them, ascending."""
    if len(rows) <= ENOUGH_ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, ENOUGH_ROWS, replace=False))


def useful_columns(binned: lgb.Dataset, params: dict, limit: int) -> np.ndarray:
    """Numbers of the columns with the highest gain in a quick model, ascending; those without gain are dropped.

    Parameters
    ----------
    binned
        Training rows only: a held row here would leak into the choice.
    params
        LightGBM's parameters of the final model; the quick one changes its rate and share of columns.
    limit
        Upper limit of columns.
    """
    quick = lgb.train({**params, **QUICK}, binned, num_boost_round=ROUNDS)
    gain = quick.feature_importance("gain")
    best = np.argsort(-gain, kind="stable")[:limit]
    return np.sort(best[gain[best] > 0])
