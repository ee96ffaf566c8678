"""The contenders: the usual loop, and the study of `tune` with one improvement after the other."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import steps  # noqa: F401  # before lightgbm: it sets the variables that OpenMP reads when it loads

# isort: split
import lightgbm as lgb
import numpy as np
import optuna
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from steps.run.settings import Settings
from steps.tracking.runs import tracked_run
from steps.training.binning import BinnedFold, bin_folds
from steps.training.boosting import cross_validate
from steps.training.data import TrainingData
from steps.training.folds import stratified_folds
from steps.training.parameters import Parameters
from steps.training.selection import MOST_FEATURES
from steps.tuning.interruption import StopRequest
from steps.tuning.search_space import searched, suggest
from steps.tuning.storage import open_storage
from steps.tuning.study import open_study, setup_of
from steps.tuning.trials import Trials


@dataclass(frozen=True)
class Subject:
    """The input of all contenders: data, fixed parameters, and sets of the searched parameters."""

    data: TrainingData
    base: Parameters
    sets: list[dict[str, float]]
    settings: Settings

    @property
    def trials(self) -> int:
        return len(self.sets)


def plain_loop(subject: Subject, columns_of: list[np.ndarray]) -> optuna.Study:
    """`LGBMClassifier.fit` on each fold and its columns for each trial; early stopping on the validation fold."""
    data, base, settings = subject.data, subject.base, subject.settings
    seed, rows = settings.seed, stratified_folds(data.target, settings.folds, settings.seed)
    categorical = set(data.features.categorical)

    def auc(params: Parameters, train: np.ndarray, held: np.ndarray, columns: np.ndarray) -> float:
        model = lgb.LGBMClassifier(
            n_estimators=base.rounds,
            learning_rate=params.learning_rate,
            num_leaves=params.num_leaves,
            min_child_samples=params.min_data_in_leaf,
            colsample_bytree=params.for_lightgbm(len(columns), seed, 0)["feature_fraction"],
            subsample=params.bagging_fraction,
            subsample_freq=params.bagging_freq,
            reg_alpha=params.lambda_l1,
            reg_lambda=params.lambda_l2,
            n_jobs=settings.cores,
            random_state=seed,
            verbosity=-1,
        )
        held_matrix = data.matrix[np.ix_(held, columns)]
        model.fit(
            data.matrix[np.ix_(train, columns)],
            data.target[train],
            eval_X=held_matrix,
            eval_y=data.target[held],
            eval_metric="auc",
            categorical_feature=[place for place, column in enumerate(columns) if column in categorical],
            callbacks=[lgb.early_stopping(base.patience, first_metric_only=True, verbose=False)],
        )
        return roc_auc_score(data.target[held], np.asarray(model.predict_proba(held_matrix))[:, 1])

    def objective(trial: optuna.Trial) -> float:
        params = suggest(trial, base)
        return float(np.mean([auc(params, *fold, columns) for fold, columns in zip(rows, columns_of, strict=True)]))

    return _loop(objective, subject)


def binned_loop(subject: Subject) -> optuna.Study:
    """The same loop over folds that are binned once and grow in parallel; trials one at a time, without pruning."""
    folds = binned_folds(subject)

    def objective(trial: optuna.Trial) -> float:
        grown = cross_validate(folds, suggest(trial, subject.base), subject.settings.seed, subject.settings.cores)
        return float(np.mean(grown.fold_auc))

    return _loop(objective, subject)


def tuned(subject: Subject, jobs: int, pruned: bool) -> optuna.Study:
    """`tune` itself: journal file, a nested MLflow run for each trial, `jobs` trials at once."""
    setup = setup_of(subject.data, subject.base, MOST_FEATURES, subject.settings)
    folds = binned_folds(subject)
    with tempfile.TemporaryDirectory() as folder, tracked_run("tune", "", subject.settings.tracking_uri) as parent:
        study = open_study(open_storage(f"{folder}/journal"), "benchmark", setup, subject.base)
        for each in subject.sets[1:]:  # a study enqueues the defaults, the first set, itself
            study.enqueue_trial(each)
        if not pruned:
            study.pruner = optuna.pruners.NopPruner()
        Trials(study, folds, subject.base, subject.trials, jobs, parent, subject.settings).run(StopRequest())
        in_memory = optuna.create_study(direction="maximize")
        in_memory.add_trials(study.get_trials(deepcopy=False))
    return in_memory


def parameter_sets(base: Parameters, trials: int, seed: int) -> list[dict[str, float]]:
    """The defaults, and random draws from the search space of `tune`."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    study.enqueue_trial(searched(base))
    sets = []
    for _ in range(trials):
        trial = study.ask()
        suggest(trial, base)
        sets.append(trial.params)
    return sets


def binned_folds(subject: Subject) -> list[BinnedFold]:
    """The folds as `tune` uses them, each with its own features."""
    return bin_folds(
        subject.data, subject.base, MOST_FEATURES, subject.settings.folds, subject.settings.seed, subject.settings.cores
    )


def _loop(objective: Callable[[optuna.Trial], float], subject: Subject) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    for each in subject.sets:
        study.enqueue_trial(each)
    with tqdm(total=subject.trials, unit="trial", mininterval=1) as bar:

        def advance(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
            bar.update()

        study.optimize(objective, n_trials=subject.trials, callbacks=[advance])
    return study
