"""Which leaves are tabulated: as many as a budget of bytes allows, those of short paths first."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from custom_model.contributions.conditions import Leaf
from custom_model.contributions.groups import Group, groups_of
from custom_model.contributions.trees import Untabulated

BYTES = 2**26  # 64 MB in each process that explains: 300 trees of 63 leaves, and nearly all paths of 600 of 16
ATOMS = range(8, 3, -1)  # of a group: the most that one byte can hold first
LONGEST = 13  # conditions of a leaf that is a group of its own: 0.8 MB
MOST_LEFT = 1 / 4  # of the leaves: computed anew for each row, a leaf takes longer than in LightGBM


class Plan(NamedTuple):
    """The groups to tabulate, and the leaves left over."""

    groups: list[Group]
    left: list[Leaf]


def plan_of(trees: Sequence[Sequence[Leaf]], budget: int = BYTES) -> Plan:
    """The tables of these leaves, by tree, within `budget` bytes; raises `Untabulated` where too many are left over."""
    for most in ATOMS:
        groups = [group for leaves in trees for group in groups_of(_up_to(most, leaves), most)]
        size = sum(map(nbytes, groups))
        if size <= budget:
            break
    longer = sorted((leaf for leaves in trees for leaf in leaves if len(leaf.conditions) > most), key=_length)
    kept = 0
    for leaf in longer:
        alone = Group().with_leaf(leaf)
        size += nbytes(alone)
        if size > budget or _length(leaf) > LONGEST:
            break
        groups.append(alone)
        kept += 1
    if len(longer) - kept > MOST_LEFT * sum(map(len, trees)):
        raise Untabulated(f"its tables would have more than {budget / 2**20:g} MB")
    return Plan(groups, longer[kept:])


def nbytes(group: Group) -> int:
    """The size of a group's table: a float64 for each pattern of its atoms and each of its features."""
    return 8 * 2 ** len(group) * len(group.features)


def _length(leaf: Leaf) -> int:
    return len(leaf.conditions)


def _up_to(most: int, leaves: Iterable[Leaf]) -> Iterable[Leaf]:
    return (leaf for leaf in leaves if 0 < len(leaf.conditions) <= most)
