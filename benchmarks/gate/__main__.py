"""The tables of docs/gate.md: of candidates of known truth, how many pass the gate."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.gate.simulation import Passed, simulate
from benchmarks.report import Table, percent, show
from steps.run.console import progress, run
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings

SAVINGS = {
    "2 % dearer": -0.02, "1 % dearer": -0.01, "as good": 0.0, "1 % cheaper": 0.01, "2 % cheaper": 0.02,
    "5 % cheaper": 0.05,
}  # fmt: skip
SIZES = [1_000, 5_000, 20_000, 60_000]
LARGE = 20_000  # clients from which on half as many holdouts are drawn, and a quarter of three times as many
KINDS = {"trained again": 0.99, "of another kind": 0.95}  # correlation of its score with the champion's


def pass_tables(policy: Policy, likeness: float, kind: str, sizes: list[int], count: int, seed: int) -> list[Table]:
    """Shares that pass, by true saving and size of the holdout: the whole gate, and each check for equals."""
    results = {}
    for clients in sizes:
        drawn = max(1, count // (4 if clients >= 3 * LARGE else 2 if clients >= LARGE else 1))
        with progress(f"{drawn} holdouts of {clients:,} clients, versions {kind}"):
            results[clients] = simulate(policy, list(SAVINGS.values()), likeness, clients, drawn, seed)
    header = ["clients held out", *(f"{clients:,}" for clients in sizes)]
    whole = [
        [name, *(percent(results[clients][saving].share) for clients in sizes)] for name, saving in SAVINGS.items()
    ]
    counts = ["holdouts", *(f"{results[clients][0.0].candidates:,}" for clients in sizes)]
    equal = {clients: results[clients][0.0] for clients in sizes}
    return [
        Table(f"A version {kind}: share that passes", header, [*whole, counts]),
        Table(f"A version {kind} that is as good: share that passes each check", header, _by_check(equal)),
    ]


def _by_check(results: dict[int, Passed]) -> list[list[str]]:
    names = dict.fromkeys(name for each in results.values() for name in each.by_check)
    return [[name, *(percent(each.share_of(name)) for each in results.values())] for name in names]


def main(
    holdouts: Annotated[int, typer.Option(min=1, help="Holdouts of up to 5,000 clients; of more, fewer.")] = 240,
    clients: Annotated[list[int], typer.Option(min=500, help="Held-out clients; repeatable.")] = SIZES,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
) -> None:
    """Simulate promotions of candidates whose true cost is known, under policy.yaml, and count those that pass.

    Example: python -m benchmarks.gate --holdouts 40 --clients 5000
    """
    policy, seed = read_policy(), Settings().seed
    tables = (
        table
        for kind, likeness in KINDS.items()
        for table in pass_tables(policy, likeness, kind, clients, holdouts, seed)
    )
    show(tables, out)


if __name__ == "__main__":
    run(main)
