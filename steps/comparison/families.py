"""The families of models, by their names on the command line."""

from dataclasses import dataclass

from steps.comparison import pipelines
from steps.comparison.folds import CrossValidation, lightgbm_folds, pipeline_cross_validation, xgboost_folds
from steps.run.console import UserError
from steps.training.selection import MOST_FEATURES

ALL = "all"


@dataclass(frozen=True)
class Family:
    """A family of models; `settings` sums up preprocessing, parameters and automatic choices."""

    title: str
    settings: str
    cross_validate: CrossValidation


FAMILIES = {
    "dummy": Family("Dummy", "the default rate for everyone: the baseline", pipeline_cross_validation(pipelines.dummy)),
    "logistic-regression": Family(
        "Logistic regression",
        "signed logarithm, median for missing, scaled, one-hot; ridge, its penalty chosen by an inner cross-validation",
        pipeline_cross_validation(pipelines.logistic_regression, tuned_parameter="C"),
    ),
    "random-forest": Family(
        "Random forest",
        "300 trees, leaves of 30 clients and more, the square root of the columns per split; one-hot, missing kept",
        pipeline_cross_validation(pipelines.random_forest),
    ),
    "xgboost": Family(
        "XGBoost",
        "depth 4, rate 0.05, a tenth of the columns per tree, lambda 50; rounds best for the mean AUC over the folds",
        xgboost_folds,
    ),
    "lightgbm": Family(
        "LightGBM",
        f"the {MOST_FEATURES} most useful features, 16 leaves, rate 0.02, lambda 50; rounds as for XGBoost",
        lightgbm_folds,
    ),
}


def read_families(spec: str) -> list[str]:
    """The families in a comma-separated list, in the order of FAMILIES; raise `UserError` for unknown names."""
    requested = [name.strip() for name in spec.split(",")]
    if requested == [ALL]:
        return list(FAMILIES)
    unknown = [name for name in requested if name not in FAMILIES]
    if unknown:
        raise UserError(
            f"families: expected '{ALL}' or some of {', '.join(FAMILIES)}, got {', '.join(map(repr, unknown))}"
        )
    return [name for name in FAMILIES if name in requested]
