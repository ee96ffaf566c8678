"""Serving speed, side by side in one run: contenders, stores, reasons, alternatives, large requests."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.load.closed_loop import MIN_ANSWERS
from benchmarks.load.rounds import Plan
from benchmarks.report import Findings, Goal, as_markdown, as_text, goals_summary, machine
from benchmarks.serving.alternatives import measure_alternatives
from benchmarks.serving.batches import measure_batches
from benchmarks.serving.comparison import MAX_CONNECTIONS, measure_contenders
from benchmarks.serving.reasons import measure_reasons
from benchmarks.serving.stores import measure_stores
from benchmarks.serving.subject import FEW, Subject, subject
from benchmarks.temporary_store import temporary_store
from steps.features import SAMPLE, feature_table
from steps.run.console import UserError, run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.feature_table import FeatureTable
from steps.tables.home_credit import ID, TARGET


class Part(StrEnum):
    """The parts of the benchmark, each with its tables."""

    contenders = "contenders"
    stores = "stores"
    reasons = "reasons"
    alternatives = "alternatives"
    batches = "batches"


PARTS, CONNECTIONS, WORKERS = list(Part), [1, 8, 32, 128], [1, 2]
MEASUREMENTS: dict[Part, Callable[[Subject, Plan, Path], Findings]] = {
    Part.contenders: measure_contenders,
    Part.stores: measure_stores,
    Part.reasons: measure_reasons,
    Part.alternatives: measure_alternatives,
    Part.batches: measure_batches,
}


def measurements(
    table: FeatureTable, plan: Plan, parts: Collection[Part], folder: Path, settings: Settings
) -> Iterator[Findings]:
    """The findings of each part for a model with all fields, and of contenders for one without history, too."""
    policy = read_policy()
    model = subject(table, table.fields, folder, settings, policy)
    for part in Part:
        if part in parts:
            yield MEASUREMENTS[part](model, plan, folder)
    if Part.contenders in parts and table.lineage.history:
        of_application = [name for name in table.fields if name not in table.lineage.history]
        # The goals are for all fields.
        model = subject(table, of_application, folder, settings, policy)
        yield replace(measure_contenders(model, plan, folder), goals=())


def _notes(plan: Plan) -> str:
    return (
        "Each figure: p50 in ms / p99 in ms / answers a second, of the better of "
        f"{plan.rounds} rounds of {plan.seconds:g} s or {MIN_ANSWERS} answers.\n"
        f"{machine()}.\n"
        "No contender gives reasons, so this model gives none here, either. Requests to stock have the form\n"
        f"dataframe_split; it rejects a row that lacks columns, so its row of {FEW} fields has null for all others.\n"
        "All servers have uvloop and httptools; without uvloop, two workers answer keep-alive clients after 44 ms.\n"
        f"With more than {MAX_CONNECTIONS} connections stock would need minutes: only this model is measured there."
    )


def main(
    data: Data = SAMPLE,
    only: Annotated[list[Part], typer.Option(help="Part to measure; repeatable.")] = PARTS,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="Duration of each setting in a round.")] = 0.5,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Number of rounds; the better one counts.")] = 2,
    connections: Annotated[
        list[int], typer.Option(min=1, max=256, help="Connections at once; repeatable.")
    ] = CONNECTIONS,
    workers: Annotated[list[int], typer.Option(min=1, max=16, help="Workers of each server; repeatable.")] = WORKERS,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Measure this model against stock MLflow and FastAPI, with its stores, reasons, alternatives and large requests.

    Example: python -m benchmarks.serving --only stores --connections 8 --seconds 3 --out build/serving.md
    """
    if Part.contenders in only and min(connections) > MAX_CONNECTIONS:
        raise UserError(
            f"connections: the contenders need one of at most {MAX_CONNECTIONS}, got {min(connections)} and more"
        )
    settings, plan = Settings(), Plan(connections, workers, seconds, rounds)
    table = feature_table(data, target, id, Engine.duckdb, settings)
    notes = _notes(plan)
    print(f"\n{notes}\n")
    page = ["# Serving speed", notes]
    goals: list[Goal] = []
    with temporary_store(settings) as (folder, temporary):
        for findings in measurements(table, plan, only, folder, temporary):
            print("\n" + "\n\n".join([*map(as_text, findings.tables), findings.notes]) + "\n", flush=True)
            page += [*map(as_markdown, findings.tables), findings.notes]
            goals += findings.goals
    summary = goals_summary(goals)
    print(summary)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("\n\n".join(filter(None, [*page, summary])) + "\n", "utf-8")


if __name__ == "__main__":
    run(main)
