"""LightGBM's parameters: those that may change, each within its bounds, and those that may not."""

import json
from typing import Any

import mlflow
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from steps.run.console import UserError

LEAST_COLUMNS = 12
# Calibration and determinism rest on these; class weights are not among the parameters for the same reason.
FIXED = {
    "objective": "binary",
    "metric": "auc",
    "verbosity": -1,
    "deterministic": True,
    # Trees look at few of the columns: laid out by rows, LightGBM copies those of each tree first, which took
    # five times as long (197,000 x 610, a tenth of the columns a tree: 323 ms a tree, and 62 ms by columns).
    "force_col_wise": True,
    "feature_pre_filter": False,  # else data binned for one min_data_in_leaf would do for no other
}


class Parameters(BaseModel):
    """Slow, shallow trees on few columns each: what the strongest public solutions of this case share.

    `columns_per_tree` is LightGBM's feature_fraction, but never fewer than LEAST_COLUMNS columns; `rounds`
    and `patience` bound the cross-validation. All other names are LightGBM's own, and its aliases for
    them are refused: two spellings of one parameter would contradict each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    learning_rate: float = Field(0.02, gt=0, le=1)
    num_leaves: int = Field(16, ge=2, le=4096)
    max_depth: int = Field(-1, ge=-1)
    min_data_in_leaf: int = Field(70, ge=1)
    columns_per_tree: float = Field(0.1, gt=0, le=1)
    feature_fraction_bynode: float = Field(1.0, gt=0, le=1)
    bagging_fraction: float = Field(0.8, gt=0, le=1)
    bagging_freq: int = Field(1, ge=0)
    lambda_l1: float = Field(0.0, ge=0)
    lambda_l2: float = Field(50.0, ge=0)
    min_gain_to_split: float = Field(0.0, ge=0)
    path_smooth: float = Field(0.0, ge=0)
    extra_trees: bool = False
    max_bin: int = Field(255, ge=2)
    rounds: int = Field(3000, ge=1)
    patience: int = Field(150, ge=1)

    def for_lightgbm(self, columns: int, seed: int, threads: int) -> dict[str, Any]:
        """The parameters as `lgb.train` takes them, for a matrix of so many columns; 0 threads are all cores."""
        return {
            **self.model_dump(exclude={"columns_per_tree", "rounds", "patience"}),
            "feature_fraction": min(1.0, max(self.columns_per_tree, LEAST_COLUMNS / columns)),
            "num_threads": threads,
            "seed": seed,
            **FIXED,
        }


def read_params(spec: str) -> Parameters:
    """The defaults, changed by a JSON object, a JSON or YAML file, or an artifact such as runs:/ID/params.json."""
    if not spec:
        return Parameters()
    try:
        changes = json.loads(spec) if spec.lstrip().startswith("{") else _load(spec)
    except Exception as error:
        raise UserError(f"params: {spec} cannot be read: {error}") from None
    if not isinstance(changes, dict):
        raise UserError(f"params: expected an object of LightGBM parameters, got {type(changes).__name__}")
    try:
        return Parameters(**{str(name): value for name, value in changes.items()})
    except ValidationError as error:
        raise UserError(f"params: {'; '.join(map(_said, error.errors(include_url=False)))}") from None


def tuning_of(spec: str) -> dict[str, str]:
    """Where parameters from an artifact of a tuning run come from, as tags: the run, its study, what that had found."""
    if not spec.startswith("runs:/"):
        return {}
    run_id = spec.removeprefix("runs:/").split("/")[0]
    data = mlflow.get_run(run_id).data
    if "study" not in data.tags:
        return {}
    return {"tuned.run_id": run_id, "tuned.study": data.tags["study"], "tuned.auc": str(data.metrics["best_auc"])}


def _load(place: str) -> object:
    return yaml.safe_load(mlflow.artifacts.load_text(place))


def _said(problem: dict[str, Any]) -> str:
    name = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"{name} cannot be changed: expected one of {', '.join(Parameters.model_fields)}"
    return f"{name}: {problem['msg']}, got {problem['input']!r}"
