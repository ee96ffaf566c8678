"""Tasks of a portfolio on Spark's executors, each of which reads its own rows and writes its own part.

Spark distributes the tasks alone: a row of hundreds of fields would take it more time than its decision. So executors
need the portfolio's file and the folder beside the output under the same path as here, as on a shared file system.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory
from typing import Any

import mlflow

from custom_model.environment import Environment
from custom_model.origin import name_copy
from steps.evaluation.in_subprocess import OF_SUBPROCESS
from steps.portfolio.own_code import Orders, TaskDecider, decided, loaded
from steps.portfolio.scoring import Decide
from steps.portfolio.stores import stores_of
from steps.portfolio.tasks import Task
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.engines import backend_of
from steps.tables.executors import explained, session_with_code
from steps.traffic.own_code import Mistake

ROUNDS = 4  # tasks of an executor's core between two steps of the progress bar
MODEL = "model"  # folder of the version beside the parts

_deciders: dict[str, TaskDecider] = {}  # of an executor's process: Spark keeps it for the next tasks


def on_spark(model_uri: str, settings: Settings) -> Decide:
    """Decides tasks by the executors of SPARK_MASTER, with the code that the version brings.

    Raises `UserError` where PySpark is not installed, Spark fails, or a task does.
    """

    def decide(orders: Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
        if not tasks:
            return
        model = str(_copied(model_uri, orders.folder / MODEL))
        variables = {**OF_SUBPROCESS, **stores_of(orders.record)}
        # Spark itself may decide a task twice, as where an executor is lost: what is on record is looked for.
        with (
            TemporaryDirectory(prefix="credit-scoring-") as folder,
            backend_of(Engine.spark, settings, Path(folder)),
        ):
            context = session_with_code(settings.spark_master, Path(folder)).sparkContext
            answer = partial(_answer, model, orders.model_dump_json(), variables)
            left = [task for task, _ in tasks]
            while left:
                some = ROUNDS * context.defaultParallelism  # grows while executors join
                asked, left = left[:some], left[some:]
                for mistake in _collected(context, asked, answer, settings.spark_master):
                    if mistake:
                        raise UserError(mistake)
                yield from asked

    return decide


def _collected(context: Any, tasks: Sequence[Task], answer: Callable[[str], str], master: str) -> list[str]:
    """The mistakes of these tasks, an empty text for each that is done."""
    with explained(master, "decided", "the data and the output"):
        return context.parallelize([task.model_dump_json() for task in tasks], len(tasks)).map(answer).collect()


def _copied(model_uri: str, folder: Path) -> Path:
    """The version's files, where executors find them."""
    if not folder.exists():
        whole = folder.with_name(f"{MODEL}-unfinished")
        rmtree(whole, ignore_errors=True)
        with TemporaryDirectory(prefix="credit-scoring-") as downloaded:
            found = mlflow.artifacts.download_artifacts(artifact_uri=model_uri, dst_path=downloaded)
            name_copy(Path(found))
            copytree(found, whole)
        whole.chmod(0o755)  # executors may be another user's processes
        whole.rename(folder)
    return folder


def _answer(model: str, orders: str, variables: Mapping[str, str], task: str) -> str:
    """Decide a task in an executor's process; return why it could not, or an empty text."""
    for name in Environment.variables():  # an executor of this machine has those of its user
        os.environ.pop(name, None)
    os.environ |= variables
    try:
        decided(_decider(model, orders), task, True)
    except Mistake as mistake:
        return mistake.sentence
    return ""


def _decider(model: str, orders: str) -> TaskDecider:
    """The model of these orders, loaded once in a process, from where it is: its code is read later, too."""
    if orders not in _deciders:
        _deciders.clear()
        _deciders[orders] = loaded(model, Orders.model_validate_json(orders), None)
    return _deciders[orders]
