"""The figures as tables, in plain text or Markdown, and the ratios that the goals are about."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.contenders import BARE, FLOOR, HARDENED, OURS, PYDANTIC, STOCK
from benchmarks.load import Load

PACKAGES = ("mlflow", "lightgbm", "numpy", "pandas", "fastapi", "uvicorn", "uvloop", "httptools")


@dataclass(frozen=True)
class Table:
    """A title, and rows of texts under a header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Cell:
    """One setting in which the contenders were measured side by side."""

    row: str
    workers: int
    connections: int
    loads: Mapping[str, Load]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Of this model: throughput against stock, p50 against the floor, throughput against bare FastAPI.

        Then the hardened server's throughput against stock, and against FastAPI and pydantic.
        """
        ours, hardened = self.loads[OURS], self.loads[HARDENED]
        return (
            ours.rate / self.loads[STOCK].rate,
            ours.p50 / self.loads[FLOOR].p50,
            ours.rate / self.loads[BARE].rate,
            hardened.rate / self.loads[STOCK].rate,
            hardened.rate / self.loads[PYDANTIC].rate,
        )


def machine() -> str:
    """What the figures depend on beside the code."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores shared by client and server, Python {platform.python_version()}, {packages}"


def comparison(title: str, cells: Sequence[Cell]) -> Table:
    """The contenders side by side, one line for each setting."""
    names = (OURS, HARDENED, STOCK, FLOOR, BARE, PYDANTIC)
    ratios = ("req/s: stock", "p50: floor", "req/s: bare", "hardened: stock", "hardened: FastAPI and pydantic")
    header = ["row", "workers", "conns", *names, *ratios]
    rows = [
        [
            *(cell.row, str(cell.workers), str(cell.connections)),
            *(figures(cell.loads[name]) for name in names),
            *(f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.1f} x" for ratio in cell.ratios),
        ]
        for cell in cells
    ]
    return Table(title, header, rows)


def in_words(title: str, cells: Sequence[Cell]) -> str:
    """The range of each ratio over a table's settings."""
    stock, floor, bare, hardened, pydantic = zip(*(cell.ratios for cell in cells), strict=True)
    return (
        f"{title}: throughput {min(stock):.1f} to {max(stock):.1f} times stock's, p50 {min(floor):.2f} to "
        f"{max(floor):.2f} times the floor's, throughput {min(bare):.2f} to {max(bare):.2f} times bare FastAPI's; "
        f"hardened, throughput {min(hardened):.1f} to {max(hardened):.1f} times stock's, {min(pydantic):.2f} to "
        f"{max(pydantic):.2f} times that of FastAPI and pydantic"
    )


def figures(load: Load) -> str:
    """p50 and p99 in milliseconds and answers a second, to three digits."""
    return " / ".join(three_digits(value) for value in (load.p50, load.p99, load.rate))


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
    """The same as a Markdown table under a heading."""
    lines = [table.header, ["---:"] * len(table.header), *table.rows]
    return f"## {table.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
