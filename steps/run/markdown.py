"""Markdown tables, aligned as text."""

from collections.abc import Sequence

from tabulate import tabulate


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts; a number keeps its digits as they are written."""
    return tabulate(rows, header, tablefmt="github", disable_numparse=True)
