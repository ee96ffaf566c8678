"""The subprocess of `deciding`: it decides requests again with the code that a version brings.

Arrow batches of requests come by standard input, and batches of `ANSWERS` go out by standard output, one for each. The
input's end, or the parent's, ends the process.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import nan
from typing import Any, NoReturn

import mlflow
import orjson
import pyarrow as pa
from mlflow.exceptions import MlflowException

from custom_model.leaving import leave
from custom_model.unavailable import unavailable
from steps.run.failures import failure_sentence
from steps.tracking.connection import connect
from steps.traffic.request_json import request_of

MISTAKE = 2  # exit status of an error whose last line is a whole sentence
UNDECIDED = "undecided"  # in place of a decision: the contract refuses the request
SIMULATED = {"field": "params.threshold", "problem": "under this policy a request's own threshold decides nothing"}
REQUESTS = pa.schema(
    [
        ("fields", pa.string()),  # JSON of the request
        ("history_fields", pa.string()),  # JSON of what the history store added; null without
        ("nulls", pa.string()),  # JSON of names: sent with null where the record has none
        ("threshold", pa.float64()),  # the request's own; null without
        ("explained", pa.bool_()),  # whether a decision other than granted is explained
    ]
)
ANSWERS = pa.schema(
    [
        ("decision", pa.string()),
        ("probability_of_default", pa.float64()),
        ("threshold", pa.float64()),
        ("codes", pa.string()),  # JSON of the reasons' codes, largest first; null where not explained
        ("problems", pa.string()),  # JSON of field and problem of each breach of the contract; null without
    ]
)
PREFIX = "field: "  # of the columns with fields of the request

Row = dict[str, Any]


def main(model_uri: str, fields: str) -> None:
    """Decide each batch of `REQUESTS` again; the answers have these fields (JSON of names) of the requests, too."""
    with os.fdopen(os.dup(1), "wb") as answers, tempfile.TemporaryDirectory(prefix="credit-scoring-") as folder:
        os.dup2(2, 1)  # whatever a library prints must not come between the answers
        connect(mlflow.get_tracking_uri())
        own = load_own(model_uri, folder)
        names = orjson.loads(fields)
        schema = pa.schema([*ANSWERS, *((f"{PREFIX}{name}", pa.string()) for name in names)])
        with pa.ipc.open_stream(sys.stdin.buffer) as requests, pa.ipc.new_stream(answers, schema) as stream:
            for batch in requests:
                stream.write_batch(decided(own, batch, names))
                answers.flush()


def decided(own: Any, batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """The answers to one batch by a model that has `predict`, in the batch's order."""
    columns = batch.to_pydict()
    requests = [
        _request(*parts) for parts in zip(columns["fields"], columns["history_fields"], columns["nulls"], strict=True)
    ]
    alike: dict[tuple[float | None, bool], list[int]] = {}
    for row, key in enumerate(zip(columns["threshold"], columns["explained"], strict=True)):
        alike.setdefault(key, []).append(row)
    found: list[Row] = [{}] * len(requests)
    for (threshold, explained), rows in alike.items():
        params: Row = {"reasons": "refused" if explained else "none"}
        if threshold is not None:
            params["threshold"] = threshold
        for row, answer in answers_of(own, requests, rows, params):
            found[row] = _answer(answer, explained)
    shown = [[_text(request.get(name)) for request in requests] for name in names]
    answered = pa.RecordBatch.from_pylist(found, schema=ANSWERS)
    schema = pa.schema([*ANSWERS, *((f"{PREFIX}{name}", pa.string()) for name in names)])
    return pa.record_batch([*answered.columns, *(pa.array(each, pa.string()) for each in shown)], schema=schema)


def _request(fields: str, history_fields: str | None, nulls: str) -> Row:
    """The request as it was decided: with the history that the store had, and null for what was declared so."""
    request: Row = _parsed(fields)
    if history_fields is not None:
        request.update(_parsed(history_fields))
    for name in _names(nulls):
        request.setdefault(name, None)
    return request


def _parsed(text: str) -> Row:
    request = request_of(text)
    if request is None:
        fail("fields: expected the request of each decision on record as a JSON object, found another text")
    return request


@lru_cache(maxsize=64)
def _names(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))


def answers_of(own: Any, requests: Sequence[Row], rows: list[int], params: Row) -> Iterator[tuple[int, Row]]:
    """Each row with its decision, or with the `problems` for which the contract refuses it.

    A request with several applications is refused for one of them: those are taken out, and the others asked again.
    """
    left = rows
    while left:
        try:
            decisions = own.predict(None, [requests[row] for row in left], params)
        except MlflowException as error:
            problems = getattr(error, "body", {}).get("problems")
            if not problems:
                raise
            refused: dict[int, list[Row]] = {}
            for each in problems:
                for place in range(len(left)) if each["row"] is None else [each["row"]]:
                    refused.setdefault(place, []).append({"field": each["field"], "problem": each["problem"]})
            yield from ((left[place], {"problems": found}) for place, found in refused.items())
            left = [row for place, row in enumerate(left) if place not in refused]
        else:
            yield from zip(left, decisions, strict=True)
            return


def _answer(answer: Row, explained: bool) -> Row:
    if answer.get("simulated"):
        answer = {"problems": [SIMULATED]}
    if "problems" in answer:
        problems = orjson.dumps(answer["problems"]).decode()
        return {"decision": UNDECIDED, "probability_of_default": nan, "threshold": nan, "problems": problems}
    codes = orjson.dumps([reason["code"] for reason in answer["reasons"]]).decode() if explained else None
    return {
        "decision": answer["decision"],
        "probability_of_default": answer["probability_of_default"],
        "threshold": answer["threshold"],
        "codes": codes,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def load_own(model_uri: str, folder: str | None) -> Any:
    """The model with its own code: the project's custom_model, which this module's imports have loaded, is unloaded."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "custom_model"]:
        del sys.modules[name]
    try:
        own = mlflow.pyfunc.load_model(model_uri, suppress_warnings=True, dst_path=folder).unwrap_python_model()
    except Exception as error:
        if isinstance(error, MlflowException | ModuleNotFoundError | ValueError):
            fail(unavailable(model_uri, error))
        sentence = failure_sentence(error)
        if sentence is None:
            raise
        fail(sentence)
    if getattr(own, "service", None) is None:
        fail(f"{model_uri} is no model of this project: it decides no applications")
    return own


class Mistake(SystemExit):
    """The end of the process with a whole sentence, which is the last line of its errors."""

    def __init__(self, sentence: str):
        super().__init__(MISTAKE)
        self.sentence = sentence


def fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise Mistake(sentence)


if __name__ == "__main__":
    main(*sys.argv[1:])
    leave()
