"""Contributions by tables where they are proven equal to LightGBM's own, which take ten times as long."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from custom_model.contributions.conditions import leaves_of
from custom_model.contributions.proof import deviation
from custom_model.contributions.sizing import BYTES, plan_of
from custom_model.contributions.tabulated import Tabulated
from custom_model.contributions.trees import Untabulated, trees_of

if TYPE_CHECKING:
    import lightgbm as lgb

Contributions = Callable[[np.ndarray], np.ndarray]  # (rows, features) of a (rows, features) matrix
ROUNDING = 1e-10  # of the largest contribution: sums in another order differ by less

log = logging.getLogger(__name__)


def contributions_of(booster: "lgb.Booster", budget: int = BYTES) -> Contributions:
    """Contributions to the booster's log-odds by exact TreeSHAP, a row's with the same bits in any matrix.

    Made in a second for 600 trees of 16 leaves, in at most `budget` bytes. For a booster that cannot be tabulated,
    or whose tables do not give LightGBM's contributions, they are LightGBM's own, and the log has why.
    """
    own = _by_lightgbm(booster)
    try:
        trees = trees_of(booster)
        tabulated = Tabulated(plan_of([list(leaves_of(tree)) for tree in trees], budget))
        if deviation(tabulated, own, trees, booster.num_feature()) > ROUNDING:
            raise Untabulated("its tables do not give LightGBM's contributions")
    except Untabulated as reason:
        log.warning("contributions of this model take ten times as long as they can, by LightGBM: %s", reason)
        return own
    return tabulated


def _by_lightgbm(booster: "lgb.Booster") -> Contributions:
    def contributions(matrix: np.ndarray) -> np.ndarray:
        return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=1))[:, :-1]

    return contributions
