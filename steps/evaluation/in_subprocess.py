"""Score a table in a subprocess, with the code that travels inside the model.

A process that has imported the project's custom_model loads every model with that code: it would evaluate an old
champion with code that the champion was not released with.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

from custom_model.unavailable import unavailable
from steps.run.console import UserError, counted
from steps.run.failures import failure_sentence
from steps.run.off_record import off_record
from steps.run.settings import PROJECT
from steps.tracking.runs import connect

MISTAKE = 2  # exit status of an error whose last line is a whole sentence
LISTED = 5  # missing fields that a message names


def score_in_subprocess(model_uri: str, applications: pd.DataFrame) -> pd.DataFrame:
    """The decisions on a table of applications, in its order, without reasons.

    Columns outside the model's contract are dropped. The subprocess uses this process's tracking store. Raise
    `UserError` where the model cannot be loaded or the table breaks its contract.
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
            environment = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}
            completed = subprocess.run(
                command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
            )
        if completed.returncode == MISTAKE:
            raise UserError(completed.stderr.strip().splitlines()[-1])
        if completed.returncode:
            last = completed.stderr.strip().splitlines()[-1:] or [f"exit status {completed.returncode}"]
            raise UserError(f"{model_uri} could not score {len(applications):,} applications: {last[0]}")
        print(completed.stdout, end="")
        return pd.read_parquet(decisions_file)


def main(model_uri: str, applications_file: str, decisions_file: str) -> None:
    """Load the model, score one Parquet file and write the decisions to another."""
    connect(mlflow.get_tracking_uri())
    try:
        model = mlflow.pyfunc.load_model(model_uri, suppress_warnings=True)
    except Exception as error:
        if isinstance(error, MlflowException | ModuleNotFoundError):
            _fail(unavailable(model_uri, error))
        _fail_or_raise(error)
    schema = model.metadata.get_input_schema()
    if schema is None or not getattr(schema.inputs[0].type, "properties", None):
        _fail(f"{model_uri} is no model of this project: it declares no applications")
    fields = {field.name: field.required for field in schema.inputs[0].type.properties}
    table = pd.read_parquet(applications_file)
    _check_fields(model_uri, fields, set(table))
    try:
        decisions = model.predict(table[[name for name in table if name in fields]], {"reasons": "none"})
        decisions.drop(columns=["reasons", "unknown_categories"]).to_parquet(decisions_file)
    except MlflowException as error:
        sys.exit(error.message.strip().splitlines()[0])
    except OSError as error:
        _fail_or_raise(error)


def _check_fields(model_uri: str, fields: dict[str, bool], columns: set[str]) -> None:
    """End with an error where the table lacks most fields of the model, or a required one: it is another lender's."""
    missing = [name for name in fields if name not in columns]
    required = [name for name in missing if fields[name]]
    listed = ", ".join(missing[:LISTED]) + (f" and {len(missing) - LISTED:,} more" if len(missing) > LISTED else "")
    if required or len(missing) > len(fields) / 2:
        first = f", {', '.join(required)} among them, which are required" if required else ""
        _fail(
            f"{model_uri} decides on {len(fields):,} fields, of which this data lacks {len(missing):,}{first}: "
            f"{listed}. Use the data of the lender whose model this is, or a model of this data"
        )
    if missing:
        print(f"  warning: this data lacks {counted(len(missing), 'field')} of {model_uri}: {listed}")


def _fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(MISTAKE)


def _fail_or_raise(error: Exception) -> NoReturn:
    sentence = failure_sentence(error)
    if sentence is None:
        raise error
    _fail(sentence)


if __name__ == "__main__":
    main(*sys.argv[1:])
