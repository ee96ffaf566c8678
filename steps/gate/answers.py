"""A real server answers the version's own example, as it was decided when the version was logged; and how fast."""

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import mlflow

from custom_model.server.following.example import Example as Logged
from steps.evaluation.in_subprocess import OF_SUBPROCESS
from steps.gate.check import Check, Verdict, verdict_of
from steps.gate.latency import Ask, check_latency, measured
from steps.run.console import UserError, progress
from steps.run.off_record import off_record
from steps.run.policy import Gate
from steps.run.serving import StartingServer, giving_way, hardened_command, running_server, starting_server
from steps.run.settings import PROJECT

NAME, ALLOWED = "a server's answer", "the decision logged with the example, without pickle"
SILENT_CHAMPION = "latency: the champion's server does not answer its own example"
PARAMS = {"reasons": "all"}  # the whole of an answer's work, whatever it decides
WARM_UP = 20  # requests
TIMEOUT = 30.0  # seconds
BROKEN = "the version cannot serve: train it again, and look into the log of `python -m custom_model.server` with it"


@dataclass(frozen=True)
class Example(Logged):
    """A version's example, and the version's URI."""

    model_uri: str

    @cached_property
    def request(self) -> bytes:
        return self.body(**PARAMS)


Ahead = Mapping[str, StartingServer]
"""Servers that have started before they are needed, by the URI of their version."""

NONE_AHEAD: Ahead = {}

Asked = tuple[Example, str]
"""An example, and the base URL of the server that is asked for its decision."""


class Unanswered(Exception):
    """A server that gave no decision on an example."""

    def __init__(self, example: Example, found: str):
        super().__init__(found)
        self.example = example


def check_answers(
    candidate: Example,
    champion: Example | None,
    bounds: Gate,
    without: str = "there is no champion to compare it with",
    ahead: Ahead = NONE_AHEAD,
) -> Verdict:
    """Start a server of the candidate, and of the champion beside it, and ask both.

    Nothing is on record, and neither may load a pickle. An answer that is none, or another than the logged one, fails;
    a champion that does not serve leaves the comparison of latencies out. `without` says why there is no champion. A
    version with a server in `ahead` is asked there.
    """
    examples = [each for each in (candidate, champion) if each is not None]
    others = [each for each in examples if each.model_uri not in ahead]
    with progress(f"asking {'a server' if champion is None else 'servers side by side'}"), _served(others) as started:
        urls = started | {each.model_uri: _awaited(ahead[each.model_uri]) for each in examples if each not in others}
        own = urls[candidate.model_uri]
        answered = _check_answer(candidate, own)
        if not answered.passed or isinstance(own, UserError):
            return verdict_of([answered], {}, ["latency: the candidate's server gives no right answer"])
        if champion is None:
            return verdict_of([answered], {}, [f"latency: {without}"])
        other = urls[champion.model_uri]
        if isinstance(other, UserError) or not _check_answer(champion, other).passed:
            return verdict_of([answered], {}, [SILENT_CHAMPION])
        return _with_latency(answered, (candidate, own), (champion, other), bounds)


def _with_latency(answered: Check, candidate: Asked, champion: Asked, bounds: Gate) -> Verdict:
    """The answer, and the latency against the champion's; a server that stops answering has none."""
    try:
        with _asking(*candidate) as ask, _asking(*champion) as ask_champion:
            latency, metrics = check_latency(measured(ask, ask_champion, bounds.worst_latency_ratio), bounds)
    except Unanswered as stopped:
        if stopped.example is champion[0]:
            return verdict_of([answered], {}, [SILENT_CHAMPION])
        broken = Check(NAME, False, f"request after request, {stopped}", ALLOWED, advice=BROKEN)
        return verdict_of([broken], {}, ["latency: the candidate's server stopped answering"])
    return verdict_of([answered, latency], metrics)


@contextmanager
def _served(examples: list[Example]) -> Iterator[dict[str, str | UserError]]:
    """The base URL of a server for each version, started at once, or why there is none."""
    with off_record(), ExitStack() as stack:

        def start(example: Example) -> str | UserError:
            try:
                return stack.enter_context(served(example.model_uri, **_environment()))
            except UserError as error:
                return error

        with ThreadPoolExecutor() as pool:
            urls = list(pool.map(start, examples))
        yield {each.model_uri: url for each, url in zip(examples, urls, strict=True)}


@contextmanager
def served(model_uri: str, **environment: Any) -> Iterator[str]:
    """The base URL of a version's hardened server, with the priority of one that has started ahead."""
    with running_server(_command(model_uri), PYTHONPATH=str(PROJECT), **environment) as url:
        yield url


@contextmanager
def started_ahead(model_uri: str) -> Iterator[Ahead]:
    """A server of this version, for `check_answers`, which starts while the version is evaluated."""
    with ExitStack() as stack:
        with off_record():
            starting = starting_server(_command(model_uri), PYTHONPATH=str(PROJECT), **_environment())
            server = stack.enter_context(starting)
        yield {model_uri: server}


def _command(model_uri: str) -> list[str]:
    return giving_way(hardened_command(model_uri))


def _environment() -> dict[str, Any]:
    return {**OF_SUBPROCESS, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}


def _awaited(server: StartingServer) -> str | UserError:
    try:
        return server.url()
    except UserError as error:
        return error


def _check_answer(example: Example, url: str | UserError) -> Check:
    if isinstance(url, UserError):
        return Check(NAME, False, str(url), ALLOWED, advice=BROKEN)
    with closing(_connection(url)) as connection:
        try:
            wrong = example.differences(_decision(connection, example))
        except Unanswered as error:
            wrong = [str(error)]
    found = ", ".join(wrong) if wrong else f"its example {example.decision['decision']}, as when it was logged"
    return Check(NAME, not wrong, found, ALLOWED, advice=BROKEN)


@contextmanager
def _asking(example: Example, url: str) -> Iterator[Ask]:
    """A function that asks for the example's decision once, on a connection that stays open, and is warm."""
    with closing(_connection(url)) as connection:

        def ask() -> float:
            start = time.perf_counter()
            _decision(connection, example)
            return time.perf_counter() - start

        for _ in range(WARM_UP):
            ask()
        yield ask


def _connection(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)


def _decision(connection: HTTPConnection, example: Example) -> Mapping[str, Any]:
    """The server's decision on the example; raise `Unanswered` where it gives none."""
    try:
        connection.request("POST", "/invocations", example.request, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    except (OSError, HTTPException) as error:
        raise Unanswered(example, f"no answer ({type(error).__name__})") from error
    if response.status != HTTPStatus.OK:
        raise Unanswered(example, f"status {response.status}")
    try:
        return dict(json.loads(content)["predictions"][0])
    except (ValueError, TypeError, LookupError) as error:
        raise Unanswered(example, "an answer that is no decision") from error
