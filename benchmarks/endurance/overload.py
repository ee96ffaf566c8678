"""Overload: requests that come whether or not those before them are answered, several times what a server can do."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import uvloop
from tqdm import tqdm

from benchmarks.endurance.findings import Check, Endured, grown
from benchmarks.endurance.resources import Usage, usage_of, watched
from benchmarks.load.closed_loop import Load, measure, percentile, undisturbed
from benchmarks.load.connection import Answer, Connection, connect, request_of
from benchmarks.load.rounds import running
from benchmarks.report import three_digits
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject
from steps.run.console import UserError, progress
from steps.run.serving import hardened
from testing.processes import processes_of

TIMES = 5  # as many requests as the server can answer
MAX_REQUESTS = 32  # that a worker takes at once: few, so that its bound is met, and not the client's own
MEASURED_AT, MEASURED_FOR = 16, 3.0  # connections and seconds, for what the server can do
TICK = 0.002  # seconds between two looks at what has come due
EVERY = 0.25  # seconds between two looks at what the server holds
LAST_ANSWERS = 30.0  # seconds that they may take
MEMORY_GROWTH = 10.0  # percent of what the server holds when it has nothing to do


@dataclass
class Arrivals:
    """What became of requests that came at a steady rate: the seconds that decisions and refusals took.

    A refusal is a 503 with Retry-After; `wrong` is any other answer and none. `unsent` found no free
    connection: they never left the client, and do not count.
    """

    decided: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unsent: int = 0

    @property
    def sent(self) -> int:
        return len(self.decided) + len(self.refused) + len(self.wrong)

    def count(self, answer: Answer) -> None:
        if answer.status == 200:
            self.decided.append(answer.seconds)
        elif answer.status == 503 and b"\r\nretry-after:" in answer.head:
            self.refused.append(answer.seconds)
        else:
            self.wrong.append(answer.received[:300].decode(errors="replace"))


@dataclass(frozen=True)
class Overloaded:
    """A server before, under and after such arrivals, which came for so many seconds."""

    before: Load
    idle: Usage
    arrivals: Arrivals
    seconds: float
    usages: Sequence[Usage]
    after: Load


def overload(subject: Subject, workers: int, seconds: float) -> Endured:
    """Ask for the reasons of a refusal, the dearest single decision, `TIMES` as often as the server can decide."""
    if "refused" not in subject.rows:
        raise UserError("the model refuses nobody: expected data of which it refuses some, who are asked about here")
    body = decision_body(subject.rows["refused"], "refused")
    server = partial(hardened, subject.uri, workers, MAX_REQUESTS=str(MAX_REQUESTS))
    with running({"": server}) as urls:
        url = urls[""]
        with progress("measuring what the server can do"):
            before = measure(url, [body], MEASURED_AT, MEASURED_FOR)
        idle = usage_of(processes_of(url))
        arriving = _Arriving(request_of(url, body), TIMES * before.rate, seconds)
        with watched(url, EVERY) as usages, undisturbed(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(arriving.come(url, connections=4 * workers * MAX_REQUESTS))
        with progress("measuring what it can do afterwards"):
            after = measure(url, [body], MEASURED_AT, MEASURED_FOR)
    found = Overloaded(before, idle, arriving.arrivals, seconds, usages, after)
    title = f"Overload: {TIMES} times what the server can do, {seconds:g} s"
    return Endured(title, in_words(found), checks(found), usages)


class _Arriving:
    """Sends a request at a steady rate, each over a connection that is free."""

    def __init__(self, request: bytes, rate: float, seconds: float):
        self.request = request
        self.rate = rate
        self.seconds = seconds
        self.arrivals = Arrivals()
        self.free: deque[Connection] = deque()
        self.busy: set[Connection] = set()

    async def come(self, url: str, connections: int) -> None:
        self.free.extend([await connect(url, self.answered, self.lost) for _ in range(connections)])
        start, sent = perf_counter(), 0
        with tqdm(total=round(self.seconds), desc="  overload", unit="s") as bar:
            while (passed := perf_counter() - start) < self.seconds:
                due = int(passed * self.rate) - sent
                for _ in range(due):
                    self.send()
                sent += due
                bar.update(int(passed) - bar.n)
                await asyncio.sleep(TICK)
            bar.update(bar.total - bar.n)
        await self.last_answers()
        for connection in self.free:
            connection.close()

    def send(self) -> None:
        while self.free:
            connection = self.free.popleft()
            if connection.is_open:  # a server may end one that was idle for long
                self.busy.add(connection)
                connection.send(self.request)
                return
        self.arrivals.unsent += 1

    def answered(self, connection: Connection, answer: Answer) -> None:
        self.busy.remove(connection)
        self.free.append(connection)
        self.arrivals.count(answer)

    def lost(self, connection: Connection, error: Exception) -> None:
        self.busy.remove(connection)
        self.arrivals.wrong.append(str(error))

    async def last_answers(self) -> None:
        deadline = perf_counter() + LAST_ANSWERS
        while self.busy and perf_counter() < deadline:
            await asyncio.sleep(0.01)
        self.arrivals.wrong += ["no answer"] * len(self.busy)


def in_words(found: Overloaded) -> str:
    """What became of the arrivals, and how long a decision takes where it is not too much, before and afterwards."""
    arrivals, can = found.arrivals, found.before.rate
    came = arrivals.sent / found.seconds
    return (
        f"The server can decide {can:.0f} times a second; {came:.0f} requests came, {came / can:.1f} times as many.\n"
        f"{_percent(arrivals.decided, arrivals)} were decided, {len(arrivals.decided) / found.seconds:.0f} a second: "
        f"p50 {_milliseconds(arrivals.decided, 50)} ms.\n"
        f"{_percent(arrivals.refused, arrivals)} were refused with 503 and Retry-After: "
        f"p50 {_milliseconds(arrivals.refused, 50)} ms, p99 {_milliseconds(arrivals.refused, 99)} ms.\n"
        f"With {MEASURED_AT} connections a decision took {three_digits(found.before.p50)} ms before (p50) and "
        f"{three_digits(found.after.p50)} ms afterwards."
    ) + (f"\n{arrivals.unsent:,} more requests found no free connection in the client." if arrivals.unsent else "")


def checks(found: Overloaded) -> list[Check]:
    """That it was too much, that each request was decided or refused as said, and that memory stayed bounded."""
    arrivals, peak = found.arrivals, max(usage.memory for usage in found.usages)
    example = f", as {arrivals.wrong[0]}" if arrivals.wrong else ""
    return [
        Check(f"{len(arrivals.refused):,} requests were too many", bool(arrivals.refused)),
        Check(f"{len(arrivals.wrong)} of {arrivals.sent:,} neither decided nor refused{example}", not arrivals.wrong),
        grown("memory, from idle to its peak", found.idle.memory, peak, MEMORY_GROWTH, " MB"),
    ]


def _percent(part: Sequence[float], arrivals: Arrivals) -> str:
    return f"{100 * len(part) / max(1, arrivals.sent):.1f} %"


def _milliseconds(seconds: Sequence[float], percent: float) -> str:
    return three_digits(1000 * percentile(seconds, percent)) if seconds else "-"
