"""A soak: the same few clients ask all the time, well and badly, and the server must not hold more in the end."""

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

from benchmarks.endurance.findings import Check, Endured, grown
from benchmarks.endurance.mixed_requests import Request, mixed_requests
from benchmarks.endurance.resources import Usage, watched
from benchmarks.load.connection import Answer, Connection, connect, request_of
from benchmarks.serving.subject import Subject
from steps.run.console import UserError
from steps.run.serving import hardened

EVERY = 1.0  # seconds between two looks at what the server holds
LAST_ANSWERS = 60.0  # seconds that they may take
# What may be held more at the end than after the warm-up, in percent. Memory goes up and down by 15 of 630 MB
# without a leak: what large requests need is given back to the system, or kept for the next, as malloc sees fit.
MEMORY_GROWTH, COUNT_GROWTH = 3.0, 0.0


@dataclass
class Answers:
    """How many there were of each status, and what of them should have been otherwise."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def count(self, answer: Answer, expected: int) -> None:
        self.statuses[answer.status] += 1
        if answer.status != expected:
            self.wrong.append(f"{answer.received[:300].decode(errors='replace')} instead of {expected}")


def soak(subject: Subject, folder: Path, workers: int, connections: int, seconds: float) -> Endured:
    """Ask the hardened server with its log in SQLite for so long, each connection without a pause.

    Each second a probe comes over connections of its own, as an orchestrator's and Prometheus' do.
    """
    log = folder / "soak.db"
    with hardened(subject.uri, workers, DECISION_LOG_URI=f"sqlite:///{log}") as url:

        def probe() -> None:
            for path in ("ready", "metrics"):
                try:
                    requests.get(f"{url}/{path}", timeout=30).raise_for_status()
                except requests.RequestException as error:
                    raise UserError(f"expected /{path} to answer with 200: {error}") from None

        clients = _Clients(url, mixed_requests(subject), seconds)
        with watched(url, EVERY, probe) as usages, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(clients.ask(connections))
        size = sum(file.stat().st_size for file in folder.glob(f"{log.name}*")) / 2**20
    warm_up = seconds / 4
    words = in_words(clients.answers, usages, seconds, warm_up) + f" The log grew to {size:,.0f} MB."
    title = f"Soak: {connections} connections, {seconds:g} s, log in SQLite"
    return Endured(title, words, checks(clients.answers, usages, warm_up), usages, warm_up)


def in_words(answers: Answers, usages: Sequence[Usage], seconds: float, warm_up: float) -> str:
    """What was answered, and how small a leak would have been found."""
    first, last = quarters(usages, warm_up)
    rate = answers.statuses.total() / seconds
    told = ", ".join(f"{count:,} with {status}" for status, count in sorted(answers.statuses.items()))
    found = MEMORY_GROWTH / 100 * held("memory", first) * 2**20 / (rate * (held("at", last) - held("at", first)))
    return (
        f"{answers.statuses.total():,} answers, {rate:.0f} a second: {told}.\n"
        f"What was held is compared in the first quarter and in the last after a warm-up of {warm_up:g} s, by the\n"
        f"medians: a leak of {found:,.0f} bytes an answer would be found."
    )


def quarters(usages: Sequence[Usage], warm_up: float) -> tuple[Sequence[Usage], Sequence[Usage]]:
    """The first and the last quarter of what was seen after the warm-up."""
    judged = [usage for usage in usages if usage.at >= warm_up]
    quarter = len(judged) // 4
    if not quarter:
        raise UserError(f"expected 4 looks at the server after the warm-up at least, got {len(judged)}: soak it longer")
    return judged[:quarter], judged[-quarter:]


def held(name: str, usages: Sequence[Usage]) -> float:
    """The median of a figure."""
    return median(getattr(usage, name) for usage in usages)


def checks(answers: Answers, usages: Sequence[Usage], warm_up: float) -> list[Check]:
    """That every answer was as expected, and that nothing grew after the warm-up."""
    example = f", as {answers.wrong[0]}" if answers.wrong else ""
    first, last = quarters(usages, warm_up)

    def growth(name: str, most: float, unit: str = "") -> Check:
        return grown(name, held(name, first), held(name, last), most, unit)

    as_expected = not answers.wrong
    return [
        Check(f"{len(answers.wrong)} of {answers.statuses.total():,} answers not as expected{example}", as_expected),
        growth("memory", MEMORY_GROWTH, " MB"),
        growth("handles", COUNT_GROWTH),
        growth("threads", COUNT_GROWTH),
    ]


class _Clients:
    """So many connections, each of which asks again when it has its answer."""

    def __init__(self, url: str, mixed: Sequence[Request], seconds: float):
        self.url = url
        self.requests: Iterator[Request] = cycle([Request(request_of(url, body), status) for body, status in mixed])
        self.seconds = seconds
        self.answers = Answers()
        self.expected: dict[Connection, int] = {}

    async def ask(self, connections: int) -> None:
        self.done = asyncio.get_running_loop().create_future()
        made = [await connect(self.url, self.answered, self.lost) for _ in range(connections)]
        self.ends_at = perf_counter() + self.seconds
        with tqdm(total=round(self.seconds), desc="  soak", unit="s") as bar:
            for connection in made:
                self.next(connection)
            for _ in range(bar.total):
                await asyncio.wait([self.done], timeout=1.0)
                bar.update()
        try:
            await asyncio.wait_for(self.done, LAST_ANSWERS)
        except TimeoutError:
            raise UserError(f"{self.url} stopped answering: {self.answers.statuses.total()} answers so far") from None

    def next(self, connection: Connection) -> None:
        body, self.expected[connection] = next(self.requests)
        connection.send(body)

    def answered(self, connection: Connection, answer: Answer) -> None:
        self.answers.count(answer, self.expected.pop(connection))
        if perf_counter() < self.ends_at:
            self.next(connection)
            return
        connection.close()
        if not self.expected and not self.done.done():
            self.done.set_result(None)

    def lost(self, connection: Connection, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
