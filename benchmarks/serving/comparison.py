"""This model on both servers against stock MLflow, the floor and FastAPI: figures, ratios and goals."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks.load.rounds import Cell, Plan, Traffic, running, side_by_side
from benchmarks.report import Findings, Goal, Table, figures, multiple, setting
from benchmarks.serving.contenders import BARE, FLOOR, HARDENED, OURS, PYDANTIC, STOCK, contenders, inputs_body
from benchmarks.serving.subject import FEW, Subject

NAMES = (OURS, HARDENED, STOCK, FLOOR, BARE, PYDANTIC)
OTHER_FORM = "stock, form inputs"
MAX_CONNECTIONS = 32  # with more, stock takes half a minute for its first answers


class Ratio(NamedTuple):
    """One server's figure as a multiple of another's."""

    server: str
    reference: str
    figure: Literal["rate", "p50"]

    def of(self, cell: Cell) -> float:
        return getattr(cell.loads[self.server], self.figure) / getattr(cell.loads[self.reference], self.figure)

    def __str__(self) -> str:
        return f"{self.server} to {self.reference}, {'requests/s' if self.figure == 'rate' else self.figure}"


OF_MLFLOW = Ratio(OURS, STOCK, "rate")
TO_STOCK = Ratio(HARDENED, STOCK, "rate")
TO_PYDANTIC = Ratio(HARDENED, PYDANTIC, "rate")
TO_BARE = Ratio(HARDENED, BARE, "rate")
RATIOS = (OF_MLFLOW, Ratio(OURS, FLOOR, "p50"), Ratio(OURS, BARE, "rate"), TO_STOCK, TO_PYDANTIC, TO_BARE)
# With two workers and all fields: the minimum, and the numbers of connections that it applies to.
GOALS = {TO_PYDANTIC: (1, (1, 8, 32)), TO_STOCK: (100, (8,)), TO_BARE: (1, (8, 32)), OF_MLFLOW: (100, (1, 8, 32))}
GOAL_WORKERS = 2


def measure_contenders(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """All contenders with the same number of workers, all fields and few; at most `MAX_CONNECTIONS` connections."""
    plan = replace(plan, connections=[number for number in plan.connections if number <= MAX_CONNECTIONS])
    rivals = contenders(subject, folder)
    all_fields = f"{subject.fields} fields"
    rows = {"all": all_fields, "few": f"{FEW} fields"}
    cells: list[Cell] = []
    other_form: list[Cell] = []
    for workers in plan.workers:
        with running({name: partial(rival.serve, workers) for name, rival in rivals.items()}) as urls:
            traffic = {
                rows[row]: {name: Traffic(urls[name], [rival.bodies[row]]) for name, rival in rivals.items()}
                for row in rows
            }
            cells += side_by_side(traffic, workers, plan, f"{all_fields}, workers: {workers}")
            if not other_form:
                both = {OURS: traffic[all_fields][OURS], OTHER_FORM: Traffic(urls[STOCK], [inputs_body(subject)])}
                other_form = side_by_side({all_fields: both}, workers, plan, f"{all_fields}, stock's other form")
    title = f"{all_fields}, {subject.booster.num_trees()} trees"
    tables = [figures_table(title, cells), ratios_table(title, cells), other_form_table(title, other_form)]
    return Findings(tables, ranges(title, cells), goals(all_fields, cells))


def figures_table(title: str, cells: Sequence[Cell]) -> Table:
    """The figures of the contenders, one line for each setting."""
    rows = [[*_where(cell), *(figures(cell.loads[name]) for name in NAMES)] for cell in cells]
    return Table(f"{title}: the ways to serve", ["row", "workers", "conns", *NAMES], rows)


def ratios_table(title: str, cells: Sequence[Cell]) -> Table:
    """The ratios, one line for each setting."""
    rows = [[*_where(cell), *(multiple(ratio.of(cell)) for ratio in RATIOS)] for cell in cells]
    return Table(f"{title}: one against the other", ["row", "workers", "conns", *map(str, RATIOS)], rows)


def other_form_table(title: str, cells: Sequence[Cell]) -> Table:
    """Stock with requests in the form that it reads faster, and accepts only for a row with all columns."""
    ratio = Ratio(OURS, OTHER_FORM, "rate")
    rows = [[*_where(cell), figures(cell.loads[OTHER_FORM]), multiple(ratio.of(cell))] for cell in cells]
    return Table(f"{title}: stock's other form", ["row", "workers", "conns", OTHER_FORM, str(ratio)], rows)


def ranges(title: str, cells: Sequence[Cell]) -> str:
    """The range of each ratio over a table's settings."""
    texts = []
    for ratio in RATIOS:
        measured = [ratio.of(cell) for cell in cells]
        texts.append(f"{ratio}: {min(measured):.2f} to {max(measured):.2f} times")
    return f"{title}: {'; '.join(texts)}"


def goals(all_fields: str, cells: Sequence[Cell]) -> list[Goal]:
    """The goals of both servers, with the ratios measured in their settings."""
    measured = [cell for cell in cells if (cell.row, cell.workers) == (all_fields, GOAL_WORKERS)]
    return [
        Goal(
            f"{ratio}, {all_fields}",
            minimum,
            {
                setting(cell.workers, cell.connections): ratio.of(cell)
                for cell in measured
                if cell.connections in numbers
            },
        )
        for ratio, (minimum, numbers) in GOALS.items()
    ]


def _where(cell: Cell) -> list[str]:
    return [cell.row, str(cell.workers), str(cell.connections)]
