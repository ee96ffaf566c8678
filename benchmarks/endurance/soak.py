"""Soak: valid and invalid requests of the same clients for a long time, after which usage must not have grown."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import requests
import uvloop
from tqdm import tqdm

from benchmarks.endurance.mixed_requests import Request, mixed_requests
from benchmarks.endurance.resources import Usage, monitored
from benchmarks.endurance.trial import Check, Trial, growth_check
from benchmarks.load.connection import Answer, Connection, connect, request_of
from benchmarks.serving.subject import Subject
from steps.run.console import UserError
from steps.run.serving import hardened_server

EVERY = 1.0  # seconds between two readings of the usage
LAST_ANSWERS = 60.0  # seconds that they may take
# Growth from the warm-up's end to the trial's end, in percent. Memory varies by 15 of 630 MB without a leak: malloc
# returns the memory of large requests to the system, or keeps it for the next.
MEMORY_GROWTH, COUNT_GROWTH = 3.0, 0.0


@dataclass
class Answers:
    """The number of answers by status, and those with another status than expected."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def count(self, answer: Answer, expected: int) -> None:
        self.statuses[answer.status] += 1
        if answer.status != expected:
            self.wrong.append(f"{answer.received[:300].decode(errors='replace')} instead of {expected}")


def soak(subject: Subject, folder: Path, workers: int, connections: int, seconds: float) -> Trial:
    """Load the hardened server with its log in SQLite for `seconds`, each connection without a pause.

    Each second a probe comes over connections of its own, as an orchestrator's and Prometheus' do.
    """
    log = folder / "soak.db"
    with hardened_server(subject.uri, workers, DECISION_LOG_URI=f"sqlite:///{log}") as url:

        def probe() -> None:
            for path in ("ready", "metrics"):
                try:
                    requests.get(f"{url}/{path}", timeout=30).raise_for_status()
                except requests.RequestException as error:
                    raise UserError(f"expected /{path} to answer with 200: {error}") from None

        clients = _Clients(url, mixed_requests(subject), seconds)
        with monitored(url, EVERY, probe) as usages, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(clients.run(connections))
        size = sum(file.stat().st_size for file in folder.glob(f"{log.name}*")) / 2**20
    warm_up = seconds / 4
    words = summary(clients.answers, usages, seconds, warm_up) + f" The log grew to {size:,.0f} MB."
    title = f"Soak: {connections} connections, {seconds:g} s, log in SQLite"
    return Trial(title, words, checks(clients.answers, usages, warm_up), usages, warm_up)


def summary(answers: Answers, usages: Sequence[Usage], seconds: float, warm_up: float) -> str:
    """The answers by status, and the smallest leak that the checks would find."""
    first, last = quarters(usages, warm_up)
    rate = answers.statuses.total() / seconds
    statuses = ", ".join(f"{count:,} with {status}" for status, count in sorted(answers.statuses.items()))
    answers_between = rate * (median_of("at", last) - median_of("at", first))
    leak = MEMORY_GROWTH / 100 * median_of("memory", first) * 2**20 / answers_between
    return (
        f"{answers.statuses.total():,} answers, {rate:.0f} a second: {statuses}.\n"
        f"The checks compare the medians of the first and of the last quarter after a warm-up of {warm_up:g} s:\n"
        f"a leak of {leak:,.0f} bytes an answer would be found."
    )


def quarters(usages: Sequence[Usage], warm_up: float) -> tuple[Sequence[Usage], Sequence[Usage]]:
    """The first and the last quarter of the readings after the warm-up."""
    warm = [usage for usage in usages if usage.at >= warm_up]
    quarter = len(warm) // 4
    if not quarter:
        raise UserError(f"expected at least 4 readings after the warm-up, got {len(warm)}: soak for longer")
    return warm[:quarter], warm[-quarter:]


def median_of(name: str, usages: Sequence[Usage]) -> float:
    """The median of a figure."""
    return median(getattr(usage, name) for usage in usages)


def checks(answers: Answers, usages: Sequence[Usage], warm_up: float) -> list[Check]:
    """Every answer had its expected status, and nothing grew after the warm-up."""
    example = f", as {answers.wrong[0]}" if answers.wrong else ""
    first, last = quarters(usages, warm_up)

    def growth(name: str, limit: float, unit: str = "") -> Check:
        return growth_check(name, median_of(name, first), median_of(name, last), limit, unit)

    as_expected = not answers.wrong
    return [
        Check(f"{len(answers.wrong)} of {answers.statuses.total():,} answers not as expected{example}", as_expected),
        growth("memory", MEMORY_GROWTH, " MB"),
        growth("handles", COUNT_GROWTH),
        growth("threads", COUNT_GROWTH),
    ]


class _Clients:
    """Connections that each send the next of the mixed requests when they have their answer."""

    def __init__(self, url: str, mixed: Sequence[Request], seconds: float):
        self.url = url
        self.requests: Iterator[Request] = cycle([Request(request_of(url, body), status) for body, status in mixed])
        self.seconds = seconds
        self.answers = Answers()
        self.expected: dict[Connection, int] = {}

    async def run(self, connections: int) -> None:
        self.done = asyncio.get_running_loop().create_future()
        opened = [await connect(self.url, self.answered, self.lost) for _ in range(connections)]
        self.ends_at = perf_counter() + self.seconds
        with tqdm(total=round(self.seconds), desc="  soak", unit="s") as bar:
            for connection in opened:
                self.send_next(connection)
            for _ in range(round(self.seconds)):
                await asyncio.wait([self.done], timeout=1.0)
                bar.update()
        try:
            await asyncio.wait_for(self.done, LAST_ANSWERS)
        except TimeoutError:
            raise UserError(f"{self.url} stopped answering: {self.answers.statuses.total()} answers so far") from None

    def send_next(self, connection: Connection) -> None:
        body, self.expected[connection] = next(self.requests)
        connection.send(body)

    def answered(self, connection: Connection, answer: Answer) -> None:
        self.answers.count(answer, self.expected.pop(connection))
        if perf_counter() < self.ends_at:
            self.send_next(connection)
            return
        connection.close()
        if not self.expected and not self.done.done():
            self.done.set_result(None)

    def lost(self, connection: Connection, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
