"""The model's artifact: booster as text, reference as Parquet, the rest as JSON, code as source; no pickle."""

import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.models import Model

from custom_model.contract import Contract
from custom_model.model import BOOSTER, SCORECARD
from custom_model.scorecard import Scorecard
from custom_model.server.following.example import EXAMPLE_DECISION
from steps.evaluation.in_subprocess import scorer
from steps.monitoring.reference import Reference
from steps.monitoring.referencing.reference_file import to_bytes
from steps.registry.loading_back import check_loaded_back, decision_on
from steps.run.off_record import off_record
from steps.run.settings import PROJECT

if TYPE_CHECKING:
    import lightgbm as lgb

BOOSTER_FILE = "booster.txt"
REFERENCE, REFERENCE_FILE = "reference", "reference.parquet"  # what monitoring compares traffic with
# The model's imports, and uvloop and httptools, which uvicorn uses if they are installed: without uvloop, two workers
# take 44 ms per request of a keep-alive client. pandas is within MLflow's own bound.
REQUIREMENTS = (
    "mlflow", "lightgbm", "numpy", "pandas", "pydantic", "pydantic-core", "pydantic-settings", "pyyaml", "orjson",
    "msgspec", "uvloop", "httptools", "sqlalchemy", "alembic", "psycopg", "psycopg-binary", "prometheus-client",
    "pyarrow", "typer", "typing-extensions", "uvicorn",
)  # fmt: skip


def log_model(
    booster: "lgb.Booster",
    scorecard: Scorecard,
    contract: Contract,
    example: dict[str, float | str | None],
    model_name: str,
    reference: Reference | None = None,
) -> int:
    """Log the model in the active run, load it back and register it; return its version."""
    return register(log_checked(booster, scorecard, contract, example, reference), model_name)


def register(model_uri: str, model_name: str, tags: Mapping[str, str] | None = None) -> int:
    """Register a logged model as a new version, which has its tags from the first moment on; return its number."""
    return int(mlflow.register_model(model_uri, model_name, tags=dict(tags or {})).version)


def log_checked(
    booster: "lgb.Booster",
    scorecard: Scorecard,
    contract: Contract,
    example: dict[str, float | str | None],
    reference: Reference | None = None,
) -> str:
    """Log the model in the active run, and load it back; return its URI.

    The example also gives MLflow the schema of the params. Without a reference no traffic can be compared with what the
    model was trained on. Raise `UserError` where the logged model does not answer
    the example as this one does: it is not fit to be registered.
    """
    with scorer() as score:  # it imports while the model is logged
        uri = _log(booster, scorecard, contract, example, reference)
        check_loaded_back(uri, booster, scorecard, contract, example, score)
    return uri


def _log(
    booster: "lgb.Booster",
    scorecard: Scorecard,
    contract: Contract,
    example: dict[str, float | str | None],
    reference: Reference | None,
) -> str:
    forbidden = scorecard.rules.request_threshold == "forbid"  # outside a simulation
    params = {
        "threshold": scorecard.costs.threshold,
        "reasons": "refused",
        "history": "sent",
        "simulate": forbidden,
        "alternatives": "none",
        "explanation": "none",
    }
    # MLflow scores the example: a decision about no real client, which must not be recorded.
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder, off_record():
        booster_file = Path(folder) / BOOSTER_FILE
        booster.save_model(booster_file)
        scorecard_file = Path(folder) / "scorecard.json"
        scorecard_file.write_text(scorecard.model_dump_json(indent=1), "utf-8")
        artifacts = {BOOSTER: str(booster_file), SCORECARD: str(scorecard_file)}
        if reference is not None:
            reference_file = Path(folder) / REFERENCE_FILE
            reference_file.write_bytes(to_bytes(reference))
            artifacts[REFERENCE] = str(reference_file)
        info = Model.log(
            artifact_path=None,
            name="model",
            flavor=sys.modules[__name__],
            flavor_name="python_function",
            contract=contract,
            python_model=str(PROJECT / "custom_model" / "entry.py"),
            code_paths=[str(PROJECT / "custom_model")],
            artifacts=artifacts,
            input_example=([example], params),
            validate_serving_input=False,  # MLflow would load it here, and only warn: it is loaded back below
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            metadata={EXAMPLE_DECISION: decision_on(booster, scorecard, contract, example)},
        )
    return str(info.model_uri)


def save_model(
    path: str, mlflow_model: Model, contract: Contract, validate_serving_input: bool, **pyfunc_arguments: Any
) -> None:
    """Save a pyfunc that also declares LightGBM's flavor; `Model.log` calls this module as its flavor.

    MLflow's image installs libgomp1 only for a model with that flavor, and `mlflow.lightgbm.load_model` then loads the
    bare booster. The contract is set here because `Model.log` would log its hundreds of fields as the run's parameters.
    `validate_serving_input` is for `Model.log` alone, which passes all its arguments on.
    """
    mlflow_model.add_flavor(
        mlflow.lightgbm.FLAVOR_NAME,
        lgb_version=version("lightgbm"),
        data=f"artifacts/{BOOSTER_FILE}",
        model_class="lightgbm.basic.Booster",
    )
    mlflow.pyfunc.save_model(
        path,
        mlflow_model=mlflow_model,
        model_config={"contract": contract.model_dump(mode="json")},
        **pyfunc_arguments,
    )
