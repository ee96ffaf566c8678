"""Markdown: texts of others without markup, and tables aligned as text, or as short as they can be."""

import re
from collections.abc import Sequence

from tabulate import tabulate

from steps.run.printable import printable

MARKUP = re.compile(r"[\\`*_\[\]<>|#]")


def escaped(text: str) -> str:
    """A sentence with names of others, as Markdown shows it: no markup, no tag of HTML."""
    return MARKUP.sub(r"\\\g<0>", printable(text))


def as_code(name: str) -> str:
    """A name of others in Markdown: code, so that nothing in it is markup or a tag of HTML."""
    return f"`{printable(name).replace('`', chr(39))}`"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts; a number keeps its digits as they are written."""
    return tabulate(rows, header, tablefmt="github", disable_numparse=True)


def short_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts without the blanks that align it: MLflow keeps 8,000 characters of a description."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))
