"""The speed and the memory of counting a window of traffic against the reference in a model."""

import time
from typing import Annotated

import typer

from benchmarks.memory import memory
from benchmarks.monitor.recorded_export import write_export
from benchmarks.report import Table, as_text
from benchmarks.serving.subject import subject
from benchmarks.temporary_store import temporary_store
from custom_model.origin import Origin
from steps.features import SAMPLE, feature_table
from steps.monitoring.counting.observing import observe
from steps.registry.reference_reading import read_reference
from steps.registry.versions import find_version
from steps.run.console import run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from steps.traffic.deciding import contract_of
from steps.traffic.recorded import ExportedTraffic, Span

KEPT = 10_000  # requests


def main(
    decisions: Annotated[int, typer.Option(min=1, help="Decisions in the export; a million take 6 GB.")] = 100_000,
    fields: Annotated[int, typer.Option(min=20, help="Fields of each.")] = 300,
    data: Data = SAMPLE,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Export decisions of a new model, and count them against the reference in it.

    Example: python -m benchmarks.monitor --decisions 1000000
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    chosen = table.fields[:fields]
    with temporary_store(settings) as (folder, temporary):
        model = subject(table, chosen, folder, temporary, policy)
        name = f"benchmark-{len(chosen)}"
        file = write_export(model, Origin(name, "1"), folder, decisions)
        reference = read_reference(find_version(name, "1"))
        traffic, contract = ExportedTraffic(file, Span(name)), contract_of(model.uri)
        start = time.perf_counter()
        with memory() as used:
            observed = observe(traffic, reference, contract, settings.cores, KEPT)
        seconds = time.perf_counter() - start
        gigabytes = file.stat().st_size / 1e9
    counted = {int(each.counts.sum()) for each in observed.fields.values()}
    rows = [[
        f"{decisions:,}", f"{model.fields:,}", f"{len(reference.groups):,}", f"{gigabytes:.1f} GB", f"{seconds:.0f} s",
        f"{decisions / seconds:,.0f}", f"{used.most:,.0f} MB", f"{min(counted):,}",
    ]]  # fmt: skip
    header = ["decisions", "fields", "groups", "export", "counting", "a second", "memory at most", "in each field"]
    print(f"\n{as_text(Table('A window counted against a reference', header, rows))}\n")


if __name__ == "__main__":
    run(main)
