"""Copies of the project for a reader to work in: with this environment, a small sample, and a gate for few clients."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from steps.run.settings import PROJECT, Settings
from steps.sample import write_sample
from tests.recipes.inventory import GATE
from tests.recipes.shell import Shell

CLIENTS = 4_000  # in place of the sample's 10,000
STAMPS = (".core", ".ready")  # in the order in which `make` writes them
PASSED_ON = ("HOME", "LANG", "TMPDIR", "JAVA_HOME", "JAVA_TOOL_OPTIONS")


def copy_project(folder: Path) -> Path:
    """A fresh copy of the project's files, with this environment in .venv and a small sample in the sample's place."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=PROJECT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("the project is not a git repository, so its own files are unknown")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    lower_gate(folder / "policy.yaml")
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in STAMPS:
            (folder / ".venv" / entry.name).symlink_to(entry)
    for stamp in STAMPS:
        (folder / ".venv" / stamp).touch()  # newer than uv.lock: `make` sets up no other
    return folder


def lower_gate(policy: Path) -> None:
    """Limits that a model of few clients passes; the project's own need the whole sample, and minutes."""
    before, gate, after = re.split(r"(?ms)^(promotion:.*?)(?=^\w)", policy.read_text("utf-8"))
    for limit, value in GATE.items():
        gate, count = re.subn(rf"(?m)^  {limit}: \S+", f"  {limit}: {value}", gate)
        assert count == 1, limit
    policy.write_text(f"{before}{gate}{after}", "utf-8")


def small_sample(folder: Path) -> Path:
    """The folder in which the sample is looked for, with fewer clients."""
    settings = Settings()
    sample = folder / "data" / f"sample-{settings.sample_clients}-{settings.seed}"
    write_sample(sample, CLIENTS, settings.seed)
    return sample


def copy_trained(trained: Path, folder: Path) -> Path:
    """A copy of a copy, with its store and its models: MLflow keeps the paths of artifacts whole in its database."""
    shutil.copytree(trained, folder, symlinks=True)
    with closing(sqlite3.connect(folder / "mlflow.db")) as store, store:
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for _, column, kind, *_ in store.execute(f'PRAGMA table_info("{table}")').fetchall():
                if "CHAR" in kind or "TEXT" in kind:
                    old, new = str(trained), str(folder)
                    store.execute(
                        f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) WHERE instr("{column}", ?)',
                        (f"{old}/", f"{new}/", f"{old}/"),
                    )
    return folder


def shell_in(folder: Path, programs: Path | None = None) -> Shell:
    """A shell with an activated environment and none of the tests' own variables.

    The programs of a folder, where one is given, come before those of the environment.
    """
    found = [*([str(programs)] if programs else []), str(folder / ".venv" / "bin"), os.environ["PATH"]]
    path = os.pathsep.join(found)
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return Shell(folder, {**passed_on, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"})
