"""The price of leaving a protected attribute out: the model refitted with and without it, on the same clients."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError
from scipy.special import expit, logit

from custom_model.applications import validate
from custom_model.costs import Costs, is_refused
from custom_model.features import Features
from steps.evaluation.on_holdout import Evaluation
from steps.evaluation.training_run import TrainingRun
from steps.quality.figures import realised_cost
from steps.run.console import UserError, progress
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import FeatureTable
from steps.training.data import TrainingData, training_data, training_rows
from steps.training.leaks import without
from steps.training.parameters import Parameters, read_params

if TYPE_CHECKING:
    import lightgbm as lgb


@dataclass(frozen=True)
class Refit:
    """A model refitted on the version's training clients.

    Attributes
    ----------
    left_out
        The attributes that it does not use, nor what derives from them.
    features
        Number of its features.
    probability, refused
        (clients,) of the evaluated clients: probabilities of default, and decisions at the threshold in use.
    cost
        (clients,) what each decision costs under today's costs; where the version's own have a review, clients are
        referred as it would refer them.
    """

    left_out: tuple[str, ...]
    features: int
    probability: np.ndarray
    refused: np.ndarray
    cost: np.ndarray


class CannotRefit(UserError):
    """The version's training cannot be repeated from its run and this data."""


def refits(
    evaluation: Evaluation,
    table: FeatureTable,
    run: TrainingRun | None,
    policy: Policy,
    settings: Settings,
    attributes: Sequence[str],
) -> list[Refit]:
    """Refit with every feature of the version, without each of the `attributes` that it uses, and without all of them.

    The features, the parameters, the number of trees and the directions are the version's own; so is the calibration,
    which its probabilities of the evaluated clients give. A bag is refitted as one booster.

    Raises
    ------
    CannotRefit
        The run, the parameters or a feature is not there, or every feature derives from an attribute.
    """
    from steps.training.binning import bin_rows
    from steps.training.boosting import fit

    data, params, rounds = _as_trained(evaluation, table, run, policy, settings)
    used = [name for name in attributes if len(data.features.without((name,))) < len(data.features.names)]
    sets = [(), *((name,) for name in used), *([tuple(used)] if len(used) > 1 else [])]
    held, _ = validate(data.contract, table.applications.loc[evaluation.rows], is_simulation=True)
    own_costs = policy.costs if run is None else _own_costs(run, policy)
    calibration: np.ndarray | None = None
    results = []
    for left_out in sets:
        if not data.features.without(left_out):
            raise CannotRefit(f"without {', '.join(left_out)} the version has no feature")
        kept = without(data, left_out, str(table.path)) if left_out else data
        title = f"fitting {rounds} trees without {', '.join(left_out)}" if left_out else f"fitting {rounds} trees again"
        with progress(title):
            booster = fit(bin_rows(kept, params, 0, settings.seed).data, params, rounds, settings.seed, settings.cores)
        log_odds = _log_odds(booster, Features(data.contract, kept.features.names).matrix(held.values), settings)
        if calibration is None:
            calibration = np.polyfit(log_odds, logit(np.clip(evaluation.probability, 1e-9, 1 - 1e-9)), 1)
        probability = expit(np.polyval(calibration, log_odds))
        refused, referred = is_refused(probability, evaluation.threshold), own_costs.needs_review(probability)
        cost = realised_cost(refused, evaluation.target, policy.costs, referred)
        results.append(Refit(left_out, len(kept.features.names), probability, refused, cost))
    return results


def _as_trained(
    evaluation: Evaluation, table: FeatureTable, run: TrainingRun | None, policy: Policy, settings: Settings
) -> tuple[TrainingData, Parameters, int]:
    """The training data on the version's features, its parameters, and the number of its trees."""
    if run is None or evaluation.inspection is None:
        raise CannotRefit("the store has no run of the training, or the version's code does not name its features")
    try:
        params = read_params(f"runs:/{run.run_id}/params.json")
        rounds = round(run.metrics["trees"] / int(run.params.get("bag", 1)))
    except (UserError, KeyError, ValueError):
        raise CannotRefit("the run of the training has no parameters (params.json) or no number of trees") from None
    rows = training_rows(table, settings.holdout_percent)
    with progress(f"reading {int(rows.sum()):,} training clients"):
        trained = {"excluded_fields": (), "monotonic": run.policy.get("monotonic", policy.monotonic)}
        data = training_data(table, rows, policy.model_copy(update=trained))
    names = [each.feature for each in evaluation.inspection.drivers]
    unknown = set(names).difference(data.features.names)
    if unknown:
        raise CannotRefit(f"this data does not give {len(unknown)} of the version's features")
    columns = [data.features.names.index(name) for name in names]
    directions = {name: each for name, each in data.directions.items() if name in names}
    features = Features(data.contract, names)
    return replace(data, features=features, matrix=data.matrix[:, columns], directions=directions), params, rounds


def _own_costs(run: TrainingRun, policy: Policy) -> Costs:
    """The costs that the version was made under; today's where they are not on record."""
    try:
        return Costs.model_validate(run.policy["costs"])
    except (KeyError, ValidationError):
        return policy.costs


def _log_odds(booster: "lgb.Booster", matrix: np.ndarray, settings: Settings) -> np.ndarray:
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=settings.cores))
