"""The subprocess of `in_subprocess`: it loads a model with the code that the model brings, and scores one file."""

import atexit
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PyFuncModel
from pydantic_core import to_json

from custom_model.leaving import leave
from custom_model.lightgbm_internals import import_alone
from custom_model.unavailable import unavailable
from steps.evaluation.inspection import inspect
from steps.run.console import counted, listed
from steps.run.failures import failure_sentence
from steps.run.lifeline import end_with_parent
from steps.tracking.connection import connect

MISTAKE = 2  # exit status of an error whose last line is a whole sentence
LISTED = 5  # missing fields that a message names
LISTS = ("reasons", "unknown_categories", "unusual", "missing", "policy_rules")  # columns that nobody reads


def main(
    order_file: str, applications_file: str, decisions_file: str, examination_file: str, inspection_file: str
) -> None:
    """Wait for an order: a model's URI, a seed and a number of threads. Then load the model, and score a Parquet file.

    With a seed the contract's examination is written, too, and with a number of threads the inspection of the model.
    """
    end_with_parent()
    import_alone()
    connect(mlflow.get_tracking_uri())
    order = Path(order_file).read_text("utf-8")
    if not order:  # the block of `scorer` has ended without one
        return
    model_uri, seed, threads = json.loads(order)
    # A copy of its own: the name in the store's folder is that of the latest download, which may be another's.
    with tempfile.TemporaryDirectory(prefix="credit-scoring-", ignore_cleanup_errors=True) as folder:
        # Threads of a download that is broken off may write into it until then.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        model = _load(model_uri, folder)
        fields = _fields(model_uri, model)
        table = pd.read_parquet(applications_file)
        _check_fields(model_uri, fields, set(table))
        table = table[[name for name in table if name in fields]]
        try:
            own = model.unwrap_python_model()
            simulate, examine = getattr(own, "simulate", None), getattr(own, "examine", None)
            decisions: pd.DataFrame = simulate(table) if simulate else model.predict(table, {"reasons": "none"})
            if seed is not None and examine is not None:
                Path(examination_file).write_bytes(to_json(examine(table, seed)))
            if seed is not None and threads and (inspection := inspect(own, table, seed, threads)) is not None:
                Path(inspection_file).write_bytes(to_json(inspection))
            decisions[[name for name in decisions if name not in LISTS]].to_parquet(decisions_file)
        except MlflowException as error:
            sys.exit(error.message.strip().splitlines()[0])
        except OSError as error:
            _fail_or_raise(error)


def _load(model_uri: str, folder: str) -> PyFuncModel:
    """The model with its own code: the project's custom_model, which this module's imports have loaded, is unloaded."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "custom_model"]:
        del sys.modules[name]
    try:
        return mlflow.pyfunc.load_model(model_uri, suppress_warnings=True, dst_path=folder)
    except Exception as error:
        if isinstance(error, MlflowException | ModuleNotFoundError | ValueError):
            _fail(unavailable(model_uri, error))
        _fail_or_raise(error)


def _fields(model_uri: str, model: PyFuncModel) -> dict[str, bool]:
    """The fields of the model's applications, and whether each is required."""
    schema = model.metadata.get_input_schema()
    if schema is None or not getattr(schema.inputs[0].type, "properties", None):
        _fail(f"{model_uri} is no model of this project: it declares no applications")
    return {field.name: field.required for field in schema.inputs[0].type.properties}


def _check_fields(model_uri: str, fields: dict[str, bool], columns: set[str]) -> None:
    """End with an error where the table lacks most fields of the model, or a required one: it is another lender's."""
    missing = [name for name in fields if name not in columns]
    required = [name for name in missing if fields[name]]
    names = listed(missing, LISTED)
    if required or len(missing) > len(fields) / 2:
        first = f", {', '.join(required)} among them, which are required" if required else ""
        _fail(
            f"{model_uri} decides on {len(fields):,} fields, of which this data lacks {len(missing):,}{first}: "
            f"{names}. Use the data of the lender whose model this is, or a model of this data"
        )
    if missing:
        print(f"  warning: this data lacks {counted(len(missing), 'field')} of {model_uri}: {names}")


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
    leave()
