"""What a path demands of each feature: all its splits on the feature as one condition, and the training rows it keeps.

A condition is a conjunction of atoms, each true, or each false, of a row. Leaves of a tree share atoms.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from custom_model.contributions.trees import Missing, Split, Tree, Untabulated


class Below(NamedTuple):
    """The number is at most the threshold; missing values are where `takes_missing`."""

    feature: int
    threshold: float
    missing: Missing
    takes_missing: bool


class Within(NamedTuple):
    """`upper` is true, `lower` is not."""

    upper: Below
    lower: Below


class Among(NamedTuple):
    """The category is one of these."""

    feature: int
    categories: frozenset[int]


Atom = Below | Within | Among
Literal = tuple[Atom, bool]  # an atom, and whether it is to be true


MIXED = "a tree splits one feature by categories and by numbers"


class Condition(NamedTuple):
    """What a leaf demands of one feature.

    Attributes
    ----------
    feature : int
        Column of the booster's matrix.
    share : float
        Share of the training rows that the splits on this feature let pass: above 0, at most 1.
    merged : Literal
        The condition as one atom.
    halves : tuple of Literal
        The same as one or two atoms, which other leaves are more likely to have too.
    """

    feature: int
    share: float
    merged: Literal
    halves: tuple[Literal, ...]


class Leaf(NamedTuple):
    """A leaf with its path's conditions, one a feature."""

    value: float
    conditions: list[Condition]


@dataclass(frozen=True)
class _Numbers:
    """The splits of a path on the numbers of a feature: above `lower`, at most `upper`, and what missing values do."""

    feature: int
    share: float = 1.0
    upper: Below | None = None
    lower: Below | None = None
    passes_missing: bool = True

    def after(self, split: Split, goes_left: bool, share: float) -> "_Numbers":
        if split.categories is not None:
            raise Untabulated(MIXED)
        bound = Below(
            split.feature,
            split.threshold,
            split.missing,
            split.missing_goes_left and split.missing is not Missing.none,
        )
        if any(each is not None and each.missing is not split.missing for each in (self.upper, self.lower)):
            raise Untabulated("a tree has two kinds of missing values in one feature")
        passes = self.passes_missing and bound.takes_missing == goes_left
        upper, lower = self.upper, self.lower
        if goes_left and (upper is None or bound.threshold < upper.threshold):
            upper = bound
        if not goes_left and (lower is None or bound.threshold > lower.threshold):
            lower = bound
        return _Numbers(self.feature, self.share * share, upper, lower, passes)

    @cached_property
    def condition(self) -> Condition:
        """They as one condition."""
        upper, lower = self.upper, self.lower
        if not self.passes_missing:  # a split that is no bound may have sent them away
            if upper is not None and (lower is None or not lower.takes_missing):
                upper = upper._replace(takes_missing=False)
            elif upper is None and lower is not None:
                lower = lower._replace(takes_missing=lower.missing is not Missing.none)
        halves = tuple((bound, is_upper) for bound, is_upper in ((upper, True), (lower, False)) if bound is not None)
        merged = (Within(upper, lower), True) if upper is not None and lower is not None else halves[0]
        return Condition(self.feature, self.share, merged, halves)


@dataclass(frozen=True)
class _Categories:
    """The splits of a path on the categories of a feature: in all sets by which it went left, in none of the others."""

    feature: int
    share: float = 1.0
    inside: frozenset[int] | None = None
    outside: frozenset[int] = frozenset()

    def after(self, split: Split, goes_left: bool, share: float) -> "_Categories":
        if split.categories is None:
            raise Untabulated(MIXED)
        share *= self.share
        if not goes_left:
            return _Categories(self.feature, share, self.inside, self.outside | split.categories)
        inside = split.categories if self.inside is None else self.inside & split.categories
        return _Categories(self.feature, share, inside, self.outside)

    @cached_property
    def condition(self) -> Condition:
        """They as one condition."""
        if self.inside is None:
            literal = Among(self.feature, self.outside), False
        else:
            literal = Among(self.feature, self.inside - self.outside), True
        return Condition(self.feature, self.share, literal, (literal,))


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """The leaves, those of a subtree one after the other; raises `Untabulated` for a tree without covers."""
    stack: list[tuple[int, dict[int, _Numbers | _Categories]]] = [(0 if tree.splits else ~0, {})]
    while stack:
        node, path = stack.pop()
        if node < 0:
            yield Leaf(tree.values[~node], [each.condition for each in path.values()])
            continue
        split = tree.splits[node]
        for child, goes_left in ((split.right, False), (split.left, True)):
            rows = tree.splits[child].rows if child >= 0 else tree.rows[~child]
            if not 0 < rows <= split.rows:
                raise Untabulated("a tree has no numbers of training rows in its nodes")
            before = path.get(split.feature) or (_Numbers if split.categories is None else _Categories)(split.feature)
            stack.append((child, {**path, split.feature: before.after(split, goes_left, rows / split.rows)}))
