"""The download of the model that a server starts with: outside of the supervisor, and ended with it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from custom_model.server.following.first_download import download_first
from custom_model.server.following.problems import Unreachable
from steps.run.serving import hardened_server
from steps.run.settings import PROJECT
from testing.processes import assert_ended, supervisor_of, workers_of

pytestmark = pytest.mark.slow

PATIENT = 120.0  # seconds


def libraries(process: int) -> set[str]:
    """Of the model's libraries, those that a process has loaded."""
    maps = Path(f"/proc/{process}/maps").read_text("utf-8")
    return {name for name in ("pandas", "pyarrow", "lightgbm") if f"/{name}/" in maps}


def test_the_supervisor_of_a_registered_model_has_none_of_the_libraries_that_its_workers_have(champion):
    with hardened_server(champion.uri) as url:
        (worker,) = workers_of(url)

        assert libraries(worker) == {"pandas", "pyarrow", "lightgbm"}
        assert libraries(supervisor_of(url)) == set()


def test_a_model_that_is_not_there_is_one_sentence(tmp_path, tracking):
    with pytest.raises(Unreachable, match=r"^there is no registered model nobodys: train one with "):
        download_first("models:/nobodys/1", tmp_path / "model")


@pytest.fixture
def silent_registry() -> Iterator[tuple[str, socket.socket]]:
    """The address of a registry that accepts connections and never answers, and its socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENT)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", listener


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_ended_in_its_download_leaves_no_process(silent_registry, ending, tmp_path):
    address, listener = silent_registry
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "custom_model.server", "--model-uri", "models:/lender/1"],
            cwd=PROJECT,
            env={**os.environ, "MLFLOW_TRACKING_URI": address, "TMPDIR": str(tmp_path)},
            stderr=log,
        )
    connection, _ = listener.accept()
    with connection:
        handles = [os.pidfd_open(each.pid) for each in psutil.Process(server.pid).children(recursive=True)]

        server.send_signal(ending)

        assert server.wait(PATIENT) != 0
        assert_ended(handles)
    assert len(handles) >= 2  # the process that is forked from, and the download
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")
