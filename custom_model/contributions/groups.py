"""Groups of a tree's leaves whose conditions have few atoms together, so that one byte says which leaf a row is in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from custom_model.contributions.conditions import Atom, Condition, Leaf


@dataclass
class Group:
    """Leaves, and for each of their features the atoms of their conditions: merged ones, or halves if these are fewer."""

    leaves: list[Leaf] = field(default_factory=list)
    _merged: dict[int, frozenset[Atom]] = field(default_factory=dict)
    _halves: dict[int, frozenset[Atom]] = field(default_factory=dict)

    @property
    def features(self) -> list[int]:
        """The features of its conditions."""
        return list(self._merged)

    @property
    def atoms(self) -> list[Atom]:
        """The distinct atoms of its conditions."""
        return [atom for feature in self._merged for atom in self._of(feature)]

    def literals(self, condition: Condition) -> tuple[tuple[Atom, bool], ...]:
        """A condition of its leaves in its atoms."""
        return condition.halves if self._has_halves(condition.feature) else (condition.merged,)

    def with_leaf(self, leaf: Leaf) -> "Group":
        """The group with another leaf."""
        merged, halves = dict(self._merged), dict(self._halves)
        for each in leaf.conditions:
            merged[each.feature] = merged.get(each.feature, frozenset()) | {each.merged[0]}
            halves[each.feature] = halves.get(each.feature, frozenset()) | {atom for atom, _ in each.halves}
        return Group([*self.leaves, leaf], merged, halves)

    def __len__(self) -> int:
        return sum(len(self._of(feature)) for feature in self._merged)

    def _has_halves(self, feature: int) -> bool:
        return len(self._halves[feature]) <= len(self._merged[feature])

    def _of(self, feature: int) -> frozenset[Atom]:
        return self._halves[feature] if self._has_halves(feature) else self._merged[feature]


def groups_of(leaves: Iterable[Leaf], most: int) -> Iterator[Group]:
    """The leaves in groups of at most `most` atoms, neighbours together; each leaf alone has at most as many."""
    group = Group()
    for leaf in leaves:
        larger = group.with_leaf(leaf)
        if len(larger) > most and group.leaves:
            yield group
            larger = Group().with_leaf(leaf)
        group = larger
    if group.leaves:
        yield group
