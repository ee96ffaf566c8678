"""Score a table in a subprocess, with the code that travels inside the model.

A process that has imported the project's custom_model loads every model with that code: it would evaluate an old
champion with code that the champion was not released with.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

from steps.run.console import UserError
from steps.run.off_record import off_record
from steps.run.settings import PROJECT
from steps.tracking.runs import connect


def score_in_subprocess(model_uri: str, applications: pd.DataFrame, **environment: str) -> pd.DataFrame:
    """The decisions on a table of applications, in its order, without reasons.

    Columns outside the model's contract are dropped. The subprocess uses this process's tracking store, and has the
    variables of `environment` besides its own. Raise `UserError` where the model cannot be loaded or the table breaks
    its contract.
    """
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        applications_file, decisions_file = (Path(folder) / f"{name}.parquet" for name in ("applications", "decisions"))
        applications.to_parquet(applications_file)
        command = [
            sys.executable,
            "-m",
            "steps.evaluation.in_subprocess",
            model_uri,
            str(applications_file),
            str(decisions_file),
        ]
        with off_record():
            variables = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), **environment}
            completed = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
        if completed.returncode:
            last = completed.stderr.strip().splitlines()[-1:] or [f"exit status {completed.returncode}"]
            raise UserError(f"{model_uri} could not score {len(applications):,} applications: {last[0]}")
        return pd.read_parquet(decisions_file)


def main(model_uri: str, applications_file: str, decisions_file: str) -> None:
    """Load the model, score one Parquet file and write the decisions to another."""
    connect(mlflow.get_tracking_uri())
    # A copy of its own: the name in the store's folder is that of the latest download, which may be another's.
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        try:
            model = mlflow.pyfunc.load_model(model_uri, suppress_warnings=True, dst_path=folder)
            fields = {field.name for field in model.metadata.get_input_schema().inputs[0].type.properties}
            table = pd.read_parquet(applications_file)
            decisions = model.predict(table[[name for name in table if name in fields]], {"reasons": "none"})
        except MlflowException as error:
            sys.exit(error.message.strip().splitlines()[0])
    decisions.drop(columns=["reasons", "unknown_categories"]).to_parquet(decisions_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
