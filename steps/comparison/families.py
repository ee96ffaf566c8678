"""The families of models that are compared, each by the name that `families` takes."""

from dataclasses import dataclass

from steps.comparison import pipelines
from steps.comparison.folds import CrossValidation, lightgbm_folds, of_pipeline, xgboost_folds
from steps.run.console import UserError
from steps.training.selection import MOST_FEATURES

ALL = "all"


@dataclass(frozen=True)
class Family:
    """`settings` says in a line what it is given and what it decides by itself."""

    title: str
    settings: str
    cross_validate: CrossValidation


FAMILIES = {
    "dummy": Family("Dummy", "the default rate for everyone: what any model must beat", of_pipeline(pipelines.dummy)),
    "logistic-regression": Family(
        "Logistic regression",
        "signed logarithm, median for missing, scaled, one-hot; ridge, its penalty chosen by an inner cross-validation",
        of_pipeline(pipelines.logistic_regression, chooses="C"),
    ),
    "random-forest": Family(
        "Random forest",
        "300 trees, leaves of 30 clients and more, the square root of the columns a split; one-hot, missing as it is",
        of_pipeline(pipelines.random_forest),
    ),
    "xgboost": Family(
        "XGBoost",
        "depth 4, rate 0.05, a tenth of the columns a tree, lambda 50; rounds best for the mean AUC over the folds",
        xgboost_folds,
    ),
    "lightgbm": Family(
        "LightGBM",
        f"the {MOST_FEATURES} features that tell most, 16 leaves, rate 0.02, lambda 50; rounds as XGBoost's",
        lightgbm_folds,
    ),
}


def read_families(spec: str) -> list[str]:
    """Names of families in a comma-separated text, in the order of FAMILIES; raise `UserError` for others."""
    asked = [name.strip() for name in spec.split(",")]
    if asked == [ALL]:
        return list(FAMILIES)
    unknown = [name for name in asked if name not in FAMILIES]
    if unknown:
        raise UserError(
            f"families: expected '{ALL}' or some of {', '.join(FAMILIES)}, got {', '.join(map(repr, unknown))}"
        )
    return [name for name in FAMILIES if name in asked]
