"""Write a generated sample: `python -m steps.sample --clients 10000 --seed 0 --out data/sample`."""

from pathlib import Path
from typing import Annotated

import typer

from steps.run.console import counted, run
from steps.run.names import checked_path
from steps.sample import write_sample


def sample(
    clients: Annotated[int, typer.Option(help="Number of applicants; six more tables have their history.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same clients and seed give the same values.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write to, created if missing.")] = Path("data/sample"),
) -> None:
    """Write a sample of Home Credit's seven tables as Parquet, generated from a seed.

    truth.parquet, next to them, has each client's true probability of default, which no model may use.

    Example: python -m steps.sample --clients 50000 --seed 1 --out data/sample
    """
    write_sample(checked_path("out", out), clients, seed)
    typer.echo(f"seven tables and truth.parquet of {counted(clients, 'client')} are in {out}")


if __name__ == "__main__":
    run(sample)
