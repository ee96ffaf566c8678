"""Rows on the edges of a booster's own splits, on which two ways to its contributions are compared."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import inf, nan

import numpy as np

from custom_model.contributions.trees import Tree

ROWS = 8
SPECIAL = (nan, nan, 0.0, 1e-36, -1e-36, inf, -inf, -1.0, 0.5, -0.5, 2.0**32)


def deviation(
    one: Callable[[np.ndarray], np.ndarray],
    other: Callable[[np.ndarray], np.ndarray],
    trees: Sequence[Tree],
    features: int,
) -> float:
    """The largest difference on some rows, as a share of the other's largest contribution; NaN counts as infinite."""
    matrix = edge_rows(trees, features)
    expected = other(matrix)
    difference = np.abs(one(matrix) - expected).max(initial=0.0)
    if not difference:
        return 0.0
    share = difference / np.abs(expected).max()
    return inf if np.isnan(share) else float(share)


def edge_rows(trees: Sequence[Tree], features: int, rows: int = ROWS) -> np.ndarray:
    """(rows, features): thresholds, the numbers next to them, categories, and special values, the same each time."""
    random = np.random.default_rng(0)
    edges: dict[int, list[float]] = defaultdict(list)
    for tree in trees:
        for split in tree.splits:
            if split.categories is None:
                edges[split.feature] += [split.threshold, float(np.nextafter(split.threshold, inf))]
            else:
                edges[split.feature] += split.categories
    matrix = random.choice(SPECIAL, (rows, features))
    for feature, values in edges.items():
        is_edge = random.random(rows) < 0.7
        matrix[is_edge, feature] = random.choice(values, int(is_edge.sum()))
    return matrix
