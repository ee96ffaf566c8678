"""Groups of a tree's leaves whose conditions have few atoms together, so that one byte says which leaf a row is in."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from custom_model.contributions.conditions import Atom, Condition, Leaf, Literal


class Demanded(NamedTuple):
    """The atoms of a group's conditions on one feature: merged ones, or halves where these are not more."""

    merged: frozenset[Atom] = frozenset()
    halves: frozenset[Atom] = frozenset()

    @property
    def are_halves(self) -> bool:
        return len(self.halves) <= len(self.merged)

    @property
    def atoms(self) -> frozenset[Atom]:
        return self.halves if self.are_halves else self.merged

    def and_of(self, condition: Condition) -> "Demanded":
        """The same with another condition."""
        return Demanded(self.merged | {condition.merged[0]}, self.halves.union([atom for atom, _ in condition.halves]))


NOTHING = Demanded()


class Group:
    """Leaves, and the atoms of their conditions."""

    def __init__(self, leaves: Sequence[Leaf] = (), demanded: dict[int, Demanded] | None = None):
        self.leaves = leaves
        self._demanded = demanded or {}
        self._size = sum(len(each.atoms) for each in self._demanded.values())

    def __len__(self) -> int:
        return self._size

    @property
    def features(self) -> list[int]:
        """The features of its conditions."""
        return list(self._demanded)

    @property
    def atoms(self) -> list[Atom]:
        """The distinct atoms of its conditions."""
        return [atom for each in self._demanded.values() for atom in each.atoms]

    def literals(self, condition: Condition) -> Sequence[Literal]:
        """A condition of its leaves in its atoms: one, or two that are both to hold."""
        return condition.halves if self._demanded[condition.feature].are_halves else (condition.merged,)

    def with_leaf(self, leaf: Leaf) -> "Group":
        """The group with another leaf."""
        demanded = dict(self._demanded)
        for condition in leaf.conditions:
            demanded[condition.feature] = demanded.get(condition.feature, NOTHING).and_of(condition)
        return Group([*self.leaves, leaf], demanded)


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
