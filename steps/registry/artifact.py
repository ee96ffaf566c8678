"""Logging the model: booster as LightGBM's text, the rest JSON, code as source; nothing pickled."""

import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import lightgbm as lgb
import mlflow
from mlflow.models import Model
from mlflow.models.model import ModelInfo

from custom_model.contract import Contract
from custom_model.model import BOOSTER, SCORECARD
from custom_model.scorecard import Scorecard
from steps.run.off_record import off_record
from steps.run.settings import PROJECT

BOOSTER_FILE = "booster.txt"
# What the model imports, and uvloop and httptools, which uvicorn takes by itself: without uvloop two
# workers answer keep-alive clients after 44 ms. No pandas beyond MLflow's own bound is named.
REQUIREMENTS = (
    "mlflow", "lightgbm", "numpy", "pandas", "pydantic", "pydantic-settings", "pyyaml", "orjson", "uvloop", "httptools",
    "sqlalchemy", "alembic", "psycopg", "psycopg-binary", "prometheus-client", "pyarrow", "typer",
    "typing-extensions", "uvicorn",
)  # fmt: skip


def log_model(
    booster: lgb.Booster,
    scorecard: Scorecard,
    contract: Contract,
    example: dict[str, float | str | None],
    model_name: str,
) -> ModelInfo:
    """Log and register the model in the active run; the example also gives MLflow its params schema."""
    params = {"threshold": scorecard.costs.threshold, "reasons": "refused"}
    # MLflow asks the model about the example: nobody's application, and no decision to be recorded.
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder, off_record():
        booster_file = Path(folder) / BOOSTER_FILE
        booster.save_model(booster_file)
        scorecard_file = Path(folder) / "scorecard.json"
        scorecard_file.write_text(scorecard.model_dump_json(indent=1), "utf-8")
        return Model.log(
            artifact_path=None,
            name="model",
            flavor=sys.modules[__name__],
            flavor_name="python_function",
            registered_model_name=model_name,
            contract=contract,
            python_model=str(PROJECT / "custom_model" / "entry.py"),
            code_paths=[str(PROJECT / "custom_model")],
            artifacts={BOOSTER: str(booster_file), SCORECARD: str(scorecard_file)},
            input_example=([example], params),
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )


def save_model(path: str, mlflow_model: Model, contract: Contract, **pyfunc_arguments) -> None:
    """What `Model.log` calls: a pyfunc that also declares LightGBM's flavor.

    MLflow's image installs libgomp1 only for a model with that flavor, and `mlflow.lightgbm.load_model`
    then gives the bare booster. The contract goes in here, not through `log`, which would write its
    hundreds of fields into the run's parameters.
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
