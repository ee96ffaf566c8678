"""The tables of docs/monitoring.md: windows of known truth, how many raise a false alarm, and what is found."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.drift.population import Population, population
from benchmarks.drift.simulation import TREND, TREND_WINDOWS, FalseAlarms, Found, false_alarms, found_drifts
from benchmarks.report import Table, show
from steps.run.console import progress, run
from steps.run.policy import read_policy
from steps.run.settings import Settings

COLUMNS = 300
WITHOUT = [100, 200, 500, 5_000, 50_000]  # requests of windows without drift
PLANTED = [100, 200, 500, 1_000, 2_000, 5_000, 20_000, 50_000]
OFTEN = 0.9  # share of the windows in which a drift is found from a size on


def false_alarm_table(
    clients: Population, sizes: list[int], windows: int, tolerated: list[float], level: float, seed: int
) -> Table:
    """Shares of windows without drift that raise an alarm, by their size: by tolerated PSI, and by the usual rule."""
    results: dict[int, FalseAlarms] = {}
    for size in sizes:
        with progress(f"{windows} windows of {size:,} requests without drift"):
            results[size] = false_alarms(clients, size, windows, tolerated, level, seed)
    rows = [
        [f"tolerated PSI {each:g}", *(_share(found.alarms[each], found.windows) for found in results.values())]
        for each in tolerated
    ]
    usual = ["PSI above 0.1", *(_share(found.usual, found.windows) for found in results.values())]
    title = f"Windows without drift that raise an alarm, {level:.1%} stated, {windows:,} each"
    return Table(title, ["rule; requests", *map("{:,}".format, sizes)], [*rows, usual])


def found_tables(
    clients: Population, sizes: list[int], windows: int, tolerated: float, level: float, seed: int
) -> list[Table]:
    """Shares of windows in which a planted drift is found, by their size; and in which window a trend is."""
    results: dict[int, Found] = {}
    for size in sizes:
        with progress(f"{windows} windows of {size:,} requests with each drift"):
            results[size] = found_drifts(clients, size, windows, tolerated, level, seed)
    header = ["in one of the columns; requests", *map("{:,}".format, sizes)]
    names = list(results[sizes[0]].by_rule)
    rows = [
        [name, *(_share(each.by_rule[name], each.windows) for each in results.values()), _from(name, results)]
        for name in names
    ]
    usual = [
        [name, *(_share(each.usual[name], each.windows) for each in results.values())]
        for name in names
        if any(each.usual[name] for each in results.values()) or not name.endswith("named")
    ]
    trend = [["median", *(_middle(each.trend) for each in results.values())]]
    return [
        Table(
            f"Windows in which it is found, {windows} each, tolerated PSI {tolerated:g}",
            [*header, "9 of 10 from"],
            rows,
        ),
        Table("The same by PSI above 0.1", header, usual),
        Table(f"First of {TREND_WINDOWS} windows that finds a trend of {TREND:g} deviations a window", header, trend),
    ]


def _share(count: int, windows: int) -> str:
    return f"{count / windows:.1%}" if count % windows else f"{count / windows:.0%}"


def _from(name: str, results: dict[int, Found]) -> str:
    """The smallest size from which on, at all sizes measured, it is found in 9 of 10 windows."""
    often = [size for size, each in results.items() if each.by_rule[name] >= OFTEN * each.windows]
    missed = [size for size in results if size not in often]
    sure = [size for size in often if size > max(missed, default=0)]
    return f"{min(sure):,}" if sure else "–"


def _middle(windows: list[int]) -> str:
    middle = sorted(windows)[len(windows) // 2]
    return f"{middle}" if middle <= TREND_WINDOWS else "–"


def main(
    windows: Annotated[int, typer.Option(min=1, help="Windows without drift of each size.")] = 1_000,
    planted: Annotated[int, typer.Option(min=1, help="Windows of each size with each drift.")] = 200,
    out: Annotated[Path | None, typer.Option(help="File for the tables in Markdown.")] = None,
) -> None:
    """Simulate windows of 300 correlated columns, without drift and with one planted, under policy.yaml's limits.

    Example: python -m benchmarks.drift --windows 100 --planted 20
    """
    limits, seed = read_policy().monitoring, Settings().seed
    with progress(f"a population of {COLUMNS} columns"):
        clients = population(COLUMNS, seed)
    tolerated = sorted({0.0, limits.tolerated_psi})
    level = limits.false_alarms
    tables = [false_alarm_table(clients, WITHOUT, windows, tolerated, level, seed)]
    for each in reversed(tolerated):
        tables += found_tables(clients, PLANTED, planted, each, level / 2, seed)
    show(tables, out)


if __name__ == "__main__":
    run(main)
