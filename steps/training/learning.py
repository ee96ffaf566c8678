"""Fitting a model: choose features, cross-validate, fit on all training rows, and build its scorecard."""

from collections.abc import Mapping
from dataclasses import dataclass

import lightgbm as lgb

from custom_model.meanings import Meaning
from custom_model.ranges import Range
from custom_model.scorecard import Scorecard
from steps.quality.calibration import fit_calibration
from steps.run.console import progress
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.words import Words
from steps.training.bagging import bag
from steps.training.binning import Binned, bin_folds, bin_folds_and_all
from steps.training.boosting import OutOfFold, cross_validate, fit
from steps.training.data import TrainingData
from steps.training.folds import stratified_folds
from steps.training.loan_moves import loan_moves
from steps.training.parameters import Parameters
from steps.training.reasons import NO_WORDS, field_meanings, reason_texts
from steps.training.wording import rewordings


@dataclass(frozen=True)
class FittedModel:
    """A booster on the features `names`, in their order, with the cross-validation of its parameters."""

    booster: lgb.Booster
    names: list[str]
    folds: OutOfFold


def fit_model(
    data: TrainingData, params: Parameters, most_features: int, settings: Settings, boosters: int = 1
) -> FittedModel:
    """Cross-validate, then fit on all rows; more than one booster makes a bag.

    Each fold chooses its features on its own training rows, so that out-of-fold figures include the effect of choosing.
    """
    with progress(f"choosing features among {data.matrix.shape[1]}, in each fold and in all clients"):
        folds, binned = bin_folds_and_all(data, params, most_features, settings.folds, settings.seed, settings.cores)
    validated = cross_validate(folds, params, settings.seed, settings.cores)
    with progress(f"fitting {boosters} x {validated.rounds} trees on {len(binned.columns)} features"):
        booster = _fit(data, binned, params, validated.rounds, boosters, settings)
    return FittedModel(booster, [data.features.names[column] for column in binned.columns], validated)


def out_of_fold(data: TrainingData, params: Parameters, most_features: int, settings: Settings) -> OutOfFold:
    """Bin the folds, each with its own choice of features, and cross-validate."""
    with progress(f"choosing features among {data.matrix.shape[1]}, fold by fold"):
        folds = bin_folds(data, params, most_features, settings.folds, settings.seed, settings.cores)
    return cross_validate(folds, params, settings.seed, settings.cores)


def build_scorecard(
    model: FittedModel,
    data: TrainingData,
    meanings: Mapping[str, Meaning],
    policy: Policy,
    ranges: dict[str, Range],
    words: Mapping[str, Words] = NO_WORDS,
) -> Scorecard:
    """The scorecard of the booster: calibration from out-of-fold log-odds, the policy, reasons, meanings, ranges.

    A field without a meaning is described and worded by its name.
    """
    texts = reason_texts(data, model.names, meanings, words)
    described = field_meanings(data.contract, meanings)
    return Scorecard(
        calibration=fit_calibration(model.folds.log_odds, data.target),
        costs=policy.costs,
        rules=policy.rules,
        texts=texts,
        meanings=described,
        ranges=ranges,
        wording=rewordings(policy.wording, texts, data.contract, data.directions),
        score=policy.score,
        alternatives=loan_moves(policy, data.contract, described, model.names),
    )


def _fit(
    data: TrainingData, binned: Binned, params: Parameters, rounds: int, boosters: int, settings: Settings
) -> lgb.Booster:
    """One booster on all rows, or a bag of boosters, each trained without one fold."""
    seed, cores = settings.seed, settings.cores
    if boosters == 1:
        return fit(binned.data, params, rounds, seed, cores)
    folds = stratified_folds(data.target, boosters, seed)
    return bag([fit(binned.data.subset(train.tolist()).construct(), params, rounds, seed, cores) for train, _ in folds])
