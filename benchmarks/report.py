"""Figures as tables, in plain text or Markdown, and the goals that they are measured against."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tabulate import tabulate

from benchmarks.load.closed_loop import Load

PACKAGES = ("mlflow", "lightgbm", "numpy", "pandas", "fastapi", "uvicorn", "uvloop", "httptools")


@dataclass(frozen=True)
class Table:
    """A title, and rows of text under a header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Goal:
    """A bound that the project sets itself, and the measured ratios by their setting.

    `bound` is a minimum if `is_minimum`, a maximum otherwise. `unit` follows it.
    """

    name: str
    bound: float
    ratios: Mapping[str, float]
    is_minimum: bool = True
    unit: str = " times"

    def __str__(self) -> str:
        goal = f"{self.name}: at {'least' if self.is_minimum else 'most'} {self.bound:g}{self.unit}"
        hits = [f"{ratio:.2f} {setting}" for setting, ratio in self.ratios.items() if self._holds(ratio)]
        misses = [f"{ratio:.2f} {setting}" for setting, ratio in self.ratios.items() if not self._holds(ratio)]
        results = [
            *([f"missed: {', '.join(misses)}"] if misses else []),
            *([f"holds: {', '.join(hits)}"] if hits else []),
        ]
        return f"{goal}; {'; '.join(results) or 'not measured in this run'}"

    def _holds(self, ratio: float) -> bool:
        return ratio >= self.bound if self.is_minimum else ratio <= self.bound


@dataclass(frozen=True)
class Findings:
    """The results of one part of a benchmark: tables, notes, and the goals with their ratios."""

    tables: Sequence[Table]
    notes: str = ""
    goals: Sequence[Goal] = ()


def machine() -> str:
    """The machine and the versions that figures depend on, besides the code."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores shared by client and server, Python {platform.python_version()}, {packages}"


def goals_summary(goals: Sequence[Goal]) -> str:
    """Each goal with its ratios, and where it holds; empty without goals."""
    return "\n".join(["Goals:", "", *(f"- {goal}" for goal in goals)]) if goals else ""


def figures(load: Load) -> str:
    """p50 and p99 in milliseconds and answers a second, to three digits."""
    return " / ".join(three_digits(value) for value in (load.p50, load.p99, load.rate))


def multiple(ratio: float) -> str:
    """A ratio with two decimals, from 10 on with one: "0.25 x", "12.3 x"."""
    return f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.1f} x"


def setting(workers: int, connections: int) -> str:
    """The setting of a ratio: "at 8 connections (workers: 2)"."""
    return f"at {connections} connection{'s' if connections > 1 else ''} (workers: {workers})"


def three_digits(value: float) -> str:
    """Three significant digits, and all digits of the integer part: 0.825, 12.3, 1235."""
    return f"{value:.3f}" if value < 1 else f"{value:.{max(0, 3 - len(str(int(value))))}f}"


def percent(share: float) -> str:
    """A share in percent, with a decimal near 0 and 1: 4.7%, 55%, 93.5%, 0%."""
    return f"{share:.1%}" if 0 < share < 0.1 or 0.9 < share < 1 else f"{share:.0%}"


def show(tables: Iterable[Table], out: Path | None) -> None:
    """Print each table once it is there; write all of them to a file in Markdown, where one is given."""
    parts = []
    for table in tables:
        print(f"\n{as_text(table)}\n", flush=True)
        parts.append(as_markdown(table))
    if out:
        out.write_text("\n\n".join(parts) + "\n", "utf-8")


def as_text(table: Table) -> str:
    """Plain text: the columns, aligned to the right, under the title."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    body = "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    return f"{table.title}\n\n{body}"


def as_markdown(table: Table) -> str:
    """A Markdown table, its columns aligned to the right, under a heading."""
    lines = tabulate(table.rows, table.header, tablefmt="pipe", disable_numparse=True, colglobalalign="right")
    return f"## {table.title}\n\n{lines}"
