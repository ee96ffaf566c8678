"""The value of a part of the model: the same folds with it and without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.report import Table
from custom_model.costs import Costs, is_refused
from custom_model.features import Features
from steps.comparison.figures import paired
from steps.quality.calibration import cross_calibrated
from steps.quality.figures import realised_cost
from steps.run.settings import Settings
from steps.tables.home_credit import APPLICATION
from steps.tables.recipes import RECIPES
from steps.training.boosting import OutOfFold
from steps.training.data import TrainingData
from steps.training.learning import out_of_fold
from steps.training.parameters import Parameters
from steps.training.selection import MOST_FEATURES

HEADER = ["", "features to choose from", "used at most", "AUC", "more than", "AUC, 95 %", "cost of a decision"]


@dataclass(frozen=True)
class Variant:
    """The features of a model, the limit of those that each fold may select (0: all), and their directions.

    Without `directions` they are the data's.
    """

    name: str
    features: Sequence[str]
    limit: int = MOST_FEATURES
    directions: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Outcome:
    """A variant's figures out of fold: one AUC a fold, and the mean cost of a decision."""

    variant: Variant
    fold_auc: np.ndarray
    cost: float


def tables_added(data: TrainingData) -> list[Variant]:
    """The application alone, then with one table of history after the other, each with all derivable features."""
    history = set(data.contract.history)
    fields = [name for name in data.contract.fields if name not in history]
    variants = [Variant(APPLICATION, _derivable(data, fields))]
    for table, recipes in RECIPES.items():
        fields = [*fields, *(name for name in data.contract.history if name.startswith(f"{recipes.prefix}_"))]
        variants.append(Variant(f"+ {table}", _derivable(data, fields)))
    return variants


def selection(data: TrainingData) -> list[Variant]:
    """All features, and fewer and fewer of them, by gain."""
    return [Variant(f"the {limit} with the highest gain" if limit else "all", data.features.names, limit)
            for limit in (0, 400, MOST_FEATURES, 150, 80, 40)]  # fmt: skip


def protected(data: TrainingData, attributes: Sequence[str]) -> list[Variant]:
    """With all attributes, without each one, and without any; a derived feature goes with its attribute."""
    present = [name for name in attributes if name in data.contract.fields]
    single = [Variant(f"without {name}", data.features.without([name])) for name in present]
    return [Variant("with all", data.features.names), *single, Variant("without any", data.features.without(present))]


def monotonic(free: TrainingData, of_scores: TrainingData, directed: TrainingData) -> list[Variant]:
    """Learned freely, with directions for the external scores alone, and with all of policy.yaml's.

    `free` has all features; the others lack those that cannot follow a direction.
    """
    return [
        Variant("learned freely", free.features.names, directions={}),
        Variant("external scores in one direction", of_scores.features.names, directions=of_scores.directions),
        Variant("all directions of policy.yaml", directed.features.names, directions=directed.directions),
    ]


def ablation(
    title: str, data: TrainingData, variants: Sequence[Variant], costs: Costs, settings: Settings, to_previous: bool
) -> Table:
    """The variants on the same folds, each against the one before it or against the first."""
    outcomes = [_outcome(data, variant, costs, settings) for variant in variants]
    rows = []
    for place, each in enumerate(outcomes):
        other = outcomes[max(0, place - 1) if to_previous else 0]
        rows.append(_row(each, other if place else None))
    return Table(title, HEADER, rows)


def restricted(data: TrainingData, names: Sequence[str], directions: Mapping[str, int] | None = None) -> TrainingData:
    """The same rows with some of the features, in the data's directions or others."""
    columns = [data.features.names.index(name) for name in names]
    directions = data.directions if directions is None else directions
    return TrainingData(Features(data.contract, names), data.matrix[:, columns], data.target, directions)


def _outcome(data: TrainingData, variant: Variant, costs: Costs, settings: Settings) -> Outcome:
    subset = restricted(data, variant.features, variant.directions)
    folds: OutOfFold = out_of_fold(subset, Parameters(), variant.limit, settings)
    probability = cross_calibrated(folds.log_odds, data.target, folds.fold)
    cost = realised_cost(is_refused(probability, costs.threshold), data.target, costs).mean()
    print(f"  {variant.name}: AUC {roc_auc_score(data.target, probability):.4f}", flush=True)
    return Outcome(variant, np.array(folds.fold_auc), float(cost))


def _row(each: Outcome, other: Outcome | None) -> list[str]:
    difference = None if other is None else paired(each.fold_auc - other.fold_auc)
    return [
        each.variant.name,
        str(len(each.variant.features)),
        str(min(each.variant.limit or len(each.variant.features), len(each.variant.features))),
        f"{each.fold_auc.mean():.4f} ± {each.fold_auc.std(ddof=1):.4f}",
        other.variant.name.removeprefix("+ ") if other else "",
        f"{difference.interval[0]:+.4f} to {difference.interval[1]:+.4f}" if difference else "",
        f"{each.cost:.4f}",
    ]


def _derivable(data: TrainingData, fields: Sequence[str]) -> list[str]:
    """The fields, and the features that derive from them alone."""
    others = [name for name in data.contract.fields if name not in set(fields)]
    return data.features.without(others)
