"""The trees of a booster, read from LightGBM's own text of the model."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import lightgbm as lgb

IS_CATEGORICAL, IS_LEFT, MISSING = 1, 2, 2  # of `decision_type`: two bits, and the place of the kind of missing


class Untabulated(Exception):
    """Why the contributions of a booster are not taken from tables."""


class Missing(IntEnum):
    """What counts as missing in a split: nothing, since NaN counts as 0; 0 and NaN; or NaN."""

    none = 0
    zero = 1
    nan = 2


@dataclass(frozen=True)
class Split:
    """An inner node of a tree.

    Attributes
    ----------
    feature : int
        Column of the booster's matrix.
    threshold : float
        A number goes left where it is at most this; NaN for a split by categories.
    categories : frozenset of int, or None
        Those that go left; all other values, missing and unknown ones too, go right. None for a split of numbers.
    missing : Missing
        What counts as missing.
    missing_goes_left : bool
        Where missing values go.
    left, right : int
        The children: a node, or the complement ~n of leaf n.
    rows : int
        Training rows that came here: the cover.
    """

    feature: int
    threshold: float
    categories: frozenset[int] | None
    missing: Missing
    missing_goes_left: bool
    left: int
    right: int
    rows: int


@dataclass(frozen=True)
class Tree:
    """A tree: its splits, node 0 the root, and each leaf's value and training rows. One leaf has no split."""

    splits: list[Split]
    values: list[float]
    rows: list[int]


def trees_of(booster: "lgb.Booster") -> list[Tree]:
    """All trees; raises `Untabulated` for a booster whose contributions are not sums over its leaves' paths."""
    header, *texts = booster.model_to_string().split("\nTree=")
    try:
        return _trees(header, texts)
    except (KeyError, IndexError, ValueError) as error:
        raise Untabulated("this LightGBM writes trees in another form") from error


def _trees(header: str, texts: list[str]) -> list[Tree]:
    if _fields(header).get("num_tree_per_iteration") != "1":
        raise Untabulated("it has several trees an iteration")
    if "average_output" in header.split("\n"):
        raise Untabulated("its output is a mean of trees")
    return [_tree(_fields(text.split("\n\n")[0])) for text in texts]


def _fields(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def _tree(fields: dict[str, str]) -> Tree:
    if fields.get("is_linear", "0") != "0":
        raise Untabulated("its leaves are linear models")
    values = [float(each) for each in fields["leaf_value"].split()]
    if len(values) == 1:
        return Tree([], values, [0])
    rows = [int(each) for each in fields["leaf_count"].split()]
    return Tree(list(_splits(fields)), values, rows)


def _splits(fields: dict[str, str]) -> Iterator[Split]:
    sets = list(_category_sets(fields))
    names = ("split_feature", "threshold", "decision_type", "left_child", "right_child", "internal_count")
    for feature, threshold, decision, left, right, rows in zip(*(fields[name].split() for name in names), strict=True):
        kind = int(decision)
        categories = sets[int(float(threshold))] if kind & IS_CATEGORICAL else None
        yield Split(
            feature=int(feature),
            threshold=float(threshold),
            categories=categories,
            missing=Missing(kind >> MISSING & 3),
            missing_goes_left=bool(kind & IS_LEFT),
            left=int(left),
            right=int(right),
            rows=int(rows),
        )


def _category_sets(fields: dict[str, str]) -> Iterator[frozenset[int]]:
    bounds = [int(each) for each in fields.get("cat_boundaries", "").split()]
    words = [int(each) for each in fields.get("cat_threshold", "").split()]
    for first, end in pairwise(bounds):
        bits = np.unpackbits(np.array(words[first:end], "<u4").view(np.uint8), bitorder="little")
        yield frozenset(np.flatnonzero(bits).tolist())
