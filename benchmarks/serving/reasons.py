"""The cost of reasons, for a granted and a refused client."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.load.rounds import Cell, Plan, Traffic, running, side_by_side
from benchmarks.report import Findings, Table, figures, multiple
from benchmarks.serving.contenders import decision_body
from benchmarks.serving.subject import Subject
from custom_model.params import REASONS
from steps.run.serving import hardened_server

NONE = "none"


def measure_reasons(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """The hardened server with each value of the param `reasons`."""
    cells: list[Cell] = []
    for workers in plan.workers:
        with running({"": partial(hardened_server, subject.uri, workers)}) as urls:
            traffic: dict[str, dict[str, Traffic]] = {
                row: {which: Traffic(urls[""], [decision_body(subject.rows[row], which)]) for which in REASONS}
                for row in ("granted", "refused")
                if row in subject.rows
            }
            cells += side_by_side(traffic, workers, plan, f"reasons, workers: {workers}")
    return Findings([reasons_table(cells)])


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
