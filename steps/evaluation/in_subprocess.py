"""Score a table with the code that travels inside a model, in a process of its own.

In a process that has already imported the project's custom_model, MLflow would load any model with that
code, however old the model is: an old champion would be judged by code it was never released with.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

from steps.run.console import UserError
from steps.run.off_record import off_record
from steps.run.settings import PROJECT, Settings
from steps.tracking.runs import connect


def score_apart(model_uri: str, applications: pd.DataFrame) -> pd.DataFrame:
    """The decisions on a table of applications, without reasons, in its order.

    Columns that the model's contract does not know are left out; raise `UserError` where the model
    cannot be loaded or refuses the table.
    """
    with tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        sent, answered = Path(folder) / "applications.parquet", Path(folder) / "decisions.parquet"
        applications.to_parquet(sent)
        command = [sys.executable, "-m", "steps.evaluation.in_subprocess", model_uri, str(sent), str(answered)]
        with off_record():
            ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        if not answered.exists():
            last = ended.stderr.strip().splitlines()[-1:] or ["no message"]
            raise UserError(f"{model_uri} could not score {len(applications):,} applications: {last[0]}")
        return pd.read_parquet(answered)


def main(model_uri: str, sent: str, answered: str) -> None:
    """Load the model, score the Parquet file `sent` and write the decisions to `answered`."""
    connect(Settings().tracking_uri)
    try:
        model = mlflow.pyfunc.load_model(model_uri, suppress_warnings=True)
        known = {field.name for field in model.metadata.get_input_schema().inputs[0].type.properties}
        table = pd.read_parquet(sent)
        decisions = model.predict(table[[name for name in table if name in known]], {"reasons": "none"})
    except MlflowException as error:
        sys.exit(f"error: {error.message}")
    decisions.drop(columns=["reasons", "unknown_categories"]).to_parquet(answered)


if __name__ == "__main__":
    main(*sys.argv[1:])
