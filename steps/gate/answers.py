"""A real server answers the version's own example, as it was decided when the version was logged; and how fast."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import mlflow

from custom_model.server.following.example import Example as Logged
from steps.evaluation.in_subprocess import NO_PICKLE
from steps.gate.check import Check, Verdict, verdict_of
from steps.gate.latency import Ask, check_latency, measured
from steps.run.console import UserError, progress
from steps.run.off_record import off_record
from steps.run.policy import Gate
from steps.run.serving import hardened_server

PARAMS = {"reasons": "all"}  # the whole of an answer's work, whatever it decides
WARM_UP = 20  # requests
TIMEOUT = 30.0  # seconds
BROKEN = "the version cannot serve: train it again, and look into the log of `python -m custom_model.server` with it"


@dataclass(frozen=True)
class Example(Logged):
    """A version's example, and the version's URI."""

    model_uri: str

    @property
    def request(self) -> bytes:
        return self.body(**PARAMS)


def check_answers(candidate: Example, champion: Example | None, bounds: Gate) -> Verdict:
    """Start a server of the candidate, and of the champion beside it, and ask both.

    Nothing is on record, and neither may load a pickle. An answer that is none, or another than the logged one, fails;
    a champion that does not serve leaves the comparison of latencies out.
    """
    examples = [each for each in (candidate, champion) if each is not None]
    with progress(f"asking {'a server' if champion is None else 'servers side by side'}"), _served(examples) as urls:
        own = urls[candidate.model_uri]
        answered = _check_answer(candidate, own)
        if not answered.passed or isinstance(own, UserError):
            return verdict_of([answered], {}, ["latency: the candidate's server gives no right answer"])
        if champion is None:
            return verdict_of([answered], {}, ["latency: there is no champion to compare it with"])
        other = urls[champion.model_uri]
        if isinstance(other, UserError) or not _check_answer(champion, other).passed:
            return verdict_of([answered], {}, ["latency: the champion's server does not answer its own example"])
        with _asking(candidate, own) as ask, _asking(champion, other) as ask_champion:
            latency, metrics = check_latency(measured(ask, ask_champion, bounds.worst_latency_ratio), bounds)
        return verdict_of([answered, latency], metrics)


@contextmanager
def _served(examples: list[Example]) -> Iterator[dict[str, str | UserError]]:
    """The base URL of a server for each version, started at once, or why there is none."""
    environment: dict[str, Any] = {**NO_PICKLE, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}
    with off_record(), ExitStack() as stack:

        def start(example: Example) -> str | UserError:
            try:
                return stack.enter_context(hardened_server(example.model_uri, **environment))
            except UserError as error:
                return error

        with ThreadPoolExecutor() as pool:
            urls = list(pool.map(start, examples))
        yield {each.model_uri: url for each, url in zip(examples, urls, strict=True)}


def _check_answer(example: Example, url: str | UserError) -> Check:
    name = "a server's answer"
    if isinstance(url, UserError):
        return Check(name, False, str(url), "the example answered, without pickle", advice=BROKEN)
    with closing(_connection(url)) as connection:
        try:
            status, answer = _answer(connection, example.request)
        except (OSError, HTTPException) as error:
            status, answer = 0, type(error).__name__
    decided = answer[0] if status == 200 and isinstance(answer, list) and answer else None
    wrong = [f"status {status}"] if decided is None else example.differences(decided)
    found = ", ".join(wrong) if wrong else f"its example {example.decision['decision']}, as when it was logged"
    return Check(name, not wrong, found, "the decision logged with the example, without pickle", advice=BROKEN)


@contextmanager
def _asking(example: Example, url: str) -> Iterator[Ask]:
    """A function that asks for the example's decision once, on a connection that stays open, and is warm."""
    body = example.request
    with closing(_connection(url)) as connection:

        def ask() -> float:
            start = time.perf_counter()
            _answer(connection, body)
            return time.perf_counter() - start

        for _ in range(WARM_UP):
            ask()
        yield ask


def _connection(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)


def _answer(connection: HTTPConnection, body: bytes) -> tuple[int, Any]:
    """Status and predictions, or what else the answer has."""
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    try:
        answer = json.loads(content)
    except ValueError:
        return response.status, None
    return response.status, answer.get("predictions", answer) if isinstance(answer, dict) else answer
