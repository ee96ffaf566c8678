"""Score a table in a subprocess, with the code that travels inside the model.

A process that has imported the project's custom_model loads every model with that code: it would evaluate an old
champion with code that the champion was not released with.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PyFuncModel
from pydantic import TypeAdapter

from custom_model.omission import Examination
from steps.run.console import UserError
from steps.run.off_record import off_record
from steps.run.settings import PROJECT
from steps.tracking.runs import connect

EXAMINATION = TypeAdapter(Examination)
LISTS = ("reasons", "unknown_categories", "unusual", "missing", "policy_rules")


@dataclass(frozen=True)
class Scored:
    """Decisions on a table, in its order, without reasons; and what the model's contract demands of the table.

    `examination` is None where the model's code does not examine its contract.
    """

    decisions: pd.DataFrame
    examination: Examination | None


def score_in_subprocess(
    model_uri: str, applications: pd.DataFrame, seed: int | None = None, environment: Mapping[str, str] | None = None
) -> Scored:
    """Decide a table of applications, as a simulation where the model can: it may lack required values.

    Columns outside the model's contract are dropped. The subprocess uses this process's tracking store, and has the
    variables of `environment` besides its own; with a `seed` it examines the contract, too. Raise `UserError` where
    the model cannot be loaded or the table breaks its contract.
    """
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        applications_file, decisions_file = (Path(folder) / f"{name}.parquet" for name in ("applications", "decisions"))
        examination_file = Path(folder) / "examination.json"
        applications.to_parquet(applications_file)
        command = [
            sys.executable,
            "-m",
            "steps.evaluation.in_subprocess",
            model_uri,
            str(applications_file),
            str(decisions_file),
            str(examination_file),
            "" if seed is None else str(seed),
        ]
        with off_record():
            variables = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), **(environment or {})}
            completed = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
        if completed.returncode:
            last = completed.stderr.strip().splitlines()[-1:] or [f"exit status {completed.returncode}"]
            raise UserError(f"{model_uri} could not score {len(applications):,} applications: {last[0]}")
        examination = None
        if examination_file.exists():
            examination = EXAMINATION.validate_json(examination_file.read_bytes())
        return Scored(pd.read_parquet(decisions_file), examination)


def main(model_uri: str, applications_file: str, decisions_file: str, examination_file: str, seed: str) -> None:
    """Load the model, score one Parquet file, and write the decisions and the examination of its contract."""
    connect(mlflow.get_tracking_uri())
    # A copy of its own: the name in the store's folder is that of the latest download, which may be another's.
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        try:
            _forget_own_code()
            model = mlflow.pyfunc.load_model(model_uri, suppress_warnings=True, dst_path=folder)
            fields = {field.name for field in model.metadata.get_input_schema().inputs[0].type.properties}
            table = pd.read_parquet(applications_file)
            table = table[[name for name in table if name in fields]]
            params = {"reasons": "none", **({"simulate": True} if _takes(model, "simulate") else {})}
            decisions = model.predict(table, params)
            examine = getattr(model.unwrap_python_model(), "examine", None)
            if seed and examine is not None:
                Path(examination_file).write_text(json.dumps(asdict(examine(table, int(seed)))), "utf-8")
        except MlflowException as error:
            sys.exit(error.message.strip().splitlines()[0])
    decisions[[name for name in decisions if name not in LISTS]].to_parquet(decisions_file)


def _forget_own_code() -> None:
    """Unload the project's custom_model, which this module's imports have loaded: the model brings its own."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "custom_model"]:
        del sys.modules[name]


def _takes(model: PyFuncModel, param: str) -> bool:
    schema = model.metadata.get_params_schema()
    return schema is not None and any(spec.name == param for spec in schema)


if __name__ == "__main__":
    main(*sys.argv[1:])
