"""Overload: requests at several times the rate that a server can answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import uvloop

from benchmarks.endurance.resources import Usage, monitored, usage_of
from benchmarks.endurance.trial import Check, Trial, growth_check
from benchmarks.load.closed_loop import Load, measure, percentile, without_garbage_collection
from benchmarks.load.connection import request_of
from benchmarks.load.open_loop import Arrivals, OpenLoop
from benchmarks.load.rounds import running
from benchmarks.report import three_digits
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject
from steps.run.console import UserError, progress
from steps.run.serving import hardened_server
from testing.processes import processes_of

FACTOR = 5  # arrivals for each request that the server can answer
MAX_REQUESTS = 32  # of a worker at once: few, so that the server's bound is met before the client's
MEASURED_AT, MEASURED_FOR = 16, 3.0  # connections and seconds, to measure the capacity
EVERY = 0.25  # seconds between two readings of the usage
MEMORY_GROWTH = 10.0  # percent of the idle server's memory


@dataclass(frozen=True)
class Outcome:
    """A server before, during and after `seconds` of arrivals."""

    before: Load
    idle: Usage
    arrivals: Arrivals
    seconds: float
    usages: Sequence[Usage]
    after: Load


def overload(subject: Subject, workers: int, seconds: float) -> Trial:
    """Request the reasons of a refusal, the slowest single decision, at `FACTOR` times the server's capacity."""
    if "refused" not in subject.rows:
        raise UserError("the model refuses no client: overload needs data with a client whom the model refuses")
    body = decision_body(subject.rows["refused"], "refused")
    server = partial(hardened_server, subject.uri, workers, MAX_REQUESTS=str(MAX_REQUESTS))
    with running({"": server}) as urls:
        url = urls[""]
        with progress("measuring the server's capacity"):
            before = measure(url, [body], MEASURED_AT, MEASURED_FOR)
        idle = usage_of(processes_of(url))
        arrivals, usages = _arrivals(url, body, FACTOR * before.rate, seconds, connections=4 * workers * MAX_REQUESTS)
        with progress("measuring its capacity afterwards"):
            after = measure(url, [body], MEASURED_AT, MEASURED_FOR)
    outcome = Outcome(before, idle, arrivals, seconds, usages, after)
    title = f"Overload: {FACTOR} times what the server can do, {seconds:g} s"
    return Trial(title, summary(outcome), checks(outcome), usages)


def summary(outcome: Outcome) -> str:
    """The fate of the arrivals, and the latency of a decision without overload, before and afterwards."""
    arrivals, capacity = outcome.arrivals, outcome.before.rate
    rate = arrivals.sent / outcome.seconds
    return (
        f"The server can decide {capacity:.0f} times a second; {rate:.0f} requests came, "
        f"{rate / capacity:.1f} times as many.\n"
        f"{_percent(arrivals.decided, arrivals)} were decided, {len(arrivals.decided) / outcome.seconds:.0f} a second: "
        f"p50 {_milliseconds(arrivals.decided, 50)} ms.\n"
        f"{_percent(arrivals.rejected, arrivals)} were rejected with 503 and Retry-After: "
        f"p50 {_milliseconds(arrivals.rejected, 50)} ms, p99 {_milliseconds(arrivals.rejected, 99)} ms.\n"
        f"With {MEASURED_AT} connections a decision took {three_digits(outcome.before.p50)} ms before (p50) and "
        f"{three_digits(outcome.after.p50)} ms afterwards."
    ) + (f"\n{arrivals.unsent:,} more requests found no free connection in the client." if arrivals.unsent else "")


def checks(outcome: Outcome) -> list[Check]:
    """The load was too much, each request was decided or refused, and memory stayed bounded."""
    arrivals, peak = outcome.arrivals, max(usage.memory for usage in outcome.usages)
    example = f", as {arrivals.wrong[0]}" if arrivals.wrong else ""
    return [
        Check(f"{len(arrivals.rejected):,} requests were too many", bool(arrivals.rejected)),
        Check(f"{len(arrivals.wrong)} of {arrivals.sent:,} neither decided nor rejected{example}", not arrivals.wrong),
        growth_check("memory, from idle to its peak", outcome.idle.memory, peak, MEMORY_GROWTH, " MB"),
    ]


def _arrivals(url: str, body: bytes, rate: float, seconds: float, connections: int) -> tuple[Arrivals, Sequence[Usage]]:
    loop = OpenLoop(request_of(url, body), rate, seconds)
    with (
        monitored(url, EVERY) as usages,
        without_garbage_collection(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(loop.run(url, connections))
    return loop.arrivals, usages


def _percent(part: Sequence[float], arrivals: Arrivals) -> str:
    return f"{100 * len(part) / max(1, arrivals.sent):.1f} %"


def _milliseconds(seconds: Sequence[float], percent: float) -> str:
    return three_digits(1000 * percentile(seconds, percent)) if seconds else "-"
