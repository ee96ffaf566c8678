"""The page of the entry points: from MLproject, and from the module that each one runs."""

import ast
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reference.texts import table
from steps.run.settings import PROJECT
from steps.run.yaml_file import read_yaml

INTRODUCTION = """\
# Entry points

`make docs` writes this page from MLproject. `mlflow run . -e NAME -P parameter=value` runs an entry point,
`python -m steps.train --help` explains one, with an example; all parameters have defaults. Every entry point has
`folder`, too: {folder}
What they are for, and how they follow one another: [training.md](../training.md), [serving.md](../serving.md),
[governance.md](../governance.md), [monitoring.md](../monitoring.md).
"""
MODULE = re.compile(r"python -m ([\w.]+)")


def page() -> str:
    """The page in Markdown."""
    entries = read_yaml(PROJECT / "MLproject")["entry_points"]
    folder = entries["main"]["parameters"]["folder"]["description"]
    rows = [[f"`{name}`", task(entry), ", ".join(map("`{}`".format, own(entry)))] for name, entry in entries.items()]
    parts = [
        INTRODUCTION.format(folder=folder[0].lower() + folder[1:]),
        table(["entry point", "task", "parameters"], rows),
    ]
    return "\n".join([*parts, *(section(name, entry) for name, entry in entries.items())]) + "\n"


def section(name: str, entry: Mapping[str, Any]) -> str:
    """An entry point with a row for each parameter."""
    rows = [
        [f"`-P {parameter}={about.get('default', '')}`", about.get("description", "")]
        for parameter, about in own(entry).items()
    ]
    return f"\n## {name}\n\n{task(entry)}\n\n{table(['parameter and default', 'meaning'], rows)}"


def own(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry point's parameters but for `folder`, which all have."""
    return {name: about for name, about in entry.get("parameters", {}).items() if name != "folder"}


def task(entry: Mapping[str, Any]) -> str:
    """The first sentence of the module that the entry point runs."""
    (module,) = MODULE.findall(entry["command"])
    found = find_spec(module)
    source = Path(found.origin or "").read_text("utf-8") if found else ""
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
