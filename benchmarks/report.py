"""The figures as tables, in plain text or Markdown, and the goals that they are measured for, in words."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from tabulate import tabulate

from benchmarks.load.closed_loop import Load

PACKAGES = ("mlflow", "lightgbm", "numpy", "pandas", "fastapi", "uvicorn", "uvloop", "httptools")


@dataclass(frozen=True)
class Table:
    """A title, and rows of texts under a header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Goal:
    """A bound of the project's own, and the ratios that were measured for it, by the setting of each.

    At least `bound` if `is_least`, at most otherwise.
    """

    what: str
    bound: float
    ratios: Mapping[str, float]
    is_least: bool = True

    def __str__(self) -> str:
        wanted = f"{self.what}: at {'least' if self.is_least else 'most'} {self.bound:g} times"
        hits = [f"{ratio:.2f} {where}" for where, ratio in self.ratios.items() if self._holds(ratio)]
        misses = [f"{ratio:.2f} {where}" for where, ratio in self.ratios.items() if not self._holds(ratio)]
        found = [
            *([f"missed: {', '.join(misses)}"] if misses else []),
            *([f"holds: {', '.join(hits)}"] if hits else []),
        ]
        return f"{wanted}; {'; '.join(found) or 'not measured in this run'}"

    def _holds(self, ratio: float) -> bool:
        return ratio >= self.bound if self.is_least else ratio <= self.bound


@dataclass(frozen=True)
class Findings:
    """What one part of a benchmark found: its tables, what they say in words, and the goals they are for."""

    tables: Sequence[Table]
    words: str = ""
    goals: Sequence[Goal] = ()


def machine() -> str:
    """What the figures depend on beside the code."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores shared by client and server, Python {platform.python_version()}, {packages}"


def in_words(goals: Sequence[Goal]) -> str:
    """The closing words: each goal with its figures, and whether it holds."""
    return "\n".join(["Goals:", "", *(f"- {goal}" for goal in goals)]) if goals else ""


def figures(load: Load) -> str:
    """p50 and p99 in milliseconds and answers a second, to three digits."""
    return " / ".join(three_digits(value) for value in (load.p50, load.p99, load.rate))


def times(ratio: float) -> str:
    """A ratio to two digits behind the point, or one where it is large."""
    return f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.1f} x"


def setting(workers: int, connections: int) -> str:
    """Where a ratio was measured: "at 8 connections (workers: 2)"."""
    return f"at {connections} connection{'s' if connections > 1 else ''} (workers: {workers})"


def three_digits(value: float) -> str:
    """Three digits, but no fewer than the whole ones: 0.825, 12.3, 1235."""
    return f"{value:.3f}" if value < 1 else f"{value:.{max(0, 3 - len(str(int(value))))}f}"


def as_text(table: Table) -> str:
    """Columns aligned to the right under the title."""
    lines = [table.header, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.header))]
    body = "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    return f"{table.title}\n\n{body}"


def as_markdown(table: Table) -> str:
    """A Markdown table under a heading, its columns to the right."""
    lines = tabulate(table.rows, table.header, tablefmt="pipe", disable_numparse=True, colglobalalign="right")
    return f"## {table.title}\n\n{lines}"
