"""Texts of the code as the pages have them: docstrings in parts, and tables of Markdown."""

import inspect
import re
from collections.abc import Iterable, Sequence

from steps.run.markdown import short_table

SECTION = r"\n\n{title}\n-+\n(.*?)(?=\n\n\w[\w ]*\n---|\Z)"
ENTRY = re.compile(r"^(\w[\w, ]*)(?: : .*)?\n((?:    .*(?:\n|$))+)", re.MULTILINE)
CODE = re.compile(r"``([^`]+)``")


def summary(documented: object) -> str:
    """The first paragraph of a docstring in one line."""
    return in_line((inspect.getdoc(documented) or "").partition("\n\n")[0])


def described(documented: object) -> dict[str, str]:
    """The names of a docstring's Parameters and Attributes, each with its description in one line."""
    text, found = inspect.getdoc(documented) or "", dict[str, str]()
    for title in ("Parameters", "Attributes"):
        for section in re.findall(SECTION.format(title=title), text, re.DOTALL):
            for names, words in ENTRY.findall(section + "\n"):
                found |= dict.fromkeys(names.split(", "), in_line(words))
    return found


def in_line(words: str) -> str:
    """Words of several lines in one, with code as Markdown writes it."""
    return CODE.sub(r"`\1`", " ".join(words.split()))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; a bar within a cell does not end it."""
    return short_table(header, [[cell.replace("|", "\\|") for cell in row] for row in rows])


def code(value: object) -> str:
    """A value as code, and nothing for an empty one."""
    text = "" if value is None else str(value)
    return f"`{text}`" if text else ""
