"""What the Makefile installs and runs first: the core for `make run`, the rest for the tests."""

import ast
import re
import shutil
import subprocess
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CORE, REST = "uv sync --frozen --inexact --no-default-groups --group core --group desk", "uv sync --frozen"
ASKED_FOR = {"pyspark", "evidently"}  # a step that lacks one says what installs it
OWN = {"steps", "custom_model", "desk"}


@pytest.fixture
def folder(tmp_path) -> Path:
    """The project's Makefile and lock, without an environment."""
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(PROJECT / name, tmp_path)
    return tmp_path


def planned(folder: Path, target: str) -> list[str]:
    """The commands of a target, without running them."""
    command = ["make", "--dry-run", "--no-print-directory", target]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("target", ["run", "serve", "desk", "image"])
def test_what_users_run_installs_the_core_alone(folder, target):
    commands = planned(folder, target)

    assert [command for command in commands if command.startswith("uv sync")] == [CORE]


@pytest.mark.parametrize("target", ["test", "lint"])
def test_tests_install_the_core_and_then_the_rest(folder, target):
    commands = planned(folder, target)

    assert [command for command in commands if command.startswith("uv sync")] == [CORE, REST]


def test_tests_complete_the_environment_of_a_run_and_a_run_leaves_a_complete_one_alone(folder):
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("bin/uv", ".core"):
        (folder / ".venv" / name).touch()

    after_run = planned(folder, "test")
    (folder / ".venv" / ".ready").touch()

    assert [command for command in after_run if "uv" in command] == [REST]
    assert not [command for target in ("run", "test") for command in planned(folder, target) if "uv" in command]


def test_only_the_first_run_creates_a_store(folder):
    first = planned(folder, "run")[-1]
    (folder / "mlflow.db").touch()
    second = planned(folder, "run")[-1]

    assert first.startswith("python -m steps.tracking.first_run --experiment-name 'credit-scoring' -P ")
    assert second == first.replace("python -m steps.tracking.first_run", "mlflow run . --env-manager local")


def test_the_core_has_all_that_steps_models_and_desk_import():
    export = [*CORE.replace("sync", "export").replace("--inexact ", "").split(), "--quiet", "--offline", "--no-hashes"]
    exported = subprocess.run(export, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    core = set(re.findall(r"^([\w.-]+)==", exported, re.MULTILINE))

    distributions = packages_distributions()
    lacking = {
        name
        for name in imported() - OWN - ASKED_FOR
        if name in distributions and not core & {each.lower().replace("_", "-") for each in distributions[name]}
    }
    assert lacking == set()


def imported() -> set[str]:
    """The packages that are imported anywhere in the project's own code."""
    names = set()
    for module in (path for folder in OWN for path in (PROJECT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names
