"""Write a generated sample: `python -m steps.sample --clients 10000 --seed 0 --out data/sample`."""

from pathlib import Path
from typing import Annotated

import typer

from steps.run.console import run
from steps.sample import write_sample


def sample(
    clients: Annotated[
        int, typer.Option(help="How many clients apply; each has its history in six more tables.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(help="Same clients and same seed, same values.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write into; it is made if need be.")] = Path("data/sample"),
) -> None:
    """Write a sample of Home Credit's seven tables as Parquet, generated from a seed.

    Beside them stands truth.parquet, each client's true probability of default, which no model should be given.

    Example: python -m steps.sample --clients 50000 --seed 1 --out data/sample
    """
    write_sample(out, clients, seed)
    typer.echo(f"seven tables and truth.parquet of {clients:,} clients are in {out}")


if __name__ == "__main__":
    run(sample)
