"""The cost of reasons, for a granted and a refused client."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.load.rounds import Cell, Plan, Traffic, running, side_by_side
from benchmarks.report import Findings, Goal, Table, figures, multiple, setting, three_digits
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject
from custom_model.params import REASONS
from custom_model.scorer import THREADS
from steps.run.serving import hardened_server

NONE, REFUSED, GRANTED = "none", "refused", "granted"
MOST, MOST_CONNECTIONS = 1.4, 32  # the p50 of a refusal with its reasons, as a multiple of a grant's
SIZES, REPEATS = (1, 1_000), 7  # rows of a call, and calls of which the median counts


def measure_reasons(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """The hardened server with each value of the param `reasons`."""
    cells: list[Cell] = []
    for workers in plan.workers:
        with running({"": partial(hardened_server, subject.uri, workers)}) as urls:
            traffic: dict[str, dict[str, Traffic]] = {
                row: {which: Traffic(urls[""], [decision_body(subject.rows[row], which)]) for which in REASONS}
                for row in (GRANTED, REFUSED)
                if row in subject.rows
            }
            cells += side_by_side(traffic, workers, plan, f"reasons, workers: {workers}")
    return Findings([reasons_table(cells), contributions_table(subject)], goals=[goal(cells)])


def reasons_table(cells: Sequence[Cell]) -> Table:
    """The figures of each value, and the p50 of a decision with reasons as a multiple of one without."""
    explained = [which for which in REASONS if which != NONE]
    rows = [
        [
            *(cell.row, str(cell.workers), str(cell.connections)),
            *(figures(cell.loads[which]) for which in (NONE, *explained)),
            *(multiple(cell.loads[which].p50 / cell.loads[NONE].p50) for which in explained),
        ]
        for cell in cells
    ]
    header = ["client", "workers", "conns", NONE, *explained, *(f"p50: {which}" for which in explained)]
    return Table("What reasons cost: the hardened server, all fields", header, rows)


def goal(cells: Sequence[Cell]) -> Goal:
    """A refusal with its reasons costs little more than a grant, both as they are asked for by default."""
    p50 = {(cell.row, cell.workers, cell.connections): cell.loads[REFUSED].p50 for cell in cells}
    ratios = {
        setting(workers, connections): p50[REFUSED, workers, connections] / p50[GRANTED, workers, connections]
        for row, workers, connections in p50
        if row == REFUSED and connections <= MOST_CONNECTIONS
    }
    return Goal("hardened, a refusal with its reasons to a grant, p50", MOST, ratios, is_minimum=False)


def contributions_table(subject: Subject) -> Table:
    """Contributions from tables against LightGBM's own, in this process."""
    scorer, booster = subject.decider.scorer, subject.booster
    scorer.prepare_contributions()
    rows = []
    for size in SIZES:
        matrix = np.ascontiguousarray(subject.matrix(subject.applications(size)))
        tables = _seconds(partial(scorer.contributions, matrix))
        own = _seconds(partial(booster.predict, matrix, pred_contrib=True, num_threads=THREADS))
        rows.append([f"{size:,}", three_digits(1_000 * tables), three_digits(1_000 * own), multiple(tables / own)])
    header = ["rows", "tables, ms", "LightGBM's pred_contrib, ms", "tables to LightGBM's"]
    return Table("Exact contributions: from tables, and LightGBM's own", header, rows)


def _seconds(call: Callable[[], object]) -> float:
    """The median of some calls' times."""
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return median(times)
