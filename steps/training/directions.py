"""Directions: the features with which the risk must move one way, by policy.yaml's `monotonic` or a description."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from custom_model.features import Features
from steps.run.console import UserError
from steps.run.policy import Policy
from steps.tables.aggregation import Feature, features_of
from steps.tables.feature_table import FeatureTable
from steps.tables.recipes import RECIPES
from steps.training.derived_moves import MOVES, Moves

SIGNS = {"increasing": 1, "decreasing": -1}
WORDS = {sign: word for word, sign in SIGNS.items()}
MOVE_WITH_EACH_ROW = {"SUM", "MEAN", "MIN", "MAX", "WMEAN"}  # aggregates that no row's higher value ever lowers
LEFT_OUT, FREE = "left out", "learned freely"


@dataclass(frozen=True)
class Directions:
    """The directions of a model's features.

    Attributes
    ----------
    signs
        By feature: 1 where the risk must not fall as the feature grows, -1 where it must not rise.
    left_out
        Derived features that move both ways with a field of `signs`, with the reason: a model that used one could
        break the field's direction.
    free
        History features of a directed column whose direction does not follow from it, with the reason.
    """

    signs: Mapping[str, int]
    left_out: Mapping[str, str]
    free: Mapping[str, str]


def directions_of(policy: Policy, table: FeatureTable, features: Features) -> Directions:
    """The directions that policy.yaml and the table's description give these features.

    A derived feature has the direction that follows from those of its fields: a ratio to a decreasing score increases.

    Raises
    ------
    UserError
        policy.yaml contradicts itself or the description, or directs a text, or a field with a value that is no
        quantity, such as DAYS_EMPLOYED, where 365243 stands for no job.
    """
    fields = dict(table.lineage.directions)
    free: dict[str, str] = {}
    for entry, direction in policy.monotonic.items():
        for name, reason in fields_of(entry, table.fields):
            if reason:
                free[name] = reason
                continue
            _check_quantity(name, entry, table)
            if fields.setdefault(name, direction) != direction:
                raise UserError(_contradiction(name, entry, policy, table))
    signs = {name: SIGNS[each] for name, each in fields.items() if name in features.names}
    derived, left_out = _derived(features, {name: SIGNS[each] for name, each in fields.items()})
    used = {name: reason for name, reason in free.items() if name in features.names and name not in signs}
    return Directions({**signs, **derived}, left_out, used)


def fields_of(entry: str, fields: list[str]) -> Iterator[tuple[str, str]]:
    """The fields that an entry of `monotonic` names, each with the reason why its direction does not follow, or none.

    An entry is a field, or a column of past loans as PREFIX_COLUMN, which names all of its aggregates:
    INSTALMENTS_DAYS_LATE has INSTALMENTS_DAYS_LATE_MEAN_ALL, _MAX_D90 and others.
    """
    if entry in fields:
        yield entry, ""
    for feature in columns_of_history().get(entry, ()):
        if feature.name in fields:
            yield feature.name, _why_free(feature)


@cache
def columns_of_history() -> Mapping[str, tuple[Feature, ...]]:
    """The history features of each column of past loans, by PREFIX_COLUMN."""
    columns: dict[str, tuple[Feature, ...]] = {}
    for recipes in RECIPES.values():
        for feature in features_of(recipes):
            name = f"{recipes.prefix}_{feature.recipe.column}"
            columns[name] = (*columns.get(name, ()), feature)
    return columns


def in_words(signs: Mapping[str, int]) -> dict[str, str]:
    """The directions by feature, as policy.yaml writes them."""
    return {name: WORDS[sign] for name, sign in signs.items()}


def _why_free(feature: Feature) -> str:
    if "/" in feature.window:
        return "compares two windows: a late payment long ago lowers it"
    if feature.function not in MOVE_WITH_EACH_ROW:
        return "is a change over time: a late payment long ago lowers it"
    return ""


def _check_quantity(name: str, entry: str, table: FeatureTable) -> None:
    if table.frame[name].dtype.kind != "f":
        raise UserError(f"policy.yaml: monotonic: expected numeric fields of {table.path}, got {entry}")
    meaning = table.lineage.meanings.get(name)
    if meaning is not None and meaning.special:
        values = ", ".join(f"{value:.15g}" for value in meaning.special)
        raise UserError(
            f"policy.yaml: monotonic: {entry} has a value that is no quantity ({values}), so that no direction holds "
            "for all of its values: leave it out"
        )


def _contradiction(name: str, entry: str, policy: Policy, table: FeatureTable) -> str:
    here = f"policy.yaml: monotonic: {entry} is {policy.monotonic[entry]}"
    if name in table.lineage.directions:
        said = f"{name} is {table.lineage.directions[name]} in the description of {table.path.name}"
        return f"{here}, and {said}: make them agree"
    return f"{here}, and another entry says the contrary of {name}: leave one out"


def _derived(features: Features, fields: Mapping[str, int]) -> tuple[dict[str, int], dict[str, str]]:
    """The directions of derived features, and the features that can have none, with the reason."""
    signs: dict[str, int] = {}
    left_out: dict[str, str] = {}
    for feature in features.derived:
        moves = MOVES[feature.name]
        turning = [name for name in moves.turns if name in fields]
        up, down = _raising(moves, fields), _raising(moves, {name: -sign for name, sign in fields.items()})
        if turning:
            left_out[feature.name] = f"it can rise and fall as {turning[0]} grows"
        elif up and down:
            left_out[feature.name] = f"{up[0]} makes it a higher risk and {down[0]} a lower one as it grows"
        elif up or down:
            signs[feature.name] = 1 if up else -1
    return signs, left_out


def _raising(moves: Moves, fields: Mapping[str, int]) -> list[str]:
    """The fields by which the risk must rise as the feature grows."""
    return [
        *(name for name in moves.rises if fields.get(name) == 1),
        *(name for name in moves.falls if fields.get(name) == -1),
    ]
