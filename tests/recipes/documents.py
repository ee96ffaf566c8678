"""The commands of the documents: blocks of code whose first word is a program, by document, heading and number."""

import re
import shutil
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

FOLDERS = ("tutorials", "how-to", "reference", "explanation")  # docs/notebooks/ is rendered from notebooks that run
DOCUMENTS = ("README.md", "SECURITY.md", "data/*.md", "docs/*.md", *(f"docs/{folder}/*.md" for folder in FOLDERS))
BUILTINS = {"cd", "export", "source", "echo", "sudo", "install"}
PYTHON = {"import", "from"}


class Command(NamedTuple):
    """A block that a reader runs; `name` is such as "docs/serving.md: PostgreSQL 1"."""

    name: str
    text: str
    is_python: bool


def commands(project: Path) -> dict[str, Command]:
    """The commands of all documents, by name, in their order.

    A blank line separates two commands of a block, and a command from its output; a block of Python is one command.
    """
    found, numbers = dict[str, Command](), Counter[str]()
    for pattern in DOCUMENTS:
        for path in sorted(project.glob(pattern)):
            for heading, block in blocks(path.read_text("utf-8")):
                for text in parts(block):
                    if is_command(text):
                        place = f"{path.relative_to(project)}: {heading}"
                        numbers[place] += 1
                        name = f"{place} {numbers[place]}"
                        found[name] = Command(name, text, text.split()[0] in PYTHON)
    return found


def blocks(document: str) -> list[tuple[str, str]]:
    """The blocks of code, indented or fenced, each with the heading that it stands under."""
    found, lines, heading, fence = list[tuple[str, str]](), list[str](), "", ""
    for line in [*document.splitlines(), "end"]:
        if fence:
            if line.startswith(fence):
                found.append((heading, "\n".join(lines)))
                lines, fence = [], ""
            else:
                lines.append(line)
        elif line.startswith("    ") or (lines and not line.strip()):
            lines.append(line)
        else:
            if lines:
                found.append((heading, dedent("\n".join(lines)).strip()))
                lines = []
            if line.startswith(("```", "~~~")):
                fence = line[:3]
            if line.startswith("#"):
                heading = line.lstrip("# ")
    return found


def parts(block: str) -> list[str]:
    """The commands and outputs of a block."""
    return [block] if block.split(maxsplit=1)[:1] and block.split()[0] in PYTHON else re.split(r"\n\s*\n", block)


def is_command(text: str) -> bool:
    """Whether the first word is a program of this machine, an assignment, or Python's `import`."""
    words = text.split()
    if not words:
        return False
    first = words[0]
    is_assignment = re.match(r"[A-Z_]+=", first) is not None
    return (
        is_assignment or first in BUILTINS | PYTHON | {"docker", "kubectl", "mlflow"} or shutil.which(first) is not None
    )
