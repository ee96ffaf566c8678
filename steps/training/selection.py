"""Which columns a model may use: those that gain most in a quick model of its own training rows."""

import lightgbm as lgb
import numpy as np

MOST_FEATURES = 250  # winners' single models lost nothing between 1,600 features and 240 to 290
# Enough rows to rank columns by, at a price that does not grow with the data.
ENOUGH_ROWS = 60_000
ROUNDS = 150
QUICK = {"learning_rate": 0.1, "feature_fraction": 0.3}


def rows_to_rank_by(rows: np.ndarray, seed: int) -> np.ndarray:
    """The (rows,) themselves, or ENOUGH_ROWS of them drawn at random, in their order."""
    if len(rows) <= ENOUGH_ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, ENOUGH_ROWS, replace=False))


def useful_columns(binned: lgb.Dataset, params: dict, most: int) -> np.ndarray:
    """The at most `most` columns whose splits gain most in a quick model, ascending; columns without gain are left out.

    `binned` has no row that the model is to be judged by; `params` are LightGBM's, for the slow model.
    """
    quick = lgb.train({**params, **QUICK}, binned, num_boost_round=ROUNDS)
    gain = quick.feature_importance("gain")
    best = np.argsort(-gain, kind="stable")[:most]
    return np.sort(best[gain[best] > 0])
