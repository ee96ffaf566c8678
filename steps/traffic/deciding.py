"""Requests on record, decided again by a version's own code in processes of their own, in the order of the record."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import mlflow
import pyarrow as pa

from steps.run.mlflow_errors import UNREADABLE
from steps.traffic.answering import AHEAD, Ask, answering_processes
from steps.traffic.own_code import REQUESTS
from steps.traffic.recorded import Traffic

if TYPE_CHECKING:
    from mlflow.models.model import ModelInfo

Contract = Mapping[str, Any]


def contract_of(model_uri: str) -> Contract:
    """The contract in a version's MLmodel as plain values; empty where the store does not have it."""
    try:
        return contract_in(mlflow.models.get_model_info(model_uri))
    except UNREADABLE:
        return {}


def contract_in(info: "ModelInfo") -> Contract:
    """The same of an MLmodel that is read already."""
    return (info.flavors.get("python_function", {}).get("config") or {}).get("contract", {})


class Declared:
    """The fields that a request on record declared, by the version that decided it and where its history came from.

    A record has the request as it was sent, but for two things. Missing values of a table are left out, although a
    contract may demand that they be sent; a request that was decided sent all that its version demanded. And where a
    history store answered, or the lender said that there is no history, that declared all of it.
    """

    def __init__(self, candidate: Contract, contract_of_version: Callable[[str], Contract]):
        self._declared = frozenset(candidate.get("declared", ()))
        self._history = frozenset(candidate.get("history", ()))
        self._of_version = contract_of_version
        self._known: dict[tuple[str | None, str], str] = {}

    def nulls(self, version: str | None, history: str) -> str:
        """JSON of the names that the candidate demands and that were declared, which count as sent with null."""
        key = version, history
        if key not in self._known:
            then = self._of_version(version) if version is not None else {}
            declared = self._declared.intersection(then.get("declared", ()))
            if history != "request":
                declared |= self._declared & self._history
            self._known[key] = json.dumps(sorted(declared))
        return self._known[key]


@dataclass(frozen=True)
class Decided:
    """A batch of the record, and the answers to its requests by another version; without what was erased.

    `record` is of `recorded.SCHEMA`, `answers` of `own_code.ANSWERS` with the fields that were asked for; both have the
    same rows. `erased` is the number of decisions whose requests are gone.
    """

    record: pa.RecordBatch
    answers: pa.RecordBatch
    erased: int


def decide_again(
    traffic: Traffic,
    model_uri: str,
    declared: Declared,
    explained: float = 0.0,
    fields: Sequence[str] = (),
    processes: int = 1,
) -> Iterator[Decided]:
    """Decide all requests of the traffic again, in their order, in as many processes as given.

    Parameters
    ----------
    traffic
        The decisions on record.
    model_uri
        The version; it decides with its own code, without pickle and without any store.
    declared
        What the requests declared.
    explained
        Share of the decisions, chosen by their ids, whose reasons are given: they cost hundreds of times the score.
    fields
        Fields of the requests to return with the answers, as text.
    processes
        Number of processes.

    Raises
    ------
    UserError
        The version cannot be loaded, or breaks off.
    """
    with deciding_processes(model_uri, fields, processes) as ask:
        waiting: deque[tuple[pa.RecordBatch, int, Future[pa.RecordBatch]]] = deque()
        for batch in traffic.batches():
            present = batch.filter(batch["fields"].is_valid())
            waiting.append((present, len(batch) - len(present), ask(requests_of(present, declared, explained))))
            if len(waiting) >= AHEAD * processes:
                record, erased, answers = waiting.popleft()
                yield Decided(record, answers.result(), erased)
        while waiting:
            record, erased, answers = waiting.popleft()
            yield Decided(record, answers.result(), erased)


def is_explained(decision_id: str, share: float) -> bool:
    """Whether a decision is among those explained: by its id, so that every replay explains the same ones."""
    return crc32(decision_id.encode()) < share * 2**32


def requests_of(record: pa.RecordBatch, declared: Declared, explained: float) -> pa.RecordBatch:
    """The requests of a batch on record, none of them erased, as `own_code.REQUESTS`."""
    versions, histories = record["model_version"].to_pylist(), record["history"].to_pylist()
    sources, thresholds = record["threshold_source"].to_pylist(), record["threshold"].to_pylist()
    own = [threshold if source == "request" else None for source, threshold in zip(sources, thresholds, strict=True)]
    chosen = [is_explained(each, explained) for each in record["decision_id"].to_pylist()]
    nulls = [declared.nulls(*each) for each in zip(versions, histories, strict=True)]
    columns = [record["fields"], record["history_fields"], pa.array(nulls, pa.string()), pa.array(own, pa.float64())]
    return pa.record_batch([*columns, pa.array(chosen, pa.bool_())], schema=REQUESTS)


def deciding_processes(model_uri: str, fields: Sequence[str], count: int) -> AbstractContextManager[Ask]:
    """A function that has the next free process answer a batch of requests; the processes end with the block."""
    arguments = [model_uri, json.dumps(list(fields))]
    failure = f"{model_uri} broke off while it decided requests again"
    return answering_processes("steps.traffic.own_code", arguments, REQUESTS, failure, count)
