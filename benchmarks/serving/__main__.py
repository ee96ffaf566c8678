"""Serving speed, side by side in one run: this model and others, its stores, its reasons, many rows at once."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.load.closed_loop import LEAST_ANSWERS
from benchmarks.load.rounds import Plan
from benchmarks.report import Findings, as_markdown, as_text, in_words, machine
from benchmarks.serving.batches import batch
from benchmarks.serving.comparison import MOST, compare
from benchmarks.serving.reasons import explain
from benchmarks.serving.recording import record
from benchmarks.serving.subject import FEW, Subject, subject
from benchmarks.tracking_store import store_of_its_own
from steps.features import SAMPLE, feature_table
from steps.run.console import UserError, run
from steps.run.options import Data, Identity, Target
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET


class Part(StrEnum):
    """The questions, each with tables of its own."""

    contenders = "contenders"
    stores = "stores"
    reasons = "reasons"
    batches = "batches"


PARTS, CONNECTIONS, WORKERS = list(Part), [1, 8, 32, 128], [1, 2]
MEASURED: dict[Part, Callable[[Subject, Plan, Path], Findings]] = {
    Part.contenders: compare,
    Part.stores: record,
    Part.reasons: explain,
    Part.batches: batch,
}


def measured(table: FeatureTable, plan: Plan, parts: Collection[Part], folder: Path) -> Iterator[Findings]:
    """What each part finds of the model with all fields; beside others also of one with the application's alone."""
    model = subject(table, table.fields, folder)
    for part in Part:
        if part in parts:
            yield MEASURED[part](model, plan, folder)
    if Part.contenders in parts and table.lineage.history:
        of_application = [name for name in table.fields if name not in table.lineage.history]
        # The goals are of all fields.
        yield replace(compare(subject(table, of_application, folder), plan, folder), goals=())


def _notes(plan: Plan) -> str:
    return (
        "Each figure: p50 in ms / p99 in ms / answers a second, of the better of "
        f"{plan.rounds} rounds of {plan.seconds:g} s or {LEAST_ANSWERS} answers.\n"
        f"{machine()}.\n"
        "Beside others this model is asked without reasons, as they give none. Stock is asked with dataframe_split;\n"
        f"it refuses a row that lacks columns, so its row of {FEW} fields has null for all others. All servers have\n"
        "uvloop and httptools; without uvloop, two workers answer keep-alive clients after 44 ms. With more than\n"
        f"{MOST} connections stock would need minutes: only this model is measured there."
    )


def main(
    data: Data = SAMPLE,
    only: Annotated[list[Part], typer.Option(help="What to measure; repeatable.")] = PARTS,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long each setting is measured a round.")] = 0.5,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="How often; the better round counts.")] = 2,
    connections: Annotated[list[int], typer.Option(min=1, max=256, help="Requests at once; repeatable.")] = CONNECTIONS,
    workers: Annotated[list[int], typer.Option(min=1, max=16, help="Of each server; repeatable.")] = WORKERS,
    out: Annotated[Path | None, typer.Option(help="Write the tables as Markdown to this file, too.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Measure this model beside stock MLflow and FastAPI, with its stores, its reasons and large requests.

    Example: python -m benchmarks.serving --only stores --connections 8 --seconds 3 --out build/serving.md
    """
    if Part.contenders in only and min(connections) > MOST:
        raise UserError(
            f"connections: expected one of at most {MOST} for the contenders, got {min(connections)} and more"
        )
    plan = Plan(connections, workers, seconds, rounds)
    table = feature_table(data, target, id, Engine.duckdb, Settings())
    notes = _notes(plan)
    print(f"\n{notes}\n")
    page, goals = ["# Serving speed", notes], []
    with store_of_its_own() as folder:
        for found in measured(table, plan, only, folder):
            print("\n" + "\n\n".join([*map(as_text, found.tables), found.words]) + "\n", flush=True)
            page += [*map(as_markdown, found.tables), found.words]
            goals += found.goals
    closing = in_words(goals)
    print(closing)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(filter(None, [*page, closing])) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
