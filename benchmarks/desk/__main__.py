"""How long the desk's pages take on many decisions, in SQLite and in PostgreSQL."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated

import typer

from benchmarks.desk.logs import postgresql_log, sqlite_log
from benchmarks.desk.pages import page_seconds
from benchmarks.report import Table, multiple, show, three_digits
from benchmarks.serving.subject import subject
from benchmarks.temporary_store import temporary_store
from custom_model.origin import Origin
from steps.features import SAMPLE, feature_table
from steps.run.console import run
from steps.run.options import Data, Identity, Target
from steps.run.policy import read_policy
from steps.run.settings import Engine, Settings
from steps.tables.home_credit import ID, TARGET
from testing.postgres import PostgresMissing, fresh_database, postgres_cluster

PARTS = 10  # the smaller log has one of so many decisions


def main(
    decisions: Annotated[
        int, typer.Option(min=1_000, help="Decisions in the larger log; a million take 4 GB.")
    ] = 100_000,
    fields: Annotated[int, typer.Option(min=20, help="Fields of each.")] = 100,
    data: Data = SAMPLE,
    target: Target = TARGET,
    id: Identity = ID,
) -> None:
    """Record decisions of a year by a new model, and open the desk's pages on them: seconds, and how they grow.

    PostgreSQL is measured, too, where it is installed.

    Example: python -m benchmarks.desk --decisions 1000000
    """
    settings, policy = Settings(), read_policy()
    table = feature_table(data, target, id, Engine.duckdb, settings)
    with temporary_store(settings) as (folder, temporary), ExitStack() as ends:
        chosen = table.fields[:fields]
        model, name = subject(table, chosen, folder, temporary, policy), f"benchmark-{len(chosen)}"
        try:
            server = ends.enter_context(postgres_cluster(durable=False)).url
        except PostgresMissing as missing:
            print(f"  {missing}: SQLite alone is measured")
            server = ""
        few, many = (sqlite_log(model, Origin(name, "1"), folder, size) for size in (decisions // PARTS, decisions))
        show([_table("SQLite", decisions, [page_seconds(name, each) for each in (few, many)])], None)
        if server:
            copies = [postgresql_log(each, fresh_database(server)) for each in (few, many)]
            show([_table("PostgreSQL", decisions, [page_seconds(name, each) for each in copies])], None)


def _table(database: str, decisions: int, measured: Sequence[dict[str, float]]) -> Table:
    few, many = measured
    rows = [[page, three_digits(few[page]), three_digits(many[page]), multiple(many[page] / few[page])] for page in few]
    header = ["page", f"{decisions // PARTS:,} decisions, s", f"{decisions:,} decisions, s", "ratio"]
    return Table(f"Pages of the desk on a log in {database}, median of some answers", header, rows)


if __name__ == "__main__":
    run(main)
