"""Training data: the contract, matrix and target of a feature table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pydantic import BaseModel

from custom_model.applications import validate
from custom_model.contract import Contract
from custom_model.features import Features
from steps.run.console import UserError, listed
from steps.run.policy import Policy
from steps.tables.feature_table import FeatureTable
from steps.training.directions import FREE, LEFT_OUT, directions_of
from steps.training.holdout import held_out

RARE = 25  # clients of a level, from which on it counts by itself
LEAST_TAIL = 10  # rare levels, from which on they count as one
LISTED = 5  # categories that the console names
RARELY_MISSING = 0.01  # share of training clients under which a field that must be sent must have a value
# The signature is a pydantic model, and MLflow reads it back with a function whose own argument is `cls`.
RESERVED_NAMES = {name for name in dir(BaseModel) if name.startswith("model_")} | {"cls"}


@dataclass(frozen=True)
class TrainingData:
    """`matrix` is (rows, features) float64 with categories as codes, `target` (rows,) of 0 and 1.

    `directions` has the features with which the risk must move in one direction: 1 up, -1 down. `undirected` has the
    features that policy.yaml's `monotonic` concerns and that have none, each with what became of it and why.
    """

    features: Features
    matrix: np.ndarray
    target: np.ndarray
    directions: Mapping[str, int] = field(default_factory=dict)
    undirected: Mapping[str, str] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        return self.features.contract


def training_rows(table: FeatureTable, percent: int) -> np.ndarray:
    """(rows,) booleans: True for the clients outside the holdout of `percent` %."""
    return ~held_out(table, percent)


def contract_of(table: FeatureTable, rows: np.ndarray, policy: Policy) -> Contract:
    """The contract of a feature table; the levels of a category are those of the training `rows`, rare ones as one.

    A required field of the policy that is absent from the table, as in another lender's, is not required. Where the
    table has not one of them, the fields that are never missing in training are required.
    """
    frame = table.frame
    names = [table.lineage.id, *table.fields]
    reserved = [name for name in names if name.startswith("_") or name in RESERVED_NAMES]
    if reserved:
        raise UserError(f"{table.path}: rename {', '.join(reserved)}: these names are reserved")
    numeric = tuple(name for name in table.fields if frame[name].dtype.kind == "f")
    texts = [name for name in table.fields if frame[name].dtype.kind != "f"]
    required = [name for name in policy.required_fields if name in table.fields]
    if policy.required_fields and not required:
        unused = (*policy.excluded_fields, *table.lineage.unused)
        required = _never_missing(frame.loc[rows, [name for name in table.fields if name not in unused]])
        print(
            f"  policy.yaml's required_fields are of other data: required here are {len(required)} never missing fields"
        )
    _warn_of_gaps(frame.loc[rows, required])
    levels = {name: levels_of(frame.loc[rows, name]) for name in texts}
    report_rest({name: rare for name, (_, rare) in levels.items() if rare})
    return Contract(
        id=table.lineage.id,
        id_is_text=frame[table.lineage.id].dtype.kind not in "iu",
        numeric=numeric,
        categories={name: levels for name, (levels, _) in levels.items()},
        rest=tuple(name for name, (_, rare) in levels.items() if rare),
        required=tuple(required),
        history=table.lineage.history,
    )


def levels_of(values: pd.Series) -> tuple[tuple[str, ...], int]:
    """The levels that a category keeps, sorted, and the number of rare ones, which count as one.

    A level with fewer than 25 clients teaches little but their outcomes. Only a long tail of them is cut off: ten of
    them or more, which all together have 25 clients.
    """
    counts = values.value_counts()
    rare = counts[counts < RARE]
    if len(rare) < LEAST_TAIL or rare.sum() < RARE:
        return tuple(sorted(counts.index)), 0
    return tuple(sorted(counts.index.difference(rare.index))), len(rare)


def report_rest(rare: Mapping[str, int]) -> None:
    """Print the categories with rare levels that count as one."""
    if rare:
        names = [f"{name} ({count:,})" for name, count in rare.items()]
        print(f"  levels with fewer than {RARE} training clients count as one: {listed(names, LISTED)}")


def _warn_of_gaps(required: pd.DataFrame) -> None:
    """Warn about required fields that training clients often lack: such clients get no decision."""
    shares = required.isna().mean()
    for name, share in shares[shares >= RARELY_MISSING].items():
        print(f"  warning: {name} must have a value, and {share:.1%} of the training clients lack it")


def _never_missing(fields: pd.DataFrame) -> list[str]:
    is_never = fields.notna().all()
    return [name for name in fields if is_never[name]]


def training_data(table: FeatureTable, rows: np.ndarray, policy: Policy) -> TrainingData:
    """Validate the rows and derive their features, as for a request.

    Raises
    ------
    UserError
        Fewer than 50 defaults or 50 good clients, values that break the contract, or no usable feature.
    """
    contract = contract_of(table, rows, policy)
    frame = table.frame.loc[rows]
    target = frame[table.lineage.target].to_numpy(np.int64)
    defaults = int(target.sum())
    if min(defaults, len(target) - defaults) < 50:
        raise UserError(
            f"{table.path}: expected at least 50 defaults and 50 good clients to train on, found "
            f"{defaults} and {len(target) - defaults}"
        )
    features = _features(contract, policy, table)
    directions = directions_of(policy, table, features)
    features = Features(contract, [name for name in features.names if name not in directions.left_out])
    # Training learns from applications that lack fields, too: a simulation may.
    applications, problems = validate(contract, table.applications.loc[rows], is_simulation=True)
    if problems:
        first = problems[0]
        raise UserError(
            f"{table.path}: {len(problems):,} values break the contract; first: row {first.row} of the training "
            f"clients, {first.field}: {first.problem}"
        )
    undirected = {
        **{name: f"{LEFT_OUT}: {reason}" for name, reason in directions.left_out.items()},
        **{name: f"{FREE}: {reason}" for name, reason in directions.free.items()},
    }
    return TrainingData(features, features.matrix(applications.values), target, directions.signs, undirected)


def _features(contract: Contract, policy: Policy, table: FeatureTable) -> Features:
    """All features except those of excluded fields."""
    features = Features(contract)
    usable = features.without((*policy.excluded_fields, *table.lineage.unused))
    if not usable:
        raise UserError(f"{table.path}: policy.yaml's excluded_fields leave no feature to train on")
    return Features(contract, usable)


def typical_application(table: FeatureTable, rows: np.ndarray, contract: Contract) -> dict[str, float | str | None]:
    """An artificial application: the median of each number, the most frequent level of each category.

    Of a whole number it is the lower of the two in the middle: their mean may be a fraction.
    """
    frame = table.frame.loc[rows]
    medians = frame[list(contract.numeric)].median()
    whole = [name for name in contract.numeric if name in table.lineage.meanings and table.lineage.meanings[name].whole]
    medians[whole] = frame[whole].quantile(interpolation="lower") if whole else []
    numbers = {name: None if pd.isna(value) else float(value) for name, value in medians.items()}
    levels = {name: frame[name].mode(dropna=True) for name in contract.categories}
    return {**numbers, **{name: None if mode.empty else str(mode.iloc[0]) for name, mode in levels.items()}}
