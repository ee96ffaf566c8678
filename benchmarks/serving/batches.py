"""Many applications in one request: the server's time against the booster's own for the same rows."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter

import lightgbm as lgb
import numpy as np

from benchmarks.load.closed_loop import Load, measure
from benchmarks.load.rounds import Plan, best, running
from benchmarks.report import Findings, Goal, Table, multiple, three_digits
from benchmarks.serving.contenders import decisions_body
from benchmarks.serving.subject import Subject
from custom_model.costs import is_refused
from custom_model.scorer import THREADS
from steps.run.serving import hardened_server

SIZES = (1, 10, 100, 1_000)
LARGE, MAX_RATIO = 1_000, 3  # rows, and multiple of the booster's own time
BOOSTER = "the booster alone"
NONE, REFUSED = "none", "refused"


def measure_batches(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """One connection to the hardened server, without reasons and with those of refused clients, the default."""
    rows = subject.applications(max(SIZES))
    matrix = subject.matrix(rows)
    with running({"": partial(hardened_server, subject.uri)}) as urls:
        settings: dict[tuple[int, str], Callable[[], Load]] = {}
        for size in SIZES:
            for reasons in (NONE, REFUSED):
                body = decisions_body(rows[:size], reasons)
                settings[size, reasons] = partial(measure, urls[""], [body], 1, plan.seconds)
            settings[size, BOOSTER] = partial(own_time, subject.booster, matrix[:size], plan.seconds)
        loads = best(settings, plan, "batches")
    probabilities = np.asarray(subject.decider.scorer.probabilities(matrix))
    refused = int(is_refused(probabilities, subject.decider.scorecard.costs.threshold).sum())
    notes = (
        f"One connection. The booster alone: `booster.predict(matrix, raw_score=True, num_threads={THREADS})` of the\n"
        f"same rows in this process. The request of {len(rows):,} rows has {len(body) / 2**20:.1f} MB.\n"
        f"{refused} of them are refused, which explains them by default."
    )
    return Findings([batches_table(loads)], notes, [goal(loads)])


def own_time(booster: lgb.Booster, matrix: np.ndarray, seconds: float) -> Load:
    """The booster's time for the rows, over calls one after the other for `seconds`."""
    latencies: list[float] = []
    start = perf_counter()
    while (now := perf_counter()) - start < seconds or not latencies:
        booster.predict(matrix, raw_score=True, num_threads=THREADS)
        latencies.append(perf_counter() - now)
    return Load.of(latencies, perf_counter() - start)


def batches_table(loads: Mapping[tuple[int, str], Load]) -> Table:
    """Time and rows a second for each size, and the multiple of the booster's own time."""
    rows = []
    for size in sorted({size for size, _ in loads}):
        row = [f"{size:,}", three_digits(loads[size, BOOSTER].p50)]
        for reasons in (NONE, REFUSED):
            load = loads[size, reasons]
            row += [three_digits(load.p50), three_digits(size * load.rate), multiple(_to_booster(loads, size, reasons))]
        rows.append(row)
    header = ["rows", "booster, ms"]
    for reasons in (NONE, REFUSED):
        header += [f"reasons {reasons}: ms", "rows/s", "booster's time"]
    return Table("Many rows in one request: the hardened server, all fields", header, rows)


def goal(loads: Mapping[tuple[int, str], Load]) -> Goal:
    """A large request costs little more than its scores."""
    measured = {f"for {LARGE:,} rows": _to_booster(loads, LARGE, NONE)}
    return Goal(
        "hardened, one request without reasons to the booster's own time, p50", MAX_RATIO, measured, is_minimum=False
    )


def _to_booster(loads: Mapping[tuple[int, str], Load], size: int, reasons: str) -> float:
    return loads[size, reasons].p50 / loads[size, BOOSTER].p50
