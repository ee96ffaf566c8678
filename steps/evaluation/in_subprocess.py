"""Score a table in a subprocess, with the code that travels inside the model.

A process that has imported the project's custom_model loads every model with that code: it would evaluate an old
champion with code that the champion was not released with.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

import mlflow
import pandas as pd
from pydantic import TypeAdapter

from custom_model.omission import Examination
from steps.evaluation.inspection import Inspection
from steps.evaluation.own_code import MISTAKE
from steps.run.console import UserError
from steps.run.lifeline import lifeline
from steps.run.off_record import off_record
from steps.run.settings import PROJECT

EXAMINATION = TypeAdapter(Examination)
NO_PICKLE = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
INSPECTION = TypeAdapter(Inspection)


@dataclass(frozen=True)
class Scored:
    """Decisions on a table, in its order, without reasons; what the model's contract demands of it; what drives them.

    `examination` and `inspection` are None where none was asked for, or the model's code is older than they are.
    """

    decisions: pd.DataFrame
    examination: Examination | None
    inspection: Inspection | None = None


def score_in_subprocess(
    model_uri: str,
    applications: pd.DataFrame,
    seed: int | None = None,
    environment: Mapping[str, str] | None = None,
    inspection_threads: int = 0,
) -> Scored:
    """Decide a table of applications, as a simulation where the model can: it may lack required values.

    Columns outside the model's contract are dropped. The subprocess uses this process's tracking store, loads no
    pickle, and has the variables of `environment` besides its own; with a `seed` it examines the contract, too, and
    with a number of threads it inspects the model. Raise `UserError` where the model cannot be loaded or the table
    breaks its contract.
    """
    asked = "" if seed is None else str(seed), str(inspection_threads or "")
    with ExitStack() as stack:
        # Files without a name: clients' data is gone with the last of both processes, even by kill -9.
        files = applications_file, decisions_file, examination_file, inspection_file = [
            stack.enter_context(tempfile.TemporaryFile(prefix="credit-scoring-")) for _ in range(4)
        ]
        # Numbers without a dictionary: it makes the file no smaller, and takes as long as all the rest.
        texts = [name for name in applications if applications[name].dtype.kind not in "if"]
        applications.to_parquet(applications_file, use_dictionary=texts)
        for file in files:
            file.flush()
            file.seek(0)
        stack.enter_context(off_record())
        completed = subprocess.run(
            [sys.executable, "-m", "steps.evaluation.own_code", model_uri, *map(_path, files), *asked],
            cwd=PROJECT,
            env={**os.environ, **NO_PICKLE, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), **(environment or {})},
            stdin=stack.enter_context(lifeline()),
            capture_output=True,
            text=True,
            check=False,
            pass_fds=[file.fileno() for file in files],
        )
        if completed.returncode == MISTAKE:
            raise UserError(completed.stderr.strip().splitlines()[-1])
        if completed.returncode:
            last = completed.stderr.strip().splitlines()[-1:] or [f"exit status {completed.returncode}"]
            raise UserError(f"{model_uri} could not score {len(applications):,} applications: {last[0]}")
        print(completed.stdout, end="")
        examined, inspected = examination_file.read(), inspection_file.read()
        examination = EXAMINATION.validate_json(examined) if examined else None
        inspection = INSPECTION.validate_json(inspected) if inspected else None
        return Scored(pd.read_parquet(decisions_file), examination, inspection)


def _path(file: IO[bytes]) -> str:
    """The path of an open file without a name, for this process and for one that inherits it."""
    return f"/dev/fd/{file.fileno()}"
