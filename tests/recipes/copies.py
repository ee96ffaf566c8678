"""Copies of the project for a reader to work in: with this environment, a small sample, and a gate for few clients."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import pytest

from steps.run.settings import PROJECT, Settings
from steps.sample import write_sample
from tests.recipes.inventory import GATE
from tests.recipes.shell import Shell

CLIENTS = 4_000  # in place of the sample's 10,000
TABLES = ("application_train", "bureau", "POS_CASH_balance", "truth")  # others take as long again to read
QUICK = {  # in place of 3,000 rounds at a rate of 0.02, and of 150 trees that choose the features
    "parameters.py": {"learning_rate": 0.1, "rounds": 60, "patience": 30},
    "selection.py": {"ROUNDS": 40},
}
STAMPS = (".core", ".ready")  # in the order in which `make` writes them
PASSED_ON = ("HOME", "LANG", "TMPDIR", "JAVA_HOME", "JAVA_TOOL_OPTIONS")


def copy_project(folder: Path, prepared: Path | None = None) -> Path:
    """A fresh copy of the project's files, with this environment in .venv; see `prepare` for the programs in it."""
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
    quicken(folder / "steps" / "training")
    (folder / ".venv").mkdir()
    link_all(Path(sys.prefix), folder / ".venv", but=STAMPS)
    for stamp in STAMPS:
        (folder / ".venv" / stamp).touch()  # newer than uv.lock: `make` sets up no other
    if prepared:
        prepare(folder, prepared)
    return folder


def prepare(folder: Path, prepared: Path) -> None:
    """Have the copy's environment begin prepared interpreters (`testing.prepared`), in `make` and once activated."""
    environment, programs = folder / ".venv", folder / ".venv" / "bin"
    programs.unlink()  # a link to this environment's
    programs.mkdir()
    link_all(prepared, programs)
    link_all(Path(sys.prefix) / "bin", programs, but=("activate", *(each.name for each in programs.iterdir())))
    activate = (Path(sys.prefix) / "bin" / "activate").read_text("utf-8")
    (programs / "activate").write_text(activate.replace(sys.prefix, str(environment)), "utf-8")


def link_all(source: Path, target: Path, but: Collection[str] = ()) -> None:
    """A link to each entry of a folder, with its name, in another folder."""
    for entry in source.iterdir():
        if entry.name not in but:
            (target / entry.name).symlink_to(entry)


def lower_gate(policy: Path) -> None:
    """Limits that a model of few clients passes; the project's own need the whole sample, and minutes."""
    before, gate, after = re.split(r"(?ms)^(promotion:.*?)(?=^\w)", policy.read_text("utf-8"))
    for limit, value in GATE.items():
        gate, count = re.subn(rf"(?m)^  {limit}: \S+", f"  {limit}: {value}", gate)
        assert count == 1, limit
    policy.write_text(f"{before}{gate}{after}", "utf-8")


def quicken(training: Path) -> None:
    """Defaults of few trees; tests/project/test_whole_path.py trains with the project's own."""
    for file, defaults in QUICK.items():
        text = (training / file).read_text("utf-8")
        for name, value in defaults.items():
            text, count = re.subn(rf"(?m)^( *{name}\b[^=\n]*= (?:Field\()?)[\d_.]+", rf"\g<1>{value}", text)
            assert count == 1, name
        (training / file).write_text(text, "utf-8")


def small_sample(folder: Path) -> Path:
    """The folder in which the sample is looked for, with fewer clients and fewer tables of their history."""
    settings = Settings()
    sample = folder / "data" / f"sample-{settings.sample_clients}-{settings.seed}"
    write_sample(sample, CLIENTS, settings.seed)
    for file in sample.iterdir():
        if file.stem not in TABLES:
            file.unlink()
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


def shell_in(folder: Path) -> Shell:
    """A shell with an activated environment and none of the tests' own variables."""
    path = os.pathsep.join([str(folder / ".venv" / "bin"), os.environ["PATH"]])
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return Shell(folder, {**passed_on, "PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"})
