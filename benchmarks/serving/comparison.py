"""This model on both servers beside stock MLflow, the floor and FastAPI: figures, ratios and goals."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from benchmarks.load.rounds import Ask, Cell, Plan, running, side_by_side
from benchmarks.report import Findings, Goal, Table, figures, setting, times
from benchmarks.serving.contenders import BARE, FLOOR, HARDENED, OURS, PYDANTIC, STOCK, contenders, inputs_body
from benchmarks.serving.subject import FEW, Subject

NAMES = (OURS, HARDENED, STOCK, FLOOR, BARE, PYDANTIC)
OTHER_FORM = "stock, asked with inputs"
MOST = 32  # connections; with more, stock takes half a minute for its first answers


class Ratio(NamedTuple):
    """One server's figure as a multiple of another's."""

    one: str
    other: str
    figure: Literal["rate", "p50"]

    def of(self, cell: Cell) -> float:
        return getattr(cell.loads[self.one], self.figure) / getattr(cell.loads[self.other], self.figure)

    def __str__(self) -> str:
        return f"{self.one} to {self.other}, {'requests/s' if self.figure == 'rate' else self.figure}"


TO_STOCK = Ratio(HARDENED, STOCK, "rate")
TO_PYDANTIC = Ratio(HARDENED, PYDANTIC, "rate")
RATIOS = (Ratio(OURS, STOCK, "rate"), Ratio(OURS, FLOOR, "p50"), Ratio(OURS, BARE, "rate"), TO_STOCK, TO_PYDANTIC)
# With two workers and all fields: the least, and the connections it is to hold at.
GOALS = {TO_PYDANTIC: (1, (1, 8, 32)), TO_STOCK: (100, (8,))}
GOAL_WORKERS = 2


def compare(subject: Subject, plan: Plan, folder: Path) -> Findings:
    """All contenders with as many workers each, all fields and few; at most `MOST` connections."""
    plan = replace(plan, connections=[number for number in plan.connections if number <= MOST])
    rivals = contenders(subject, folder)
    all_fields = f"{subject.fields} fields"
    rows = {"all": all_fields, "few": f"{FEW} fields"}
    cells: list[Cell] = []
    other_form: list[Cell] = []
    for workers in plan.workers:
        with running({name: partial(rival.serve, workers) for name, rival in rivals.items()}) as urls:
            asks = {
                rows[row]: {name: Ask(urls[name], [rival.bodies[row]]) for name, rival in rivals.items()}
                for row in rows
            }
            cells += side_by_side(asks, workers, plan, f"{all_fields}, workers: {workers}")
            if not other_form:
                both = {OURS: asks[all_fields][OURS], OTHER_FORM: Ask(urls[STOCK], [inputs_body(subject)])}
                other_form = side_by_side({all_fields: both}, workers, plan, f"{all_fields}, stock's other form")
    title = f"{all_fields}, {subject.booster.num_trees()} trees"
    tables = [figures_table(title, cells), ratios_table(title, cells), other_form_table(title, other_form)]
    return Findings(tables, ranges_in_words(title, cells), goals(all_fields, cells))


def figures_table(title: str, cells: Sequence[Cell]) -> Table:
    """The contenders side by side, one line for each setting."""
    rows = [[*_where(cell), *(figures(cell.loads[name]) for name in NAMES)] for cell in cells]
    return Table(f"{title}: the ways to serve", ["row", "workers", "conns", *NAMES], rows)


def ratios_table(title: str, cells: Sequence[Cell]) -> Table:
    """One against the other in the same settings."""
    rows = [[*_where(cell), *(times(ratio.of(cell)) for ratio in RATIOS)] for cell in cells]
    return Table(f"{title}: one against the other", ["row", "workers", "conns", *map(str, RATIOS)], rows)


def other_form_table(title: str, cells: Sequence[Cell]) -> Table:
    """Stock asked in the form that it reads faster, which it takes only for a row that lacks no column."""
    ratio = Ratio(OURS, OTHER_FORM, "rate")
    rows = [[*_where(cell), figures(cell.loads[OTHER_FORM]), times(ratio.of(cell))] for cell in cells]
    return Table(f"{title}: stock's other form", ["row", "workers", "conns", OTHER_FORM, str(ratio)], rows)


def ranges_in_words(title: str, cells: Sequence[Cell]) -> str:
    """The range of each ratio over a table's settings."""
    ranges = []
    for ratio in RATIOS:
        measured = [ratio.of(cell) for cell in cells]
        ranges.append(f"{ratio}: {min(measured):.2f} to {max(measured):.2f} times")
    return f"{title}: {'; '.join(ranges)}"


def goals(all_fields: str, cells: Sequence[Cell]) -> list[Goal]:
    """What the hardened server is to reach, and where it was measured."""
    measured = [cell for cell in cells if (cell.row, cell.workers) == (all_fields, GOAL_WORKERS)]
    return [
        Goal(
            f"{ratio}, {all_fields}",
            least,
            {setting(cell.workers, cell.connections): ratio.of(cell) for cell in measured if cell.connections in where},
        )
        for ratio, (least, where) in GOALS.items()
    ]


def _where(cell: Cell) -> list[str]:
    return [cell.row, str(cell.workers), str(cell.connections)]
