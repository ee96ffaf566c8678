"""Steps that are killed in the middle, as by a machine without memory: no process and no client's data stays."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from steps.features import build
from steps.run.settings import Engine, Settings
from testing.forked_running import Running, running
from testing.processes import assert_ended
from tests.project.test_whole_path import LENDER

pytestmark = pytest.mark.slow

PATIENCE = 300  # seconds for a step to come to the moment of its end
WHOLE_PATH = """
import sys
from pathlib import Path
from steps.main import run_all
from steps.run.policy import Policy
from steps.run.settings import Settings
from steps.tables.feature_table import read_feature_table
table, policy, name = Path(sys.argv[1]), Policy.model_validate_json(Path(sys.argv[2]).read_text()), sys.argv[3]
run_all(read_feature_table(table), name, Settings(), policy)
"""
PARQUET = b"PAR1"  # begins a file of clients


@pytest.fixture
def temporary(tmp_path) -> Path:
    """The folder for the step's temporary files."""
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


def killed_at(step: Running, moment: str, temporary: Path) -> list[int]:
    """Kill the step once a descendant with `moment` in its command is at work, and a model was loaded from a temporary
    folder; return handles of its descendants.
    """
    deadline = time.monotonic() + PATIENCE
    while not any(moment in command for _, command in descendants(step)) or not any(temporary.rglob("MLmodel")):
        assert step.poll() is None, f"the step ended with status {step.returncode} before {moment}"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    handles = [os.pidfd_open(pid) for pid, _ in descendants(step)]
    assert handles
    step.kill()
    step.wait()
    return handles


def descendants(step: Running) -> Iterator[tuple[int, str]]:
    for process in psutil.Process(step.pid).children(recursive=True):
        try:
            yield process.pid, " ".join(process.cmdline())
        except psutil.NoSuchProcess:  # ended meanwhile
            continue


def files_with_clients(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.read_bytes().startswith(PARQUET)]


def test_a_killed_evaluation_leaves_no_process_and_no_file(champion, table, temporary):
    command = ("-m", "steps.evaluate", "--model-uri", champion.uri, "--data", table.path)

    with running(*command, TMPDIR=str(temporary)) as step:
        handles = killed_at(step, "steps.evaluation.own_code", temporary)

    assert_ended(handles)
    assert not list(temporary.iterdir())


@pytest.fixture
def candidate(champion) -> Iterator[str]:
    """A model whose only version is a copy of the champion; it ends, or the champion would share its name with it."""
    client, name = MlflowClient(), "killed"
    version = client.get_model_version(champion.model_name, str(champion.version))
    client.create_registered_model(name)
    client.create_model_version(name, version.source, version.run_id)
    yield name
    client.delete_registered_model(name)


def test_a_killed_promotion_leaves_no_process_and_no_file(candidate, table, temporary):
    command = ("-m", "steps.promote", "--model-name", candidate, "--data", table.path)

    with running(*command, TMPDIR=str(temporary)) as step:
        handles = killed_at(step, "steps.evaluation.own_code", temporary)

    assert_ended(handles)
    assert not list(temporary.iterdir())


def test_a_killed_whole_path_leaves_no_server_and_no_file_with_clients(policy, temporary, tmp_path):
    (tmp_path / "lender.csv").write_text(LENDER)
    out = tmp_path / "features" / "lender.parquet"
    build(str(tmp_path / "lender.csv"), out, Engine.duckdb, "bad", "client", Settings())
    (tmp_path / "policy.json").write_text(policy.model_dump_json())
    command = ("-c", WHOLE_PATH, out, tmp_path / "policy.json", "killed-path")

    with running(*command, TMPDIR=str(temporary)) as step:
        handles = killed_at(step, "mlflow.models.cli", temporary)

    assert_ended(handles)
    assert not files_with_clients(temporary)
