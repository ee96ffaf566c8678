"""Tasks of a portfolio on Spark's executors, each of which reads its own rows and writes its own part.

Spark distributes the tasks alone: a row of hundreds of fields would take it more time than its decision. So executors
need the portfolio's file and the folder beside the output under the same path as here, as on a shared file system.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow

from custom_model.origin import name_copy
from steps.evaluation.in_subprocess import NO_PICKLE
from steps.portfolio.own_code import Orders, TaskDecider, decided, loaded
from steps.portfolio.scoring import Decide, stores_of
from steps.portfolio.tasks import Task
from steps.run.console import UserError
from steps.run.settings import Engine, Settings
from steps.tables.engines import backend_of
from steps.tables.executors import session_with_code
from steps.traffic.own_code import Mistake

ROUNDS = 4  # tasks of an executor's core between two steps of the progress bar
MODEL = "model"  # folder of the version beside the parts

_deciders: dict[str, TaskDecider] = {}  # of an executor's process: Spark keeps it for the next tasks


def on_spark(model_uri: str, settings: Settings) -> Decide:
    """Decides tasks by the executors of SPARK_MASTER, with the code and in the environment of the version.

    Raises `UserError` where PySpark is not installed, Spark fails, or a task does.
    """

    def decide(orders: Orders, tasks: Sequence[tuple[Task, bool]]) -> Iterator[Task]:
        if not tasks:
            return
        model = str(_copied(model_uri, orders.folder / MODEL))
        variables = {**NO_PICKLE, **stores_of(orders.record)}
        with (
            TemporaryDirectory(prefix="credit-scoring-") as folder,
            backend_of(Engine.spark, settings, Path(folder)),
        ):
            context = session_with_code(settings.spark_master, Path(folder)).sparkContext
            answer = partial(_answer, model, orders.model_dump_json(), variables)
            some = ROUNDS * context.defaultParallelism
            for first in range(0, len(tasks), some):
                asked = tasks[first : first + some]
                questions = [(task.model_dump_json(), is_repeated) for task, is_repeated in asked]
                for mistake in _collected(context, questions, answer, settings.spark_master):
                    if mistake:
                        raise UserError(mistake)
                yield from (task for task, _ in asked)

    return decide


def _collected(
    context: Any, questions: Sequence[tuple[str, bool]], answer: Callable[[tuple[str, bool]], str], master: str
) -> list[str]:
    """The mistakes of these tasks, an empty text for each that is done."""
    try:
        return context.parallelize(questions, len(questions)).map(answer).collect()
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("pyspark", "py4j"):
            raise
        raise UserError(
            f"engine: Spark at {master} failed while it decided ({type(error).__name__}): expected Java 17 here, and "
            "on its executors the packages of the model's python_env.yaml, the data and the output under the same path"
        ) from None


def _copied(model_uri: str, folder: Path) -> Path:
    """The version's files, where executors find them."""
    if not folder.exists():
        unfinished = folder.with_name(f"{MODEL}-unfinished")
        mlflow.artifacts.download_artifacts(artifact_uri=model_uri, dst_path=str(unfinished))
        name_copy(unfinished)
        unfinished.rename(folder)
    return folder


def _answer(model: str, orders: str, variables: Mapping[str, str], question: tuple[str, bool]) -> str:
    """Decide a task in an executor's process; return why it could not, or an empty text."""
    os.environ |= variables
    try:
        decided(_decider(model, orders), *question)
    except Mistake as mistake:
        return mistake.sentence
    return ""


def _decider(model: str, orders: str) -> TaskDecider:
    """The model of these orders, loaded once in a process."""
    if orders not in _deciders:
        _deciders.clear()
        with TemporaryDirectory(prefix="credit-scoring-") as folder:
            _deciders[orders] = loaded(model, Orders.model_validate_json(orders), folder)
    return _deciders[orders]
