"""LightGBM's parameters: adjustable ones with bounds, and fixed ones."""

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from custom_model.databases import driver_message
from custom_model.expectations import expectation, nearest
from steps.run.console import UserError
from steps.run.documents import UnusableDocument, check_size, parse_json, parse_yaml, read_document
from steps.run.names import without_login
from steps.run.printable import clipped

MIN_COLUMNS = 12
RUNS = "runs:/"
EXAMPLE = '{"num_leaves": 31}'
# Calibration and determinism depend on these; class weights are therefore not adjustable.
FIXED = {
    "objective": "binary",
    "metric": "auc",
    "verbosity": -1,
    "deterministic": True,
    # Each tree uses few columns, which LightGBM copies first in the row-wise layout: five times the duration
    # (197,000 x 610, a tenth of the columns per tree: 323 ms per tree instead of 62 ms).
    "force_col_wise": True,
    "feature_pre_filter": False,  # so that binned data suits any min_data_in_leaf
}


class Parameters(BaseModel):
    """LightGBM's parameters; by default a low rate and shallow trees on few columns, as in the best public solutions.

    `columns_per_tree` is LightGBM's feature_fraction with a minimum of MIN_COLUMNS columns; `rounds` and `patience`
    bound the cross-validation. All other names are LightGBM's own; its aliases are errors, since two spellings of one
    parameter could contradict each other.
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
        """The parameters in `lgb.train`'s form for a matrix of `columns` columns; 0 threads use all cores."""
        return {
            **self.model_dump(exclude={"columns_per_tree", "rounds", "patience"}),
            "feature_fraction": min(1.0, max(self.columns_per_tree, MIN_COLUMNS / columns)),
            "num_threads": threads,
            "seed": seed,
            **FIXED,
        }


def read_params(spec: str) -> Parameters:
    """The defaults with the changes of a JSON object, a JSON or YAML file, or an artifact (runs:/ID/params.json)."""
    if not spec:
        return Parameters()
    try:
        changes = parse_json(spec) if spec.lstrip().startswith("{") else _parsed(_text(spec))
    except (UnusableDocument, OSError, MlflowException) as error:
        raise UserError(
            f"params: {clipped(spec)} cannot be read: {clipped(driver_message(error))}. Expected a JSON object such as "
            f"{EXAMPLE}, a JSON or YAML file, or an artifact such as runs:/RUN_ID/params.json"
        ) from None
    if not isinstance(changes, dict):
        raise UserError(
            f"params: expected an object of LightGBM parameters, got {type(changes).__name__}: write it as {EXAMPLE}"
        )
    try:
        return Parameters(**{str(name): value for name, value in changes.items()})
    except ValidationError as error:
        raise UserError(f"params: {'; '.join(map(_problem_text, error.errors(include_url=False)))}") from None


def tuning_of(spec: str) -> dict[str, str]:
    """Tags of the tuning run, its study and its best AUC, if `spec` is an artifact of a tuning run; else empty."""
    if not spec.startswith(RUNS):
        return {}
    run_id = spec.removeprefix(RUNS).split("/")[0]
    data = mlflow.get_run(run_id).data
    if "study" not in data.tags:
        return {}
    return {"tuned.run_id": run_id, "tuned.study": data.tags["study"], "tuned.auc": str(data.metrics["best_auc"])}


def _parsed(text: str) -> object:
    """JSON, whose numbers YAML does not all read (1e-05), or else YAML."""
    if text.lstrip().startswith("{"):
        with suppress(UnusableDocument):
            return parse_json(text)
    return parse_yaml(text)


def _text(uri: str) -> str:
    """The text of a file or an artifact. MLflow copies what it reads: folders and large files are refused before."""
    path = Path(url2pathname(urlsplit(uri).path)) if uri.startswith("file:") else Path(uri)
    if not path.exists():
        without_login("params", uri)
    if ":/" in uri and not uri.startswith("file:") and not path.exists():
        return _artifact(uri)
    if not path.exists():
        raise FileNotFoundError(f"found no file at {path.absolute()}")
    return read_document(path)


def _artifact(uri: str) -> str:
    folder, _, name = uri.rpartition("/")
    found = [file for file in _listed(folder) if PurePosixPath(file.path).name == name]
    if not found:
        raise FileNotFoundError(f"found no {name or 'file'} in {folder}")
    if found[0].is_dir:
        raise UnusableDocument("expected a file, got a folder")
    check_size(found[0].file_size or 0)
    text = mlflow.artifacts.load_text(uri)
    check_size(len(text.encode()))  # the store may not have told its size, or another
    return text


def _listed(folder: str) -> list[FileInfo]:
    """The files and folders in a folder of artifacts; MLflow itself takes a run's own folder only by the run's id."""
    if not folder.startswith(RUNS):
        return mlflow.artifacts.list_artifacts(folder)
    run_id, _, path = folder.removeprefix(RUNS).partition("/")
    return mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path=path or None)


def _problem_text(problem: ErrorDetails) -> str:
    name = clipped(".".join(map(str, problem["loc"])))
    if problem["type"] == "extra_forbidden":
        known = list(Parameters.model_fields)
        return f"{name} cannot be changed: expected one of {', '.join(known)}{nearest(name, known)}"
    return f"{name}: {expectation(problem)}, got {clipped(repr(problem['input']))}"
