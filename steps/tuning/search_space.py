"""The search space: the LightGBM parameters that tuning varies, and their bounds."""

from typing import Any

import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from steps.training.parameters import Parameters

# The learning rate is fixed: a lower one is better but dearer, and only at the same rate are trials comparable.
SPACE: dict[str, FloatDistribution | IntDistribution] = {
    "num_leaves": IntDistribution(4, 64, log=True),
    "min_data_in_leaf": IntDistribution(20, 400, log=True),
    "columns_per_tree": FloatDistribution(0.03, 0.5, log=True),
    "bagging_fraction": FloatDistribution(0.4, 1.0),
    "lambda_l1": FloatDistribution(0.0, 10.0),
    "lambda_l2": FloatDistribution(1.0, 200.0, log=True),
}


def suggest(trial: optuna.Trial, base: Parameters) -> Parameters:
    """The parameters of a trial: `base` with the values that it draws from the space."""
    return Parameters(**{**base.model_dump(), **{name: _suggest(trial, name) for name in SPACE}})


def searched(params: Parameters) -> dict[str, Any]:
    """The parameters that the space varies."""
    return params.model_dump(include=set(SPACE))


def _suggest(trial: optuna.Trial, name: str) -> int | float:
    distribution = SPACE[name]
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high, log=distribution.log)
    return trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
