"""What a command imports as it starts: packages that take a second are imported by the functions that need them."""

import subprocess
import sys

import pytest

from steps.run.settings import PROJECT

SLOW = ("lightgbm", "sklearn", "scipy.stats", "matplotlib", "optuna", "evidently")
MODULES = (
    *("steps.approve", "steps.decisions", "steps.describe", "steps.features", "steps.history", "steps.promote"),
    *("steps.publish", "steps.rollback", "steps.score", "steps.evaluation.own_code", "custom_model.model", "desk.app"),
)
SCRIPT = """
import importlib, sys
for module in sys.argv[1].split():
    importlib.import_module(module)
    print(module, *(name for name in sys.argv[2].split() if name in sys.modules))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, list[str]]:
    """The slow packages that a process has after each module, all in one process."""
    arguments = [sys.executable, "-c", SCRIPT, " ".join(MODULES), " ".join(SLOW)]
    output = subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return {module: packages for module, *packages in map(str.split, output.splitlines())}


@pytest.mark.parametrize("module", MODULES)
def test_a_command_starts_without_the_packages_that_only_some_of_its_work_needs(imported, module):
    assert imported[module] == []
