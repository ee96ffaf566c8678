"""The examples of CONTRIBUTING.md, applied to a fresh copy one after the other, pass style and their own commands.

The commands that run pytest are one here: an interpreter that imports MLflow takes seconds of a processor.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from steps.run.settings import PROJECT
from tests.recipes.copies import copy_project
from tests.recipes.documents import blocks

pytestmark = pytest.mark.slow

EXAMPLES = {
    heading: block
    for heading, block in blocks((PROJECT / "CONTRIBUTING.md").read_text("utf-8"))
    if block.startswith("--- ")
}
COMMANDS = dict(blocks((PROJECT / "CONTRIBUTING.md").read_text("utf-8")))  # the last block under each heading
NAMES = ("A feature", "A check of the gate", "A field", "A store", "A language")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the project."""
    folder = copy_project(tmp_path_factory.mktemp("contribution"))
    shutil.copy(PROJECT / "policy.yaml", folder)  # with the project's own gate
    return folder


def run(project: Path, *command: str, text: str | None = None) -> str:
    """The output of a command in the copy, in its environment; fails the test with it where the command fails."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))},
        "PATH": f"{project / '.venv' / 'bin'}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        command, cwd=project, env=environment, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_the_page_has_an_example_of_each_kind():
    assert tuple(EXAMPLES) == NAMES


def test_every_example_applies_keeps_the_style_and_passes_its_command(project):
    changed, tests, others = set[str](), list[str](), list[list[str]]()
    for name in NAMES:
        run(project, "git", "apply", "-", text=EXAMPLES[name] + "\n")
        changed |= set(re.findall(r"^\+\+\+ b/(.*\.py)$", EXAMPLES[name], re.MULTILINE))
        for line in COMMANDS[name].splitlines():
            python, _, module, *arguments = line.split()
            if module == "pytest":
                tests += arguments
            else:
                others.append([python, "-m", module, *arguments])

    run(project, "ruff", "check", *sorted(changed))
    run(project, "ruff", "format", "--check", *sorted(changed))
    assert "[100%]" in run(project, "python", "-m", "pytest", *tests)
    (missing,) = (run(project, *command) for command in others)
    assert "desk/language/words/right.yaml: decide" in missing.splitlines()
    assert "desk/language/words/role.yaml" not in missing
