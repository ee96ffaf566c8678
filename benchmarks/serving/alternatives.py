"""The price of alternatives: a refusal with the changes of the loan that would be granted, against one without."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.load.rounds import Cell, Plan, Traffic, running, side_by_side
from benchmarks.report import Findings, Goal, Table, figures, multiple, setting
from benchmarks.serving.subject import Subject
from custom_model.params import ALTERNATIVES
from steps.run.serving import hardened_server

NONE, REFUSED = ALTERNATIVES
MOST = 3.0  # times the p50 of a refusal


def measure_alternatives(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """The hardened server on a refused client with its reasons, with each value of the param `alternatives`."""
    refused = subject.rows.get("refused")
    steps = sum(move.steps for move in subject.decider.scorecard.alternatives.values())
    if refused is None or not steps:
        return Findings([], "Alternatives: no client is refused, or policy.yaml lets no field of the loan move.")
    bodies = {which: _body(refused, which) for which in ALTERNATIVES}
    cells: list[Cell] = []
    for workers in plan.workers:
        with running({"": partial(hardened_server, subject.uri, workers)}) as urls:
            traffic = {"refused": {which: Traffic(urls[""], [body]) for which, body in bodies.items()}}
            cells += side_by_side(traffic, workers, plan, f"alternatives, workers: {workers}")
    return Findings([alternatives_table(cells, steps)], goals=[goal(cells)])


def alternatives_table(cells: Sequence[Cell], steps: int) -> Table:
    """The figures of both, and the p50 with alternatives as a multiple of that without."""
    rows = [
        [str(cell.workers), str(cell.connections), *(figures(cell.loads[which]) for which in ALTERNATIVES),
         multiple(price(cell))]
        for cell in cells
    ]  # fmt: skip
    header = ["workers", "conns", "a refusal", "with alternatives", "p50"]
    return Table(f"What alternatives cost: the hardened server, all fields, {steps} steps", header, rows)


def goal(cells: Sequence[Cell]) -> Goal:
    """At most three times the p50 of a refusal, in each setting."""
    ratios = {setting(cell.workers, cell.connections): price(cell) for cell in cells}
    return Goal("a refusal with alternatives to one without, p50", MOST, ratios, is_minimum=False)


def price(cell: Cell) -> float:
    """The p50 of a refusal with alternatives over that of one without."""
    return cell.loads[REFUSED].p50 / cell.loads[NONE].p50


def _body(row: dict, alternatives: str) -> bytes:
    return json.dumps({"inputs": [row], "params": {"history": "none", "alternatives": alternatives}}).encode()
