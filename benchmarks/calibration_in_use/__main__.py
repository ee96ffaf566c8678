"""The tables of docs/monitoring.md on calibration: from how many loans on a wrong one is found, a right one accused."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.calibration_in_use.simulation import Portfolio, granted_probabilities
from benchmarks.report import Table, percent, show
from steps.monitoring.alarms import OF_DECISIONS
from steps.run.console import progress, run
from steps.run.policy import Policy, read_policy
from steps.run.settings import Settings

FACTORS = (1.0, 0.9, 1.1, 0.8, 1.2, 1.5)  # true probabilities over those stated
SIZES = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 50_000, 70_000, 100_000]
# What the test has of policy.yaml's rate of false alarms: all of it, or its family's part among Home Credit's two
# comparisons of all decisions and those of twelve protected groups; all of it among the fields, for what that spares.
TESTED = {"alone": 1.0, "as in a window": OF_DECISIONS / 15, "among 700 comparisons": 1 / 700}


def alarm_tables(policy: Policy, sizes: list[int], windows: int, seed: int) -> list[Table]:
    """Shares of the windows that raise an alarm, by the true factor and the loans with an outcome.

    Among comparisons in which nothing else is found, the least p-value is held against the rate of false alarms over
    their number (Holm).
    """
    found: dict[tuple[float, int], np.ndarray] = {}
    for loans in sizes:
        with progress(f"{len(FACTORS)} times {windows:,} windows of {loans:,} loans"):
            portfolio = Portfolio(policy, loans, seed)
            for factor in FACTORS:
                found[factor, loans] = portfolio.p_values(factor, windows)
    header = ["true probabilities", *(f"{loans:,} loans" for loans in sizes)]
    stated = granted_probabilities(policy, 100_000, np.random.default_rng(seed)).mean()
    expected = ["defaults expected", *(f"{loans * stated:,.0f}" for loans in sizes)]
    tables = []
    for name, part in TESTED.items():
        level = policy.monitoring.false_alarms * part
        rows = [
            [f"{factor:g} times", *(percent(float((found[factor, loans] < level).mean())) for loans in sizes)]
            for factor in FACTORS
        ]
        tables.append(Table(f"Alarms of calibration, tested {name}", header, [*rows, expected]))
    return tables


def main(
    windows: Annotated[int, typer.Option(min=1, help="Windows of each size and factor.")] = 2_000,
    loans: Annotated[list[int], typer.Option(min=100, help="Loans with an outcome; repeatable.")] = SIZES,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
) -> None:
    """Simulate windows of loans whose true probabilities are known, under policy.yaml, and count the alarms.

    Example: python -m benchmarks.calibration_in_use --windows 200 --loans 5000
    """
    show(alarm_tables(read_policy(), loans, windows, Settings().seed), out)


if __name__ == "__main__":
    run(main)
