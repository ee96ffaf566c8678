"""Markdown tables: aligned as text, or as short as they can be."""

from collections.abc import Sequence

from tabulate import tabulate


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts; a number keeps its digits as they are written."""
    return tabulate(rows, header, tablefmt="github", disable_numparse=True)


def short_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts without the blanks that align it: MLflow keeps 8,000 characters of a description."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))
