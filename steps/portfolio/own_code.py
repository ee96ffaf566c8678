"""The subprocess of `scoring`: it decides tasks of a portfolio with the code that a version brings.

Tasks come as Arrow batches by standard input, and for each the totals of its part go out by standard output. The
input's end, or the parent's, ends the process.
"""

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import orjson
import pyarrow as pa
from mlflow.exceptions import MlflowException
from pydantic import BaseModel, ConfigDict

from custom_model.leaving import leave
from steps.portfolio.parts import part_of, write_part
from steps.portfolio.row_groups import RowGroups
from steps.portfolio.tasks import Task
from steps.run.console import UserError
from steps.tracking.connection import connect
from steps.traffic.own_code import answers_of, fail, load_own

TASKS = pa.schema([("task", pa.string()), ("repeated", pa.bool_())])  # JSON of `Task`
DOWN = 503  # status of an error of the decision log or the history store
DONE = pa.schema([("totals", pa.string())])  # JSON of `Totals`


class Orders(BaseModel):
    """What all tasks of a scoring share.

    Attributes
    ----------
    path, folder
        The portfolio's file, and the folder of the parts.
    identity, id_is_text
        The contract's column of clients' ids, and whether these are texts.
    columns
        Columns of the file that the contract has.
    reasons
        Decisions to explain.
    record
        Whether decisions are put on record, in the log of DECISION_LOG_URI.
    schema_hex
        Columns of an answer, as hexadecimal digits of Arrow's own form.
    key, milliseconds
        What the ids of the decisions follow from; the key in hexadecimal digits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    folder: Path
    identity: str
    id_is_text: bool
    columns: tuple[str, ...]
    reasons: str
    record: bool
    schema_hex: str
    key: str
    milliseconds: int


class TaskDecider:
    """Decides tasks by a model that is loaded with its own code."""

    def __init__(self, own: Any, orders: Orders):
        self._own = own
        self._orders = orders
        self._groups = RowGroups(orders.path, orders.columns)

    def decide(self, task: Task, is_repeated: bool) -> str:
        """Write the part of a task; return its totals as JSON."""
        part = part_of(self._orders.folder, task.number)
        totals = write_part(part, self._answers(task, is_repeated))
        if totals.rows != task.rows:
            part.unlink(missing_ok=True)
            fail(f"{self._orders.path} was changed or replaced while it was decided about: remove {part.parent}")
        return totals.model_dump_json()

    def _answers(self, task: Task, is_repeated: bool) -> Iterator[pa.RecordBatch]:
        first = task.first
        for batch in self._batches(task):
            yield self._answer(batch, first, is_repeated)
            first += len(batch)

    def _batches(self, task: Task) -> Iterator[pa.RecordBatch]:
        """The rows of a task, some at a time."""
        return map(self._with_ids, self._groups.rows(task.row_group, task.skip, task.rows))

    def _with_ids(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with ids as texts where the contract has such: a portfolio may happen to have numbers alone."""
        place = batch.schema.get_field_index(self._orders.identity)
        if not self._orders.id_is_text or not pa.types.is_integer(batch.column(place).type):
            return batch
        return batch.set_column(place, batch.schema.names[place], batch.column(place).cast(pa.string()))

    def _answer(self, batch: pa.RecordBatch, first: int, is_repeated: bool) -> pa.RecordBatch:
        orders = self._orders
        decide_batch = getattr(self._own, "decide_batch", None)
        if decide_batch is None:
            return self._one_by_one(batch)
        key = bytes.fromhex(orders.key)
        return decide_batch(batch, key, orders.milliseconds, first, orders.reasons, is_repeated)

    def _one_by_one(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The answers of a version that was trained before versions decided in columns."""
        requests = [{name: _plain(value) for name, value in row.items()} for row in batch.to_pylist()]
        answers: list[dict[str, Any]] = [{}] * len(requests)
        for row, answer in answers_of(self._own, requests, [*range(len(requests))], {"reasons": self._orders.reasons}):
            if "decision" in answer:
                answers[row] = {**answer, "problems": []}
            else:
                identity = requests[row].get(self._orders.identity)
                kind = str if self._orders.id_is_text else int
                answers[row] = {**answer, "client_id": identity if isinstance(identity, kind) else None}
        schema = pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(self._orders.schema_hex)))
        return pa.RecordBatch.from_pylist(answers, schema)


def _plain(value: object) -> object:
    return None if isinstance(value, float) and value != value else value


def loaded(model_uri: str, orders: Orders, folder: str | None) -> TaskDecider:
    """The decider of this model, which is downloaded to the folder, or with None is loaded from where it is.

    End with a sentence where it cannot be loaded.
    """
    own = load_own(model_uri, folder)
    if orders.record and not hasattr(own, "decide_batch"):
        fail(
            f"record: {model_uri} was trained before versions put many decisions on record at once: make it anew "
            "with `-e policy`, or score without record"
        )
    decider = TaskDecider(own, orders)
    gc.freeze()  # what is loaded would be searched for garbage thousands of times
    return decider


def decided(decider: TaskDecider, task: str, is_repeated: bool) -> str:
    """The totals of a task, both as JSON; end with a sentence where a store or the disk fails."""
    try:
        return decider.decide(Task(**orjson.loads(task)), is_repeated)
    except UserError as error:
        fail(str(error))
    except MlflowException as error:
        fail(_in_words(error))
    except OSError as error:
        if error.errno is None:
            raise
        fail(f"{error.filename or 'a part of the decisions'}: {error.strerror}")


def _in_words(error: MlflowException) -> str:
    """What failed; of a store that is down, without the answer that a server would give."""
    if getattr(error, "status", None) != DOWN:
        return error.message
    return (
        f"{error.message.partition(':')[0]}: what is decided is kept; once it can, the same command goes on from there"
    )


def main(model_uri: str, orders_json: str) -> None:
    """Decide each task by this model."""
    with os.fdopen(os.dup(1), "wb") as answers, tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        os.dup2(2, 1)  # whatever a library prints must not come between the answers
        connect(mlflow.get_tracking_uri())
        decider = loaded(model_uri, Orders.model_validate_json(orders_json), folder)
        with pa.ipc.open_stream(sys.stdin.buffer) as tasks, pa.ipc.new_stream(answers, DONE) as stream:
            for batch in tasks:
                totals = [decided(decider, row["task"], row["repeated"]) for row in batch.to_pylist()]
                stream.write_batch(pa.record_batch([pa.array(totals, pa.string())], schema=DONE))
                answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
    leave()
