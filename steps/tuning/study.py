"""The Optuna study: its identity, its sampler and its first trial."""

import hashlib
import json
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from steps.run.console import UserError
from steps.run.settings import Settings
from steps.training.data import TrainingData
from steps.training.parameters import Parameters
from steps.tuning.pruning import FoldPruner
from steps.tuning.search_space import SPACE, searched

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
SETUP, DEFAULTS = "setup", "defaults"  # attributes of the study, and of its first trial


def setup_of(data: TrainingData, base: Parameters, most_features: int, settings: Settings) -> dict[str, Any]:
    """The setup of a study: all that the AUC of its trials depends on, except their own parameters."""
    return {
        "data": _digest(data),
        "seed": settings.seed,
        "folds": settings.folds,
        "most_features": most_features,
        "fixed": base.model_dump(exclude=set(SPACE)),
        "space": {name: json.loads(distribution_to_json(range_)) for name, range_ in SPACE.items()},
    }


def name_of(setup: dict[str, Any]) -> str:
    """A name that is unique to the setup."""
    return f"tune-{hashlib.sha256(json.dumps(setup, sort_keys=True).encode()).hexdigest()[:12]}"


def open_study(storage: BaseStorage, name: str, setup: dict[str, Any], base: Parameters) -> optuna.Study:
    """Open or create the study of this name; its first trial is `base`.

    Raise `UserError` where the study has trials of another setup, whose AUC is not comparable.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        study_name=name,
        storage=storage,
        direction="maximize",
        load_if_exists=True,
        sampler=SeededByTrial(setup["seed"]),
        pruner=FoldPruner(),
    )
    recorded = study.user_attrs.get(SETUP)
    if recorded is None:
        study.set_user_attr(SETUP, setup)
    elif recorded != setup:
        other = ", ".join(sorted(key for key in setup if recorded.get(key) != setup[key]))
        raise UserError(
            f"study {name} has trials of another setup ({other}): leave `study` empty, or choose another name"
        )
    study.enqueue_trial(searched(base), user_attrs={DEFAULTS: True}, skip_if_exists=True)
    return study


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """The completed and pruned trials, by number."""
    return study.get_trials(deepcopy=False, states=FINISHED)


class SeededByTrial(BaseSampler):
    """TPE whose draws depend only on the seed, the trial's number and earlier trials.

    Processes that share a study therefore draw differently, and a resumed study continues as if uninterrupted.
    """

    def __init__(self, seed: int):
        self._seed = seed

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._tpe(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._tpe(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._tpe(trial, param_name).sample_independent(study, trial, param_name, param_distribution)

    def _tpe(self, trial: FrozenTrial, parameter: str = "") -> TPESampler:
        digest = hashlib.sha256(f"{self._seed}/{trial.number}/{parameter}".encode()).digest()
        return TPESampler(seed=int.from_bytes(digest[:4]), multivariate=True, constant_liar=True)


def _digest(data: TrainingData) -> str:
    """Digest of names, values and target, whatever file they come from."""
    named = [data.features.names, sorted(data.features.categorical)]
    named += [dict(data.directions)] if data.directions else []
    digest = hashlib.sha256(json.dumps(named).encode())
    for values in (data.matrix, data.target):
        digest.update(values.data if values.flags.c_contiguous else values.tobytes())
    return digest.hexdigest()[:16]
