"""Score a table in a subprocess, with the code that travels inside the model.

A process that has imported the project's custom_model loads every model with that code: it would evaluate an old
champion with code that the champion was not released with.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Protocol

import mlflow
import pandas as pd
from pydantic import TypeAdapter

from custom_model.environment import SCORING_THREADS
from custom_model.omission import Examination
from steps.evaluation.inspection import Inspection
from steps.evaluation.own_code import MISTAKE
from steps.run.background import Background
from steps.run.console import UserError
from steps.run.lifeline import lifeline
from steps.run.off_record import off_record
from steps.run.settings import PROJECT

EXAMINATION = TypeAdapter(Examination)
# Of a process that loads a version: no pickles, and one thread, since others of its kind have the other cores.
OF_SUBPROCESS = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", SCORING_THREADS: "1"}
INSPECTION = TypeAdapter(Inspection)


@dataclass(frozen=True)
class Scored:
    """Decisions on a table, in its order, without reasons; what the model's contract demands of it; what drives them.

    `examination` and `inspection` are None where none was asked for, or the model's code is older than they are.
    """

    decisions: pd.DataFrame
    examination: Examination | None
    inspection: Inspection | None = None


class Score(Protocol):
    """Decides a table of applications; see `score_in_subprocess`."""

    def __call__(
        self, model_uri: str, applications: pd.DataFrame, seed: int | None = None, inspection_threads: int = 0
    ) -> Scored: ...


def score_in_subprocess(
    model_uri: str,
    applications: pd.DataFrame,
    seed: int | None = None,
    inspection_threads: int = 0,
) -> Scored:
    """Decide a table of applications, as a simulation where the model can: it may lack required values.

    Columns outside the model's contract are dropped. The subprocess uses this process's tracking store, and loads no
    pickle; with a `seed` it examines the contract, too, and with a number of threads it inspects the model. Raise
    `UserError` where the model cannot be loaded or the table breaks its contract.
    """
    with scorer() as score:
        return score(model_uri, applications, seed, inspection_threads)


@contextmanager
def scorer() -> Iterator[Score]:
    """A subprocess that scores one table; it may start before there is a model, since its imports take seconds.

    It ends with the block.
    """
    with ExitStack() as stack:
        # Files without a name: clients' data is gone with the last of both processes, even by kill -9.
        applications, decisions, examination, inspection = files = [
            stack.enter_context(tempfile.TemporaryFile(prefix="credit-scoring-")) for _ in range(4)
        ]
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        inherited = [reading, *(file.fileno() for file in files)]
        with off_record():
            environment = {**os.environ, **OF_SUBPROCESS, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}
        with os.fdopen(writing, "w") as order, lifeline() as line:
            input = os.dup(line)  # still open where the block ends before the thread has started the process
            stack.callback(os.close, input)
            started = partial(
                subprocess.run,
                [sys.executable, "-m", "steps.evaluation.own_code", *(f"/dev/fd/{each}" for each in inherited)],
                cwd=PROJECT,
                env=environment,
                stdin=input,
                capture_output=True,
                text=True,
                check=False,
                pass_fds=inherited,
            )
            completed = Background(started)
            stack.callback(completed.wait)
            yield _Scorer(applications, decisions, examination, inspection, order, completed)


@dataclass(frozen=True)
class _Scorer:
    """A subprocess that waits for its order, with its files and its result."""

    applications: IO[bytes]
    decisions: IO[bytes]
    examination: IO[bytes]
    inspection: IO[bytes]
    order: IO[str]
    completed: Background["subprocess.CompletedProcess[str]"]

    def __call__(
        self, model_uri: str, applications: pd.DataFrame, seed: int | None = None, inspection_threads: int = 0
    ) -> Scored:
        # Numbers without a dictionary: it makes the file no smaller, and takes as long as all the rest.
        texts = [name for name in applications if applications[name].dtype.kind not in "if"]
        applications.to_parquet(self.applications, use_dictionary=texts)
        self.applications.flush()
        self.applications.seek(0)
        self.order.write(json.dumps([model_uri, seed, inspection_threads]))
        self.order.close()
        completed = self.completed.result()
        if completed.returncode == MISTAKE:
            raise UserError(completed.stderr.strip().splitlines()[-1])
        if completed.returncode:
            last = completed.stderr.strip().splitlines()[-1:] or [f"exit status {completed.returncode}"]
            raise UserError(f"{model_uri} could not score {len(applications):,} applications: {last[0]}")
        print(completed.stdout, end="")
        examined, inspected = self.examination.read(), self.inspection.read()
        examination = EXAMINATION.validate_json(examined) if examined else None
        inspection = INSPECTION.validate_json(inspected) if inspected else None
        return Scored(pd.read_parquet(self.decisions), examination, inspection)
