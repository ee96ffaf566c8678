"""Serving speed, side by side in one run: this model on both servers, stock MLflow, the floor and FastAPI."""

from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Annotated, NamedTuple

import typer
from tqdm import tqdm

from benchmarks.contenders import OURS, STOCK, Contender, contenders, decision_body, inputs_body
from benchmarks.load import LEAST_ANSWERS, Load, measure
from benchmarks.report import Cell, Table, as_markdown, as_text, comparison, figures, in_words, machine
from benchmarks.store import store_of_its_own
from benchmarks.subject import FEW, Subject, subject
from steps.console import progress, run
from steps.features import SAMPLE, feature_table
from steps.home_credit import ID, TARGET

# A server of several workers answers as soon as the first of them can; the others still import.
SETTLED_AFTER = 4.0  # seconds
OTHER_FORM = "stock, asked with inputs"


@dataclass(frozen=True)
class Plan:
    """What to measure: each setting `rounds` times, `seconds` each time."""

    connections: Sequence[int]
    workers: Sequence[int]
    seconds: float
    rounds: int


class Ask(NamedTuple):
    """One setting: which server gets which request over how many connections."""

    url: str
    body: bytes
    connections: int


def benchmark(subject: Subject, plan: Plan, folder: Path) -> tuple[list[Cell], Table]:
    """One model against its contenders; the table is of what reasons cost and of stock's other form."""
    rivals = contenders(subject, folder)
    cells: list[Cell] = []
    for workers in plan.workers:
        with ExitStack() as stack:
            urls = _start(stack, rivals, workers)
            compared = _compare(subject, rivals, urls, workers, plan)
            if not cells:
                further = _further(subject, urls, compared, plan)
            cells += compared
    return cells, further


def _start(stack: ExitStack, rivals: Mapping[str, Contender], workers: int) -> dict[str, str]:
    """The servers' URLs; all run until the stack closes, so that each setting meets the same noise."""
    with progress(f"starting {len(rivals)} servers, workers each: {workers}"), ThreadPoolExecutor() as pool:
        urls = list(pool.map(lambda rival: stack.enter_context(rival.serve(workers)), rivals.values()))
        sleep(SETTLED_AFTER)
    return dict(zip(rivals, urls, strict=True))


def _compare(
    subject: Subject, rivals: Mapping[str, Contender], urls: Mapping[str, str], workers: int, plan: Plan
) -> list[Cell]:
    rows = {"all": f"{subject.fields} fields", "few": f"{FEW} fields"}
    settings = {
        (row, connections, name): Ask(urls[name], rival.bodies[row], connections)
        for row in rows
        for connections in plan.connections
        for name, rival in rivals.items()
    }
    loads = _best(settings, plan, f"{subject.fields} fields, workers: {workers}")
    return [
        Cell(rows[row], workers, connections, {name: loads[row, connections, name] for name in rivals})
        for row in rows
        for connections in plan.connections
    ]


def _further(subject: Subject, urls: Mapping[str, str], compared: Sequence[Cell], plan: Plan) -> Table:
    bodies = {
        **{
            f"this model, {row}, reasons as by default": (urls[OURS], decision_body(subject.rows[row], "refused"))
            for row in ("granted", "refused")
            if row in subject.rows
        },
        OTHER_FORM: (urls[STOCK], inputs_body(subject)),
    }
    settings = {(name, number): Ask(*asked, number) for name, asked in bodies.items() for number in plan.connections}
    loads = _best(settings, plan, f"{subject.fields} fields, reasons and stock's other form")
    rows = [[name, *(figures(loads[name, number]) for number in plan.connections)] for name in bodies]
    all_fields = {cell.connections: cell.loads[OURS] for cell in reversed(compared)}
    ratios = [f"{all_fields[number].rate / loads[OTHER_FORM, number].rate:.2f} x" for number in plan.connections]
    return Table(
        f"{subject.fields} fields, workers: {compared[0].workers}: what reasons cost, and stock's other form",
        ["", *(f"{number} conns" for number in plan.connections)],
        [*rows, [f"req/s of this model, reasons none: {OTHER_FORM}", *ratios]],
    )


def _best(settings: Mapping[Hashable, Ask], plan: Plan, title: str) -> dict[Hashable, Load]:
    """The better round of each setting, by throughput: whatever else runs on the machine only slows.

    A server that needs longer for one answer than a round lasts is measured once: it takes long enough.
    """
    for url, body in {(ask.url, ask.body) for ask in settings.values()}:
        measure(url, body, max(plan.connections), 0.0)
    best: dict[Hashable, Load] = {}
    with tqdm(total=plan.rounds * len(settings), desc=f"  {title}", unit="load") as bar:
        for _ in range(plan.rounds):
            for setting, ask in settings.items():
                bar.update()
                if setting in best and best[setting].p50 > 1000 * plan.seconds:
                    continue
                load = measure(ask.url, ask.body, ask.connections, plan.seconds)
                best[setting] = max(load, best.get(setting, load), key=lambda load: load.rate)
    return best


def _notes(plan: Plan) -> str:
    return (
        "Each figure: p50 in ms / p99 in ms / answers a second, of the better of "
        f"{plan.rounds} rounds of {plan.seconds:g} s or {LEAST_ANSWERS} answers.\n"
        f"{machine()}.\n"
        "This model is asked without reasons, as the others give none. Stock is asked with dataframe_split; it\n"
        f"refuses a row that lacks columns, so its row of {FEW} fields has null for all others. All servers have\n"
        "uvloop and httptools; without uvloop, two workers answer keep-alive clients after 44 ms."
    )


def main(
    data: Annotated[str, typer.Option(help="'sample', a folder of Home Credit's tables, or a flat file.")] = SAMPLE,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long each setting is measured a round.")] = 0.5,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How often; the better round counts.")] = 2,
    connections: Annotated[list[int], typer.Option(min=1, max=256, help="Requests at once; repeatable.")] = [1, 8, 32],  # noqa: B006
    workers: Annotated[list[int], typer.Option(min=1, max=16, help="Workers of each server; repeatable.")] = [1, 2],  # noqa: B006
    out: Annotated[Path | None, typer.Option(help="Write the tables as Markdown to this file, too.")] = None,
    target: Annotated[str, typer.Option(help="Column of a flat file: 1 for a default, 0 for none.")] = TARGET,
    id: Annotated[str, typer.Option(help="Column of a flat file that names the client.")] = ID,
) -> None:
    """Measure this model, stock MLflow, a constant model and bare FastAPI side by side.

    Example: python -m benchmarks.serving --seconds 3 --connections 8 --out build/serving.md
    """
    plan = Plan(connections, workers, seconds, rounds)
    table = feature_table(data, target, id)
    of_application = [name for name in table.fields if name not in table.lineage.history]
    notes = _notes(plan)
    print(f"\n{notes}\n")
    page = ["# Serving speed", notes]
    with store_of_its_own() as folder:
        for fields in (table.fields, of_application) if table.lineage.history else (table.fields,):
            model = subject(table, fields, folder)
            title = f"{len(fields)} fields, {model.booster.num_trees()} trees"
            cells, further = benchmark(model, plan, folder)
            tables, summary = (comparison(title, cells), further), in_words(title, cells)
            print("\n" + "\n\n".join([*map(as_text, tables), summary]) + "\n", flush=True)
            page += [*map(as_markdown, tables), summary]
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(page) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
