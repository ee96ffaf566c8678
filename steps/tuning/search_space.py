"""What tuning may change of LightGBM's parameters, and between which bounds."""

from typing import Any

import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from steps.training.parameters import Parameters

# The learning rate is not among them: slower is better and dearer, and at one rate all trials' curves compare.
SPACE = {
    "num_leaves": IntDistribution(4, 64, log=True),
    "min_data_in_leaf": IntDistribution(20, 400, log=True),
    "columns_per_tree": FloatDistribution(0.03, 0.5, log=True),
    "bagging_fraction": FloatDistribution(0.4, 1.0),
    "lambda_l1": FloatDistribution(0.0, 10.0),
    "lambda_l2": FloatDistribution(1.0, 200.0, log=True),
}


def suggest(trial: optuna.Trial, base: Parameters) -> Parameters:
    """The parameters that a trial is to try: `base`, changed where the space says so."""
    return Parameters(**{**base.model_dump(), **{name: _suggest(trial, name) for name in SPACE}})


def searched(params: Parameters) -> dict[str, Any]:
    """Those of the parameters that the space has."""
    return params.model_dump(include=set(SPACE))


def _suggest(trial: optuna.Trial, name: str) -> int | float:
    distribution = SPACE[name]
    suggest = trial.suggest_int if isinstance(distribution, IntDistribution) else trial.suggest_float
    return suggest(name, distribution.low, distribution.high, log=distribution.log)
