"""scikit-learn pipelines on LightGBM's matrix, each model with the preprocessing that it needs.

In the matrix, a missing value is NaN and a category is the number of its level. Class weights and resampling are left
out: they would distort the probabilities. A pipeline fits its preprocessing on its own training rows.
"""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from custom_model.features import Features
from steps.training.parameters import MIN_COLUMNS

MIN_LEVEL_SHARE = 0.01  # of clients; smaller levels of a category are merged
INNER_FOLDS = 3
# These bracket the optimum by log loss on a generated sample, on real clients and on another lender's table.
PENALTIES = (0.001, 0.003, 0.01)


def dummy(features: Features, seed: int) -> Pipeline:
    """The default rate for everyone."""
    return make_pipeline(DummyClassifier(strategy="prior"))


def logistic_regression(features: Features, seed: int) -> Pipeline:
    """Ridge, its strength chosen by log loss in an inner cross-validation on its training rows.

    Amounts have heavy tails, hence the logarithm. Indicators of missing values improved none of the samples tried.
    """
    numbers = make_pipeline(
        FunctionTransformer(signed_log),
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
    )
    ridge = LogisticRegressionCV(
        Cs=PENALTIES,
        l1_ratios=(0,),
        cv=INNER_FOLDS,
        scoring="neg_log_loss",
        max_iter=500,
        use_legacy_attributes=False,
    )
    return make_pipeline(_columns(features, numbers), ridge)


def random_forest(features: Features, seed: int) -> Pipeline:
    """Deep trees on few columns per split; leaves of 30 clients and more give usable probabilities."""
    forest = RandomForestClassifier(300, min_samples_leaf=30, max_features="sqrt", random_state=seed)
    return make_pipeline(_columns(features, "passthrough"), forest)


def xgboost(features: Features, seed: int, rounds: int) -> Pipeline:
    """Shallow, shrunk trees on few columns each, like LightGBM's defaults; missing values and categories unchanged.

    `min_child_weight` is in units of p (1 - p): 5 of them are some 70 clients at a default rate of 8 %.
    """
    categorical = set(features.categorical)
    return make_pipeline(
        XGBClassifier(
            n_estimators=rounds,
            learning_rate=0.05,
            max_depth=4,
            min_child_weight=5,
            subsample=0.8,
            colsample_bytree=min(1.0, max(0.1, MIN_COLUMNS / len(features.names))),
            reg_lambda=50,
            tree_method="hist",
            enable_categorical=True,
            feature_types=["c" if position in categorical else "q" for position in range(len(features.names))],
            random_state=seed,
        )
    )


def signed_log(values: np.ndarray) -> np.ndarray:
    """sign(x) log(1 + |x|): -99 gives -4.6."""
    return np.copysign(np.log1p(np.abs(values)), values)


def _columns(features: Features, numbers: Pipeline | str) -> ColumnTransformer:
    """Numbers through `numbers`, categories one-hot; missing is a level, and rare levels are merged."""
    one_hot = OneHotEncoder(min_frequency=MIN_LEVEL_SHARE, handle_unknown="infrequent_if_exist", sparse_output=False)
    categorical = set(features.categorical)
    numeric = [position for position in range(len(features.names)) if position not in categorical]
    return ColumnTransformer([("numbers", numbers, numeric), ("categories", one_hot, features.categorical)])
